/* prestashop_probe - the test of connections to PrestaShop: the key's rights by resource, the
 * fields that this shop has, and the first record. */
#include "config.h"

#include <strings.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/format/xml.h"
#include "lib/text.h"
#include "model/connection/connection.h"
#include "process/connection/connection_http.h"
#include "process/connection/connection_probe.h"
#include "process/connector/prestashop_api.h"
#include "process/connector/prestashop_fault.h"
#include "process/connector/shop_fetch.h"

enum { PROBE_REPLY_MAX = 1 << 20 };

/* Without these an import fails; without the others it leaves something out. */
static const enum prestashop_resource needed[] = { PRESTASHOP_CURRENCIES, PRESTASHOP_CATEGORIES,
	PRESTASHOP_PRODUCTS, PRESTASHOP_CUSTOMERS, PRESTASHOP_ADDRESSES, PRESTASHOP_ORDERS };

static int
is_needed(enum prestashop_resource r)
{
	for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
		if (needed[i] == r)
			return 1;
	return 0;
}

/* ------------------------------------------------------------------ rights */

static int
read_rights(struct connection_probe *p, struct prestashop_api *api, const struct xml_node **list,
    struct err *err)
{
	struct http_reply reply;
	struct xml_node *root;
	struct err why = { 0 };
	int rc = prestashop_api_text(api, p->arena, "", "", &reply, err);

	if (rc < 0 ||
	    (rc = prestashop_fault_judge(p->arena, p->connection, "", &reply, err)) < 0)
		return rc;
	if ((rc = xml_read(p->arena, reply.body, reply.bytes, &root, &why)) < 0)
		return err_set(err, rc, "%s: %s", prestashop_fault_place(
		    p->arena, p->connection, ""), why.detail);
	*list = xml_child(root, "api");
	if (*list == NULL)
		return err_set(err, ERR_PERMANENT, "%s does not list what the key may read: this "
		    "is no Webservice of PrestaShop. Correct Address.",
		    prestashop_fault_place(p->arena, p->connection, ""));
	connection_probe_step(p, "Server", "%s answers, and knows the key.",
	    prestashop_fault_place(p->arena, p->connection, ""));
	return 0;
}

static int
may_read(const struct xml_node *list, enum prestashop_resource r)
{
	const struct xml_node *of = xml_child(list, prestashop_api_name(r));
	const char *get = of == NULL ? NULL : xml_attribute(of, "get");

	return get != NULL && text_ieq(get, "true");
}

static int
check_rights(struct connection_probe *p, const struct xml_node *list, struct err *err)
{
	struct buf lacks, spares;

	buf_init(&lacks, p->arena);
	buf_init(&spares, p->arena);
	for (enum prestashop_resource r = 0; r < PRESTASHOP_RESOURCES; r++) {
		struct buf *b = is_needed(r) ? &lacks : &spares;

		if (!may_read(list, r))
			buf_addf(b, "%s%s", b->len == 0 ? "" : ", ", prestashop_api_name(r));
	}
	if (lacks.len > 0)
		return err_set(err, ERR_FORBIDDEN, "The key may not read %s. Give it the right "
		    "View (GET) in the shop, under Advanced parameters, Webservice.%s%s",
		    lacks.data, spares.len > 0 ? " Wanted, too: " : "", spares.data);
	if (spares.len > 0)
		connection_probe_remark(p, "Rights", "The key may not read %s, so what they say is "
		    "left out. Give it the right View (GET) to them.", spares.data);
	else
		connection_probe_step(p, "Rights", "The key may read all that is imported.");
	return 0;
}

/* ------------------------------------------------------------------ records */

static int
first_record(struct connection_probe *p, struct prestashop_api *api, enum prestashop_resource r,
    struct err *err)
{
	const struct prestashop_list q = { .resource = r, .limit = 1 };
	struct json_object *records;
	int rc = prestashop_api_list(api, p->arena, &q, &records, NULL, err);

	if (rc < 0)
		return rc;
	connection_probe_step(p, prestashop_api_name(r), "%s", json_count(records) == 0 ?
	    "The list can be read, and is empty." : "The first record can be read.");
	json_object_put(records);
	return 0;
}

static int
read_records(struct connection_probe *p, struct prestashop_api *api, const struct xml_node *list,
    struct err *err)
{
	int rc = 0;

	for (enum prestashop_resource r = 0; r < PRESTASHOP_RESOURCES && rc == 0; r++)
		if (may_read(list, r) &&
		    (rc = prestashop_api_learn(api, p->arena, r, err)) == 0)
			rc = first_record(p, api, r, err);
	return rc;
}

/* ------------------------------------------------------------------ the test */

static void
remark(struct connection_probe *p)
{
	const struct connection_common *c = p->connection->common;

	if (strncasecmp(c->address.value, "https:", 6) != 0)
		connection_probe_remark(p, "TLS", "The address begins with http://, so everybody "
		    "on the way can read the key: use https://.");
	if (c->time_zone.value == NULL)
		connection_probe_remark(p, "TimeZone", "TimeZone is not set: the shop's dates, "
		    "which say no zone, are taken as the tenant's. Changes are missed when that is "
		    "not the shop's.");
	if (c->source_id.value == 0)
		connection_probe_remark(p, "SourceId", "SourceId is not set: imports need it.");
}

static int
prestashop_probe(struct connection_probe *p, struct err *err)
{
	const struct connection_prestashop *args = p->connection->args;
	struct shop_fetch fetch = { .connection = p->connection,
		.is_final = prestashop_api_is_final, .tries = 1, .reply_max = PROBE_REPLY_MAX };
	struct prestashop_api api = { .fetch = &fetch, .connection = p->connection,
		.scope = args->shops.n == 0 ? "" : args->shops.values[0] };
	const struct xml_node *list = NULL;
	int rc;

	if ((rc = read_rights(p, &api, &list, err)) == 0 &&
	    (rc = check_rights(p, list, err)) == 0)
		rc = read_records(p, &api, list, err);
	if (rc == 0)
		remark(p);
	shop_fetch_done(&fetch);
	return rc;
}

const struct connection_probe_row prestashop_probe_rows[] = {
	{ .kind = "Prestashop", .run = prestashop_probe },
	{ .kind = NULL },
};
