/*
 * platform_skeleton - a platform to copy: orders of WooCommerce, as its webhooks
 * order.created and order.updated send them. Only check builds have it, and no help page
 * shows it.
 *
 * To add a platform: copy this folder under the platform's name, rename what is called
 * skeleton or Skeleton, take .hidden out, and list the file in platform/Makemodule.am,
 * outside CHECK_BUILD. Everything else (routing, help, manual, OpenAPI, kept headers,
 * repetitions, order) follows from the rows at the end of this file. t/75-skeleton.t is the
 * test to copy; its bodies are in t/fixtures/woocommerce/.
 *
 * Names of members and headers: developer.woocommerce.com/docs/apis/rest-api (orders,
 * webhooks).
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/read.h"
#include "platform/address.h"
#include "platform/amount.h"
#include "platform/contact.h"
#include "platform/label.h"
#include "platform/platform.h"
#include "platform/property.h"
#include "platform/write.h"
#include "store/contact.h"
#include "store/db.h"

enum { ID_MAX = 255 };

struct order {
	struct platform_context *ctx;
	struct json_object *json;
	const char *id, *currency, *status;
	usec_t stamp;			/* as of when the body is */
	int is_void;			/* cancelled or failed: the buyer keeps and owes nothing */
	int64_t contact_id;
	struct row *header;
	const char **lines;		/* ids of the lines that the buyer keeps */
	size_t nlines;
};

/* Members of the order, and columns of the tables. */
static const struct platform_property names[] = { { "first_name", Contact_FirstName },
	{ "last_name", Contact_LastName }, { NULL, COLUMN_UNSET } };
static const struct platform_property places[] = { { "address_1", Address_Address1 },
	{ "address_2", Address_Address2 }, { "postcode", Address_PostCode },
	{ "city", Address_City }, { "state", Address_State }, { "email", Address_Email },
	{ "phone", Address_HomePhoneNumber }, { NULL, COLUMN_UNSET } };
static const struct platform_property header[] = { { "number", PurchaseHeader_PurchaseReference },
	{ "date_created_gmt", PurchaseHeader_PurchaseDate },
	{ "currency", PurchaseHeader_CurrencyId },
	{ "payment_method_title", PurchaseHeader_PaymentMethod }, { NULL, COLUMN_UNSET } };
static const char *const lists[] = { "line_items", "shipping_lines", "fee_lines" };

/* ------------------------------------------------------------------ reading */

/* Without a row of its own nothing is written: all faults of the head are named at once. */
static int
order_read(struct order *o, struct err *err)
{
	struct platform_context *ctx = o->ctx;

	ctx->in.is_utc = 1; /* members whose name ends with _gmt have no offset */
	o->id = read_code(&ctx->in, o->json, "", "id", ID_MAX);
	if (o->id == NULL)
		read_fault(&ctx->in, "", "id", "is missing");
	o->currency = read_code(&ctx->in, o->json, "", "currency", 3);
	if (o->currency == NULL)
		read_fault(&ctx->in, "", "currency", "is missing");
	o->status = read_word(&ctx->in, o->json, "", "status", ID_MAX);
	o->is_void = o->status != NULL &&
	    (strcmp(o->status, "cancelled") == 0 || strcmp(o->status, "failed") == 0);
	o->stamp = read_date(&ctx->in, o->json, "", "date_modified_gmt");
	if (o->stamp == USEC_NONE)
		o->stamp = ctx->message->received_at;
	return read_settle(&ctx->in, err);
}

/* PLATFORM_DONE, PLATFORM_SUPERSEDED when a newer state is stored, or a negative code. */
static int
order_guard(struct order *o, struct err *err)
{
	struct platform_context *ctx = o->ctx;
	usec_t stored;
	int rc = platform_write_stored_stamp(ctx, Q_platform_purchase_stamp,
	    DB_ARGS(v_text(o->id), v_int(ctx->message->source_id)), &stored, err);

	if (rc < 0)
		return rc;
	if (stored == USEC_NONE || o->stamp >= stored)
		return PLATFORM_DONE;
	snprintf(ctx->reason, sizeof ctx->reason, "A newer state of order %s is stored.", o->id);
	return PLATFORM_SUPERSEDED;
}

/* ------------------------------------------------------------------ the buyer */

static int
buyer_write(struct order *o, struct json_object *billing, struct err *err)
{
	struct platform_context *ctx = o->ctx;
	struct row *row;
	int rc;

	row = row_new(ctx->arena, E_Contact, ROW_PUT);
	row_int(row, Contact_ContactId, o->contact_id);
	row_time(row, Contact_SourceStamp, o->stamp);
	platform_property_set(o->ctx, row, names, billing, "billing.");
	if ((rc = platform_write_row(ctx, row, err)) < 0)
		return rc;
	row = platform_address_new(
	    ctx->arena, o->contact_id, ctx->message->brand_id, ctx->message->address_type_id);
	platform_property_set(o->ctx, row, places, billing, "billing.");
	if ((rc = platform_label_set(ctx, "Country", "billing.country",
		 json_text(billing, "country"), row, Address_CountryId, err)) < 0)
		return rc;
	rc = platform_address_put(ctx, row, NULL, err);
	return rc < 0 ? rc : 0;
}

/* The customer, else a guest by the address; an order may have neither. */
static int
buyer(struct order *o, struct err *err)
{
	struct platform_context *ctx = o->ctx;
	struct json_object *billing = json_at(o->json, "billing");
	const char *customer = read_text(&ctx->in, o->json, "customer_id");
	const struct contact_key key = { .source_id = ctx->message->source_id,
		.identifier = customer == NULL || strcmp(customer, "0") == 0 ? NULL : customer,
		.email = read_text(&ctx->in, billing, "email") };
	int rc = platform_contact_resolve(ctx, &key, &o->contact_id, err);

	if (rc < 0 || rc == CONTACT_NONE)
		return rc;
	return buyer_write(o, billing, err);
}

/* ------------------------------------------------------------------ amounts */

/* *sum is an amount and its tax. 1 when the amount is there, 0, or ERR_PERMANENT. */
static int
amount_with_tax(struct json_object *json, const char *member, const char *tax_member,
    struct decimal *sum, struct err *err)
{
	int given = read_amount(&read_exact, json, member, sum, err), rc = given;
	struct decimal tax;

	if (given >= 0)
		rc = read_amount(&read_exact, json, tax_member, &tax, err);
	if (rc >= 0)
		rc = platform_amount_add(sum, tax, err);
	return rc < 0 ? rc : given;
}

static void
set_amount(struct order *o, struct row *row, enum column column, struct decimal d)
{
	row_money(row, column, o->ctx->arena, d);
}

/* What the buyer keeps and owes: the total less the refunds, whose totals are negative. */
static int
header_amounts(struct order *o, struct row *row, struct err *err)
{
	struct decimal ordered, kept, discount;
	int rc;

	if ((rc = read_amount(&read_exact, o->json, "total", &ordered, err)) < 0 ||
	    (rc = amount_with_tax(o->json, "discount_total", "discount_tax", &discount, err)) < 0)
		return rc;
	kept = ordered;
	if ((rc = platform_amount_sum(o->json, "refunds", "total", &kept, err)) < 0)
		return rc;
	if (o->is_void)
		kept = discount = (struct decimal){ 0 };
	set_amount(o, row, PurchaseHeader_Amount, kept);
	set_amount(o, row, PurchaseHeader_DiscountAmount, discount);
	set_amount(o, row, PurchaseHeader_OriginalAmount, ordered);
	return 0;
}

/* ------------------------------------------------------------------ writing */

static int
header_write(struct order *o, struct err *err)
{
	struct platform_context *ctx = o->ctx;
	const struct platform_message *m = ctx->message;
	struct row *row = row_new(ctx->arena, E_PurchaseHeader, ROW_PUT);
	int rc;

	o->header = row;
	row_text(row, PurchaseHeader_PurchaseIdentifier, o->id);
	row_int(row, PurchaseHeader_SourceId, m->source_id);
	row_id(row, PurchaseHeader_ContactId, o->contact_id);
	row_int(row, PurchaseHeader_BrandId, m->brand_id);
	row_int(row, PurchaseHeader_ZoneId, m->zone_id);
	row_bool(row, PurchaseHeader_DeletionFlag, 0);
	row_time(row, PurchaseHeader_SourceStamp, o->stamp);
	platform_property_set(o->ctx, row, header, o->json, "");
	if ((rc = platform_label_set(ctx, "PurchaseStatus", "status", o->status, row,
		 PurchaseHeader_PurchaseStatusId, err)) < 0 ||
	    (rc = platform_property_refer(o->ctx, row, header, "", err)) < 0 ||
	    (rc = header_amounts(o, row, err)) < 0)
		return rc;
	if ((rc = read_settle(&o->ctx->in, err)) < 0)
		return rc;
	rc = platform_write_row(ctx, row, err);
	if (rc == ENTITY_SUPERSEDED)
		return err_set(err, ERR_DB_RETRY, "Another delivery wrote this order meanwhile.");
	if (rc == ENTITY_UNCHANGED)	/* nothing older than this body may be restored */
		rc = (int)db_exec(ctx->db, Q_platform_purchase_touch,
		    DB_ARGS(v_time(o->stamp), o->header->key), err);
	return rc < 0 ? rc : 0;
}

/* "total" is net of discounts, "subtotal" is before them; neither has the tax. */
static int
line_amounts(struct order *o, struct json_object *line, struct row *row, struct err *err)
{
	struct decimal amount, before;
	int rc = amount_with_tax(line, "total", "total_tax", &amount, err), given;

	if (rc < 0 || (given = rc = amount_with_tax(line, "subtotal", "subtotal_tax", &before,
			   err)) < 0)
		return rc;
	set_amount(o, row, PurchaseDetail_Amount, amount);
	set_amount(o, row, PurchaseDetail_OriginalAmount, amount);
	if (!given)
		return 0;
	if ((rc = platform_amount_subtract(&before, amount, err)) < 0)
		return rc;
	set_amount(o, row, PurchaseDetail_DiscountAmount, before);
	return 0;
}

static int
line_write(struct order *o, struct json_object *line, struct err *err)
{
	struct platform_context *ctx = o->ctx;
	const char *id = read_text(&ctx->in, line, "id"),
		   *label = read_text(&ctx->in, line, "name"),
		   *quantity = read_text(&ctx->in, line, "quantity");
	struct row *row;
	int rc;

	if (id == NULL)
		return err_set(err, ERR_PERMANENT, "A line of the order has no id.");
	row = row_new(ctx->arena, E_PurchaseDetail, ROW_PUT);
	row_refer(row, PurchaseDetail_PurchaseHeaderId, o->header);
	row_text(row, PurchaseDetail_Identifier, id);
	row_int(row, PurchaseDetail_SourceId, ctx->message->source_id);
	row_text(row, PurchaseDetail_Sku, read_text(&ctx->in, line, "sku"));
	row_text(row, PurchaseDetail_Label,
	    label != NULL ? label : read_text(&ctx->in, line, "method_title"));
	row_text(row, PurchaseDetail_Quantity, quantity != NULL ? quantity : "1");
	row_bool(row, PurchaseDetail_DeletionFlag, 0);
	row_time(row, PurchaseDetail_SourceStamp, o->stamp);
	if ((rc = line_amounts(o, line, row, err)) < 0 ||
	    (rc = platform_write_row(ctx, row, err)) < 0)
		return rc;
	o->lines[o->nlines++] = id;
	return 0;
}

/* Marks the stored lines that the order has no more. Returns how many, or a negative code. */
static int
lines_sweep(struct order *o, struct err *err)
{
	return platform_write_sweep_lines(
	    o->ctx, o->header->key.i, o->lines, o->nlines, o->stamp, err);
}

/* Returns how many lines are gone since, or a negative code. */
static int
lines_write(struct order *o, struct err *err)
{
	size_t most = 0;
	int rc = 0;

	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		most += json_count(json_array(o->json, lists[i]));
	o->lines = arena_new(o->ctx->arena, const char *, most);
	for (size_t i = 0; i < sizeof lists / sizeof lists[0] && !o->is_void; i++) {
		struct json_object *list = json_array(o->json, lists[i]);

		for (size_t k = 0; k < json_count(list) && rc == 0; k++)
			rc = line_write(o, json_object_array_get_idx(list, k), err);
	}
	return rc < 0 ? rc : lines_sweep(o, err);
}

/* ------------------------------------------------------------------ the handler */

static int
order_write(struct order *o, struct err *err)
{
	struct platform_context *ctx = o->ctx;
	int rc;

	if ((rc = order_read(o, err)) < 0 || (rc = order_guard(o, err)) != PLATFORM_DONE)
		return rc;
	if ((rc = buyer(o, err)) < 0 || (rc = header_write(o, err)) < 0 ||
	    (rc = lines_write(o, err)) < 0)
		return rc;
	snprintf(ctx->reason, sizeof ctx->reason,
	    "Purchase %lld of contact %lld written with %zu %s; %d gone.",
	    (long long)o->header->key.i, (long long)o->contact_id, o->nlines,
	    text_form((int64_t)o->nlines, "line", "lines"), rc);
	return PLATFORM_DONE;
}

/* Insert and Update are the same: deliveries overtake one another. */
static int
order_save(struct platform_context *ctx, struct err *err)
{
	struct order o = { .ctx = ctx, .json = ctx->payload };
	int rc;

	platform_any_case(ctx);
	rc = order_write(&o, err);
	read_close(&ctx->in);
	return rc;
}

const struct platform_row platform_skeleton_rows[] = {
#define SKELETON_ORDER \
	"{\n  \"id\": 727, \"number\": \"727\", \"status\": \"processing\", " \
	"\"currency\": \"EUR\",\n" \
	"  \"date_created_gmt\": \"2026-11-24T08:00:00\", " \
	"\"date_modified_gmt\": \"2026-11-24T08:00:05\",\n" \
	"  \"total\": \"24.00\", \"customer_id\": 0,\n" \
	"  \"billing\": {\"first_name\": \"Ada\", \"last_name\": \"Lovelace\", " \
	"\"email\": \"ada@demo.example\"},\n" \
	"  \"line_items\": [{\"id\": 315, \"name\": \"T-shirt\", \"sku\": \"TS-M\", " \
	"\"quantity\": 1, \"total\": \"20.00\", \"total_tax\": \"4.00\"}]\n}"
	PLATFORM("Skeleton", .hidden = 1, .id = "id", .stamp = "date_modified_gmt",
	    .headers = { "x-wc-webhook-*" }, .headers_not = { "*signature*" },
	    .deliveries = {
		{ .scope = "skeleton", .header = "x-wc-webhook-delivery-id" } })
	PLATFORM_ROW("Skeleton", "Order", "Insert", order_save,
	    SKELETON_ORDER,
	    "Takes the topic order.created. Writes the purchase with its lines and its contact, as "
	    "it stands now.")
	PLATFORM_ROW("Skeleton", "Order", "Update", order_save,
	    SKELETON_ORDER,
	    "Takes the topic order.updated. Writes the same as Insert; lines that are gone are "
	    "marked as deleted.")
	{ .platform = NULL },
};
