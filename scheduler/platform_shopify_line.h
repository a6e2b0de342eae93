/*
 * platform_shopify_line - the lines of an order, read and reckoned: what was paid for each, its tax and its share of the discounts.
 *
 * Amounts are in the shop's currency. amount is what is paid (price × quantity − discounts, tax included); tax_free is the same without tax. So the lines of an
 * order whose discounts are all allocated add up to its total_price. Shipping is one line more, its SKU shipping-fee.
 */
#ifndef SCHEDULER_PLATFORM_SHOPIFY_LINE_H
#define SCHEDULER_PLATFORM_SHOPIFY_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/decimal.h"

struct err;
struct json_object;
struct platform_context;

#define PLATFORM_SHOPIFY_SHIPPING "shipping-fee"

struct platform_shopify_line {
	const char *id;			/* of the line: the id, or "<order id>/shipping-fee" */
	const char *good;		/* Identifier of its PurchaseGood: "<variant id>", else "product:<id>", else "sku:<sku>", else NULL */
	const char *product_id, *sku, *title;	/* each may be NULL */
	int64_t quantity;
	struct decimal amount, tax_free, discount, unit_price;
};

struct platform_shopify_lines {
	struct platform_shopify_line *line;
	size_t n;
};

/* The Identifier of the good that a variant, else a product, else a SKU stands for. NULL when all three are. */
const char *platform_shopify_good(struct platform_context *ctx, const char *variant_id, const char *product_id, const char *sku);

/* Reads the lines of an order into ctx->arena. order_id is the order's. 0 or ERR_PERMANENT. */
int platform_shopify_lines_read(struct platform_context *ctx, struct json_object *order, const char *order_id, struct platform_shopify_lines *out, struct err *err);

#endif
