#include "config.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "platform/amount.h"
#include "platform/platform.h"
#include "platform/prestashop/order.h"
#include "platform/prestashop/prestashop.h"

/* Rows of PurchaseGoodType. */
enum { GOOD_PRODUCT = 1, GOOD_SHIPPING = 2, GOOD_WRAPPING = 8 };
enum { CENTS = 2, PLACES = 4, CHARGES = 2 };

static const struct decimal none;

static int
whole(struct json_object *o, const char *member, int64_t *n, struct err *err)
{
	int found;

	*n = json_int(o, member, &found);
	return found && *n >= 0 && *n <= INT32_MAX ? 0 :
	    err_set(err, ERR_PERMANENT, "\"%s\" is no whole number from 0 up.", member);
}

static struct decimal
pieces(int64_t n)
{
	return (struct decimal){ .units = (decimal_units)n * 1000000000000 };
}

/* ------------------------------------------------------------------ as ordered */

/* The shop's sums are of rows that are rounded to cents. */
static int
read_row(struct platform_context *ctx, struct json_object *o, struct prestashop_line *l,
    struct err *err)
{
	int64_t n;
	int rc;

	*l = (struct prestashop_line){ .json = o, .id = prestashop_id(o, "id"),
		.label = json_text(o, "product_name"), .type = GOOD_PRODUCT };
	(void)ctx;
	if (l->id == NULL)
		return err_set(err, ERR_PERMANENT, "A row of the order has no \"id\".");
	if ((rc = whole(o, "product_quantity", &n, err)) < 0 ||
	    (rc = read_amount(&read_exact, o, "unit_price_tax_incl", &l->amount, err)) < 0 ||
	    (rc = read_amount(&read_exact, o, "unit_price_tax_excl", &l->tax_free, err)) < 0)
		return rc;
	if (decimal_multiply(&l->amount, n) < 0 || decimal_multiply(&l->tax_free, n) < 0)
		return err_set(err, ERR_PERMANENT, "The quantity times the price is too large.");
	l->amount = decimal_round(l->amount, CENTS);
	l->tax_free = decimal_round(l->tax_free, CENTS);
	l->quantity = pieces(n);
	return 0;
}

/* A charge beside goods: "total_shipping", with and without tax. */
static int
read_charge(struct platform_context *ctx, struct json_object *order, const char *member,
    struct prestashop_lines *lines, const struct prestashop_line *as, struct err *err)
{
	struct prestashop_line *l = &lines->line[lines->n];
	const char *incl = arena_printf(ctx->arena, "%s_tax_incl", member);
	const char *excl = arena_printf(ctx->arena, "%s_tax_excl", member);
	int rc;

	*l = *as;
	l->quantity = pieces(1);
	if ((rc = read_amount(&read_exact, order, incl, &l->amount, err)) < 0 ||
	    (rc = read_amount(&read_exact, order, excl, &l->tax_free, err)) < 0)
		return rc;
	if (l->amount.units != 0)
		lines->n++;
	return 0;
}

static int
read_charges(struct platform_context *ctx, struct json_object *order, const char *order_id,
    struct prestashop_lines *lines, struct err *err)
{
	const struct prestashop_line shipping = { .label = "Shipping", .type = GOOD_SHIPPING,
		.id = arena_printf(ctx->arena, "%s/shipping-fee", order_id) };
	const struct prestashop_line wrapping = { .label = "Gift wrapping",
		.type = GOOD_WRAPPING,
		.id = arena_printf(ctx->arena, "%s/gift-wrapping", order_id) };
	int rc = read_charge(ctx, order, "total_shipping", lines, &shipping, err);

	return rc < 0 ? rc : read_charge(ctx, order, "total_wrapping", lines, &wrapping, err);
}

/* ------------------------------------------------------------------ discounts */

/* A line's share follows from what all up to it have, so nothing is lost by rounding. */
static int
share_discount(struct prestashop_lines *lines, struct decimal discount, struct err *err)
{
	struct decimal all = none, upto = none, given = none, due, before;
	int rc = 0;

	for (size_t i = 0; i < lines->n && rc == 0; i++)
		rc = platform_amount_add(&all, lines->line[i].amount, err);
	for (size_t i = 0; i < lines->n && rc == 0 && all.units > 0; i++) {
		struct prestashop_line *l = &lines->line[i];

		due = discount;
		before = l->amount;
		if (decimal_add(&upto, l->amount) < 0 ||
		    decimal_share(&due, upto, all, CENTS) < 0)
			return err_set(err, ERR_PERMANENT, "The amounts are too large.");
		l->discount.units = due.units - given.units;
		given = due;
		l->amount.units -= l->discount.units;
		if (before.units != 0)
			decimal_share(&l->tax_free, l->amount, before, PLACES);
	}
	return rc;
}

/* ------------------------------------------------------------------ slips */

/* All pieces back: nothing is left, whatever part of the discount the slip has. */
static void
take_back(struct prestashop_line *l, struct decimal pieces_back, struct decimal amount)
{
	l->now_quantity.units -= pieces_back.units;
	l->now_amount.units -= amount.units;
	if (l->now_quantity.units <= 0)
		l->now_quantity = l->now_amount = none;
	if (l->now_amount.units < 0)
		l->now_amount = none;
	l->kept = l->now_quantity.units > 0;
}

static struct prestashop_line *
line_of(struct prestashop_lines *lines, const char *id)
{
	for (size_t i = 0; id != NULL && i < lines->n; i++)
		if (strcmp(lines->line[i].id, id) == 0)
			return &lines->line[i];
	return NULL;
}

static int
less_detail(struct prestashop_lines *lines, struct json_object *detail, struct err *err)
{
	struct prestashop_line *l = line_of(lines, prestashop_id(detail, "id_order_detail"));
	struct decimal amount = none;
	int64_t n = 0;
	int rc;

	if ((rc = whole(detail, "product_quantity", &n, err)) < 0 ||
	    (rc = read_amount(&read_exact, detail, "amount_tax_incl", &amount, err)) < 0)
		return rc;
	if (l != NULL)
		take_back(l, pieces(n), amount);
	return 0;
}

static int
less_slip(struct platform_context *ctx, struct prestashop_lines *lines, const char *order_id,
    struct json_object *slip, struct err *err)
{
	struct json_object *details = json_array(slip, "associations.order_slip_details");
	struct prestashop_line *l =
	    line_of(lines, arena_printf(ctx->arena, "%s/shipping-fee", order_id));
	struct decimal shipping = none;
	int rc = read_amount(&read_exact, slip, "total_shipping_tax_incl", &shipping, err);

	for (size_t i = 0; i < json_count(details) && rc >= 0; i++)
		rc = less_detail(lines, json_object_array_get_idx(details, i), err);
	if (rc >= 0 && l != NULL && shipping.units > 0)
		take_back(l,
		    decimal_compare(shipping, l->now_amount) >= 0 ? l->now_quantity : none,
		    shipping);
	return rc < 0 ? rc : 0;
}

/* ------------------------------------------------------------------ all of them */

static int
sum_up(struct prestashop_lines *lines, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < lines->n && rc == 0; i++)
		if ((rc = platform_amount_add(&lines->ordered, lines->line[i].amount, err)) == 0)
			rc = platform_amount_add(&lines->now, lines->line[i].now_amount, err);
	return rc;
}

static int
lines_now(struct platform_context *ctx, struct json_object *order, const char *order_id,
    int is_over, struct prestashop_lines *lines, struct err *err)
{
	struct json_object *slips = json_array(order, "order_slip_records");
	int rc = 0;

	for (size_t i = 0; i < lines->n; i++) {
		struct prestashop_line *l = &lines->line[i];

		l->kept = !is_over && l->quantity.units > 0;
		l->now_quantity = l->kept ? l->quantity : none;
		l->now_amount = l->kept ? l->amount : none;
	}
	for (size_t i = 0; !is_over && i < json_count(slips) && rc == 0; i++)
		rc = less_slip(ctx, lines, order_id, json_object_array_get_idx(slips, i), err);
	return rc < 0 ? rc : sum_up(lines, err);
}

int
prestashop_lines_read(struct platform_context *ctx, struct json_object *order,
    const char *order_id, int is_over, struct prestashop_lines *out, struct err *err)
{
	struct json_object *rows = json_array(order, "associations.order_rows");
	struct decimal discount = none;
	int rc = 0;

	*out = (struct prestashop_lines){ .line = arena_new(ctx->arena, struct prestashop_line,
					      json_count(rows) + CHARGES) };
	for (size_t i = 0; i < json_count(rows) && rc == 0; i++)
		rc = read_row(
		    ctx, json_object_array_get_idx(rows, i), &out->line[out->n++], err);
	if (rc < 0 ||
	    (rc = read_amount(
		 &read_exact, order, "total_discounts_tax_incl", &discount, err)) < 0 ||
	    (rc = read_charges(ctx, order, order_id, out, err)) < 0)
		return rc;
	if (discount.units > 0 && (rc = share_discount(out, discount, err)) < 0)
		return rc;
	return lines_now(ctx, order, order_id, is_over, out, err);
}
