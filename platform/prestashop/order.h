/*
 * platform_prestashop_order - the lines of an order, and what they are worth.
 *
 * Lines are the order's rows, its shipping ("<id>/shipping-fee") and its wrapping
 * ("<id>/gift-wrapping"). A discount of the order is shared out over the rows by their amounts.
 * Slips (refunds) take pieces and money off; what is left stands now.
 */
#ifndef PLATFORM_PRESTASHOP_ORDER_H
#define PLATFORM_PRESTASHOP_ORDER_H

#include <stddef.h>

#include "lib/format/decimal.h"

struct err;
struct json_object;
struct platform_context;

/* Amounts are net of discounts, tax included. */
struct prestashop_line {
	struct json_object *json;	/* of the order's rows; NULL: a charge */
	const char *id, *label;
	int type;			/* PurchaseGoodType */
	struct decimal quantity, amount, tax_free, discount;	/* as ordered */
	struct decimal now_quantity, now_amount;
	int kept;
};

struct prestashop_lines {
	struct prestashop_line *line;
	size_t n;
	struct decimal ordered, now;	/* sums */
};

/* Reads the lines of an order into ctx->arena. is_over: nobody keeps any. 0 or ERR_PERMANENT. */
int prestashop_lines_read(struct platform_context *ctx, struct json_object *order,
    const char *order_id, int is_over, struct prestashop_lines *out, struct err *err);

#endif
