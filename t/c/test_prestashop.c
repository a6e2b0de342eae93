/*
 * PrestaShop: answers of the Webservice, and what they become. On a database that is none.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/decimal.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/change/change.h"
#include "model/row.h"
#include "platform/platform.h"
#include "platform/prestashop/prestashop.h"
#include "t/c/mapping.h"
#include "t/c/tap.h"
#include "t/fuzz/no_db.h"

#define ROW(id, product, quantity, price) \
	"<order_row><id>" id "</id><product_id>" product "</product_id>" \
	"<product_attribute_id>0</product_attribute_id><product_quantity>" quantity \
	"</product_quantity><product_name><![CDATA[A & B]]></product_name>" \
	"<product_reference>SKU-" product "</product_reference><product_ean13>0</product_ean13>" \
	"<unit_price_tax_incl>" price "</unit_price_tax_incl>" \
	"<unit_price_tax_excl>" price "</unit_price_tax_excl></order_row>"
#define ORDER(state) \
	"<prestashop><orders><order><id>5</id><id_cart>9</id_cart><id_currency>1</id_currency>" \
	"<id_customer>3</id_customer><current_state>" state "</current_state>" \
	"<invoice_date>0000-00-00 00:00:00</invoice_date><id_shop>1</id_shop>" \
	"<date_add>2026-01-30 01:02:12</date_add><date_upd>2026-01-30 01:02:13</date_upd>" \
	"<secure_key>0011</secure_key><payment>Cheque</payment><reference>KHW</reference>" \
	"<total_discounts_tax_incl>4.00</total_discounts_tax_incl>" \
	"<total_paid_tax_incl>38.00</total_paid_tax_incl>" \
	"<total_paid_tax_excl>38.00</total_paid_tax_excl>" \
	"<total_shipping_tax_incl>2.00</total_shipping_tax_incl>" \
	"<total_shipping_tax_excl>2.00</total_shipping_tax_excl><associations>" \
	"<order_rows nodeType=\"order_row\">" ROW("13", "1", "2", "14.999999") \
	ROW("14", "2", "1", "10.00") "</order_rows></associations></order></orders></prestashop>"
#define SLIP \
	"<prestashop><order_slips><order_slip><id>1</id><id_order>5</id_order>" \
	"<total_shipping_tax_incl>0</total_shipping_tax_incl><associations>" \
	"<order_slip_details nodeType=\"order_slip_detail\"><order_slip_detail><id>1</id>" \
	"<id_order_detail>14</id_order_detail><product_quantity>1</product_quantity>" \
	"<amount_tax_incl>10.00</amount_tax_incl></order_slip_detail></order_slip_details>" \
	"</associations></order_slip></order_slips></prestashop>"
#define STATES \
	"<prestashop><order_states><order_state><id>2</id><paid>1</paid><logable>1</logable>" \
	"<shipped>0</shipped></order_state><order_state><id>6</id><paid>0</paid>" \
	"<template><language id=\"1\">order_canceled</language></template></order_state>" \
	"</order_states></prestashop>"
#define CURRENCIES \
	"<prestashop><currencies><currency><id>1</id><iso_code>EUR</iso_code></currency>" \
	"</currencies></prestashop>"
#define CUSTOMER \
	"<prestashop><customer><id>3</id><passwd>00ff</passwd><secure_key>00ff</secure_key>" \
	"<lastname>Doe</lastname><firstname>John\x0b</firstname><email>john@example.com</email>" \
	"<birthday>0000-00-00</birthday><newsletter>0</newsletter>" \
	"<newsletter_date_add>0000-00-00 00:00:00</newsletter_date_add><is_guest>0</is_guest>" \
	"<deleted>0</deleted><id_shop>1</id_shop><date_add>2026-01-30 01:02:12</date_add>" \
	"<date_upd>2026-07-30 01:02:12</date_upd></customer></prestashop>"

static char no_connection;
static struct arena a;
static struct err err;
static struct prestashop_shop shop = { .time_zone = "Europe/Paris", .language = "1" };
static char seen[8192];			/* what the last mapping made */

static struct json_object *
records_of(const char *text, const char *resource)
{
	struct json_object *records;

	err_clear(&err);
	return prestashop_read(&a, text, strlen(text), resource, &records, &err) == 0 ? records :
											NULL;
}

/* All that is said, as "Entity.Column=value;". */
static void
show(const struct change *change)
{
	struct buf b;

	buf_init(&b, &a);
	for (const struct row *row = change->first; row != NULL; row = row->next)
		for (int i = 0; row->entity->columns[i].name != NULL; i++) {
			const struct val *v = &row->values[i];
			const char *at = v->s == NULL ? "" : v->s;

			if (!row->said[i] || v->kind == VAL_NULL)
				continue;
			if (v->kind == VAL_INT)
				at = arena_printf(&a, "%lld", (long long)v->i);
			buf_addf(&b, "%s.%s=%s;", row->entity->name, row->entity->columns[i].name,
			    at);
		}
	snprintf(seen, sizeof seen, "%s", b.len > 0 ? b.data : "");
}

static enum no_db_state stored;
static int (*mapping)(struct platform_context *, struct err *);

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
	static const struct platform_row row = { .platform = "PrestaShop", .entity = "Record",
		.action = "Update", .run = shown };
	struct arena of = { 0 };
	struct platform_message m = { .id = 1, .tenant_id = 1, .platform = "PrestaShop",
		.entity = "Record", .action = "Update", .source_id = 1, .zone_id = 1,
		.brand_id = 1, .address_type_id = 1, .reach = ENTITY_REACH_OWN, .is_proven = 1,
		.received_at = 1795511000 * USEC_SEC };
	struct platform_context ctx = { .arena = &of, .in = { .arena = &of }, .message = &m,
		.payload = record, .record = &shop };
	int rc;

	err_clear(&err);
	mapping = map;
	no_db_begin(stored);
	rc = mapping_run((struct db *)(void *)&no_connection, &ctx, &row,
	    1795511000 * USEC_SEC, &err);
	read_close(&ctx.in);
	arena_done(&of);
	return rc;
}

static void
says(const char *what)
{
	ok(strstr(seen, what) != NULL, "says", what);
	if (strstr(seen, what) == NULL)
		printf("# %s\n", seen);
}

static struct json_object *
first(struct json_object *records)
{
	return json_object_array_get_idx(records, 0);
}

static void
test_order(void)
{
	struct json_object *orders = records_of(ORDER("2"), "orders");
	struct json_object *slips = records_of(SLIP, "order_slips");
	struct json_object *gone = records_of(ORDER("6"), "orders");

	ok(run(prestashop_order, first(orders)) == PLATFORM_DONE, "an order", err.detail);
	says("PurchaseHeader.Amount=38.00;");
	says("PurchaseHeader.CurrencyId=EUR;");
	says("PurchaseHeader.PurchaseStatusId=3;");
	says("PurchaseDetail.Identifier=5/shipping-fee;");
	says("PurchaseGood.Identifier=1;");
	json_object_object_add(first(orders), "order_slip_records", slips);
	ok(run(prestashop_order, first(orders)) == PLATFORM_DONE, "with a refund", err.detail);
	says("PurchaseHeader.OriginalAmount=38.00;");
	says("PurchaseDetail.DeletionFlag=1;");
	ok(strstr(seen, "PurchaseHeader.Amount=38.00;") == NULL, "it is worth less now", "");
	ok(run(prestashop_order, first(gone)) == PLATFORM_DONE, "a cancelled one", err.detail);
	says("PurchaseHeader.Amount=0.00;");
	says("PurchaseHeader.PurchaseStatusId=9;");
	stored = NO_DB_OLDER;
	ok(run(prestashop_order, first(gone)) == PLATFORM_DONE, "over an older state", err.detail);
	stored = NO_DB_NEWER;
	ok(run(prestashop_order, first(gone)) == PLATFORM_SUPERSEDED, "not over a newer one", "");
	stored = NO_DB_EMPTY;
	json_object_put(orders);
	json_object_put(gone);
}

static void
test_customer(void)
{
	struct json_object *records = records_of(CUSTOMER, "customers");

	ok(records != NULL && json_text(first(records), "passwd") == NULL &&
		json_text(first(records), "secure_key") == NULL,
	    "secrets stay outside", "");
	ok(run(prestashop_customer, first(records)) == PLATFORM_DONE, "a customer", err.detail);
	says("Contact.FirstName=John;");
	says("Address.Email=john@example.com;");
	ok(strstr(seen, "BirthDate") == NULL, "a zero date is nothing", "");
	shop.shop = "2";
	ok(run(prestashop_customer, first(records)) == PLATFORM_IGNORED, "of another shop", "");
	shop.shop = NULL;
	json_object_put(records);
}

static const char *
file_text(const char *name)
{
	const char *src = getenv("SRCDIR");
	FILE *f = fopen(arena_printf(&a, "%s/t/fixtures/prestashop/%s", src == NULL ? "." : src,
			    name), "rb");
	char *text = arena_alloc(&a, 65536);

	if (f == NULL || fread(text, 1, 65535, f) == 0)
		printf("Bail out! %s cannot be read\n", name);
	if (f != NULL)
		fclose(f);
	return text;
}

static void
test_recorded(void)
{
	struct json_object *good = records_of(file_text("product_1_simple.xml"), "products");
	struct json_object *category = records_of(file_text("category_get_pretty.xml"),
	    "categories");

	ok(json_count(good) == 1 && run(prestashop_product, first(good)) == PLATFORM_DONE,
	    "a product", err.detail);
	says("PurchaseGood.Sku=X54000;");
	says("PurchaseGood.Label=product 1;");
	says("PurchaseGood.Price=24.7107;");
	ok(json_count(category) == 1 &&
		run(prestashop_category, first(category)) == PLATFORM_DONE, "a category",
	    err.detail);
	says("PurchaseGoodCategory.Label=Home;");
	ok(records_of(file_text("error_87_id_not_exists.xml"), "orders") == NULL &&
		strstr(err.detail, "error 87") != NULL, "the shop's own error", err.detail);
	ok(records_of("<html><body/></html>", "orders") == NULL, "a page", err.detail);
	json_object_put(good);
	json_object_put(category);
}

int
main(void)
{
	struct json_object *states = records_of(STATES, "order_states");
	struct json_object *currencies = records_of(CURRENCIES, "currencies");

	shop.states = prestashop_index(states);
	shop.currencies = prestashop_index(currencies);
	test_order();
	test_customer();
	test_recorded();
	json_object_put(shop.states);
	json_object_put(shop.currencies);
	json_object_put(states);
	json_object_put(currencies);
	arena_done(&a);
	return tap_end();
}
