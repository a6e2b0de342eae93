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
 * A mapping goes in four steps: it reads what the questions need (order_read), asks all that it
 * must know (order_ask), puts rows into the change (order_put), and says in the end what was
 * written (order_conclude). When the answers are there it runs again from its start.
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
#include "model/change/known.h"
#include "model/read.h"
#include "platform/address.h"
#include "platform/amount.h"
#include "platform/contact.h"
#include "platform/label.h"
#include "platform/platform.h"
#include "platform/property.h"
#include "platform/write.h"

enum { ID_MAX = 255 };

struct order {
	struct platform_context *ctx;
	struct json_object *json, *billing;
	const char *id, *status, *country;
	usec_t stamp;			/* as of when the body is */
	int is_void;			/* cancelled or failed: the buyer keeps and owes nothing */
	struct contact_key who;		/* the customer, else the guest of an address */

	struct known_rows stored;	/* of the purchase: key and stamp; none when it is new */
	struct known_rows stored_lines;

	struct platform_contact *buyer;
	struct row *header;
	const char **lines;		/* ids of the lines that the buyer keeps */
	size_t nlines;
	int ngone;			/* stored lines that the order has no more */
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

/* An order may have neither customer nor address. */
static void
buyer_read(struct order *o)
{
	struct platform_context *ctx = o->ctx;
	const char *customer = read_text(&ctx->in, o->json, "customer_id");

	o->billing = json_at(o->json, "billing");
	o->country = json_text(o->billing, "country");
	o->who.source_id = ctx->message->source_id;
	o->who.email = read_text(&ctx->in, o->billing, "email");
	if (customer != NULL && strcmp(customer, "0") != 0)
		o->who.identifier = customer;
}

/* Without a row of its own nothing is written: all faults of the head are named at once. */
static int
order_read(struct order *o, struct err *err)
{
	struct platform_context *ctx = o->ctx;

	ctx->in.is_utc = 1; /* members whose name ends with _gmt have no offset */
	o->id = read_code(&ctx->in, o->json, "", "id", ID_MAX);
	if (o->id == NULL)
		read_fault(&ctx->in, "", "id", "is missing");
	if (read_code(&ctx->in, o->json, "", "currency", 3) == NULL)
		read_fault(&ctx->in, "", "currency", "is missing");
	o->status = read_word(&ctx->in, o->json, "", "status", ID_MAX);
	o->is_void = o->status != NULL &&
	    (strcmp(o->status, "cancelled") == 0 || strcmp(o->status, "failed") == 0);
	o->stamp = read_date(&ctx->in, o->json, "", "date_modified_gmt");
	if (o->stamp == USEC_NONE)
		o->stamp = ctx->message->received_at;
	return read_settle(&ctx->in, err);
}

/* ------------------------------------------------------------------ asking */

/* The purchase, which no other delivery writes meanwhile. */
static void
stored_ask(struct order *o)
{
	const struct known_rows_of purchase = { .hold = KNOWN_LOCKED,
		.by = { PurchaseHeader_PurchaseIdentifier, PurchaseHeader_SourceId },
		.is = { v_text(o->id), v_int(o->ctx->message->source_id) },
		.want = { PurchaseHeader_PurchaseHeaderId, PurchaseHeader_SourceStamp } };

	known_rows(o->ctx->known, &purchase, &o->stored, NULL);
}

/* 1 when a newer state is stored. */
static int
is_overtaken(const struct order *o)
{
	const struct val *stored = known_first(&o->stored);

	return stored != NULL && stored[1].kind == VAL_TIME && o->stamp < stored[1].i;
}

/* Asks all at once, so that a new order runs twice. One that is stored has a second question, for
 * its lines. */
static int
order_ask(struct order *o, struct err *err)
{
	struct platform_context *ctx = o->ctx;
	struct val ahead;
	int rc;

	known_contact(ctx->known, &o->who, NULL, NULL);
	platform_label(ctx, "Country", o->country, &ahead, NULL);
	platform_label(ctx, "PurchaseStatus", o->status, &ahead, NULL);
	if ((rc = platform_property_refer(ctx, o->header, header, "", err)) < 0 ||
	    (rc = known_wait(ctx->known, err)) < 0 || o->stored.n == 0)
		return rc;
	return platform_known_lines(ctx, o->stored.values[0].i, &o->stored_lines, err);
}

/* ------------------------------------------------------------------ the buyer */

static int
address_put(struct order *o, struct err *err)
{
	struct platform_context *ctx = o->ctx;
	const struct platform_message *m = ctx->message;
	struct row *row =
	    platform_address_of(ctx->arena, o->buyer->row, m->brand_id, m->address_type_id);
	int rc;

	platform_property_set(ctx, row, places, o->billing, "billing.");
	rc = platform_label_set(
	    ctx, "Country", "billing.country", o->country, row, Address_CountryId, err);
	return rc < 0 ? rc : platform_address_add(ctx, row, NULL, err);
}

static int
buyer_put(struct order *o, struct err *err)
{
	struct platform_context *ctx = o->ctx;
	struct row *row;
	int rc = platform_contact(ctx, &o->who, &o->buyer, err);

	if (rc < 0 || o->buyer->row == NULL)
		return rc;
	row = platform_contact_row(ctx, o->buyer, ROW_PUT);
	row_time(row, Contact_SourceStamp, o->stamp);
	platform_property_set(ctx, row, names, o->billing, "billing.");
	rc = platform_put(ctx, row, err);
	return rc < 0 ? rc : address_put(o, err);
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

/* ------------------------------------------------------------------ the purchase */

/* What the body says of the purchase itself, for the questions about it. A purchase that is not
 * stored is added: should another delivery add it meanwhile, both run again. */
static void
header_begin(struct order *o)
{
	struct platform_context *ctx = o->ctx;
	const struct platform_message *m = ctx->message;
	struct row *row =
	    row_new(ctx->arena, E_PurchaseHeader, o->stored.n == 0 ? ROW_ADD : ROW_PUT);

	o->header = row;
	row_text(row, PurchaseHeader_PurchaseIdentifier, o->id);
	row_int(row, PurchaseHeader_SourceId, m->source_id);
	row_int(row, PurchaseHeader_BrandId, m->brand_id);
	row_int(row, PurchaseHeader_ZoneId, m->zone_id);
	row_bool(row, PurchaseHeader_DeletionFlag, 0);
	row_time(row, PurchaseHeader_SourceStamp, o->stamp);
	platform_property_set(ctx, row, header, o->json, "");
}

static int
header_put(struct order *o, struct err *err)
{
	struct platform_context *ctx = o->ctx;
	int rc;

	if (o->buyer->row != NULL)
		row_refer(o->header, PurchaseHeader_ContactId, o->buyer->row);
	else
		row_null(o->header, PurchaseHeader_ContactId);
	if ((rc = platform_label_set(ctx, "PurchaseStatus", "status", o->status, o->header,
		 PurchaseHeader_PurchaseStatusId, err)) < 0 ||
	    (rc = header_amounts(o, o->header, err)) < 0 ||
	    (rc = read_settle(&ctx->in, err)) < 0)
		return rc;
	return platform_put(ctx, o->header, err);
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
line_put(struct order *o, struct json_object *line, struct err *err)
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
	o->lines[o->nlines++] = id;
	rc = line_amounts(o, line, row, err);
	return rc < 0 ? rc : platform_put(ctx, row, err);
}

/* Marks the stored lines that the order has no more. */
static int
lines_sweep(struct order *o, struct err *err)
{
	const struct platform_sweep sweep = { .entity = E_PurchaseDetail,
		.identifier = PurchaseDetail_Identifier,
		.other = PurchaseDetail_PurchaseHeaderId,
		.deletion = PurchaseDetail_DeletionFlag,
		.stamp = PurchaseDetail_SourceStamp,
		.other_id = o->stored.values[0].i,
		.keep = o->lines,
		.nkeep = o->nlines,
		.stamp_at = o->stamp };

	o->ngone = platform_sweep(o->ctx, &sweep, &o->stored_lines, err);
	return o->ngone < 0 ? o->ngone : 0;
}

static int
lines_put(struct order *o, struct err *err)
{
	size_t most = 0;
	int rc = 0;

	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		most += json_count(json_array(o->json, lists[i]));
	o->lines = arena_new(o->ctx->arena, const char *, most);
	for (size_t i = 0; i < sizeof lists / sizeof lists[0] && !o->is_void; i++) {
		struct json_object *list = json_array(o->json, lists[i]);

		for (size_t k = 0; k < json_count(list) && rc == 0; k++)
			rc = line_put(o, json_object_array_get_idx(list, k), err);
	}
	return rc < 0 || o->stored.n == 0 ? rc : lines_sweep(o, err);
}

/* ------------------------------------------------------------------ the mapping */

/* The rows have their keys now. */
static int
order_conclude(struct platform_context *ctx, void *arg)
{
	const struct order *o = arg;
	const int64_t contact_id = o->buyer->row == NULL ? 0 : o->buyer->row->key.i;

	snprintf(ctx->reason, sizeof ctx->reason,
	    "Purchase %lld of contact %lld written with %zu %s; %d gone.",
	    (long long)o->header->key.i, (long long)contact_id, o->nlines,
	    text_form((int64_t)o->nlines, "line", "lines"), o->ngone);
	return PLATFORM_DONE;
}

static int
order_put(struct order *o, struct err *err)
{
	int rc;

	if ((rc = buyer_put(o, err)) < 0 || (rc = header_put(o, err)) < 0 ||
	    (rc = lines_put(o, err)) < 0)
		return rc;
	o->ctx->conclude = order_conclude;
	o->ctx->concluding = o;
	return PLATFORM_DONE;
}

static int
order_map(struct order *o, struct err *err)
{
	struct platform_context *ctx = o->ctx;
	int rc;

	if ((rc = order_read(o, err)) < 0)
		return rc;
	stored_ask(o);
	if (is_overtaken(o)) {
		snprintf(ctx->reason, sizeof ctx->reason, "A newer state of order %s is stored.",
		    o->id);
		return PLATFORM_SUPERSEDED;
	}
	buyer_read(o);
	header_begin(o);
	rc = order_ask(o, err);
	return rc < 0 ? rc : order_put(o, err);
}

/* Insert and Update are the same: deliveries overtake one another. */
static int
order_save(struct platform_context *ctx, struct err *err)
{
	struct order *o = arena_new(ctx->arena, struct order, 1);
	int rc;

	o->ctx = ctx;
	o->json = ctx->payload;
	platform_any_case(ctx);
	rc = order_map(o, err);
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
