/* magento_probe - the test of a connection to a Magento 2 shop: its store views, and each right
 * that a run needs. */
#include "config.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/connection/connection.h"
#include "process/connection/connection_probe.h"
#include "process/connector/magento_page.h"

struct probing {
	struct connection_probe *p;
	struct magento_pages pages;
	struct buf missing;		/* the sentences about rights that are missing */
	int nmissing;
};

/* "default (1), fr (2)" */
static const char *
store_names(struct arena *a, struct json_object *stores)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "");
	for (size_t i = 0; i < json_count(stores); i++) {
		struct json_object *store = json_object_array_get_idx(stores, i);
		const char *id = magento_rest_id(store, "id"), *code = json_text(store, "code");

		if (id != NULL && code != NULL)
			buf_addf(&b, "%s%.40s (%s)", b.len == 0 ? "" : ", ", code, id);
	}
	return b.data;
}

static int
check_stores(struct probing *g, struct err *err)
{
	const struct connection_magento *m = g->p->connection->args;

	for (size_t i = 0; i < m->stores.n; i++)
		if (!json_object_object_get_ex(
			g->pages.shop.stores, m->stores.values[i], NULL))
			return err_set(err, ERR_PERMANENT, "The shop has no store view with the id "
			    "%s: correct Stores.", m->stores.values[i]);
	return 0;
}

static int
probe_tables(struct probing *g, struct err *err)
{
	struct connection_probe *p = g->p;
	const char *no_groups;
	int rc = magento_pages_tables(&g->pages, p->arena, &no_groups, err);

	if (rc < 0)
		return rc;
	connection_probe_step(p, "Server", "The shop answers; its store views: %s.",
	    store_names(p->arena, g->pages.stores));
	if (strncasecmp(p->connection->common->address.value, "https:", 6) != 0)
		connection_probe_remark(p, "TLS", "The address begins with http://, so everybody "
		    "on the way can read what is imported: use https://.");
	if (no_groups != NULL)
		connection_probe_remark(
		    p, "Groups", "The names of customers' groups are left out: %s", no_groups);
	else
		connection_probe_step(p, "Groups", "Customers' groups can be read.");
	return check_stores(g, err);
}

/* One record of it; a right that is missing is noted, so that all of them are told at once. */
static int
probe_resource(struct probing *g, enum magento_resource r, struct err *err)
{
	struct magento_list l = magento_page_list(&g->pages.api, r, 1);
	struct magento_records records = { .date = USEC_NONE };
	struct err why = { 0 };
	const char *name = magento_page_name(r);
	int rc = magento_api_list(&g->pages.api, g->p->arena, &l, &records, &why);

	if (rc == 0)
		connection_probe_step(g->p, name, records.n == 0 ? "It can be read, and is empty." :
							    "It can be read.");
	else if (rc == ERR_FORBIDDEN) {
		buf_addf(&g->missing, "%s%s: %s", g->nmissing++ == 0 ? "" : " ", name, why.detail);
		rc = 0;
	} else
		*err = why;
	json_object_put(records.answer);
	return rc;
}

static int
probe_all(struct probing *g, struct err *err)
{
	int rc = probe_tables(g, err);

	for (int r = 0; r < MAGENTO_RESOURCES && rc == 0; r++)
		rc = probe_resource(g, r, err);
	if (rc < 0 || g->nmissing == 0)
		return rc;
	return err_set(err, ERR_FORBIDDEN, "%s", g->missing.data);
}

static int
magento_probe(struct connection_probe *p, struct err *err)
{
	struct probing g = { .p = p, .pages.api = { .connection = p->connection } };
	int rc;

	buf_init(&g.missing, p->arena);
	rc = magento_api_begin(&g.pages.api, p->arena, err);
	if (rc == 0)
		rc = probe_all(&g, err);
	magento_pages_done(&g.pages);
	return rc;
}

const struct connection_probe_row magento_probe_rows[] = {
	{ .kind = "Magento", .run = magento_probe },
	{ .kind = NULL },
};
