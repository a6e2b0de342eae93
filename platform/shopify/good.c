/*
 * The goods that the lines of an order are of.
 */
#include "config.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/format/json.h"
#include "lib/set.h"
#include "model/column_text.h"
#include "platform/platform.h"
#include "platform/shopify/purchase.h"
#include "platform/sku.h"
#include "platform/write.h"

enum { GOOD_KEY = 255 };

void
platform_shopify_order_goods_ask(struct platform_context *ctx, struct json_object *order)
{
	struct json_object *list = json_array(order, "line_items");

	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *line = json_object_array_get_idx(list, i);
		const char *sku = json_text(line, "sku");

		if (sku != NULL && json_text(line, "variant_id") == NULL)
			platform_sku_good(ctx, sku, ctx->message->source_id, NULL, NULL);
	}
}

/* A good as a line names it. Label, SKU and product count only where nobody knows the good. */
static struct row *
good_row(struct platform_context *ctx, const struct platform_shopify_line *l)
{
	struct row *row = row_new(ctx->arena, E_PurchaseGood, ROW_ENSURE);
	const int is_product = strncmp(l->good, "product:", 8) == 0;

	row_text(row, PurchaseGood_Identifier, l->good);
	row_int(row, PurchaseGood_SourceId, ctx->message->source_id);
	row_text(row, PurchaseGood_Sku, is_product ? NULL : l->sku);
	row_text(row, PurchaseGood_Reference, l->product_id);
	row_text(row, PurchaseGood_Label, l->good_label);
	row_int(row, PurchaseGood_BrandId, ctx->message->brand_id);
	row_int(row, PurchaseGood_PurchaseGoodTypeId, l->type);
	return row;
}

/* A line that is known by a SKU alone is of the known good with that SKU, which may be a variant's;
 * otherwise the SKU names a good of its own. */
static int
good_by_sku(struct platform_context *ctx, struct platform_shopify_line *l, struct row **good,
    struct err *err)
{
	int r;

	if (l->good != NULL || l->sku == NULL)
		return 0;
	r = platform_sku_good(ctx, l->sku, ctx->message->source_id, good, err);
	if (r == 0 && *good == NULL)
		l->good = column_text_key(
		    ctx->arena, arena_printf(ctx->arena, "sku:%s", l->sku), GOOD_KEY);
	return r;
}

int
platform_shopify_order_goods(
    struct platform_context *ctx, struct platform_shopify_order *o, struct err *err)
{
	struct set added;
	int r = 0;

	set_init(&added, ctx->arena);
	o->goods = arena_new(ctx->arena, struct row *, o->lines.n);
	for (size_t i = 0; i < o->lines.n && r == 0; i++) {
		struct platform_shopify_line *l = &o->lines.line[i];
		size_t first;

		if ((r = good_by_sku(ctx, l, &o->goods[i], err)) < 0 || l->good == NULL)
			continue;
		if (!set_add_text(&added, l->good, i, &first)) {
			o->goods[i] = o->goods[first];
			continue;
		}
		o->goods[i] = good_row(ctx, l);
		r = platform_put_whole(ctx, o->goods[i], err);
	}
	return r;
}
