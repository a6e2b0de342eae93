/*
 * line_amount - the amounts of a line of a purchase, from before its discount to after it.
 *
 * What is stored is net of every discount, tax included; DiscountAmount is what was taken off,
 * positive. Some senders give the amount before discount.
 */
#ifndef MODEL_LINE_AMOUNT_H
#define MODEL_LINE_AMOUNT_H

#include "lib/format/decimal.h"

enum { LINE_AMOUNT_PLACES = 4 };	/* as the columns */

struct line_amount {
	struct decimal amount, tax_free, discount;	/* tax_free 0 where there is none */
};

/* Subtracts the discount (of either sign) from amount, and the same share from tax_free; the
 * discount becomes positive. An amount below 0 (a line that gives money back) moves towards 0.
 * Returns 0, or -1 when a sum is too large. */
int line_amount_net(struct line_amount *l);

#endif
