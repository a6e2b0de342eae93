/*
 * platform_shopify_purchase - an order that is read, on its way into the tables: its goods, its
 * vouchers, its header and lines, in that order.
 */
#ifndef PLATFORM_SHOPIFY_PURCHASE_H
#define PLATFORM_SHOPIFY_PURCHASE_H

#include <stdint.h>

#include "lib/clock.h"
#include "model/change/known.h"
#include "model/row.h"
#include "platform/shopify/line.h"
#include "platform/shopify/refund.h"
#include "platform/shopify/total.h"

struct err;
struct json_object;
struct platform_context;

struct platform_shopify_order {
	struct json_object *json;
	const char *id, *currency;
	usec_t stamp, created_at, placed_at, cancelled_at;
	struct val status, type, status_date;	/* status NULL: the word is not known */
	struct platform_shopify_refunds refunds;
	struct platform_shopify_lines lines;
	struct platform_shopify_total total;
	int64_t header_id;		/* of the stored purchase; 0 = there is none */
	struct known_rows stored_lines, stored_vouchers; /* not deleted: their identifiers */
	const struct row *contact;	/* NULL = nobody */
	struct row **goods;		/* of each line its PurchaseGood, or NULL */
	struct row *voucher;		/* of the first code, or NULL */
	struct row *header;		/* NULL until it is put */
	int gone;			/* how many lines are marked as deleted */
};

/* Asks ahead for the goods that only a SKU names. */
void platform_shopify_order_goods_ask(struct platform_context *ctx, struct json_object *order);

/* Finds the good of each line and adds unknown ones. A known good does not change, because an order
 * is no authority on products. 0 or a negative code. */
int platform_shopify_order_goods(
    struct platform_context *ctx, struct platform_shopify_order *o, struct err *err);

/* Reads o->stored_vouchers. 0 or a negative code. */
int platform_shopify_order_vouchers_know(
    struct platform_context *ctx, struct platform_shopify_order *o, struct err *err);

/* Puts a voucher for each discount code, and marks those of codes that the order has no more.
 * 0 or a negative code. */
int platform_shopify_order_vouchers(
    struct platform_context *ctx, struct platform_shopify_order *o, struct err *err);

/* Marks all vouchers of the order. 0 or a negative code. */
int platform_shopify_order_vouchers_delete(
    struct platform_context *ctx, const struct platform_shopify_order *o, struct err *err);

/* Puts the header. 0 or a negative code. */
int platform_shopify_order_header(
    struct platform_context *ctx, struct platform_shopify_order *o, struct err *err);

/* Puts the lines of the header, and marks those that the order has no more, or that nobody keeps.
 * 0 or a negative code. */
int platform_shopify_order_lines(
    struct platform_context *ctx, struct platform_shopify_order *o, struct err *err);

/* Marks header and lines as deleted. 0 or a negative code. */
int platform_shopify_order_mark(
    struct platform_context *ctx, struct platform_shopify_order *o, struct err *err);

#endif
