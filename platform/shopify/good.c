/*
 * The goods that the lines of an order are of.
 */
#include "config.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/set.h"
#include "model/column_text.h"
#include "platform/platform.h"
#include "platform/shopify/purchase.h"
#include "platform/write.h"
#include "store/db.h"

enum { GOOD_KEY = 255 };

/* For lines known only by a SKU: uses the known good with that SKU, which may be a variant's;
 * otherwise the SKU names a good of its own. */
static int
goods_by_sku(struct platform_context *ctx, struct platform_shopify_order *o, struct err *err)
{
	struct rows rows;
	int r;

	for (size_t i = 0; i < o->lines.n; i++) {
		struct platform_shopify_line *l = &o->lines.line[i];

		if (l->good != NULL || l->sku == NULL)
			continue;
		r = db_query(ctx->db, Q_platform_good_of_sku,
		    DB_ARGS(v_text(l->sku), v_int(ctx->message->source_id)), ctx->arena, &rows,
		    err);
		if (r < 0)
			return r;
		l->good = rows.n > 0 ? rows_text(&rows, 0, C_platform_good_of_sku_identifier) :
				       column_text_key(ctx->arena,
					   arena_printf(ctx->arena, "sku:%s", l->sku), GOOD_KEY);
	}
	return 0;
}

/* A good as a line names it. Label, SKU and product count only where nobody knows the good. */
static struct row *
good_row(struct platform_context *ctx, const struct platform_shopify_line *l, struct change *goods)
{
	struct row *row = change_row(goods, E_PurchaseGood, ROW_ENSURE);
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

int
platform_shopify_order_goods(
    struct platform_context *ctx, struct platform_shopify_order *o, struct err *err)
{
	struct change goods;
	struct set known;
	int r = goods_by_sku(ctx, o, err);

	if (r < 0)
		return r;
	change_init(&goods, ctx->arena);
	set_init(&known, ctx->arena);
	o->goods = arena_new(ctx->arena, struct row *, o->lines.n);
	for (size_t i = 0; i < o->lines.n; i++) {
		const struct platform_shopify_line *l = &o->lines.line[i];
		size_t first;

		if (l->good == NULL)
			continue;
		if (set_add_text(&known, l->good, i, &first))
			o->goods[i] = good_row(ctx, l, &goods);
		else
			o->goods[i] = o->goods[first];
	}
	return platform_write_change(ctx, &goods, err);
}
