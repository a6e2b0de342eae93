#include "config.h"

#include "model/line_amount.h"

int
line_amount_net(struct line_amount *l)
{
	const struct decimal before = l->amount;
	int rc;

	if (l->discount.units < 0)
		l->discount.units = -l->discount.units;
	if (before.units == 0 || l->discount.units == 0)
		return decimal_subtract(&l->amount, l->discount);
	rc = before.units < 0 ? decimal_add(&l->amount, l->discount)
			      : decimal_subtract(&l->amount, l->discount);
	return rc < 0
	    ? rc
	    : decimal_share(&l->tax_free, l->amount, before, LINE_AMOUNT_PLACES);
}
