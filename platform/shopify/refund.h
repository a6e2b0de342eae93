/*
 * platform_shopify_refund - what the refunds[] of an order say was given back.
 *
 * A refund has lines (refund_line_items: quantity, subtotal, total_tax; an edit that takes a line
 * away makes one as well, without money), shipping (refund_shipping_lines; before API version
 * 2024-10 order_adjustments of kind shipping_refund), duties and fees, and order_adjustments: the
 * difference between the money returned and the sum of these (shopify.dev, Refund). A subtotal
 * holds the tax where prices do. A refund that names nothing of this is worth its transactions.
 */
#ifndef PLATFORM_SHOPIFY_REFUND_H
#define PLATFORM_SHOPIFY_REFUND_H

#include <stddef.h>
#include <stdint.h>

#include "lib/format/decimal.h"

struct err;
struct json_object;
struct platform_context;

/* What was given back of one line of the order, by all refunds. */
struct platform_shopify_refund_line {
	const char *line_id; /* "" = of a line without id */
	int64_t quantity;
	struct decimal amount, tax; /* amount holds the tax; both 0 where is_priced is not */
	int is_priced; /* every refund of it says what it is worth */
	int used; /* the order has this line */
};

struct platform_shopify_refunds {
	struct platform_shopify_refund_line *line; /* one per line, by line_id */
	size_t n;
	struct decimal shipping, shipping_tax; /* shipping holds its tax */
	struct decimal duties, fees;
	struct decimal beyond, beyond_tax; /* given back beyond all that; below 0: kept back */
};

/* Reads order.refunds into ctx->arena. 0 or ERR_PERMANENT. */
int platform_shopify_refunds_read(struct platform_context *ctx, struct json_object *order,
    struct platform_shopify_refunds *out, struct err *err);

/* What was given back of a line, marked as used; NULL for nothing, and when it was used before. */
struct platform_shopify_refund_line *platform_shopify_refund_of(
    const struct platform_shopify_refunds *refunds, const char *line_id);

/* Counts what was given back of lines that the order does not have as beyond. 0, or
 * ERR_PERMANENT. */
int platform_shopify_refunds_close(struct platform_shopify_refunds *refunds, struct err *err);

#endif
