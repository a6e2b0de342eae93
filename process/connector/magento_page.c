#include "config.h"

#include "process/connector/magento_page.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "model/connection/connection.h"
#include "process/connector/shop_run.h"

#define ADDRESS \
	"firstname,lastname,company,street,postcode,city,country_id,telephone"

/* Of records only what mappings read: payments hold more than anybody needs. */
static const struct resource {
	const char *name, *path, *id, *fields;
	const char *of;			/* the field that the connection limits; NULL = none */
} resources[MAGENTO_RESOURCES] = {
	[MAGENTO_CATEGORIES] = { "categories", "categories/list", "id",
	    "id,parent_id,name,created_at,updated_at", NULL },
	[MAGENTO_PRODUCTS] = { "products", "products", "id",
	    "id,sku,name,price,type_id,created_at,updated_at,custom_attributes,"
	    "extension_attributes[category_links]", NULL },
	[MAGENTO_CUSTOMERS] = { "customers", "customers/search", "id",
	    "id,group_id,email,prefix,firstname,lastname,gender,dob,store_id,website_id,created_at,"
	    "updated_at,addresses[default_billing,default_shipping," ADDRESS "],"
	    "extension_attributes[is_subscribed]", "website_id" },
	[MAGENTO_ORDERS] = { "orders", "orders", "entity_id",
	    "entity_id,increment_id,store_id,state,status,created_at,updated_at,customer_id,"
	    "customer_is_guest,customer_email,customer_firstname,customer_lastname,"
	    "order_currency_code,grand_total,tax_amount,discount_amount,total_due,total_refunded,"
	    "shipping_amount,shipping_incl_tax,shipping_tax_amount,shipping_discount_amount,"
	    "shipping_discount_tax_compensation_amount,shipping_refunded,shipping_canceled,"
	    "is_virtual,items[item_id,parent_item_id,product_id,product_type,sku,name,qty_ordered,"
	    "qty_canceled,qty_refunded,row_total,row_total_incl_tax,tax_amount,discount_amount,"
	    "discount_tax_compensation_amount],billing_address[" ADDRESS "],payment[method],"
	    "extension_attributes[shipping_assignments[shipping[address[" ADDRESS "]]],"
	    "payment_additional_info]", "store_id" },
};

const char *
magento_page_name(enum magento_resource r)
{
	return resources[r].name;
}

struct magento_list
magento_page_list(const struct magento_api *api, enum magento_resource r, int64_t limit)
{
	const struct connection_magento *m = api->connection->args;
	const struct resource *of = &resources[r];

	return (struct magento_list){ .path = of->path, .id = of->id, .fields = of->fields,
		.of = of->of,
		.any = r == MAGENTO_CUSTOMERS ? &m->websites : &m->stores,
		.from = USEC_NONE, .limit = limit };
}

/* ------------------------------------------------------------------ side tables */

static int
read_groups(struct magento_pages *p, struct arena *a, struct err *err)
{
	struct json_object *answer = NULL;
	int rc = magento_api_get(&p->api, a, "customerGroups/search",
	    "searchCriteria%5BpageSize%5D=300&searchCriteria%5BcurrentPage%5D=1", &answer, NULL,
	    err);

	if (rc == 0)
		p->shop.groups = magento_rest_index(magento_rest_records(answer));
	json_object_put(answer);
	return rc;
}

int
magento_pages_tables(
    struct magento_pages *p, struct arena *a, const char **no_groups, struct err *err)
{
	struct err why = { 0 };
	int rc = magento_api_get(&p->api, a, "store/storeViews", "", &p->stores, NULL, err);

	*no_groups = NULL;
	if (rc < 0)
		return rc;
	if (!json_object_is_type(p->stores, json_type_array))
		return err_set(
		    err, ERR_PERMANENT, "The shop's answer about store views is no list.");
	p->shop.stores = magento_rest_index(p->stores);
	rc = read_groups(p, a, &why);
	if (rc == ERR_FORBIDDEN || rc == ERR_NOT_FOUND) {
		*no_groups = arena_strdup(a, why.detail);
		return 0;
	}
	if (rc < 0)
		*err = why;
	return rc;
}

void
magento_pages_done(struct magento_pages *p)
{
	json_object_put(p->shop.stores);
	json_object_put(p->shop.groups);
	json_object_put(p->stores);
}

/* ------------------------------------------------------------------ pages */

static int
fetch(struct magento_pages *p, struct magento_list *l, struct shop_page *page, struct err *err)
{
	struct magento_records r = { .date = USEC_NONE };
	int rc;

	l->after_id = page->after_id;
	l->from = page->from;
	rc = magento_api_list(&p->api, &page->arena, l, &r, err);
	if (rc == 0) {
		page->records = json_object_get(r.list);
		page->last_id = r.last_id;
		page->is_last = r.is_last;
		page->shop_now = r.date;
	}
	json_object_put(r.answer);
	return rc;
}

int
magento_page_fetch(void *arg, struct shop_page *page, struct err *err)
{
	struct magento_pages *p = arg;
	const int64_t asked = p->api.connection->common->page_size.value;
	struct magento_list l = magento_page_list(
	    &p->api, p->resource, asked > MAGENTO_PAGE_MAX ? MAGENTO_PAGE_MAX : asked);

	return fetch(p, &l, page, err);
}

int
magento_page_ids(void *arg, struct shop_page *page, struct err *err)
{
	struct magento_pages *p = arg;
	struct magento_list l = magento_page_list(&p->api, p->resource, MAGENTO_PAGE_MAX);

	l.fields = l.id;
	l.of = NULL;
	return fetch(p, &l, page, err);
}

int
magento_page_ahead(void *arg, const struct shop_page *page, int64_t *last_id, struct err *err)
{
	struct magento_pages *p = arg;
	struct magento_list l = magento_page_list(&p->api, p->resource, 1);
	struct magento_records r = { .date = USEC_NONE };
	struct arena a = { 0 };
	int rc;

	l.fields = l.id;
	l.from = page->from;
	l.last_first = 1;
	rc = magento_api_list(&p->api, &a, &l, &r, err);
	*last_id = rc == 0 ? r.last_id : 0;
	json_object_put(r.answer);
	arena_done(&a);
	return rc;
}
