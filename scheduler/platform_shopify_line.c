#include "scheduler/platform_shopify_line.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/json.h"
#include "scheduler/platform.h"
#include "scheduler/platform_read.h"
#include "scheduler/platform_shopify_common.h"

/* Names the element in a fault of one of its fields. */
static int
platform_shopify_line_fault(struct err *err, const char *list, size_t i)
{
	char said[sizeof(err->detail)];

	memcpy(said, err->detail, sizeof(said));
	return err_set(err, ERR_PERMANENT, "In %s[%zu]: %.400s", list, i, said);
}

const char *
platform_shopify_good(struct platform_context *ctx, const char *variant_id, const char *product_id, const char *sku)
{
	if (variant_id != NULL)
		return variant_id;
	if (product_id != NULL)
		return arena_printf(ctx->arena, "product:%s", product_id);
	return sku != NULL ? arena_printf(ctx->arena, "sku:%s", sku) : NULL;
}

/* The share of all discounts, order-level ones included; total_discount is for payloads older than the allocations. */
static int
platform_shopify_line_discount(struct json_object *o, struct decimal *discount, struct err *err)
{
	int r;

	if (json_array(o, "discount_allocations") != NULL)
		return platform_read_amount_sum(o, "discount_allocations", "amount", discount, err);
	r = platform_read_amount(o, "total_discount", discount, err);
	return r < 0 ? r : 0;
}

/* From unit_price, quantity, discount to amount and tax_free. Adds to what is there, so that several shipping lines become one. */
static int
platform_shopify_line_reckon(struct json_object *o, int64_t quantity, int taxes_included, struct platform_shopify_line *l, struct err *err)
{
	struct decimal price, discount = { 0 }, tax = { 0 };
	int r;

	if ((r = platform_read_amount(o, "price", &price, err)) <= 0)
		return r < 0 ? r : err_set(err, ERR_PERMANENT, "There is no \"price\".");
	if ((r = platform_shopify_line_discount(o, &discount, err)) < 0 || (r = platform_read_amount_sum(o, "tax_lines", "price", &tax, err)) < 0)
		return r;
	l->unit_price = price;
	if (decimal_multiply(&price, quantity) < 0)
		return err_set(err, ERR_PERMANENT, "The quantity times the price is too large.");
	if ((r = platform_read_subtract(&price, discount, err)) < 0 || (r = platform_read_add(&l->discount, discount, err)) < 0 ||
	    (r = platform_read_add(&l->amount, price, err)) < 0 || (r = platform_read_add(&l->tax_free, price, err)) < 0)
		return r;
	return taxes_included ? platform_read_subtract(&l->tax_free, tax, err) : platform_read_add(&l->amount, tax, err);
}

static int
platform_shopify_line_read(struct platform_context *ctx, struct json_object *o, int taxes_included, struct platform_shopify_line *l, struct err *err)
{
	const char *variant_id;
	int found, r;

	if ((r = platform_shopify_id_required(ctx, o, "id", &l->id, err)) < 0 || (r = platform_shopify_id(ctx, o, "variant_id", &variant_id, err)) < 0 ||
	    (r = platform_shopify_id(ctx, o, "product_id", &l->product_id, err)) < 0)
		return r;
	l->quantity = json_int(o, "quantity", &found);
	if (!found || l->quantity < 0)
		return err_set(err, ERR_PERMANENT, "\"quantity\" is missing or not a whole number from 0 up.");
	l->sku = json_text(o, "sku");
	l->title = json_text(o, "name") != NULL ? json_text(o, "name") : json_text(o, "title");
	l->good = platform_shopify_good(ctx, variant_id, l->product_id, l->sku);
	return platform_shopify_line_reckon(o, l->quantity, taxes_included, l, err);
}

/* All shipping lines that were not removed become one line. */
static int
platform_shopify_line_shipping(struct platform_context *ctx, struct json_object *order, const char *order_id, struct platform_shopify_lines *out, struct err *err)
{
	struct json_object *list = json_array(order, "shipping_lines");
	struct platform_shopify_line l = { .id = arena_printf(ctx->arena, "%s/" PLATFORM_SHOPIFY_SHIPPING, order_id), .good = PLATFORM_SHOPIFY_SHIPPING,
	    .sku = PLATFORM_SHOPIFY_SHIPPING, .quantity = 1 };
	size_t taken = 0;

	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);

		if (json_flag(o, "is_removed") == 1)
			continue;
		if (platform_shopify_line_reckon(o, 1, json_flag(order, "taxes_included") == 1, &l, err) < 0)
			return platform_shopify_line_fault(err, "shipping_lines", i);
		if (taken++ == 0)
			l.title = json_text(o, "title");
	}
	if (taken == 0)
		return 0;
	l.unit_price = l.amount;
	out->line[out->n++] = l;
	return 0;
}

int
platform_shopify_lines_read(struct platform_context *ctx, struct json_object *order, const char *order_id, struct platform_shopify_lines *out, struct err *err)
{
	struct json_object *list = json_array(order, "line_items");
	int taxes_included = json_flag(order, "taxes_included") == 1;

	if (list == NULL)
		return err_set(err, ERR_PERMANENT, "The body is not the webhook body of an order: it has no list \"line_items\".");
	*out = (struct platform_shopify_lines){ .line = arena_new(ctx->arena, struct platform_shopify_line, json_count(list) + 1) };
	for (size_t i = 0; i < json_count(list); i++)
		if (platform_shopify_line_read(ctx, json_object_array_get_idx(list, i), taxes_included, &out->line[out->n++], err) < 0)
			return platform_shopify_line_fault(err, "line_items", i);
	return platform_shopify_line_shipping(ctx, order, order_id, out, err);
}
