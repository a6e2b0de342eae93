/*
 * platform_shopify_line - reads the lines of an order: what was ordered, and what the buyer keeps
 * and owes now.
 *
 * Amounts are in the shop's currency, net of every discount, tax included: so the lines of an order
 * add up to what it comes to. What is charged beside goods (platform_shopify_charge.h) is a line of
 * its own type each. What stands now follows from current_quantity, and from refunds[]: those that
 * say what they are worth take that off, the rest goes by its share.
 */
#ifndef PLATFORM_SHOPIFY_LINE_H
#define PLATFORM_SHOPIFY_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/format/decimal.h"
#include "platform/shopify/money.h"
#include "platform/shopify/refund.h"

struct err;
struct json_object;
struct platform_context;

/* Rows of PurchaseGoodType (sql/tenant/0002-reference.sql, 0010-original-amounts.sql). */
enum platform_shopify_type {
	PLATFORM_SHOPIFY_PRODUCT = 1,
	PLATFORM_SHOPIFY_SHIPPING,
	PLATFORM_SHOPIFY_GIFT_CARD,
	PLATFORM_SHOPIFY_SERVICE,
	PLATFORM_SHOPIFY_TIP,
	PLATFORM_SHOPIFY_DUTY,
	PLATFORM_SHOPIFY_FEE,
	PLATFORM_SHOPIFY_GIFT_WRAPPING,
	PLATFORM_SHOPIFY_ADJUSTMENT
};

struct platform_shopify_line {
	const char *id; /* of the line: the id, or "<order id>/shipping-fee" and its like */
	enum platform_shopify_type type;
	const char *good; /* Identifier of its PurchaseGood; NULL = the SKU decides, or none */
	const char *good_label; /* what a good is called that this line makes */
	const char *product_id, *sku, *title; /* each may be NULL */
	struct platform_shopify_worth ordered, now;
	int kept; /* 0: nobody keeps it; it is then worth nothing now */
	int shared; /* what it is worth now was rounded here */
};

struct platform_shopify_lines {
	struct platform_shopify_line *line; /* with room for what platform_shopify_charge.h adds */
	size_t n;
	int taxes_included;
	int places; /* of the order's currency */
};

/* The Identifier of the good that stands for a product itself. */
const char *platform_shopify_good_of_product(struct platform_context *ctx, const char *product_id);

/* The sums of all lines. 0 or ERR_PERMANENT. */
int platform_shopify_lines_sum(const struct platform_shopify_lines *lines,
    struct platform_shopify_worth *ordered, struct platform_shopify_worth *now, struct err *err);

/* Reads the lines of an order into ctx->arena, less what refunds say. order_id is the order's. 0 or
 * ERR_PERMANENT. */
int platform_shopify_lines_read(struct platform_context *ctx, struct json_object *order,
    const char *order_id, struct platform_shopify_refunds *refunds,
    struct platform_shopify_lines *out, struct err *err);

#endif
