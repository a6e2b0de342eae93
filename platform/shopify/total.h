/*
 * platform_shopify_total - computes an order's current total and makes its lines add up to it.
 *
 * current_total_price is what the shop says; where a body has none, it is total_price less what its
 * lines lost. Money that went back beyond the lines (goodwill; below 0 what was kept back of a
 * return) is a line of its own, an adjustment. The shop's total may hold it already or not: its own
 * sums tell. A refunded order comes to nothing.
 */
#ifndef PLATFORM_SHOPIFY_TOTAL_H
#define PLATFORM_SHOPIFY_TOTAL_H

#include "platform/shopify/line.h"

struct platform_shopify_total {
	struct decimal amount, tax_free, discount; /* now */
	struct decimal ordered; /* total_price */
	int has_tax, has_discount; /* the body says so */
	const char *presentment; /* amount in the currency that the buyer saw; NULL = not known */
};

/* Reads the totals; corrects lines by what rounding here lost, shares out discounts that no line
 * has, adds the adjustment, and remarks by how much the lines differ from the order when they still
 * do. 0 or ERR_PERMANENT. */
int platform_shopify_total_read(struct platform_context *ctx, struct json_object *order,
    const char *order_id, const struct platform_shopify_refunds *refunds,
    struct platform_shopify_lines *lines, struct platform_shopify_total *out, struct err *err);

#endif
