#include "config.h"

#include "process/connector/prestashop_api.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/connection/connection.h"
#include "platform/prestashop/prestashop.h"
#include "process/connection/connection_http.h"
#include "process/connector/prestashop_fault.h"
#include "process/connector/shop_fetch.h"

/* What mappings read. rows: an association, and its members. */
static const struct resource {
	const char *name, *list;	/* in addresses; of the answer's element */
	const char *fields;
	const char *rows, *row_fields;
} resources[PRESTASHOP_RESOURCES] = {
	[PRESTASHOP_LANGUAGES] = { "languages", "languages", "iso_code", NULL, NULL },
	[PRESTASHOP_CURRENCIES] = { "currencies", "currencies", "iso_code", NULL, NULL },
	[PRESTASHOP_COUNTRIES] = { "countries", "countries", "iso_code", NULL, NULL },
	[PRESTASHOP_GROUPS] = { "groups", "groups", "name", NULL, NULL },
	[PRESTASHOP_STATES] = { "order_states", "order_states", "paid,shipped,logable,template",
	    NULL, NULL },
	[PRESTASHOP_CATEGORIES] = { "categories", "categories", "id_parent,name,date_add,date_upd",
	    NULL, NULL },
	[PRESTASHOP_PRODUCTS] = { "products", "products",
	    "id_category_default,reference,ean13,name,description,price,date_add,date_upd", NULL,
	    NULL },
	[PRESTASHOP_COMBINATIONS] = { "combinations", "combinations",
	    "id_product,reference,ean13,price", NULL, NULL },
	[PRESTASHOP_CUSTOMERS] = { "customers", "customers",
	    "id_default_group,id_lang,newsletter,newsletter_date_add,deleted,lastname,firstname,"
	    "email,birthday,company,is_guest,id_shop,date_add,date_upd", NULL, NULL },
	[PRESTASHOP_ADDRESSES] = { "addresses", "addresses",
	    "id_customer,id_country,company,address1,address2,postcode,city,other,phone,"
	    "phone_mobile,deleted,date_add,date_upd", NULL, NULL },
	[PRESTASHOP_ORDERS] = { "orders", "orders",
	    "id_cart,id_currency,id_customer,current_state,id_shop,payment,reference,"
	    "shipping_number,total_discounts_tax_incl,total_paid_tax_incl,total_paid_tax_excl,"
	    "total_shipping_tax_incl,total_shipping_tax_excl,total_wrapping_tax_incl,"
	    "total_wrapping_tax_excl,date_add,date_upd", "order_rows",
	    "product_id,product_attribute_id,product_quantity,product_name,product_reference,"
	    "product_ean13,unit_price_tax_incl,unit_price_tax_excl" },
	[PRESTASHOP_SLIPS] = { "order_slip", "order_slips",
	    "id_order,total_shipping_tax_incl,date_add,date_upd", "order_slip_details",
	    "id_order_detail,product_quantity,amount_tax_incl" },
};

const char *
prestashop_api_name(enum prestashop_resource r)
{
	return resources[r].name;
}

int64_t
prestashop_api_id(struct json_object *record, const char *member)
{
	return json_int(record, member, NULL);
}

/* ------------------------------------------------------------------ requests */

int
prestashop_api_is_final(const struct http_reply *r)
{
	return prestashop_fault_code(r) == PRESTASHOP_FAULT_DISABLED;
}

static const struct connection_prestashop *
args_of(const struct prestashop_api *api)
{
	return api->connection->args;
}

static int
by_query(const struct prestashop_api *api)
{
	return strcmp(args_of(api)->key_by.value, CONNECTION_KEY_QUERY) == 0;
}

static void
add_languages(const struct prestashop_api *api, struct buf *b)
{
	const struct param_list *l = &args_of(api)->languages;

	if (l->n == 0)
		return;
	buf_adds(b, "&language=%5B");
	for (size_t i = 0; i < l->n; i++)
		buf_addf(b, "%s%s", i == 0 ? "" : "%7C", l->values[i]);
	buf_adds(b, "%5D");
}

int
prestashop_api_text(struct prestashop_api *api, struct arena *a, const char *path,
    const char *query, struct http_reply *out, struct err *err)
{
	const char *key = args_of(api)->key.value, *user = arena_printf(a, "%s:", key);
	const struct http_header header = { "Authorization",
		arena_printf(a, "Basic %s", text_base64(a, user, strlen(user))) };
	struct buf b;

	buf_init(&b, a);
	buf_addf(&b, "%s?", connection_http_url(a, api->connection,
	    arena_printf(a, "api/%s", path)));
	if (by_query(api)) {
		buf_adds(&b, "ws_key=");
		buf_add_url(&b, key);
		buf_addc(&b, '&');
	}
	buf_adds(&b, query);
	return shop_fetch_get(api->fetch, a, b.data, &header, by_query(api) ? 0 : 1, out, err);
}

/* Its records, or its errors. */
static int
ask(struct prestashop_api *api, struct arena *a, enum prestashop_resource r, const char *query,
    struct json_object **records, usec_t *date, struct err *err)
{
	const char *name = resources[r].name;
	struct http_reply reply;
	struct err why = { 0 };
	int rc = prestashop_api_text(api, a, name, query, &reply, err);

	*records = NULL;
	if (rc < 0 || (rc = prestashop_fault_judge(a, api->connection, name, &reply, err)) < 0)
		return rc;
	if (date != NULL)
		*date = reply.date;
	rc = prestashop_read(a, reply.body, reply.bytes, resources[r].list, records, &why);
	if (rc == 0)
		return 0;
	return err_set(err, rc, "%s: %s", prestashop_fault_place(a, api->connection, name),
	    why.detail);
}

/* ------------------------------------------------------------------ fields */

/* Those of a list that the synopsis has, or all when it has none of them. */
static const char *
fields_of(struct arena *a, const char *list, struct json_object *has)
{
	struct buf b, all;
	struct json_object *ignored;

	buf_init(&b, a);
	buf_init(&all, a);
	for (const char *p = list; *p != '\0';) {
		const size_t n = strcspn(p, ",");
		const char *name = arena_strndup(a, p, n);

		buf_addf(&all, ",%s", name);
		if (json_object_object_get_ex(has, name, &ignored))
			buf_addf(&b, ",%s", name);
		p += n + (p[n] == ',');
	}
	return b.len > 0 ? b.data : all.data;
}

int
prestashop_api_learn(struct prestashop_api *api, struct arena *a, enum prestashop_resource r,
    struct err *err)
{
	const struct resource *of = &resources[r];
	struct json_object *records, *has, *rows;
	struct buf b;
	int rc = ask(api, a, r, "schema=synopsis", &records, NULL, err);

	if (rc < 0)
		return rc;
	has = json_object_array_get_idx(records, 0);
	buf_init(&b, a);
	buf_addf(&b, "id%s", fields_of(a, of->fields, has));
	if (of->rows != NULL) {
		rows = json_array(has, arena_printf(a, "associations.%s", of->rows));
		buf_addf(&b, ",%s[id%s]", of->rows,
		    fields_of(a, of->row_fields, json_object_array_get_idx(rows, 0)));
	}
	api->display[r] = b.data;
	json_object_put(records);
	return 0;
}

/* ------------------------------------------------------------------ lists */

static void
add_filter(struct buf *b, const char *field, const char *value)
{
	buf_addf(b, "&filter%%5B%s%%5D=", field);
	buf_add_url(b, value);
}

static const char *
ids_text(struct arena *a, const int64_t *ids, size_t n)
{
	struct buf b;

	buf_init(&b, a);
	buf_addc(&b, '[');
	for (size_t i = 0; i < n; i++)
		buf_addf(&b, "%s%" PRId64, i == 0 ? "" : "|", ids[i]);
	buf_addc(&b, ']');
	return b.data;
}

static const char *
query_of(const struct prestashop_api *api, struct arena *a, const struct prestashop_list *q)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "display=");
	buf_add_url(&b, arena_printf(a, "[%s]",
	    q->display != NULL ? q->display : api->display[q->resource]));
	buf_addf(&b, "&sort=%%5Bid_%s%%5D&limit=0,%" PRId64, q->last_first ? "DESC" : "ASC",
	    q->limit);
	if (q->after_id > 0)
		add_filter(&b, "id", arena_printf(a, ">[%" PRId64 "]", q->after_id));
	if (q->changed_after != NULL) {
		buf_adds(&b, "&date=1");
		add_filter(&b, "date_upd", arena_printf(a, ">[%s]", q->changed_after));
	}
	if (q->field != NULL)
		add_filter(&b, q->field, ids_text(a, q->ids, q->nids));
	buf_addf(&b, "&id_shop=%s", api->scope[0] == '\0' ? "all" : api->scope);
	add_languages(api, &b);
	return b.data;
}

/* What follows is asked for by the last id, so their order must be theirs. */
static int
check_order(struct prestashop_api *api, struct arena *a, const struct prestashop_list *q,
    struct json_object *records, struct err *err)
{
	int64_t last = q->after_id;

	for (size_t i = 0; i < json_count(records) && !q->last_first; i++) {
		const int64_t id = prestashop_api_id(json_object_array_get_idx(records, i), "id");

		if (id < last || id == 0)
			return err_set(err, ERR_PERMANENT, "%s does not list by ascending id, "
			    "though that is asked for: record %zu of the answer has the id %" PRId64
			    ".", prestashop_fault_place(a, api->connection,
			    resources[q->resource].name), i + 1, id);
		last = id;
	}
	return 0;
}

int
prestashop_api_list(struct prestashop_api *api, struct arena *a, const struct prestashop_list *q,
    struct json_object **records, usec_t *date, struct err *err)
{
	int rc = ask(api, a, q->resource, query_of(api, a, q), records, date, err);

	if (rc == 0 && (rc = check_order(api, a, q, *records, err)) < 0) {
		json_object_put(*records);
		*records = NULL;
	}
	return rc;
}

static int64_t
last_id(struct json_object *records)
{
	const size_t n = json_count(records);

	return n == 0 ? 0 : prestashop_api_id(json_object_array_get_idx(records, n - 1), "id");
}

static void
move(struct json_object *from, struct json_object *to)
{
	for (size_t i = 0; i < json_count(from); i++)
		json_object_array_add(to, json_object_get(json_object_array_get_idx(from, i)));
	json_object_put(from);
}

int
prestashop_api_of(struct prestashop_api *api, struct arena *a, enum prestashop_resource r,
    const char *field, const int64_t *ids, size_t nids, struct json_object **records,
    struct err *err)
{
	struct prestashop_list q = { .resource = r, .field = field,
		.limit = PRESTASHOP_LIST_MAX };
	struct json_object *some;
	int rc = 0;

	*records = json_object_new_array();
	for (size_t i = 0; i < nids && rc == 0; i += q.nids) {
		q.ids = ids + i;
		q.nids = nids - i < PRESTASHOP_IDS_MAX ? nids - i : PRESTASHOP_IDS_MAX;
		q.after_id = 0;
		do {
			const int64_t before = q.after_id;

			if ((rc = prestashop_api_list(api, a, &q, &some, NULL, err)) < 0)
				break;
			q.after_id = json_count(some) < (size_t)q.limit ? 0 : last_id(some);
			move(some, *records);
			if (q.after_id == before)
				break;
		} while (q.after_id > 0);
	}
	if (rc == 0)
		return 0;
	json_object_put(*records);
	*records = NULL;
	return rc;
}
