/*
 * The header of an order, and its lines.
 */
#include "config.h"

#include "platform/shopify/purchase.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "platform/platform.h"
#include "platform/write.h"

/* ------------------------------------------------------------------ header */

static void
set_amount(
    struct platform_context *ctx, struct row *row, enum column c, struct decimal d, int given)
{
	if (given)
		row_money(row, c, ctx->arena, d);
	else
		row_null(row, c);
}

static void
header_amounts(
    struct platform_context *ctx, struct row *row, const struct platform_shopify_order *o)
{
	const struct platform_shopify_total *t = &o->total;
	const char *currency = read_text(&ctx->in, o->json, "presentment_currency");

	row_money(row, PurchaseHeader_Amount, ctx->arena, t->amount);
	set_amount(ctx, row, PurchaseHeader_TaxFreeAmount, t->tax_free, t->has_tax);
	set_amount(ctx, row, PurchaseHeader_DiscountAmount, t->discount, t->has_discount);
	row_money(row, PurchaseHeader_OriginalAmount, ctx->arena, t->ordered);
	/* What the buyer saw, where that is another currency than the shop's. */
	if (currency != NULL && !text_ieq(currency, o->currency)) {
		row_text(row, PurchaseHeader_FreeField1, currency);
		row_text(row, PurchaseHeader_FreeFieldNumber1, t->presentment);
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
			buf_addf(&b, "%s%s", b.len > 0 ? ", " : "", json_object_get_string(name));
	}
	return b.len > 0 ? b.data : NULL;
}

/* A body has the whole order, so a missing text is cleared. A member that is no text changes
 * nothing. */
static void
header_text(struct platform_context *ctx, struct row *row, enum column c, struct json_object *o,
    const char *member)
{
	if (read_is_text(&ctx->in, o, member))
		row_text(row, c, json_text(o, member));
}

/* The last parcel that has a tracking number speaks for the order. */
static void
header_carrier(struct platform_context *ctx, struct row *row, struct json_object *order)
{
	struct json_object *list = json_array(order, "fulfillments"), *last = NULL;

	for (size_t i = 0; i < json_count(list); i++)
		if (read_text(&ctx->in, json_object_array_get_idx(list, i), "tracking_number") !=
		    NULL)
			last = json_object_array_get_idx(list, i);
	header_text(ctx, row, PurchaseHeader_CarrierName, last, "tracking_company");
	header_text(ctx, row, PurchaseHeader_CarrierTrackerCode, last, "tracking_number");
	header_text(ctx, row, PurchaseHeader_CarrierUri, last, "tracking_url");
}

/* ROW_ADD: what another delivery writes of an unknown order meanwhile may be newer. */
static void
header_begin(struct platform_context *ctx, struct platform_shopify_order *o, int deleted)
{
	o->header = row_new(
	    ctx->arena, E_PurchaseHeader, o->header_id != 0 ? ROW_PUT : ROW_ADD);
	row_text(o->header, PurchaseHeader_PurchaseIdentifier, o->id);
	row_int(o->header, PurchaseHeader_SourceId, ctx->message->source_id);
	row_bool(o->header, PurchaseHeader_DeletionFlag, deleted);
	row_time(o->header, PurchaseHeader_SourceStamp, o->stamp);
}

/* An unknown word does not change a known status. */
static void
header_status(struct platform_context *ctx, struct row *row, const struct platform_shopify_order *o)
{
	const char *financial = json_text(o->json, "financial_status");

	if (o->status.kind == VAL_NULL) {
		if (financial != NULL)
			platform_remark(ctx,
			    "financial_status \"%.60s\" is not known: the status "
			    "stays as it is.",
			    financial);
		return;
	}
	row_value(row, PurchaseHeader_PurchaseTypeId, o->type);
	row_value(row, PurchaseHeader_PurchaseStatusId, o->status);
	row_value(row, PurchaseHeader_PurchaseStatusDate, o->status_date);
}

int
platform_shopify_order_header(
    struct platform_context *ctx, struct platform_shopify_order *o, struct err *err)
{
	const struct platform_message *m = ctx->message;
	const int is_by_id = json_text(o->json, "checkout_token") == NULL &&
	    read_is_text(&ctx->in, o->json, "checkout_token");
	struct row *row;

	header_begin(ctx, o, 0);
	row = o->header;
	header_text(ctx, row, PurchaseHeader_CheckoutIdentifier, o->json,
	    is_by_id ? "checkout_id" : "checkout_token");
	header_text(ctx, row, PurchaseHeader_PurchaseReference, o->json, "name");
	if (o->contact != NULL)
		row_refer(row, PurchaseHeader_ContactId, o->contact);
	else
		row_null(row, PurchaseHeader_ContactId);
	row_int(row, PurchaseHeader_BrandId, m->brand_id);
	row_int(row, PurchaseHeader_ZoneId, m->zone_id);
	row_time(row, PurchaseHeader_PurchaseDate, o->placed_at);
	header_status(ctx, row, o);
	row_text(row, PurchaseHeader_PaymentMethod, header_payment(ctx, o->json));
	row_text(row, PurchaseHeader_CurrencyId, o->currency);
	if (o->voucher != NULL)
		row_refer(row, PurchaseHeader_VoucherId, o->voucher);
	else
		row_null(row, PurchaseHeader_VoucherId);
	header_carrier(ctx, row, o->json);
	header_amounts(ctx, row, o);
	return platform_put(ctx, row, err);
}

/* ------------------------------------------------------------------ lines */

/* Marks the stored lines that the order has no more, or that nobody keeps. 0 or a negative code. */
static int
lines_sweep(struct platform_context *ctx, struct platform_shopify_order *o, struct err *err)
{
	const char **keep = arena_new(ctx->arena, const char *, o->lines.n);
	size_t nkeep = 0;
	int r;

	for (size_t i = 0; i < o->lines.n; i++)
		if (o->lines.line[i].kept)
			keep[nkeep++] = o->lines.line[i].id;
	r = platform_sweep(ctx,
	    &(struct platform_write_sweep){ .entity = E_PurchaseDetail,
		.identifier = PurchaseDetail_Identifier,
		.other = PurchaseDetail_PurchaseHeaderId,
		.deletion = PurchaseDetail_DeletionFlag,
		.stamp = PurchaseDetail_SourceStamp,
		.other_id = o->header_id,
		.keep = keep,
		.nkeep = nkeep,
		.stamp_at = o->stamp },
	    &o->stored_lines, err);
	o->gone = r;
	return r < 0 ? r : 0;
}

static struct row *
line_row(struct platform_context *ctx, const struct platform_shopify_order *o, size_t i)
{
	const struct platform_shopify_line *l = &o->lines.line[i];
	const struct decimal tax_free = { .units = l->now.amount.units - l->now.tax.units };
	struct row *row = row_new(ctx->arena, E_PurchaseDetail, ROW_PUT);

	row_refer(row, PurchaseDetail_PurchaseHeaderId, o->header);
	row_text(row, PurchaseDetail_Identifier, l->id);
	if (o->goods[i] != NULL)
		row_refer(row, PurchaseDetail_PurchaseGoodId, o->goods[i]);
	else
		row_null(row, PurchaseDetail_PurchaseGoodId);
	row_text(row, PurchaseDetail_Sku, l->sku);
	row_text(row, PurchaseDetail_Label, l->title);
	row_int(row, PurchaseDetail_SourceId, ctx->message->source_id);
	row_money(row, PurchaseDetail_Quantity, ctx->arena, l->now.quantity);
	row_money(row, PurchaseDetail_Amount, ctx->arena, l->now.amount);
	row_money(row, PurchaseDetail_TaxFreeAmount, ctx->arena, tax_free);
	row_money(row, PurchaseDetail_DiscountAmount, ctx->arena, l->now.discount);
	row_money(row, PurchaseDetail_OriginalQuantity, ctx->arena, l->ordered.quantity);
	row_money(row, PurchaseDetail_OriginalAmount, ctx->arena, l->ordered.amount);
	row_value(row, PurchaseDetail_PurchaseStatusId, o->status);
	row_value(row, PurchaseDetail_PurchaseStatusDate, o->status_date);
	row_bool(row, PurchaseDetail_DeletionFlag, !l->kept);
	row_time(row, PurchaseDetail_SourceStamp, o->stamp);
	return row;
}

int
platform_shopify_order_lines(
    struct platform_context *ctx, struct platform_shopify_order *o, struct err *err)
{
	int r = lines_sweep(ctx, o, err);

	for (size_t i = 0; i < o->lines.n && r == 0; i++)
		r = platform_put_whole(ctx, line_row(ctx, o, i), err);
	return r;
}

int
platform_shopify_order_mark(
    struct platform_context *ctx, struct platform_shopify_order *o, struct err *err)
{
	int r;

	header_begin(ctx, o, 1);
	if ((r = platform_put(ctx, o->header, err)) < 0)
		return r;
	return lines_sweep(ctx, o, err);
}
