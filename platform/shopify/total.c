#include "config.h"

#include "platform/shopify/total.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "platform/amount.h"
#include "platform/platform.h"
#include "platform/shopify/charge.h"

/* An order whose total is being computed. */
struct reckoning {
	struct platform_context *ctx;
	struct json_object *order;
	const struct platform_shopify_refunds *refunds;
	struct platform_shopify_lines *lines;
	struct platform_shopify_worth ordered, now; /* the lines' sums */
	struct decimal current; /* current_total_price */
	int has_current, is_refunded;
	int adds_beyond; /* current does not hold the money beyond the lines */
	struct platform_shopify_total *out;
};

/* a - b. */
static int
difference(struct decimal a, struct decimal b, struct decimal *out, struct err *err)
{
	*out = a;
	return platform_amount_subtract(out, b, err);
}

static struct decimal
without_sign(struct decimal d)
{
	return (struct decimal){ .units = d.units < 0 ? -d.units : d.units };
}

/* An amount as text, else that of its set. */
static int
total_amount(struct json_object *o, const char *name, struct decimal *out, struct err *err)
{
	int r = read_amount(&read_exact, o, name, out, err);

	return r != 0 ? r : platform_shopify_money(o, name, out, err);
}

/* ------------------------------------------------------------------ discounts that no line has */

static int
is_item(const struct platform_shopify_line *l)
{
	return l->type == PLATFORM_SHOPIFY_PRODUCT || l->type == PLATFORM_SHOPIFY_GIFT_CARD ||
	    l->type == PLATFORM_SHOPIFY_GIFT_WRAPPING;
}

static int
line_less_discount(
    struct platform_shopify_line *l, struct decimal share, int places, struct err *err)
{
	struct decimal now = share;
	int r;

	if ((r = platform_amount_subtract(&l->ordered.amount, share, err)) < 0 ||
	    (r = platform_amount_add(&l->ordered.discount, share, err)) < 0)
		return r;
	if (!l->kept)
		return 0;
	if (decimal_compare(l->now.quantity, l->ordered.quantity) != 0) {
		l->shared = 1;
		if ((r = platform_shopify_money_share(
		         &now, l->now.quantity, l->ordered.quantity, places, err)) < 0)
			return r;
	}
	if ((r = platform_amount_subtract(&l->now.amount, now, err)) < 0)
		return r;
	return platform_amount_add(&l->now.discount, now, err);
}

/* Each line gets its share by what it is worth; the last one what rounding left. */
static int
discount_share_out(struct platform_shopify_lines *lines, struct decimal discount, struct err *err)
{
	struct decimal worth = { 0 }, left = discount, share;
	struct platform_shopify_line *last = NULL;
	int r = 0;

	for (size_t i = 0; i < lines->n && r == 0; i++)
		if (is_item(&lines->line[i]) && lines->line[i].ordered.amount.units > 0) {
			last = &lines->line[i];
			r = platform_amount_add(&worth, last->ordered.amount, err);
		}
	for (struct platform_shopify_line *l = lines->line; r == 0 && last != NULL; l++) {
		if (l > last)
			break;
		if (!is_item(l) || l->ordered.amount.units <= 0)
			continue;
		share = discount;
		if ((r = platform_shopify_money_share(
		         &share, l->ordered.amount, worth, lines->places, err)) < 0)
			return r;
		if (l == last)
			share = left;
		if ((r = platform_amount_subtract(&left, share, err)) == 0)
			r = line_less_discount(l, share, lines->places, err);
	}
	return r;
}

static int
has_allocations(struct json_object *order)
{
	struct json_object *items = json_array(order, "line_items");

	for (size_t i = 0; i < json_count(items); i++)
		if (read_has(
			&read_exact, json_object_array_get_idx(items, i), "discount_allocations"))
			return 1;
	return 0;
}

/* Payloads older than discount_allocations tell a discount of the whole order in total_discounts
 * only. It is shared out when the lines then come to the order's total. */
static int
order_discount(struct reckoning *k, struct err *err)
{
	struct decimal rest, sum = k->ordered.amount;
	int r = total_amount(k->order, "total_discounts", &rest, err);

	if (r <= 0 || has_allocations(k->order) ||
	    (r = platform_amount_subtract(&rest, k->ordered.discount, err)) < 0)
		return r < 0 ? r : 0;
	if (rest.units <= 0)
		return r < 0 ? r : 0;
	if ((r = platform_amount_subtract(&sum, rest, err)) < 0 ||
	    decimal_compare(sum, k->out->ordered) != 0)
		return r;
	if ((r = discount_share_out(k->lines, rest, err)) < 0)
		return r;
	return platform_shopify_lines_sum(k->lines, &k->ordered, &k->now, err);
}

/* ------------------------------------------------------------------ what rounding here lost */

/* How much n rounded values may be off. */
static struct decimal
crumbs(size_t n, int places)
{
	struct decimal d = platform_shopify_count((int64_t)n);

	for (; places > 0; places--)
		d.units /= 10;
	return d;
}

/* Gives *member of the last rounded line what the sum lacks to the target, when rounding can have
 * lost that much. */
static int
crumb_fix(struct reckoning *k, struct decimal target, struct decimal *sum, struct decimal *member,
    size_t rounded, struct err *err)
{
	struct decimal lacks;
	int r = difference(target, *sum, &lacks, err);

	if (r < 0 || decimal_compare(without_sign(lacks), crumbs(rounded, k->lines->places)) > 0)
		return r;
	if ((r = platform_amount_add(member, lacks, err)) < 0)
		return r;
	return platform_amount_add(sum, lacks, err);
}

/* What rounding lost beside the shop's own total, with what went back beyond the lines or without.
 */
static int
crumbs_of_current(
    struct reckoning *k, struct platform_shopify_line *last, size_t rounded, struct err *err)
{
	struct decimal *now = &k->now.amount, *of_last = &last->now.amount, beside = k->current;
	int r;

	if ((r = crumb_fix(k, k->current, now, of_last, rounded, err)) < 0 ||
	    (r = platform_amount_add(&beside, k->refunds->beyond, err)) < 0)
		return r;
	return crumb_fix(k, beside, now, of_last, rounded, err);
}

static int
crumbs_fix(struct reckoning *k, struct err *err)
{
	struct platform_shopify_line *last = NULL;
	struct decimal tax;
	size_t rounded = 0;
	int r;

	for (size_t i = 0; i < k->lines->n; i++)
		if (k->lines->line[i].shared) {
			last = &k->lines->line[i];
			rounded++;
		}
	if (last == NULL)
		return 0;
	if (k->has_current && (r = crumbs_of_current(k, last, rounded, err)) < 0)
		return r;
	if ((r = total_amount(k->order, "current_total_tax", &tax, err)) <= 0)
		return r;
	return crumb_fix(k, tax, &k->now.tax, &last->now.tax, rounded, err);
}

/* ------------------------------------------------------------------ the total */

/* total_price less what the lines lost. */
static int
less_lost(struct reckoning *k, struct decimal *out, struct err *err)
{
	struct decimal lost;
	int r = difference(k->ordered.amount, k->now.amount, &lost, err);

	return r < 0 ? r : difference(k->out->ordered, lost, out, err);
}

/* The shop's total includes the money beyond the lines when it equals the lines less that money,
 * and does not when it equals the lines. When neither holds, it does, as Shopify documents. */
static int
current_reckon(struct reckoning *k, struct err *err)
{
	const struct decimal beyond = k->refunds->beyond;
	struct decimal expected, held;
	int r;

	k->out->amount = k->current;
	if (platform_shopify_is_zero(beyond))
		return 0;
	if ((r = less_lost(k, &expected, err)) < 0 ||
	    (r = difference(k->now.amount, beyond, &held, err)) < 0)
		return r;
	if (decimal_compare(k->current, held) == 0)
		return 0;
	k->adds_beyond = decimal_compare(k->current, k->now.amount) == 0 ||
	    decimal_compare(k->current, expected) == 0;
	return k->adds_beyond ? platform_amount_subtract(&k->out->amount, beyond, err) : 0;
}

static int
amount_reckon(struct reckoning *k, struct err *err)
{
	int r;

	if (k->is_refunded)
		return 0;
	if (k->has_current)
		return current_reckon(k, err);
	k->adds_beyond = 1;
	if ((r = less_lost(k, &k->out->amount, err)) < 0)
		return r;
	return platform_amount_subtract(&k->out->amount, k->refunds->beyond, err);
}

/* ------------------------------------------------------------------ tax and discounts */

static int
tax_reckon(struct reckoning *k, struct err *err)
{
	struct decimal tax, lost;
	int r = total_amount(k->order, "current_total_tax", &tax, err);

	if (r == 0 && (r = total_amount(k->order, "total_tax", &tax, err)) > 0) {
		int rc = difference(k->ordered.tax, k->now.tax, &lost, err);

		if (rc < 0 || (rc = platform_amount_subtract(&tax, lost, err)) < 0)
			return rc;
	}
	if (r <= 0)
		return r;
	k->out->has_tax = 1;
	/* An amount of 0 has no tax, whatever the shop still states. */
	if (platform_shopify_is_zero(k->out->amount))
		return 0;
	if (k->adds_beyond && (r = platform_amount_subtract(&tax, k->refunds->beyond_tax, err)) < 0)
		return r;
	return difference(k->out->amount, tax, &k->out->tax_free, err);
}

static int
discount_reckon(struct reckoning *k, struct err *err)
{
	struct decimal lost;
	int r = total_amount(k->order, "current_total_discounts", &k->out->discount, err), rc;

	if (r != 0) {
		k->out->has_discount = r > 0;
		return r < 0 ? r : 0;
	}
	if ((r = total_amount(k->order, "total_discounts", &k->out->discount, err)) <= 0)
		return r;
	k->out->has_discount = 1;
	if ((rc = difference(k->ordered.discount, k->now.discount, &lost, err)) < 0 ||
	    (rc = platform_amount_subtract(&k->out->discount, lost, err)) < 0)
		return rc;
	if (k->out->discount.units < 0)
		k->out->discount = (struct decimal){ 0 };
	return 0;
}

/* The buyer's currency has totals, too, but none of them for what is reckoned here. */
static int
presentment_read(struct reckoning *k, struct err *err)
{
	const char *set = NULL;
	struct decimal d;
	int r;

	if (k->has_current && decimal_compare(k->out->amount, k->current) == 0 &&
	    json_at(k->order, "current_total_price_set") != NULL)
		set = "current_total_price_set.presentment_money.amount";
	else if (decimal_compare(k->out->amount, k->out->ordered) == 0)
		set = "total_price_set.presentment_money.amount";
	if (set == NULL) {
		k->out->presentment = platform_shopify_is_zero(k->out->amount) ? "0" : NULL;
		return 0;
	}
	if ((r = read_amount(&read_exact, k->order, set, &d, err)) > 0)
		k->out->presentment = decimal_text(k->ctx->arena, d);
	return r < 0 ? r : 0;
}

/* ------------------------------------------------------------------ lines and order agree */

/* The line of what went back beyond the lines; of a refunded order, of all that is left of them. */
static int
adjustment_add(struct reckoning *k, const char *order_id, struct err *err)
{
	const struct decimal back = k->is_refunded ? k->now.amount : k->refunds->beyond;
	struct platform_shopify_line *l;

	if (platform_shopify_is_zero(back))
		return 0;
	l = platform_shopify_charge_add(
	    k->ctx, k->lines, order_id, PLATFORM_SHOPIFY_ADJUSTMENT, NULL);
	l->ordered.quantity = (struct decimal){ 0 };
	l->now.amount.units = -back.units;
	l->now.tax.units = -(k->is_refunded ? k->now.tax : k->refunds->beyond_tax).units;
	return platform_amount_add(&k->now.amount, l->now.amount, err);
}

static int
difference_remark(struct reckoning *k, struct err *err)
{
	struct arena *a = k->ctx->arena;
	struct decimal lacks;
	int r = difference(k->out->amount, k->now.amount, &lacks, err);

	if (r < 0 || platform_shopify_is_zero(lacks))
		return r;
	platform_remark(k->ctx,
	    lacks.units > 0 ?
	        "The lines add up to %s, the order to %s: %s is in no line." :
	        "The lines add up to %s, the order to %s: %s of the lines is not in the order.",
	    decimal_text(a, k->now.amount), decimal_text(a, k->out->amount),
	    decimal_text(a, without_sign(lacks)));
	return 0;
}

int
platform_shopify_total_read(struct platform_context *ctx, struct json_object *order,
    const char *order_id, const struct platform_shopify_refunds *refunds,
    struct platform_shopify_lines *lines, struct platform_shopify_total *out, struct err *err)
{
	const char *status = json_text(order, "financial_status");
	struct reckoning k = { .ctx = ctx, .order = order, .refunds = refunds, .lines = lines,
		.out = out, .is_refunded = status != NULL && text_ieq(status, "refunded") };
	int r;

	*out = (struct platform_shopify_total){ 0 };
	if ((r = total_amount(order, "total_price", &out->ordered, err)) <= 0)
		return r < 0 ? r : err_set(err, ERR_PERMANENT, "The body has no \"total_price\".");
	if ((k.has_current = total_amount(order, "current_total_price", &k.current, err)) < 0)
		return k.has_current;
	if ((r = platform_shopify_lines_sum(lines, &k.ordered, &k.now, err)) < 0 ||
	    (r = order_discount(&k, err)) < 0 || (r = crumbs_fix(&k, err)) < 0)
		return r;
	if ((r = amount_reckon(&k, err)) < 0 || (r = tax_reckon(&k, err)) < 0 ||
	    (r = discount_reckon(&k, err)) < 0)
		return r;
	if ((r = presentment_read(&k, err)) < 0 || (r = adjustment_add(&k, order_id, err)) < 0)
		return r;
	return difference_remark(&k, err);
}
