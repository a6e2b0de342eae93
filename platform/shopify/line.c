#include "config.h"

#include "platform/shopify/line.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "platform/amount.h"
#include "platform/platform.h"
#include "platform/shopify/charge.h"
#include "platform/shopify/common.h"

const char *
platform_shopify_good_of_product(struct platform_context *ctx, const char *product_id)
{
	return arena_printf(ctx->arena, "product:%s", product_id);
}

/* ------------------------------------------------------------------ what was ordered */

/* The share of all discounts, order-level ones included; total_discount is for payloads older than
 * the allocations. */
static int
line_discount(struct json_object *o, struct decimal *discount, struct err *err)
{
	int r;

	*discount = (struct decimal){ 0 };
	if (json_array(o, "discount_allocations") != NULL)
		return platform_amount_sum(o, "discount_allocations", "amount", discount, err);
	r = read_amount(&read_exact, o, "total_discount", discount, err);
	return r < 0 ? r : 0;
}

/* price times quantity, less discounts, with tax. */
static int
line_ordered(struct json_object *o, int64_t quantity, int taxes_included, struct decimal *price,
    struct platform_shopify_worth *w, struct err *err)
{
	int r;

	if ((r = read_amount(&read_exact, o, "price", price, err)) <= 0)
		return r < 0 ? r : err_set(err, ERR_PERMANENT, "There is no \"price\".");
	if ((r = line_discount(o, &w->discount, err)) < 0 ||
	    (r = platform_amount_sum(o, "tax_lines", "price", &w->tax, err)) < 0)
		return r;
	w->quantity = platform_shopify_count(quantity);
	w->amount = *price;
	if (decimal_multiply(&w->amount, quantity) < 0)
		return err_set(err, ERR_PERMANENT, "The quantity times the price is too large.");
	if ((r = platform_amount_subtract(&w->amount, w->discount, err)) < 0)
		return r;
	return taxes_included ? 0 : platform_amount_add(&w->amount, w->tax, err);
}

/* ------------------------------------------------------------------ what stands now */

/* How many are left: current_quantity, else those ordered less those given back. */
static int
line_quantity_now(struct json_object *o, int64_t ordered,
    const struct platform_shopify_refund_line *back, int64_t *now, struct err *err)
{
	int found;

	*now = json_int(o, "current_quantity", &found);
	if (found ? *now < 0 || *now > INT32_MAX : json_at(o, "current_quantity") != NULL)
		return err_set(
		    err, ERR_PERMANENT, "\"current_quantity\" is not a whole number from 0 up.");
	if (found)
		return 0;
	*now = back == NULL ? ordered : ordered - back->quantity;
	if (*now < 0)
		*now = 0;
	return 0;
}

/* Subtracts the value of refunds. Their discount is what those pieces would have cost without
 * discount, less that value. */
static int
line_less_refund(const struct platform_shopify_refund_line *back, struct decimal price,
    int taxes_included, struct platform_shopify_worth *now, struct err *err)
{
	struct decimal spared = price, net = back->amount;
	int r;

	if (!taxes_included && (r = platform_amount_subtract(&net, back->tax, err)) < 0)
		return r;
	if (decimal_multiply(&spared, back->quantity) < 0)
		return err_set(err, ERR_PERMANENT, "The quantity times the price is too large.");
	if ((r = platform_amount_subtract(&spared, net, err)) < 0 ||
	    (r = platform_amount_subtract(&now->amount, back->amount, err)) < 0 ||
	    (r = platform_amount_subtract(&now->tax, back->tax, err)) < 0)
		return r;
	if (decimal_compare(spared, now->discount) > 0)
		spared = now->discount;
	return spared.units > 0 ? platform_amount_subtract(&now->discount, spared, err) : 0;
}

/* Subtracts, or adds, the share of pieces whose value no refund says. */
static int
line_less_share(const struct platform_shopify_worth *ordered, int64_t pieces, int places,
    struct platform_shopify_worth *now, struct err *err)
{
	const struct decimal part = platform_shopify_count(pieces), whole = ordered->quantity;
	struct decimal amount = ordered->amount, tax = ordered->tax, discount = ordered->discount;
	int r;

	if ((r = platform_shopify_money_share(&amount, part, whole, places, err)) < 0 ||
	    (r = platform_shopify_money_share(&tax, part, whole, places, err)) < 0 ||
	    (r = platform_shopify_money_share(&discount, part, whole, places, err)) < 0)
		return r;
	if ((r = platform_amount_subtract(&now->amount, amount, err)) < 0 ||
	    (r = platform_amount_subtract(&now->tax, tax, err)) < 0)
		return r;
	return platform_amount_subtract(&now->discount, discount, err);
}

static int
line_now(struct platform_shopify_line *l, int64_t ordered, int64_t now,
    const struct platform_shopify_refund_line *back, struct decimal price,
    const struct platform_shopify_lines *lines, struct err *err)
{
	const int is_priced = back != NULL && back->is_priced;
	int64_t untold = ordered - now - (is_priced ? back->quantity : 0);
	int r;

	l->kept = now > 0;
	if (!l->kept)
		return 0;
	l->now = l->ordered;
	l->now.quantity = platform_shopify_count(now);
	if (is_priced &&
	    (r = line_less_refund(back, price, lines->taxes_included, &l->now, err)) < 0)
		return r;
	/* Refunded and yet kept: no pieces less. */
	if (untold == 0 || (untold < 0 && now <= ordered))
		return 0;
	l->shared = 1;
	return line_less_share(&l->ordered, untold, lines->places, &l->now, err);
}

/* ------------------------------------------------------------------ a line item */

/* Who it is: the variant; else the SKU, under which the good is found or made; else the product. */
static int
line_names(struct platform_context *ctx, struct json_object *o, struct platform_shopify_line *l,
    struct err *err)
{
	const char *variant_id, *title = read_text(&ctx->in, o, "title"),
				*name = read_text(&ctx->in, o, "name");
	int r;

	if ((r = platform_shopify_id_required(ctx, o, "id", &l->id, err)) < 0 ||
	    (r = platform_shopify_id(ctx, o, "variant_id", &variant_id, err)) < 0 ||
	    (r = platform_shopify_id(ctx, o, "product_id", &l->product_id, err)) < 0)
		return r;
	l->type = PLATFORM_SHOPIFY_PRODUCT;
	l->sku = read_text(&ctx->in, o, "sku");
	l->title = name != NULL ? name : title;
	l->good_label = l->title;
	if (variant_id != NULL) {
		l->good = variant_id;
	} else if (l->sku == NULL && l->product_id != NULL) {
		l->good = platform_shopify_good_of_product(ctx, l->product_id);
		l->good_label = title != NULL ? title : l->title;
	}
	platform_shopify_charge_know(o, l);
	return 0;
}

static int
line_read(struct platform_context *ctx, struct json_object *o,
    struct platform_shopify_refunds *refunds, const struct platform_shopify_lines *lines,
    struct platform_shopify_line *l, struct err *err)
{
	const struct platform_shopify_refund_line *back;
	struct decimal price;
	int64_t ordered, now;
	int found, r;

	if ((r = line_names(ctx, o, l, err)) < 0)
		return r;
	ordered = json_int(o, "quantity", &found);
	if (!found || ordered < 0)
		return err_set(
		    err, ERR_PERMANENT, "\"quantity\" is missing or not a whole number from 0 up.");
	back = platform_shopify_refund_of(refunds, l->id);
	if ((r = line_ordered(o, ordered, lines->taxes_included, &price, &l->ordered, err)) < 0 ||
	    (r = line_quantity_now(o, ordered, back, &now, err)) < 0)
		return r;
	return line_now(l, ordered, now, back, price, lines, err);
}

/* ------------------------------------------------------------------ all of them */

static int
by_id(const void *a, const void *b)
{
	const struct platform_shopify_line *x = *(struct platform_shopify_line *const *)a;
	const struct platform_shopify_line *y = *(struct platform_shopify_line *const *)b;
	int order = strcmp(x->id, y->id);

	return order != 0 ? order : (x > y) - (x < y);
}

/* Ids that a body has twice are lines of their own: the second one of 7 is 7#2. */
static void
lines_tell_apart(struct platform_context *ctx, struct platform_shopify_lines *lines)
{
	struct platform_shopify_line **l =
	    arena_new(ctx->arena, struct platform_shopify_line *, lines->n);
	const char *id = "";
	size_t n = 0;

	for (size_t i = 0; i < lines->n; i++)
		l[i] = &lines->line[i];
	qsort(l, lines->n, sizeof l[0], by_id);
	for (size_t i = 0; i < lines->n; i++) {
		n = strcmp(l[i]->id, id) == 0 ? n + 1 : 1;
		id = n == 1 ? l[i]->id : id;
		if (n > 1)
			l[i]->id = arena_printf(ctx->arena, "%s#%zu", id, n);
	}
}

int
platform_shopify_lines_sum(const struct platform_shopify_lines *lines,
    struct platform_shopify_worth *ordered, struct platform_shopify_worth *now, struct err *err)
{
	int r = 0;

	*ordered = *now = (struct platform_shopify_worth){ 0 };
	for (size_t i = 0; i < lines->n && r == 0; i++)
		if ((r = platform_shopify_worth_add(ordered, &lines->line[i].ordered, err)) == 0)
			r = platform_shopify_worth_add(now, &lines->line[i].now, err);
	return r;
}

int
platform_shopify_lines_read(struct platform_context *ctx, struct json_object *order,
    const char *order_id, struct platform_shopify_refunds *refunds,
    struct platform_shopify_lines *out, struct err *err)
{
	struct json_object *list = json_array(order, "line_items");
	int r;

	if (list == NULL)
		return err_set(err, ERR_PERMANENT,
		    "The body is not the webhook body of an order: it has no list \"line_items\".");
	*out = (struct platform_shopify_lines){ 0 };
	out->taxes_included = json_flag(order, "taxes_included") == 1;
	out->places = platform_shopify_places(json_text(order, "currency"));
	out->line = arena_new(
	    ctx->arena, struct platform_shopify_line, json_count(list) + PLATFORM_SHOPIFY_CHARGES);
	for (size_t i = 0; i < json_count(list); i++)
		if (line_read(ctx, json_object_array_get_idx(list, i), refunds, out,
		        &out->line[out->n++], err) < 0)
			return platform_shopify_element_fault(err, "line_items", i);
	lines_tell_apart(ctx, out);
	if ((r = platform_shopify_refunds_close(refunds, err)) < 0 ||
	    (r = platform_shopify_charge_shipping(ctx, order, order_id, refunds, out, err)) < 0)
		return r;
	return platform_shopify_charge_others(ctx, order, order_id, refunds, out, err);
}
