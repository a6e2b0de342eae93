#include "config.h"

#include "platform/shopify/charge.h"

#include <string.h>
#include <strings.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "platform/amount.h"
#include "platform/platform.h"

/* SKU and Identifier of the good, and what it is called. */
static const struct {
	const char *sku, *label;
} kinds[] = {
	[PLATFORM_SHOPIFY_SHIPPING] = { "shipping-fee", "Shipping" },
	[PLATFORM_SHOPIFY_TIP] = { "tip", "Tip" },
	[PLATFORM_SHOPIFY_DUTY] = { "duties", "Duties" },
	[PLATFORM_SHOPIFY_FEE] = { "additional-fee", "Additional fees" },
	[PLATFORM_SHOPIFY_GIFT_WRAPPING] = { "gift-wrapping", "Gift wrapping" },
	[PLATFORM_SHOPIFY_ADJUSTMENT] = { "adjustment", "Adjustment" },
};

/* The names of gift wrapping in shops where it is no product. */
static const char *const wrappings[] = { "gift wrap", "gift-wrap", "emballage cadeau",
	"papier cadeau", "geschenkverpackung", "geschenkpapier", "envoltorio", "papel de regalo",
	"confezione regalo", "pacchetto regalo", "cadeauverpakking", "inpakservice", "embrulho",
	"papel de presente", "pakowanie na prezent", "opakowanie na prezent" };

/* ------------------------------------------------------------------ a line */

static void
charge_good(struct platform_shopify_line *l, enum platform_shopify_type type)
{
	l->type = type;
	l->good = kinds[type].sku;
	l->good_label = kinds[type].label;
	if (l->sku == NULL)
		l->sku = kinds[type].sku;
}

struct platform_shopify_line *
platform_shopify_charge_add(struct platform_context *ctx, struct platform_shopify_lines *lines,
    const char *order_id, enum platform_shopify_type type, const char *title)
{
	struct platform_shopify_line *l = &lines->line[lines->n++];

	*l = (struct platform_shopify_line){ 0 };
	charge_good(l, type);
	l->id = arena_printf(ctx->arena, "%s/%s", order_id, kinds[type].sku);
	l->title = title != NULL ? title : kinds[type].label;
	l->ordered.quantity = l->now.quantity = platform_shopify_count(1);
	l->kept = 1;
	return l;
}

/* A charge that was refunded in full is no longer kept. A free one stays. */
static void
charge_settle(struct platform_shopify_line *l)
{
	l->kept =
	    !platform_shopify_is_zero(l->now.amount) || platform_shopify_is_zero(l->ordered.amount);
	if (!l->kept)
		l->now = (struct platform_shopify_worth){ 0 };
}

static int
is_wrapping(const struct platform_shopify_line *l)
{
	if (l->title == NULL || l->good != NULL)
		return 0;
	for (size_t i = 0; i < sizeof wrappings / sizeof wrappings[0]; i++)
		if (strncasecmp(l->title, wrappings[i], strlen(wrappings[i])) == 0)
			return 1;
	return 0;
}

void
platform_shopify_charge_know(struct json_object *item, struct platform_shopify_line *l)
{
	/* Only tips have these members, be they null. */
	if (read_has(&read_exact, item, "tip_payment_gateway") ||
	    read_has(&read_exact, item, "tip_payment_method"))
		charge_good(l, PLATFORM_SHOPIFY_TIP);
	else if (is_wrapping(l) && l->sku == NULL)
		charge_good(l, PLATFORM_SHOPIFY_GIFT_WRAPPING);
	else if (is_wrapping(l))
		l->type = PLATFORM_SHOPIFY_GIFT_WRAPPING;
	else if (json_flag(item, "gift_card") == 1)
		l->type = PLATFORM_SHOPIFY_GIFT_CARD;
}

/* ------------------------------------------------------------------ shipping */

/* The price after discounts, which are told one by one, or by discounted_price only, or by both. */
static int
shipping_ordered(
    struct json_object *o, struct decimal *net, struct platform_shopify_worth *w, struct err *err)
{
	struct decimal discounted, less;
	int r, told;

	if ((r = read_amount(&read_exact, o, "price", net, err)) <= 0)
		return r < 0 ? r : err_set(err, ERR_PERMANENT, "There is no \"price\".");
	if ((told = platform_shopify_money(o, "discounted_price", &discounted, err)) < 0 ||
	    platform_amount_sum(o, "discount_allocations", "amount", &w->discount, err) < 0 ||
	    platform_amount_sum(o, "tax_lines", "price", &w->tax, err) < 0)
		return ERR_PERMANENT;
	less = *net;
	if ((r = platform_amount_subtract(&less, told ? discounted : *net, err)) < 0)
		return r;
	if (decimal_compare(less, w->discount) > 0)
		w->discount = less;
	return platform_amount_subtract(net, w->discount, err);
}

/* What is left of it. *told = 1 when the body says so itself. */
static int
shipping_now(struct json_object *o, struct decimal net,
    const struct platform_shopify_worth *ordered, int places, struct platform_shopify_worth *now,
    int *told, struct err *err)
{
	struct decimal left;
	int r = platform_shopify_money_set(o, "current_discounted_price_set", &left, err);

	*now = *ordered;
	now->amount = net;
	if (r <= 0)
		return r;
	*told = 1;
	now->amount = left;
	if (decimal_compare(left, net) == 0)
		return 0;
	if ((r = platform_shopify_money_share(&now->tax, left, net, places, err)) < 0)
		return r;
	return platform_shopify_money_share(&now->discount, left, net, places, err);
}

static int
shipping_line(struct json_object *o, const struct platform_shopify_lines *lines,
    struct platform_shopify_line *l, int *told, struct err *err)
{
	struct platform_shopify_worth ordered = { 0 }, now;
	struct decimal net;
	int r;

	if ((r = shipping_ordered(o, &net, &ordered, err)) < 0 ||
	    (r = shipping_now(o, net, &ordered, lines->places, &now, told, err)) < 0)
		return r;
	ordered.amount = net;
	if (!lines->taxes_included &&
	    ((r = platform_amount_add(&ordered.amount, ordered.tax, err)) < 0 ||
		(r = platform_amount_add(&now.amount, now.tax, err)) < 0))
		return r;
	if ((r = platform_shopify_worth_add(&l->ordered, &ordered, err)) < 0)
		return r;
	return platform_shopify_worth_add(&l->now, &now, err);
}

/* Subtracts the refunds of shipping; any excess counts as money returned beyond the lines. */
static int
shipping_less_refunds(
    struct platform_shopify_refunds *refunds, struct platform_shopify_worth *now, struct err *err)
{
	struct decimal back = refunds->shipping;
	int r;

	if (platform_shopify_is_zero(back))
		return 0;
	if (decimal_compare(back, now->amount) >= 0) {
		back = now->amount;
		now->tax = now->discount = (struct decimal){ 0 };
	} else if ((r = platform_amount_subtract(&now->tax, refunds->shipping_tax, err)) < 0) {
		return r;
	}
	if ((r = platform_amount_subtract(&now->amount, back, err)) < 0 ||
	    (r = platform_amount_subtract(&refunds->shipping, back, err)) < 0)
		return r;
	return platform_amount_add(&refunds->beyond, refunds->shipping, err);
}

/* All shipping lines that were not removed. */
static int
shipping_read(struct platform_context *ctx, struct json_object *list,
    const struct platform_shopify_lines *lines, struct platform_shopify_line *l, int *told,
    size_t *taken, struct err *err)
{
	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);

		if (o == NULL || json_flag(o, "is_removed") == 1)
			continue;
		if (shipping_line(o, lines, l, told, err) < 0)
			return platform_shopify_element_fault(err, "shipping_lines", i);
		if ((*taken)++ == 0)
			l->title = read_text(&ctx->in, o, "title");
	}
	return 0;
}

int
platform_shopify_charge_shipping(struct platform_context *ctx, struct json_object *order,
    const char *order_id, struct platform_shopify_refunds *refunds,
    struct platform_shopify_lines *lines, struct err *err)
{
	struct platform_shopify_line *l =
	    platform_shopify_charge_add(ctx, lines, order_id, PLATFORM_SHOPIFY_SHIPPING, NULL);
	struct json_object *list = json_array(order, "shipping_lines");
	size_t taken = 0;
	int told = 0, r = shipping_read(ctx, list, lines, l, &told, &taken, err);

	if (r < 0 || (!told && (r = shipping_less_refunds(refunds, &l->now, err)) < 0))
		return r;
	charge_settle(l);
	if (taken == 0)
		lines->n--;
	return 0;
}

/* ------------------------------------------------------------------ duties, fees, tips */

/* Of something charged beside lines: what was charged, the tax on it, and what is left of it. */
struct charge {
	struct decimal ordered, tax, now;
};

/* Reads the original amount under names[0] and the current one under names[1]; without them, given
 * is the amount charged and back the amount refunded. */
static int
charge_read(struct json_object *order, const char *const names[2], struct decimal given,
    struct decimal back, struct charge *c, struct err *err)
{
	int r, now;

	if ((r = platform_shopify_money_set(order, names[0], &c->ordered, err)) < 0 ||
	    (now = platform_shopify_money_set(order, names[1], &c->now, err)) < 0)
		return ERR_PERMANENT;
	if (r == 0)
		c->ordered = given;
	if (now > 0)
		return 0;
	c->now = c->ordered;
	return platform_amount_subtract(&c->now, back, err);
}

/* Adds the line of a charge, if there was any. */
static int
charge_line(struct platform_context *ctx, struct platform_shopify_lines *lines,
    const char *order_id, enum platform_shopify_type type, const struct charge *c, struct err *err)
{
	struct platform_shopify_line *l;
	int r;

	if (platform_shopify_is_zero(c->ordered) && platform_shopify_is_zero(c->now))
		return 0;
	l = platform_shopify_charge_add(ctx, lines, order_id, type, NULL);
	l->ordered.amount = c->ordered;
	l->now.amount = c->now;
	l->ordered.tax = l->now.tax = c->tax;
	if (decimal_compare(c->now, c->ordered) != 0 &&
	    (r = platform_shopify_money_share(
	         &l->now.tax, c->now, c->ordered, lines->places, err)) < 0)
		return r;
	if (!lines->taxes_included &&
	    ((r = platform_amount_add(&l->ordered.amount, l->ordered.tax, err)) < 0 ||
		(r = platform_amount_add(&l->now.amount, l->now.tax, err)) < 0))
		return r;
	charge_settle(l);
	return 0;
}

/* Duties are told by line. */
static int
duties_of_lines(
    struct json_object *order, struct decimal *sum, struct decimal *tax, struct err *err)
{
	struct json_object *items = json_array(order, "line_items");
	int r = 0;

	for (size_t i = 0; i < json_count(items) && r == 0; i++) {
		struct json_object *item = json_object_array_get_idx(items, i);
		struct json_object *duties = json_array(item, "duties");

		r = platform_amount_sum(item, "duties", "shop_money.amount", sum, err);
		for (size_t k = 0; k < json_count(duties) && r == 0; k++)
			r = platform_amount_sum(
			    json_object_array_get_idx(duties, k), "tax_lines", "price", tax, err);
		if (r < 0)
			return platform_shopify_element_fault(err, "line_items", i);
	}
	return r;
}

static int
charge_duties(struct platform_context *ctx, struct json_object *order, const char *order_id,
    const struct platform_shopify_refunds *refunds, struct platform_shopify_lines *lines,
    struct err *err)
{
	static const char *const names[] = { "original_total_duties_set",
		"current_total_duties_set" };
	struct decimal given = { 0 };
	struct charge c = { 0 };
	int r;

	if (json_flag(order, "duties_included") == 1)
		return 0;
	if ((r = duties_of_lines(order, &given, &c.tax, err)) < 0 ||
	    (r = charge_read(order, names, given, refunds->duties, &c, err)) < 0)
		return r;
	return charge_line(ctx, lines, order_id, PLATFORM_SHOPIFY_DUTY, &c, err);
}

static int
charge_fees(struct platform_context *ctx, struct json_object *order, const char *order_id,
    const struct platform_shopify_refunds *refunds, struct platform_shopify_lines *lines,
    struct err *err)
{
	static const char *const names[] = { "original_total_additional_fees_set",
		"current_total_additional_fees_set" };
	struct json_object *fees = json_array(order, "additional_fees");
	struct decimal given = { 0 };
	struct charge c = { 0 };
	int r = platform_shopify_money_sum(order, "additional_fees", "price_set", &given, err);

	for (size_t i = 0; i < json_count(fees) && r == 0; i++)
		r = platform_amount_sum(
		    json_object_array_get_idx(fees, i), "tax_lines", "price", &c.tax, err);
	if (r < 0 || (r = charge_read(order, names, given, refunds->fees, &c, err)) < 0)
		return r;
	return charge_line(ctx, lines, order_id, PLATFORM_SHOPIFY_FEE, &c, err);
}

/* The tips of which there is no line item. */
static int
charge_tips(struct platform_context *ctx, struct json_object *order, const char *order_id,
    struct platform_shopify_lines *lines, struct err *err)
{
	struct charge c = { 0 };
	int r = platform_shopify_money(order, "total_tip_received", &c.ordered, err);

	for (size_t i = 0; i < lines->n && r >= 0; i++)
		if (lines->line[i].type == PLATFORM_SHOPIFY_TIP)
			r = platform_amount_subtract(
			    &c.ordered, lines->line[i].ordered.amount, err);
	if (r < 0 || c.ordered.units <= 0)
		return r < 0 ? r : 0;
	c.now = c.ordered;
	return charge_line(ctx, lines, order_id, PLATFORM_SHOPIFY_TIP, &c, err);
}

/* 1 when the lines add up to the order's original total. */
static int
charge_is_complete(
    struct json_object *order, const struct platform_shopify_lines *lines, struct err *err)
{
	struct platform_shopify_worth ordered, now;
	struct decimal total;
	int r = read_amount(&read_exact, order, "total_price", &total, err);

	if (r <= 0)
		return r;
	if ((r = platform_shopify_lines_sum(lines, &ordered, &now, err)) < 0)
		return r;
	return decimal_compare(total, ordered.amount) == 0;
}

int
platform_shopify_charge_others(struct platform_context *ctx, struct json_object *order,
    const char *order_id, const struct platform_shopify_refunds *refunds,
    struct platform_shopify_lines *lines, struct err *err)
{
	int r = charge_is_complete(order, lines, err);

	if (r != 0)
		return r < 0 ? r : 0;
	if ((r = charge_duties(ctx, order, order_id, refunds, lines, err)) < 0 ||
	    (r = charge_fees(ctx, order, order_id, refunds, lines, err)) < 0)
		return r;
	return charge_tips(ctx, order, order_id, lines, err);
}
