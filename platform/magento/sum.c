#include "config.h"

#include "platform/magento/sum.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/decimal.h"
#include "platform/magento/line.h"
#include "platform/platform.h"

/* What is below half a cent comes from the sender's rounding. */
#define ROUNDING ((struct decimal){ .units = (decimal_units)5 * 1000000000 })

enum { CENTS = 2, TAX_PERCENT_MAX = 30 };

/* The sums of a body. */
struct sums {
	int has_header;			/* the header has an amount, and so has each line */
	int has_discount;		/* a line has one */
	int are_net;			/* the sender says that lines are net */
	struct decimal header, discount;	/* of the header, the discount positive */
	struct decimal lines;		/* as they are at the moment */
	struct decimal gone, gone_tax_free;	/* those that nobody keeps */
};

static int
too_large(struct err *err)
{
	return err_set(err, ERR_PERMANENT, "The amounts of the lines are too large to add up.");
}

static struct decimal
positive(struct decimal d)
{
	return d.units < 0 ? (struct decimal){ .units = -d.units } : d;
}

static int
add_up(const struct magento_lines *lines, struct sums *s)
{
	int rc = 0;

	s->lines = s->gone = s->gone_tax_free = (struct decimal){ 0 };
	for (size_t i = 0; i < lines->n && rc == 0; i++) {
		const struct magento_line *line = &lines->line[i];

		rc = decimal_add(&s->lines, line->sum.amount);
		if (rc == 0 && line->is_gone && (rc = decimal_add(&s->gone, line->sum.amount)) == 0)
			rc = decimal_add(&s->gone_tax_free, line->sum.tax_free);
	}
	return rc;
}

static int
read_sums(
    const struct row *header, const struct magento_lines *lines, struct sums *s, struct err *err)
{
	int given;

	*s = (struct sums){ .are_net = lines->are_net };
	s->header = row_amount(header, PurchaseHeader_Amount, &s->has_header);
	s->discount = positive(row_amount(header, PurchaseHeader_DiscountAmount, &given));
	for (size_t i = 0; i < lines->n; i++) {
		s->has_header &= lines->line[i].has_amount;
		s->has_discount |= lines->line[i].sum.discount.units != 0;
	}
	s->has_header &= lines->n > 0;
	return add_up(lines, s) < 0 ? too_large(err) : 0;
}

/* 1 when sum - less is amount, but for rounding. */
static int
agrees(struct decimal sum, struct decimal less, struct decimal amount)
{
	return decimal_subtract(&sum, less) == 0 && decimal_subtract(&sum, amount) == 0 &&
	    decimal_compare(positive(sum), ROUNDING) < 0;
}

/* 1 when the lines, or those that somebody keeps, add up to the header. */
static int
fits(const struct sums *s)
{
	return s->has_header &&
	    (agrees(s->lines, (struct decimal){ 0 }, s->header) ||
		agrees(s->lines, s->gone, s->header));
}

/* ------------------------------------------------------------------ discounts */

static int
takes_discount(const struct magento_line *line, int with_shipping)
{
	if (line->sum.amount.units <= 0)
		return 0;
	return with_shipping || line->sku == NULL || strcmp(line->sku, MAGENTO_SHIPPING) != 0;
}

/* What the lines that a discount may be spread over add up to. */
static struct decimal
ground(const struct magento_lines *lines, int with_shipping)
{
	struct decimal sum = { 0 };

	for (size_t i = 0; i < lines->n; i++)
		if (takes_discount(&lines->line[i], with_shipping))
			decimal_add(&sum, lines->line[i].sum.amount);
	return sum;
}

/* Spreads the header's discount over the lines by their amounts; what rounding leaves goes to the
 * next line. Goods come first, because shops seldom discount shipping. */
static int
spread(struct platform_context *ctx, struct magento_lines *lines, const struct sums *s)
{
	const int places = decimal_compare(decimal_round(s->discount, CENTS), s->discount) == 0
	    ? CENTS
	    : LINE_AMOUNT_PLACES;
	const int with_shipping = decimal_compare(ground(lines, 0), s->discount) < 0;
	const struct decimal whole = ground(lines, with_shipping);
	struct decimal upto = { 0 }, given = { 0 }, due;
	int rc = 0;

	for (size_t i = 0; i < lines->n && rc == 0; i++) {
		struct magento_line *line = &lines->line[i];

		if (!takes_discount(line, with_shipping))
			continue;
		due = s->discount;
		if ((rc = decimal_add(&upto, line->sum.amount)) < 0 ||
		    (rc = decimal_share(&due, upto, whole, places)) < 0)
			break;
		line->sum.discount = due;
		rc = decimal_subtract(&line->sum.discount, given);
		given = due;
	}
	platform_remark(ctx,
	    "No line carries the DiscountAmount: it was spread over the lines by their amounts.");
	return rc;
}

/* 1 when the header has a discount that no line has, and the lines add up without it. */
static int
wants_spread(const struct sums *s)
{
	if (!s->has_header || s->has_discount || s->are_net)
		return 0;
	return s->discount.units > 0 && agrees(s->lines, s->discount, s->header);
}

static int
take_discounts(struct magento_lines *lines)
{
	int rc = 0;

	for (size_t i = 0; i < lines->n && rc == 0; i++)
		if (lines->line[i].has_amount)
			rc = line_amount_net(&lines->line[i].sum);
		else
			lines->line[i].sum.discount = positive(lines->line[i].sum.discount);
	return rc;
}

static void
keep_net(struct magento_lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		lines->line[i].sum.discount = positive(lines->line[i].sum.discount);
}

/* A nightly file gives shipping without its tax: it is what the lines lack of the header. */
static int
add_shipping_tax(struct magento_lines *lines, struct sums *s)
{
	struct decimal tax = s->header, most;

	if (!s->has_header || decimal_subtract(&tax, s->lines) < 0 || tax.units <= 0)
		return 0;
	for (size_t i = 0; i < lines->n; i++) {
		struct magento_line *line = &lines->line[i];

		most = line->sum.amount;
		most.units = most.units * TAX_PERCENT_MAX / 100;
		if (line->sku == NULL || strcmp(line->sku, MAGENTO_SHIPPING) != 0 ||
		    decimal_compare(tax, most) > 0)
			continue;
		if (decimal_compare(line->sum.amount, line->sum.tax_free) == 0)
			return decimal_add(&line->sum.amount, tax);
	}
	return 0;
}

/* Lines that add up to the header only as sent are net already. */
static int
make_net(struct arena *a, struct magento_lines *lines, struct sums *s)
{
	struct line_amount *sent = arena_new(a, struct line_amount, lines->n);
	const int fitted = fits(s);

	if (s->are_net) {
		keep_net(lines);
		return add_shipping_tax(lines, s) < 0 ? -1 : add_up(lines, s);
	}
	for (size_t i = 0; i < lines->n; i++)
		sent[i] = lines->line[i].sum;
	if (take_discounts(lines) < 0 || add_up(lines, s) < 0)
		return -1;
	if (!fitted || fits(s))
		return 0;
	for (size_t i = 0; i < lines->n; i++) {
		lines->line[i].sum = sent[i];
		lines->line[i].sum.discount = positive(sent[i].discount);
	}
	return add_up(lines, s);
}

/* ------------------------------------------------------------------ rows */

static void
set(struct arena *a, struct row *row, enum column column, struct decimal d)
{
	row_money(row, column, a, decimal_round(d, LINE_AMOUNT_PLACES));
}

/* A column that the body has no value for stays as it is. */
static void
set_given(struct arena *a, struct row *row, enum column column, struct decimal d)
{
	int given;

	row_amount(row, column, &given);
	if (given)
		set(a, row, column, d);
}

static void
set_lines(struct arena *a, struct magento_lines *lines)
{
	for (size_t i = 0; i < lines->n; i++) {
		struct magento_line *line = &lines->line[i];

		set_given(a, line->row, PurchaseDetail_Amount, line->sum.amount);
		set_given(a, line->row, PurchaseDetail_TaxFreeAmount, line->sum.tax_free);
		if (line->has_amount && line->sum.discount.units != 0)
			set(a, line->row, PurchaseDetail_DiscountAmount, line->sum.discount);
		else
			set_given(a, line->row, PurchaseDetail_DiscountAmount, line->sum.discount);
	}
}

/* When all lines add up to the header, it includes the lines that the buyer does not keep. */
static void
set_header(struct platform_context *ctx, struct row *header, struct sums *s)
{
	struct decimal tax_free;
	int given;

	set_given(ctx->arena, header, PurchaseHeader_DiscountAmount, s->discount);
	if (!s->has_header || s->gone.units == 0 ||
	    !agrees(s->lines, (struct decimal){ 0 }, s->header))
		return;
	tax_free = row_amount(header, PurchaseHeader_TaxFreeAmount, &given);
	decimal_subtract(&s->header, s->gone);
	decimal_subtract(&tax_free, s->gone_tax_free);
	set_given(ctx->arena, header, PurchaseHeader_Amount, s->header);
	set_given(ctx->arena, header, PurchaseHeader_TaxFreeAmount, tax_free);
}

static void
compare(struct platform_context *ctx, const struct sums *s)
{
	struct decimal more = s->lines;
	const char *by;

	if (!s->has_header || agrees(s->lines, s->gone, s->header))
		return;
	decimal_subtract(&more, s->gone);
	decimal_subtract(&more, s->header);
	by = decimal_trim(ctx->arena,
	    decimal_text(ctx->arena, decimal_round(positive(more), LINE_AMOUNT_PLACES)));
	platform_remark(ctx, "The lines add up to %s %s than the Amount of the purchase.", by,
	    more.units > 0 ? "more" : "less");
}

int
platform_magento_sum(
    struct platform_context *ctx, struct row *header, struct magento_lines *lines, struct err *err)
{
	struct sums s;
	int rc = read_sums(header, lines, &s, err);

	if (rc < 0)
		return rc;
	if (wants_spread(&s) && spread(ctx, lines, &s) < 0)
		return too_large(err);
	if (make_net(ctx->arena, lines, &s) < 0)
		return too_large(err);
	set_lines(ctx->arena, lines);
	set_header(ctx, header, &s);
	compare(ctx, &s);
	return 0;
}
