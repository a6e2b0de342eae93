/*
 * Magento 2: answers of the REST API, and what they become. On a database that is none.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/change/change.h"
#include "model/row.h"
#include "platform/magento/rest/rest.h"
#include "platform/platform.h"
#include "t/c/mapping.h"
#include "t/c/tap.h"
#include "t/fuzz/no_db.h"

/* 2 of a configurable product at 50.00 before tax, 20 off, tax of 20 % on what is left; one of
 * another; shipping of 5.00. */
#define ITEM(id, product, type, sku, more) \
	"{\"item_id\":" id ",\"product_id\":" product ",\"product_type\":\"" type "\"," \
	"\"sku\":\"" sku \
	"\",\"name\":\"A thing\"," more "}"
#define HOODIE(more) \
	ITEM("16", "196", "configurable", "HOOD-XS", \
	    "\"qty_ordered\":2,\"row_total\":100,\"row_total_incl_tax\":120,\"tax_amount\":16," \
	    "\"discount_amount\":20" more)
#define CHILD \
	ITEM("17", "181", "simple", "HOOD-XS", \
	    "\"parent_item_id\":16,\"qty_ordered\":2,\"row_total\":0,\"price\":50")
#define SOCK(more) \
	ITEM("18", "205", "simple", "SOCK", \
	    "\"qty_ordered\":1,\"row_total\":10,\"row_total_incl_tax\":12,\"tax_amount\":2," \
	    "\"discount_amount\":0" more)
#define ORDER(state, who, items, more) \
	"{\"entity_id\":9,\"increment_id\":\"000000013\",\"store_id\":1,\"state\":\"" state "\"," \
	"\"status\":\"my_own\",\"order_currency_code\":\"EUR\",\"base_currency_code\":\"USD\"," \
	"\"created_at\":\"2026-01-01 10:00:00\",\"updated_at\":\"2026-01-02 10:00:00\"," who \
	"\"grand_total\":113,\"tax_amount\":18,\"discount_amount\":-20,\"total_due\":0," \
	"\"shipping_amount\":5,\"shipping_incl_tax\":5,\"is_virtual\":0," more \
	"\"payment\":{\"method\":\"checkmo\",\"additional_information\":[\"Check\"]}," \
	"\"billing_address\":{\"firstname\":\"Guest\",\"lastname\":\"Er\"},\"items\":[" items "]," \
	"\"extension_attributes\":{\"shipping_assignments\":[{\"shipping\":{\"address\":{" \
	"\"street\":[\"1 rue A\",\"2\"],\"city\":\"Lyon\",\"postcode\":\"69001\"," \
	"\"country_id\":\"FR\",\"telephone\":\"0611\"}}}]}}"
#define CUSTOMER "\"customer_id\":1,\"customer_email\":\"a@example.com\","
#define GUEST "\"customer_is_guest\":1,\"customer_email\":\"g@example.com\","
#define ITEMS HOODIE("") "," CHILD "," SOCK("")

static char no_connection;
static struct arena a;
static struct err err;
static struct magento_shop shop;
static char seen[16384];		/* what the last mapping made */
static char remarks[2048];
static enum no_db_state stored;
static int (*mapping)(struct platform_context *, struct err *);

static struct json_object *
parsed(const char *text)
{
	struct json_object *json = NULL;

	if (json_parse(text, strlen(text), &json, &err) < 0)
		printf("Bail out! %s\n", err.detail);
	return json;
}

/* All that is said, as "Entity.Column=value;". */
static void
show(const struct change *change)
{
	struct buf b;

	buf_init(&b, &a);
	buf_adds(&b, "");
	for (const struct row *row = change->first; row != NULL; row = row->next)
		for (int i = 0; row->entity->columns[i].name != NULL; i++) {
			const struct val *v = &row->values[i];

			if (!row->said[i] || v->kind == VAL_NULL)
				continue;
			buf_addf(&b, "%s.%s=", row->entity->name, row->entity->columns[i].name);
			if (row->entity->columns[i].type == ENTITY_DECIMAL)
				buf_addf(&b, "%s;", decimal_trim(&a, v->s));
			else if (v->kind == VAL_TEXT)
				buf_addf(&b, "%s;", v->s);
			else
				buf_addf(&b, "%lld;", (long long)v->i);
		}
	snprintf(seen, sizeof seen, "%s", b.data);
}

static int
shown(struct platform_context *ctx, struct err *e)
{
	const int rc = mapping(ctx, e);

	show(ctx->change);
	return rc;
}

static int
run(int (*map)(struct platform_context *, struct err *), struct json_object *record)
{
	static const struct platform_row row = { .platform = "Magento", .entity = "Record",
		.action = "Update", .run = shown };
	struct arena of = { 0 };
	struct platform_message m = { .id = 1, .tenant_id = 1, .platform = "Magento",
		.entity = "Record", .action = "Update", .source_id = 1, .zone_id = 1,
		.brand_id = 1, .address_type_id = 1, .reach = ENTITY_REACH_ALL, .is_proven = 1,
		.received_at = 1795511000 * USEC_SEC };
	struct platform_context ctx = { .arena = &of, .in = { .arena = &of }, .message = &m,
		.payload = record, .record = &shop };
	int rc;

	err_clear(&err);
	mapping = map;
	no_db_begin(stored);
	rc = mapping_run((struct db *)(void *)&no_connection, &ctx, &row,
	    1795511000 * USEC_SEC, &err);
	snprintf(remarks, sizeof remarks, "%s", remark_json(&of, &ctx.in.remarks));
	read_close(&ctx.in);
	arena_done(&of);
	return rc;
}

static int
run_text(int (*map)(struct platform_context *, struct err *), const char *text)
{
	struct json_object *json = parsed(text);
	const int rc = run(map, json);

	json_object_put(json);
	return rc;
}

static void
says(const char *what)
{
	ok(strstr(seen, what) != NULL, "says", what);
	if (strstr(seen, what) == NULL)
		printf("# %s\n", seen);
}

static int
lines_said(void)
{
	int n = 0;

	for (const char *p = seen; (p = strstr(p, "PurchaseDetail.Identifier=")) != NULL; p++)
		n++;
	return n;
}

static void
test_order(void)
{
	ok(run_text(magento_rest_order, ORDER("processing", CUSTOMER, ITEMS, "")) == PLATFORM_DONE,
	    "an order", err.detail);
	says("PurchaseHeader.PurchaseIdentifier=000000013@default;");
	says("PurchaseHeader.PurchaseReference=000000013;");
	says("PurchaseHeader.CurrencyId=EUR;");
	says("PurchaseHeader.Amount=113;");
	says("PurchaseHeader.TaxFreeAmount=95;");
	says("PurchaseHeader.DiscountAmount=20;");
	says("PurchaseHeader.PurchaseStatusId=3;");
	says("PurchaseHeader.PurchaseTypeId=1;");
	says("PurchaseHeader.PaymentMethod=Check;");
	ok(lines_said() == 3, "an item below another one is no line", "");
	says("PurchaseDetail.Identifier=196/HOOD-XS;");
	says("PurchaseDetail.Amount=96;");
	says("PurchaseDetail.TaxFreeAmount=80;");
	says("PurchaseDetail.Identifier=0/shipping-fee;");
	says("PurchaseGood.Identifier=181;PurchaseGood.Sku=HOOD-XS;");
	ok_text(remarks, "", "the lines add up to the header");
	ok(run_text(magento_rest_order, ORDER("new", GUEST, SOCK(""), "")) == PLATFORM_DONE,
	    "a guest's", err.detail);
	says("ContactIdentifier.Identifier=email:g@example.com;");
	says("Contact.FirstName=Guest;");
	says("Address.Address1=1 rue A;");
	ok(strstr(remarks, "less than the Amount") != NULL, "lines that do not add up", remarks);
}

static void
test_less(void)
{
	ok(run_text(magento_rest_order,
	       ORDER("processing", CUSTOMER,
		   HOODIE(",\"qty_refunded\":1") "," CHILD "," SOCK(",\"qty_canceled\":1"),
		   "\"total_refunded\":48,")) == PLATFORM_DONE,
	    "an order with a refund and a cancelled item", err.detail);
	says("PurchaseHeader.Amount=53;");
	says("PurchaseHeader.OriginalAmount=113;");
	says("PurchaseDetail.Quantity=1;PurchaseDetail.Amount=48;PurchaseDetail.TaxFreeAmount=40;"
	     "PurchaseDetail.DiscountAmount=10;PurchaseDetail.OriginalQuantity=2;"
	     "PurchaseDetail.OriginalAmount=96;");
	says("PurchaseDetail.Quantity=0;PurchaseDetail.Amount=0;");
	ok(run_text(magento_rest_order,
	       ORDER("processing", CUSTOMER, HOODIE(",\"qty_refunded\":1") "," SOCK(""),
		   "\"total_refunded\":53.5,")) == PLATFORM_DONE,
	    "more was given back than the items are worth", err.detail);
	says("PurchaseHeader.Amount=59.5;");
	says("PurchaseDetail.Amount=43.94;");
	says("PurchaseDetail.Amount=10.98;");
	says("PurchaseDetail.Amount=4.58;");
	ok(run_text(magento_rest_order,
	       ORDER("closed", CUSTOMER, HOODIE(",\"qty_refunded\":2") "," SOCK(""), "")) ==
		PLATFORM_DONE,
	    "one that is closed", err.detail);
	says("PurchaseHeader.Amount=0;");
	says("PurchaseHeader.PurchaseStatusId=8;");
	ok(strstr(seen, "PurchaseDetail.DeletionFlag=0") == NULL, "has no lines", "");
}

static void
test_faults(void)
{
	ok(run_text(magento_rest_order, "{\"entity_id\":1}") == ERR_PERMANENT, "no number",
	    err.detail);
	ok(run_text(magento_rest_order,
	       ORDER("new", GUEST, SOCK(",\"qty_refunded\":\"x\""), "")) == ERR_PERMANENT,
	    "an amount that is none", err.detail);
	ok(run_text(magento_rest_order, ORDER("new", GUEST, "1", "")) == ERR_PERMANENT,
	    "an item that is none", err.detail);
	ok(run_text(magento_rest_customer, "{\"id\":0}") == ERR_PERMANENT, "no id", err.detail);
	ok(run_text(magento_rest_product, "{\"id\":3}") == ERR_PERMANENT, "no SKU", err.detail);
	ok(run_text(magento_rest_store, "{\"id\":0,\"code\":\"admin\"}") == PLATFORM_IGNORED,
	    "the back office", err.detail);
}

static void
test_stored(void)
{
	stored = NO_DB_OLDER;
	ok(run_text(magento_rest_order, ORDER("new", CUSTOMER, ITEMS, "")) == PLATFORM_DONE,
	    "over an older state", err.detail);
	stored = NO_DB_NEWER;
	ok(run_text(magento_rest_order, ORDER("new", CUSTOMER, ITEMS, "")) ==
		PLATFORM_SUPERSEDED, "not over a newer one", err.detail);
	stored = NO_DB_EMPTY;
}

/* ------------------------------------------------------------------ recorded answers */

static struct json_object *
file(const char *name)
{
	const char *src = getenv("SRCDIR");
	FILE *f = fopen(arena_printf(&a, "%s/t/fixtures/magento/%s", src == NULL ? "." : src,
			    name), "rb");
	char *text = arena_alloc(&a, 65536);

	if (f == NULL || fread(text, 1, 65535, f) == 0)
		printf("Bail out! %s cannot be read\n", name);
	if (f != NULL)
		fclose(f);
	return parsed(text);
}

static void
test_recorded(void)
{
	struct json_object *customers = file("customers_search.json"),
			   *categories = file("categories_list.json"),
			   *order = file("order_3_retrieved.json");
	struct json_object *list = magento_rest_records(categories);

	ok(run(magento_rest_customer, json_object_array_get_idx(magento_rest_records(customers),
	    0)) == PLATFORM_DONE, "a customer", err.detail);
	says("ContactIdentifier.Identifier=1;");
	says("Contact.FreeField1=General;");
	says("Contact.BirthYear=1973;");
	says("Contact.GenderId=2;");
	says("Address.Address1=6146 Honey Bluff Parkway;");
	says("Store.StoreIdentifier=default;");
	ok(json_count(list) > 10 &&
		run(magento_rest_category, json_object_array_get_idx(list, 0)) == PLATFORM_DONE,
	    "a category", err.detail);
	says("PurchaseGoodCategory.Label=Equipment;");
	says("PurchaseGoodCategory.ParentHierarchyNode=2;");
	ok(run(magento_rest_order, order) == PLATFORM_DONE, "an order", err.detail);
	says("PurchaseHeader.PurchaseStatusId=1;");
	says("PurchaseHeader.PurchaseTypeId=2;");
	json_object_put(customers);
	json_object_put(categories);
	json_object_put(order);
}

static const char *
sentence(const char *name)
{
	struct json_object *json = file(name);
	const char *text = magento_rest_error(&a, json);

	text = text == NULL ? "" : arena_strdup(&a, text);
	json_object_put(json);
	return text;
}

static void
test_product(void)
{
	struct json_object *tree = parsed(
	    "{\"id\":1,\"children_data\":[{\"id\":2,\"children_data\":"
	    "[{\"id\":3}]},{\"id\":4}]}");
	struct json_object *list = magento_rest_flatten(tree);

	ok(json_count(list) == 4, "a tree of categories becomes a list", "");
	json_object_put(list);
	json_object_put(tree);
	ok(run_text(magento_rest_product,
	       "{\"id\":68,\"sku\":\"A/b 1\",\"name\":\"Hood\",\"price\":12.5,\"type_id\":"
	       "\"simple\",\"updated_at\":\"2026-01-01 00:00:00\",\"extension_attributes\":{"
	       "\"category_links\":[{\"category_id\":\"15\"},{\"category_id\":\"36\"},{"
	       "\"category_id\":\"2\"}]},\"custom_attributes\":[{\"attribute_code\":\"ean\","
	       "\"value\":\"4006381333931\"},{\"attribute_code\":\"description\",\"value\":"
	       "\"Warm\"}]}") == PLATFORM_DONE,
	    "a product", err.detail);
	says("PurchaseGood.Identifier=68;PurchaseGood.Sku=A/b 1;PurchaseGood.Ean13=4006381333931;");
	says("PurchaseGoodCategory.Identifier=36;");
	says("PurchaseGood.Description=Warm;");
	ok_text(sentence("error_401_not_authorized.json"),
	    "The consumer isn't authorized to access self.", "an error with an object");
	ok_text(sentence("error_404_no_such_entity.json"), "No such entity with id = 333",
	    "with two names");
	ok_text(sentence("error_parameters_list.json"),
	    "Invalid product data: Invalid attribute set entity type", "with a list");
}

int
main(void)
{
	struct json_object *stores = parsed("[{\"id\":1,\"code\":\"default\"}]"),
			   *groups = parsed("{\"items\":[{\"id\":1,\"code\":\"General\"}]}");

	shop.stores = magento_rest_index(magento_rest_records(stores));
	shop.groups = magento_rest_index(magento_rest_records(groups));
	test_order();
	test_less();
	test_faults();
	test_stored();
	test_recorded();
	test_product();
	json_object_put(shop.stores);
	json_object_put(shop.groups);
	json_object_put(stores);
	json_object_put(groups);
	arena_done(&a);
	return tap_end();
}
