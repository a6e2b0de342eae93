#include "config.h"

#include "platform/shopify/order.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/change/known.h"
#include "platform/platform.h"
#include "platform/shopify/common.h"
#include "platform/shopify/customer.h"
#include "platform/shopify/purchase.h"
#include "platform/write.h"

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

/* ------------------------------------------------------------------ what is stored */

static int
currency_know(
    struct platform_context *ctx, const char *currency, struct known_rows *out, struct err *err)
{
	return known_rows(ctx->known,
	    &(struct known_rows_of){ .hold = KNOWN_LOOSE,
		.by = { Currency_CurrencyId },
		.is = { v_text(currency) },
		.want = { Currency_CurrencyId } },
	    out, err);
}

static int
purchase_know(struct platform_context *ctx, const struct platform_shopify_order *o,
    struct known_rows *out, struct err *err)
{
	return known_rows(ctx->known,
	    &(struct known_rows_of){ .hold = KNOWN_LOCKED,
		.by = { PurchaseHeader_PurchaseIdentifier, PurchaseHeader_SourceId },
		.is = { v_text(o->id), v_int(ctx->message->source_id) },
		.want = { PurchaseHeader_PurchaseHeaderId, PurchaseHeader_SourceStamp } },
	    out, err);
}

/* Asks ahead all that an order needs but what a stored purchase has, and waits for it. */
static int
order_ask(struct platform_context *ctx, const struct platform_shopify_order *o, struct err *err)
{
	const char *currency = json_text(o->json, "currency");

	purchase_know(ctx, o, NULL, NULL);
	if (currency != NULL)
		currency_know(ctx, currency, NULL, NULL);
	platform_shopify_order_goods_ask(ctx, o->json);
	platform_shopify_customer_ask(ctx, o->json);
	return known_wait(ctx->known, err);
}

/* Stale guard, and what the stored purchase has. PLATFORM_SUPERSEDED, PLATFORM_DONE or a negative
 * code. */
static int
order_guard(struct platform_context *ctx, struct platform_shopify_order *o, struct err *err)
{
	struct known_rows rows;
	const struct val *stored;
	int r, lines;

	if ((r = platform_shopify_stamp(ctx, o->json, &o->stamp, err)) < 0 ||
	    (r = purchase_know(ctx, o, &rows, err)) < 0)
		return r;
	if ((stored = known_first(&rows)) == NULL)
		return PLATFORM_DONE;
	o->header_id = stored[0].i;
	if (!platform_shopify_is_newest(ctx, o->json, &o->stamp, known_time(&stored[1]))) {
		snprintf(ctx->reason, sizeof(ctx->reason),
		    "A newer state of order %s is stored.", o->id);
		return PLATFORM_SUPERSEDED;
	}
	lines = platform_known_lines(ctx, o->header_id, &o->stored_lines, err);
	r = platform_shopify_order_vouchers_know(ctx, o, err);
	return lines < 0 || r < 0 ? err->code : PLATFORM_DONE;
}

/* ------------------------------------------------------------------ reading */

static int
order_currency(struct platform_context *ctx, struct platform_shopify_order *o, struct err *err)
{
	struct known_rows rows;
	int r;

	o->currency = json_text(o->json, "currency");
	if (o->currency == NULL)
		return err_set(err, ERR_PERMANENT, "The body has no \"currency\".");
	if ((r = currency_know(ctx, o->currency, &rows, err)) < 0)
		return r;
	return rows.n > 0 ? 0 :
			    err_set(err, ERR_PERMANENT,
				"\"currency\" is no currency of ISO 4217 (three capital letters).");
}

/* The status that a paid order has by its parcels. */
static int
status_of_paid(const char *fulfilled)
{
	if (text_ieq(fulfilled, "fulfilled"))
		return STATUS_SHIPPED;
	return text_ieq(fulfilled, "partial") ? STATUS_PARTIALLY_SHIPPED : STATUS_PAID;
}

static void
order_status(struct platform_context *ctx, struct platform_shopify_order *o)
{
	const char *financial = read_text(&ctx->in, o->json, "financial_status"),
		   *fulfilled = read_text(&ctx->in, o->json, "fulfillment_status");
	const int is_cancelled = o->cancelled_at != USEC_NONE;
	int status = 0;

	if (financial == NULL && read_is_text(&ctx->in, o->json, "financial_status"))
		status = STATUS_PENDING;
	o->type = v_int(PURCHASE_TYPE_UNPAID);
	for (size_t i = 0; financial != NULL && i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (text_ieq(financial, statuses[i].financial)) {
			o->type = v_int(statuses[i].type);
			status = statuses[i].status;
		}
	if (status == STATUS_PAID && fulfilled != NULL)
		status = status_of_paid(fulfilled);
	if (is_cancelled)
		status = STATUS_CANCELLED;
	o->status = v_int_or_null(status, status != 0);
	o->status_date = v_time(is_cancelled ? o->cancelled_at : o->stamp);
}

static int
order_read_money(struct platform_context *ctx, struct platform_shopify_order *o, struct err *err)
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
order_read(struct platform_context *ctx, struct platform_shopify_order *o, struct err *err)
{
	int r;

	o->created_at = read_date(&ctx->in, o->json, "", "created_at");
	o->placed_at = read_date(&ctx->in, o->json, "", "processed_at");
	if ((r = read_time(&read_exact, o->json, "cancelled_at", &o->cancelled_at, err)) < 0 ||
	    (r = order_currency(ctx, o, err)) < 0 || (r = order_read_money(ctx, o, err)) < 0)
		return r;
	if (o->placed_at == USEC_NONE)
		o->placed_at = o->created_at != USEC_NONE ? o->created_at : o->stamp;
	order_status(ctx, o);
	return 0;
}

/* ------------------------------------------------------------------ handlers */

static size_t
order_lines_kept(const struct platform_shopify_order *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->lines.n; i++)
		n += (size_t)o->lines.line[i].kept;
	return n;
}

static int
order_ignored(struct platform_context *ctx, const char *why)
{
	snprintf(ctx->reason, sizeof(ctx->reason), "%s", why);
	return PLATFORM_IGNORED;
}

/* Puts all of an order that is read. 0 or a negative code. */
static int
order_put(struct platform_context *ctx, struct platform_shopify_order *o, struct err *err)
{
	int r = platform_shopify_customer_of_order(ctx, o->json, o->placed_at, &o->contact, err);

	if (r < 0 || (r = platform_shopify_order_goods(ctx, o, err)) < 0 ||
	    (r = platform_shopify_order_vouchers(ctx, o, err)) < 0)
		return r;
	if ((r = platform_shopify_order_header(ctx, o, err)) < 0)
		return r;
	return platform_shopify_order_lines(ctx, o, err);
}

static int
order_written(struct platform_context *ctx, void *arg)
{
	const struct platform_shopify_order *o = arg;
	const size_t kept = order_lines_kept(o);

	snprintf(ctx->reason, sizeof(ctx->reason),
	    "Purchase %lld of contact %lld written with %zu %s; %d gone.",
	    (long long)o->header->key.i,
	    (long long)(o->contact == NULL ? 0 : o->contact->key.i), kept,
	    text_form((int64_t)kept, "line", "lines"), o->gone);
	return PLATFORM_DONE;
}

/* Is the body an order to be written? PLATFORM_DONE, PLATFORM_IGNORED or a negative code. */
static int
order_check(struct platform_context *ctx, struct platform_shopify_order *o, struct err *err)
{
	int r;

	if ((r = platform_shopify_topic_check(ctx, err)) < 0)
		return r;
	if (platform_shopify_topic_is(ctx, "orders/edited") &&
	    read_has(&read_exact, o->json, "order_edit"))
		return order_ignored(
		    ctx, "A notice of an edit holds no order; orders/updated carries the change.");
	if ((r = platform_shopify_body_check(ctx->arena, o->json, &order_kind, err)) < 0 ||
	    (r = platform_shopify_id_required(ctx, o->json, "id", &o->id, err)) < 0)
		return r;
	if (json_flag(o->json, "test") == 1 && !ctx->message->takes_test_orders)
		return order_ignored(ctx, "A test order; this Source does not take them.");
	return PLATFORM_DONE;
}

int
platform_shopify_order_save(struct platform_context *ctx, struct err *err)
{
	struct platform_shopify_order *o =
	    arena_new(ctx->arena, struct platform_shopify_order, 1);
	int r;

	o->json = ctx->payload;
	if ((r = order_check(ctx, o, err)) != PLATFORM_DONE)
		return r;
	if ((r = order_ask(ctx, o, err)) < 0 || (r = order_guard(ctx, o, err)) != PLATFORM_DONE)
		return r;
	if ((r = order_read(ctx, o, err)) < 0 || (r = order_put(ctx, o, err)) < 0)
		return r;
	ctx->conclude = order_written;
	ctx->concluding = o;
	return PLATFORM_DONE;
}

int
platform_shopify_order_delete(struct platform_context *ctx, struct err *err)
{
	struct platform_shopify_order o = { .json = ctx->payload };
	int r;

	if ((r = platform_shopify_topic_check(ctx, err)) < 0 ||
	    (r = platform_shopify_deletion_check(o.json, "an order", err)) < 0 ||
	    (r = platform_shopify_id_required(ctx, o.json, "id", &o.id, err)) < 0)
		return r;
	if ((r = order_guard(ctx, &o, err)) != PLATFORM_DONE)
		return r;
	if ((r = platform_shopify_order_mark(ctx, &o, err)) < 0 ||
	    (r = platform_shopify_order_vouchers_delete(ctx, &o, err)) < 0)
		return r;
	return platform_shopify_say(ctx, "Purchase ", o.header, " marked as deleted.");
}
