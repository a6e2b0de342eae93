#include "platform/shopify/order.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/set.h"
#include "lib/text.h"
#include "platform/platform.h"
#include "platform/read.h"
#include "platform/shopify/common.h"
#include "platform/shopify/customer.h"
#include "platform/shopify/line.h"
#include "platform/shopify/refund.h"
#include "platform/shopify/total.h"
#include "platform/text.h"
#include "platform/write.h"
#include "store/entity/upsert.h"

/* Rows of sql/tenant/0002-reference.sql. */
enum { PURCHASE_TYPE_PAID = 1, PURCHASE_TYPE_UNPAID = 2 };
enum {
	STATUS_PENDING = 1,
	STATUS_AUTHORIZED,
	STATUS_PAID,
	STATUS_PARTIALLY_PAID,
	STATUS_SHIPPED,
	STATUS_PARTIALLY_SHIPPED,
	STATUS_PARTIALLY_REFUNDED,
	STATUS_REFUNDED,
	STATUS_CANCELLED,
	STATUS_EXPIRED
};
enum { VOUCHER_STATE_USED = 2, VOUCHER_KEY = 255, GOOD_KEY = 255 };

static const struct platform_shopify_kind order_kind = {
	.what = "an order",
	.all = (const char *const[]){ "line_items", "financial_status", "total_price", "currency",
	    NULL },
};

static const struct {
	const char *financial;
	int16_t status, type;
} statuses[] = {
	{ "pending", STATUS_PENDING, PURCHASE_TYPE_UNPAID },
	{ "unpaid", STATUS_PENDING, PURCHASE_TYPE_UNPAID },
	{ "authorized", STATUS_AUTHORIZED, PURCHASE_TYPE_UNPAID },
	{ "paid", STATUS_PAID, PURCHASE_TYPE_PAID },
	{ "partially_paid", STATUS_PARTIALLY_PAID, PURCHASE_TYPE_UNPAID },
	{ "partially_refunded", STATUS_PARTIALLY_REFUNDED, PURCHASE_TYPE_PAID },
	{ "refunded", STATUS_REFUNDED, PURCHASE_TYPE_PAID },
	{ "voided", STATUS_CANCELLED, PURCHASE_TYPE_UNPAID },
	{ "expired", STATUS_EXPIRED, PURCHASE_TYPE_UNPAID },
};

/* An order on its way into the tables. */
struct order {
	struct json_object *json;
	const char *id, *currency;
	usec_t stamp, created_at, placed_at, cancelled_at;
	struct val status, type, status_date;
	struct platform_shopify_refunds refunds;
	struct platform_shopify_lines lines;
	struct platform_shopify_total total;
	const struct val *goods;	/* PurchaseGoodId of each line, or NULL values */
	int64_t contact_id, header_id, voucher_id;
};

/* ------------------------------------------------------------------ reading */

static int
order_currency(struct platform_context *ctx, struct order *o, struct err *err)
{
	struct rows rows;
	int r;

	o->currency = json_text(o->json, "currency");
	if (o->currency == NULL)
		return err_set(err, ERR_PERMANENT, "The body has no \"currency\".");
	if ((r = db_query(ctx->db, Q_platform_currency, DB_ARGS(v_text(o->currency)), ctx->arena,
		 &rows, err)) < 0)
		return r;
	return rows.n > 0 ? 0 :
			    err_set(err, ERR_PERMANENT,
				"\"currency\" is no currency of ISO 4217 (three capital letters).");
}

static void
order_status(struct platform_context *ctx, struct order *o)
{
	const char *financial = platform_read_text(ctx, o->json, "financial_status"),
		   *fulfilled = platform_read_text(ctx, o->json, "fulfillment_status");
	const int is_unsaid = financial == NULL &&
	    platform_read_is_text(ctx, o->json, "financial_status");

	o->status = o->cancelled_at != USEC_NONE ? v_int(STATUS_CANCELLED) :
	    is_unsaid ? v_int(STATUS_PENDING) : v_null();
	o->type = v_int(PURCHASE_TYPE_UNPAID);
	o->status_date = v_time(o->cancelled_at != USEC_NONE ? o->cancelled_at : o->stamp);
	for (size_t i = 0; financial != NULL && i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (!text_ieq(financial, statuses[i].financial))
			continue;
		o->type = v_int(statuses[i].type);
		if (o->cancelled_at == USEC_NONE)
			o->status = v_int(statuses[i].status);
	}
	if (o->status.kind == VAL_INT && o->status.i == STATUS_PAID && fulfilled != NULL)
		o->status = v_int(text_ieq(fulfilled, "fulfilled") ? STATUS_SHIPPED :
			text_ieq(fulfilled, "partial")             ? STATUS_PARTIALLY_SHIPPED :
								     STATUS_PAID);
}

static int
order_read_money(struct platform_context *ctx, struct order *o, struct err *err)
{
	int r = platform_shopify_refunds_read(ctx, o->json, &o->refunds, err);

	if (r == 0)
		r = platform_shopify_lines_read(ctx, o->json, o->id, &o->refunds, &o->lines, err);
	if (r < 0)
		return r;
	return platform_shopify_total_read(
	    ctx, o->json, o->id, &o->refunds, &o->lines, &o->total, err);
}

/* Reads what the header needs, and checks all that may be wrong before anything is written. */
static int
order_read(struct platform_context *ctx, struct order *o, struct err *err)
{
	int r;

	o->created_at = platform_read_date(ctx, o->json, "created_at");
	o->placed_at = platform_read_date(ctx, o->json, "processed_at");
	if ((r = platform_read_time(o->json, "cancelled_at", &o->cancelled_at, err)) < 0 ||
	    (r = order_currency(ctx, o, err)) < 0 || (r = order_read_money(ctx, o, err)) < 0)
		return r;
	if (o->placed_at == USEC_NONE)
		o->placed_at = o->created_at != USEC_NONE ? o->created_at : o->stamp;
	order_status(ctx, o);
	return 0;
}

/* Stale guard. PLATFORM_SUPERSEDED, PLATFORM_DONE or a negative code. */
static int
order_guard(struct platform_context *ctx, struct order *o, struct err *err)
{
	usec_t stored;
	int r;

	if ((r = platform_shopify_stamp(ctx, o->json, &o->stamp, err)) < 0 ||
	    (r = platform_read_stored_stamp(ctx, Q_platform_purchase_stamp,
		 DB_ARGS(v_text(o->id), v_int(ctx->message->source_id)), &stored, err)) < 0)
		return r;
	o->stamp = platform_shopify_stamp_beside(ctx, o->json, o->stamp, stored);
	if (stored == USEC_NONE || o->stamp >= stored)
		return PLATFORM_DONE;
	snprintf(ctx->reason, sizeof(ctx->reason), "A newer state of order %s is stored.", o->id);
	return PLATFORM_SUPERSEDED;
}

/* ------------------------------------------------------------------ goods */

/* Adds label, SKU and product to goods that this order was the first to name. */
static int
order_goods_name(struct platform_context *ctx, const struct order *o, const enum entity_fate *fates,
    const size_t *of_line, size_t n, struct err *err)
{
	static const char *const columns[] = { "Identifier", "SourceId", "Sku", "Reference",
		"Label", "BrandId", "PurchaseGoodTypeId", NULL };
	struct val *values = arena_new(ctx->arena, struct val, n * 7);
	struct set goods;
	size_t named = 0;

	set_init(&goods, ctx->arena);
	for (size_t i = 0; i < n; i++) {
		const struct platform_shopify_line *l = &o->lines.line[of_line[i]];
		struct val *v = values + named * 7;

		if (!set_add_text(&goods, l->good, i, NULL) || fates[i] != ENTITY_INSERTED)
			continue;
		v[0] = v_text(l->good);
		v[1] = v_int(ctx->message->source_id);
		v[2] = v_text(strncmp(l->good, "product:", 8) == 0 ? NULL : l->sku);
		v[3] = v_text(l->product_id);
		v[4] = v_text(l->good_label);
		v[5] = v_int(ctx->message->brand_id);
		v[6] = v_int(l->type);
		named++;
	}
	return platform_write_rows(ctx, "PurchaseGood", columns, values, named, NULL, NULL, err);
}

/* A SKU is one of a good that is known, be it by a variant, else names one itself. */
static int
order_goods_by_sku(struct platform_context *ctx, struct order *o, struct err *err)
{
	struct rows rows;
	int r;

	for (size_t i = 0; i < o->lines.n; i++) {
		struct platform_shopify_line *l = &o->lines.line[i];

		if (l->good != NULL || l->sku == NULL)
			continue;
		r = db_query(ctx->db, Q_platform_good_of_sku,
		    DB_ARGS(v_text(l->sku), v_int(ctx->message->source_id)), ctx->arena, &rows,
		    err);
		if (r < 0)
			return r;
		l->good = rows.n > 0 ? rows_text(&rows, 0, C_platform_good_of_sku_identifier) :
				       platform_text_key(ctx->arena,
					   arena_printf(ctx->arena, "sku:%s", l->sku), GOOD_KEY);
	}
	return 0;
}

/* Finds the good of each line, adding those nobody told us of. What is known of a good stays: an
 * order is no authority on products. */
static int
order_goods(struct platform_context *ctx, struct order *o, struct err *err)
{
	static const char *const columns[] = { "Identifier", "SourceId", NULL };
	struct val *values = arena_new(ctx->arena, struct val, o->lines.n * 2),
		   *goods = arena_new(ctx->arena, struct val, o->lines.n);
	size_t *of_line = arena_new(ctx->arena, size_t, o->lines.n), n = 0;
	const enum entity_fate *fates = NULL;
	const struct val *keys = NULL;
	int r = order_goods_by_sku(ctx, o, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < o->lines.n; i++) {
		goods[i] = v_null();
		if (o->lines.line[i].good == NULL)
			continue;
		values[n * 2] = v_text(o->lines.line[i].good);
		values[n * 2 + 1] = v_int(ctx->message->source_id);
		of_line[n++] = i;
	}
	if ((r = platform_write_rows(ctx, "PurchaseGood", columns, values, n, &keys, &fates, err)) <
	    0)
		return r;
	for (size_t i = 0; i < n; i++)
		goods[of_line[i]] = keys[i];
	o->goods = goods;
	return order_goods_name(ctx, o, fates, of_line, n, err);
}

/* ------------------------------------------------------------------ vouchers */

static int16_t
voucher_type(const char *type)
{
	return type == NULL                ? 0 :
	    text_ieq(type, "fixed_amount") ? 1 :
	    text_ieq(type, "percentage")   ? 2 :
	    text_ieq(type, "shipping")     ? 3 :
					     0;
}

static int
voucher_write(struct platform_context *ctx, const struct order *o, struct json_object *code,
    const char *identifier, int64_t *voucher_id, struct err *err)
{
	int16_t type = voucher_type(platform_read_text(ctx, code, "type"));
	struct platform_write_row row;
	struct decimal amount;
	int r = platform_read_amount(code, "amount", &amount, err);

	if (r < 0)
		return r;
	platform_write_row_init(&row, "Voucher");
	platform_write_row_set(&row, "VoucherIdentifier", v_text(identifier));
	platform_write_row_set(&row, "SourceId", v_int(ctx->message->source_id));
	platform_write_row_set(&row, "VoucherCode", v_text(json_text(code, "code")));
	platform_write_row_set(&row, "ContactId", v_int_or_null(o->contact_id, o->contact_id != 0));
	platform_write_row_set(&row, "VoucherTypeId", v_int_or_null(type, type != 0));
	platform_write_row_set(&row, "VoucherStateId", v_int(VOUCHER_STATE_USED));
	platform_write_row_set(
	    &row, "Amount", r > 0 ? v_text(decimal_text(ctx->arena, amount)) : v_null());
	platform_write_row_set(&row, "CurrencyId", v_text(o->currency));
	platform_write_row_set(&row, "UseDate", v_time(o->placed_at));
	platform_write_row_set(&row, "DeletionFlag", v_int(0));
	platform_write_row_set(&row, "SourceStamp", v_time(o->stamp));
	r = platform_write_row_put(ctx, &row, voucher_id, err);
	return r < 0 ? r : 0;
}

static int
vouchers_sweep(struct platform_context *ctx, const struct order *o, const char *const *keep,
    size_t nkeep, struct err *err)
{
	static const char *const columns[] = { "VoucherIdentifier", "SourceId", "DeletionFlag",
		"SourceStamp", NULL };
	struct rows stored;
	int r = db_query(ctx->db, Q_platform_purchase_vouchers,
	    DB_ARGS(
		v_int(ctx->message->source_id), v_text(arena_printf(ctx->arena, "%s/%%", o->id))),
	    ctx->arena, &stored, err);

	if (r < 0)
		return r;
	return platform_write_sweep(ctx,
	    &(struct platform_write_sweep){ .entity = "Voucher",
		.columns = columns,
		.identifier_first = 1,
		.other = v_int(ctx->message->source_id),
		.stored = &stored,
		.keep = keep,
		.nkeep = nkeep,
		.stamp = o->stamp },
	    err);
}

/* The header names the first code. */
static int
order_vouchers(struct platform_context *ctx, struct order *o, struct err *err)
{
	struct json_object *codes = json_array(o->json, "discount_codes");
	const char **keep = arena_new(ctx->arena, const char *, json_count(codes));
	size_t n = 0;
	int r;

	for (size_t i = 0; i < json_count(codes); i++) {
		struct json_object *code = json_object_array_get_idx(codes, i);
		int64_t voucher_id;

		if (platform_read_text(ctx, code, "code") == NULL)
			continue;
		keep[n] = platform_text_key(ctx->arena,
		    arena_printf(ctx->arena, "%s/%s", o->id, json_text(code, "code")), VOUCHER_KEY);
		if ((r = voucher_write(ctx, o, code, keep[n++], &voucher_id, err)) < 0)
			return r;
		if (o->voucher_id == 0)
			o->voucher_id = voucher_id;
	}
	return vouchers_sweep(ctx, o, keep, n, err);
}

/* ------------------------------------------------------------------ header and lines */

static struct val
amount_or_null(struct platform_context *ctx, struct decimal d, int given)
{
	return given ? v_text(decimal_text(ctx->arena, d)) : v_null();
}

static void
header_amounts(struct platform_context *ctx, struct platform_write_row *row, const struct order *o)
{
	const struct platform_shopify_total *t = &o->total;
	const char *currency = platform_read_text(ctx, o->json, "presentment_currency");

	platform_write_row_set(row, "Amount", amount_or_null(ctx, t->amount, 1));
	platform_write_row_set(row, "TaxFreeAmount", amount_or_null(ctx, t->tax_free, t->has_tax));
	platform_write_row_set(
	    row, "DiscountAmount", amount_or_null(ctx, t->discount, t->has_discount));
	platform_write_row_set(row, "OriginalAmount", amount_or_null(ctx, t->ordered, 1));
	/* What the buyer saw, where that is another currency than the shop's. */
	if (currency != NULL && !text_ieq(currency, o->currency)) {
		platform_write_row_set(row, "FreeField1", v_text(currency));
		platform_write_row_set(row, "FreeFieldNumber1", v_text(t->presentment));
	}
}

static const char *
header_payment(struct platform_context *ctx, struct json_object *order)
{
	struct json_object *list = json_array(order, "payment_gateway_names");
	struct buf b;

	buf_init(&b, ctx->arena);
	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *name = json_object_array_get_idx(list, i);

		if (json_object_is_type(name, json_type_object) ||
		    json_object_is_type(name, json_type_array))
			platform_remark(
			    ctx, "payment_gateway_names[%zu] left out: it must be text.", i);
		else if (name != NULL)
			buf_addf(&b, "%s%s", b.len > 0 ? ", " : "",
			    json_object_get_string(name));
	}
	return b.len > 0 ? b.data : NULL;
}

/* The order is told whole: a text that is missing is gone. What is no text takes nothing away. */
static void
header_text(struct platform_context *ctx, struct platform_write_row *row, const char *column,
    struct json_object *o, const char *member)
{
	if (platform_read_is_text(ctx, o, member))
		platform_write_row_set(row, column, v_text(json_text(o, member)));
}

/* The last parcel that has a tracking number speaks for the order. */
static void
header_carrier(
    struct platform_context *ctx, struct platform_write_row *row, struct json_object *order)
{
	struct json_object *list = json_array(order, "fulfillments"), *last = NULL;

	for (size_t i = 0; i < json_count(list); i++)
		if (platform_read_text(
			ctx, json_object_array_get_idx(list, i), "tracking_number") != NULL)
			last = json_object_array_get_idx(list, i);
	header_text(ctx, row, "CarrierName", last, "tracking_company");
	header_text(ctx, row, "CarrierTrackerCode", last, "tracking_number");
	header_text(ctx, row, "CarrierUri", last, "tracking_url");
}

static void
header_begin(struct platform_context *ctx, struct platform_write_row *row, const struct order *o,
    int deleted)
{
	platform_write_row_init(row, "PurchaseHeader");
	platform_write_row_set(row, "PurchaseIdentifier", v_text(o->id));
	platform_write_row_set(row, "SourceId", v_int(ctx->message->source_id));
	platform_write_row_set(row, "DeletionFlag", v_int(deleted));
	platform_write_row_set(row, "SourceStamp", v_time(o->stamp));
}

/* Writes the header; the stored stamp is then the order's, even where nothing else changed. */
static int
header_write(
    struct platform_context *ctx, struct platform_write_row *row, struct order *o, struct err *err)
{
	int r = platform_write_row_put(ctx, row, &o->header_id, err);

	/* The guard saw no newer state: somebody wrote one since. Once more from the start, and the
	 * guard will see it. */
	if (r == ENTITY_SUPERSEDED)
		return err_set(
		    err, ERR_DB_RETRY, "Another delivery wrote this order at the same time.");
	if (r == ENTITY_UNCHANGED)
		r = (int)db_exec(ctx->db, Q_platform_purchase_touch,
		    DB_ARGS(v_time(o->stamp), v_int(o->header_id)), err);
	return r < 0 ? r : 0;
}

/* A word that nobody knows changes no status that is known. */
static void
header_status(struct platform_context *ctx, struct platform_write_row *row, const struct order *o)
{
	const char *financial = json_text(o->json, "financial_status");

	if (o->status.kind == VAL_NULL) {
		if (financial != NULL)
			platform_remark(ctx, "financial_status \"%.60s\" is not known: the status "
			    "stays as it is.", financial);
		return;
	}
	platform_write_row_set(row, "PurchaseTypeId", o->type);
	platform_write_row_set(row, "PurchaseStatusId", o->status);
	platform_write_row_set(row, "PurchaseStatusDate", o->status_date);
}

static int
order_header(struct platform_context *ctx, struct order *o, struct err *err)
{
	const struct platform_message *m = ctx->message;
	const int is_by_id = json_text(o->json, "checkout_token") == NULL &&
	    platform_read_is_text(ctx, o->json, "checkout_token");
	struct platform_write_row row;

	header_begin(ctx, &row, o, 0);
	header_text(
	    ctx, &row, "CheckoutIdentifier", o->json, is_by_id ? "checkout_id" : "checkout_token");
	header_text(ctx, &row, "PurchaseReference", o->json, "name");
	platform_write_row_set(&row, "ContactId", v_int_or_null(o->contact_id, o->contact_id != 0));
	platform_write_row_set(&row, "BrandId", v_int(m->brand_id));
	platform_write_row_set(&row, "ZoneId", v_int(m->zone_id));
	platform_write_row_set(&row, "PurchaseDate", v_time(o->placed_at));
	header_status(ctx, &row, o);
	platform_write_row_set(&row, "PaymentMethod", v_text(header_payment(ctx, o->json)));
	platform_write_row_set(&row, "CurrencyId", v_text(o->currency));
	platform_write_row_set(&row, "VoucherId", v_int_or_null(o->voucher_id, o->voucher_id != 0));
	header_carrier(ctx, &row, o->json);
	header_amounts(ctx, &row, o);
	return header_write(ctx, &row, o, err);
}

/* Marks the stored lines that the order has no more, or that nobody keeps. Returns how many, or a
 * negative code. */
static int
order_lines_sweep(struct platform_context *ctx, const struct order *o, struct err *err)
{
	static const char *const columns[] = { "PurchaseHeaderId", "Identifier", "DeletionFlag",
		"SourceStamp", NULL };
	const char **keep = arena_new(ctx->arena, const char *, o->lines.n);
	struct rows stored;
	size_t nkeep = 0;
	int r = db_query(ctx->db, Q_platform_purchase_lines, DB_ARGS(v_int(o->header_id)),
	    ctx->arena, &stored, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < o->lines.n; i++)
		if (o->lines.line[i].kept)
			keep[nkeep++] = o->lines.line[i].id;
	return platform_write_sweep(ctx,
	    &(struct platform_write_sweep){ .entity = "PurchaseDetail",
		.columns = columns,
		.other = v_int(o->header_id),
		.stored = &stored,
		.keep = keep,
		.nkeep = nkeep,
		.stamp = o->stamp },
	    err);
}

static const char *const line_columns[] = { "PurchaseHeaderId", "Identifier", "PurchaseGoodId",
	"Sku", "Label", "SourceId", "Quantity", "Amount", "TaxFreeAmount", "DiscountAmount",
	"OriginalQuantity", "OriginalAmount", "PurchaseStatusId", "PurchaseStatusDate",
	"DeletionFlag", "SourceStamp", NULL };
enum { LINE_COLUMNS = sizeof(line_columns) / sizeof(line_columns[0]) - 1 };

static void
line_fill(struct platform_context *ctx, const struct order *o, size_t i, struct val *v)
{
	const struct platform_shopify_line *l = &o->lines.line[i];
	const struct decimal tax_free = { .units = l->now.amount.units - l->now.tax.units };

	v[0] = v_int(o->header_id);
	v[1] = v_text(l->id);
	v[2] = o->goods[i];
	v[3] = v_text(l->sku);
	v[4] = v_text(l->title);
	v[5] = v_int(ctx->message->source_id);
	v[6] = amount_or_null(ctx, l->now.quantity, 1);
	v[7] = amount_or_null(ctx, l->now.amount, 1);
	v[8] = amount_or_null(ctx, tax_free, 1);
	v[9] = amount_or_null(ctx, l->now.discount, 1);
	v[10] = amount_or_null(ctx, l->ordered.quantity, 1);
	v[11] = amount_or_null(ctx, l->ordered.amount, 1);
	v[12] = o->status;
	v[13] = o->status_date;
	v[14] = v_int(!l->kept);
	v[15] = v_time(o->stamp);
}

/* Returns how many lines are gone since, or a negative code. */
static int
order_lines(struct platform_context *ctx, const struct order *o, struct err *err)
{
	struct val *values = arena_new(ctx->arena, struct val, o->lines.n * LINE_COLUMNS);
	int gone = order_lines_sweep(ctx, o, err), r;

	if (gone < 0)
		return gone;
	for (size_t i = 0; i < o->lines.n; i++)
		line_fill(ctx, o, i, values + i * LINE_COLUMNS);
	r = platform_write_rows(
	    ctx, "PurchaseDetail", line_columns, values, o->lines.n, NULL, NULL, err);
	return r < 0 ? r : gone;
}

static size_t
order_lines_kept(const struct order *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->lines.n; i++)
		n += (size_t)o->lines.line[i].kept;
	return n;
}

/* ------------------------------------------------------------------ handlers */

static int
order_ignored(struct platform_context *ctx, const char *why)
{
	snprintf(ctx->reason, sizeof(ctx->reason), "%s", why);
	return PLATFORM_IGNORED;
}

int
platform_shopify_order_save(struct platform_context *ctx, struct err *err)
{
	struct order o = { .json = ctx->payload };
	int gone, r;

	if ((r = platform_shopify_topic_check(ctx, err)) < 0)
		return r;
	if (platform_shopify_topic_is(ctx, "orders/edited") &&
	    platform_read_has(o.json, "order_edit"))
		return order_ignored(
		    ctx, "A notice of an edit holds no order; orders/updated carries the change.");
	if ((r = platform_shopify_body_check(ctx->arena, o.json, &order_kind, err)) < 0 ||
	    (r = platform_shopify_id_required(ctx, o.json, "id", &o.id, err)) < 0)
		return r;
	if (json_flag(o.json, "test") == 1 && !ctx->message->takes_test_orders)
		return order_ignored(ctx, "A test order; this Source does not take them.");
	if ((r = order_guard(ctx, &o, err)) != PLATFORM_DONE)
		return r;
	if ((r = order_read(ctx, &o, err)) < 0 ||
	    (r = platform_shopify_customer_of_order(ctx, o.json, o.placed_at, &o.contact_id, err)) <
		0 ||
	    (r = order_goods(ctx, &o, err)) < 0 || (r = order_vouchers(ctx, &o, err)) < 0 ||
	    (r = order_header(ctx, &o, err)) < 0 || (gone = r = order_lines(ctx, &o, err)) < 0)
		return r;
	snprintf(ctx->reason, sizeof(ctx->reason),
	    "Purchase %lld of contact %lld written with %zu %s; %d gone.", (long long)o.header_id,
	    (long long)o.contact_id, order_lines_kept(&o),
	    text_form((int64_t)order_lines_kept(&o), "line", "lines"), gone);
	return PLATFORM_DONE;
}

int
platform_shopify_order_delete(struct platform_context *ctx, struct err *err)
{
	struct order o = { .json = ctx->payload };
	struct platform_write_row row;
	int r;

	if ((r = platform_shopify_topic_check(ctx, err)) < 0 ||
	    (r = platform_shopify_deletion_check(o.json, "an order", err)) < 0 ||
	    (r = platform_shopify_id_required(ctx, o.json, "id", &o.id, err)) < 0 ||
	    (r = order_guard(ctx, &o, err)) != PLATFORM_DONE)
		return r;
	header_begin(ctx, &row, &o, 1);
	if ((r = header_write(ctx, &row, &o, err)) < 0 ||
	    (r = order_lines_sweep(ctx, &o, err)) < 0 ||
	    (r = vouchers_sweep(ctx, &o, NULL, 0, err)) < 0)
		return r;
	snprintf(ctx->reason, sizeof(ctx->reason), "Purchase %lld marked as deleted.",
	    (long long)o.header_id);
	return PLATFORM_DONE;
}
