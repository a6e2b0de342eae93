#include "config.h"

#include "platform/shopify/product.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/set.h"
#include "lib/text.h"
#include "model/change/known.h"
#include "model/column_text.h"
#include "platform/platform.h"
#include "platform/shopify/common.h"
#include "platform/shopify/line.h"
#include "platform/write.h"

/* Rows of sql/tenant/0002-reference.sql. */
enum { GOOD_TYPE_PRODUCT = 1, GOOD_TYPE_GIFT_CARD = 3 };
enum { CATEGORY_KEY = 255 };

static const struct platform_shopify_kind product_kind = {
	.what = "a product",
	.all = (const char *const[]){ "title", "variants", NULL },
	.none = (const char *const[]){ "line_items", "order_id", NULL },
	.own = (const char *const[]){ "variants", NULL },
};

/* What all goods of a product share. */
struct product {
	const char *id, *good, *title, *description, *image;
	struct row *category; /* NULL: the product has none */
	int type;
	struct set images;
	struct known_rows stored;	/* its goods that are not deleted: their identifiers */
	usec_t stamp;
};

static int
product_category(
    struct platform_context *ctx, const char *product_type, struct row **category, struct err *err)
{
	struct row *row;

	*category = NULL;
	if (product_type == NULL)
		return 0;
	*category = row = row_new(ctx->arena, E_PurchaseGoodCategory, ROW_PUT);
	row_text(row, PurchaseGoodCategory_Identifier,
	    column_text_key(ctx->arena, product_type, CATEGORY_KEY));
	row_int(row, PurchaseGoodCategory_SourceId, ctx->message->source_id);
	row_text(row, PurchaseGoodCategory_Label, product_type);
	row_int(row, PurchaseGoodCategory_BrandId, ctx->message->brand_id);
	row_bool(row, PurchaseGoodCategory_DeletionFlag, 0);
	return platform_put(ctx, row, err);
}

static int
goods_know(struct platform_context *ctx, struct product *p, struct err *err)
{
	return known_rows(ctx->known,
	    &(struct known_rows_of){ .hold = KNOWN_LOOSE,
		.by = { PurchaseGood_Reference, PurchaseGood_SourceId, PurchaseGood_DeletionFlag },
		.is = { v_text(p->id), v_int(ctx->message->source_id), v_int(0) },
		.want = { PurchaseGood_Identifier } },
	    &p->stored, err);
}

/* The stamp of the product's good is its own. *stamp is USEC_NONE when there is none. */
static int
stamp_know(struct platform_context *ctx, const struct product *p, usec_t *stamp, struct err *err)
{
	struct known_rows rows;
	int r = known_rows(ctx->known,
	    &(struct known_rows_of){ .hold = KNOWN_LOCKED,
		.by = { PurchaseGood_Identifier, PurchaseGood_SourceId },
		.is = { v_text(p->good), v_int(ctx->message->source_id) },
		.want = { PurchaseGood_SourceStamp } },
	    &rows, err);

	*stamp = rows.n > 0 ? known_time(rows.values) : USEC_NONE;
	return r;
}

/* Stale guard, and what is stored of the product. PLATFORM_SUPERSEDED, PLATFORM_DONE or a negative
 * code. */
static int
product_guard(struct platform_context *ctx, struct product *p, struct err *err)
{
	usec_t stored;
	int r;

	p->good = platform_shopify_good_of_product(ctx, p->id);
	if ((r = platform_shopify_stamp(ctx, ctx->payload, &p->stamp, err)) < 0)
		return r;
	stamp_know(ctx, p, &stored, err);
	goods_know(ctx, p, err);
	if ((r = known_wait(ctx->known, err)) < 0 ||
	    (r = stamp_know(ctx, p, &stored, err)) < 0 || (r = goods_know(ctx, p, err)) < 0)
		return r;
	if (platform_shopify_is_newest(ctx, ctx->payload, &p->stamp, stored))
		return PLATFORM_DONE;
	snprintf(ctx->reason, sizeof(ctx->reason), "A newer state of product %s is stored.", p->id);
	return PLATFORM_SUPERSEDED;
}

/* A good of the product, with what all of them share. What only a variant has is NULL. */
static struct row *
good_row(const struct platform_context *ctx, const struct product *p, const char *identifier)
{
	struct row *row = row_new(ctx->arena, E_PurchaseGood, ROW_PUT);

	row_text(row, PurchaseGood_Identifier, identifier);
	row_int(row, PurchaseGood_SourceId, ctx->message->source_id);
	row_text(row, PurchaseGood_Reference, p->id);
	row_null(row, PurchaseGood_Sku);
	row_null(row, PurchaseGood_Ean13);
	row_text(row, PurchaseGood_Label, p->title);
	row_text(row, PurchaseGood_Description, p->description);
	row_text(row, PurchaseGood_ImageUri, p->image);
	row_int(row, PurchaseGood_PurchaseGoodTypeId, p->type);
	if (p->category != NULL)
		row_refer(row, PurchaseGood_PurchaseGoodCategoryId, p->category);
	else
		row_null(row, PurchaseGood_PurchaseGoodCategoryId);
	row_int(row, PurchaseGood_BrandId, ctx->message->brand_id);
	row_null(row, PurchaseGood_Price);
	row_bool(row, PurchaseGood_DeletionFlag, 0);
	row_time(row, PurchaseGood_SourceStamp, p->stamp);
	return row;
}

/* The product's pictures by their ids. */
static void
images_index(struct platform_context *ctx, struct product *p)
{
	struct json_object *images = json_array(ctx->payload, "images");

	set_init(&p->images, ctx->arena);
	for (size_t i = 0; i < json_count(images); i++) {
		const char *id = json_text(json_object_array_get_idx(images, i), "id");

		if (id != NULL)
			set_add_text(&p->images, id, i, NULL);
	}
}

/* The picture that a variant names among the product's. */
static const char *
variant_image(struct platform_context *ctx, const struct product *p, struct json_object *variant)
{
	const char *wanted = json_text(variant, "image_id");
	size_t i;

	if (wanted == NULL || !set_find_text(&p->images, wanted, &i))
		return p->image;
	return read_text(
	    &ctx->in, json_object_array_get_idx(json_array(ctx->payload, "images"), i), "src");
}

/* A product without options has one variant that Shopify calls "Default Title". */
static const char *
variant_label(struct platform_context *ctx, const struct product *p, struct json_object *variant)
{
	const char *title = read_text(&ctx->in, variant, "title");

	return title == NULL || strcmp(title, "Default Title") == 0 ?
	    p->title :
	    arena_printf(ctx->arena, "%s - %s", p->title, title);
}

static int
variant_put(struct platform_context *ctx, const struct product *p, struct json_object *variant,
    const char **identifier, struct err *err)
{
	struct decimal price;
	struct row *row;
	int r;

	if ((r = platform_shopify_id_required(ctx, variant, "id", identifier, err)) < 0 ||
	    (r = read_amount(&read_exact, variant, "price", &price, err)) < 0)
		return r;
	row = good_row(ctx, p, *identifier);
	row_text(row, PurchaseGood_Sku, read_text(&ctx->in, variant, "sku"));
	row_text(row, PurchaseGood_Ean13, read_text(&ctx->in, variant, "barcode"));
	row_text(row, PurchaseGood_Label, variant_label(ctx, p, variant));
	row_text(row, PurchaseGood_ImageUri, variant_image(ctx, p, variant));
	if (r > 0)
		row_money(row, PurchaseGood_Price, ctx->arena, price);
	return platform_put_whole(ctx, row, err);
}

/* The product's good first, then its variants. keep gets their identifiers. */
static int
goods_put(struct platform_context *ctx, const struct product *p, const char **keep,
    struct json_object *variants, struct err *err)
{
	int r = platform_put_whole(ctx, good_row(ctx, p, keep[0] = p->good), err);

	for (size_t i = 0; i < json_count(variants) && r == 0; i++) {
		char said[sizeof(err->detail)];

		r = variant_put(ctx, p, json_object_array_get_idx(variants, i), &keep[i + 1], err);
		if (r == 0)
			continue;
		memcpy(said, err->detail, sizeof(said));
		r = err_set(err, r, "In variants[%zu]: %.400s", i, said);
	}
	return r;
}

/* Marks the goods of the product that are not in keep as deleted; returns how many, or a negative
 * code. */
static int
goods_sweep(struct platform_context *ctx, const struct product *p, const char *const *keep,
    size_t nkeep, struct err *err)
{
	return platform_sweep(ctx,
	    &(struct platform_write_sweep){ .entity = E_PurchaseGood,
		.identifier = PurchaseGood_Identifier,
		.other = PurchaseGood_SourceId,
		.deletion = PurchaseGood_DeletionFlag,
		.stamp = PurchaseGood_SourceStamp,
		.other_id = ctx->message->source_id,
		.keep = keep,
		.nkeep = nkeep,
		.stamp_at = p->stamp },
	    &p->stored, err);
}

int
platform_shopify_product_save(struct platform_context *ctx, struct err *err)
{
	struct json_object *o = ctx->payload, *variants = json_array(o, "variants");
	struct product p = { .title = json_text(o, "title"),
		.description = read_text(&ctx->in, o, "body_html"),
		.image = read_text(&ctx->in, o, "image.src"),
		.type = json_flag(o, "gift_card") == 1 ? GOOD_TYPE_GIFT_CARD : GOOD_TYPE_PRODUCT };
	const char **keep = arena_new(ctx->arena, const char *, json_count(variants) + 1);
	int r;

	if ((r = platform_shopify_topic_check(ctx, err)) < 0 ||
	    (r = platform_shopify_body_check(ctx->arena, o, &product_kind, err)) < 0 ||
	    (r = platform_shopify_id_required(ctx, o, "id", &p.id, err)) < 0)
		return r;
	if (p.title == NULL)
		return err_set(err, ERR_PERMANENT, "The body has no \"title\".");
	if ((r = product_guard(ctx, &p, err)) != PLATFORM_DONE)
		return r;
	images_index(ctx, &p);
	if ((r = product_category(
		 ctx, read_text(&ctx->in, o, "product_type"), &p.category, err)) < 0 ||
	    (r = goods_put(ctx, &p, keep, variants, err)) < 0 ||
	    (r = goods_sweep(ctx, &p, keep, json_count(variants) + 1, err)) < 0)
		return r;
	snprintf(ctx->reason, sizeof(ctx->reason), "Product %s written with %zu %s; %d gone.", p.id,
	    json_count(variants), text_form((int64_t)json_count(variants), "variant", "variants"),
	    r);
	return PLATFORM_DONE;
}

int
platform_shopify_product_delete(struct platform_context *ctx, struct err *err)
{
	struct row *row;
	struct product p = { 0 };
	int r;

	if ((r = platform_shopify_topic_check(ctx, err)) < 0 ||
	    (r = platform_shopify_deletion_check(ctx->payload, "a product", err)) < 0 ||
	    (r = platform_shopify_id_required(ctx, ctx->payload, "id", &p.id, err)) < 0)
		return r;
	if ((r = product_guard(ctx, &p, err)) != PLATFORM_DONE)
		return r;
	row = row_new(ctx->arena, E_PurchaseGood, ROW_PUT);
	row_text(row, PurchaseGood_Identifier, p.good);
	row_int(row, PurchaseGood_SourceId, ctx->message->source_id);
	row_text(row, PurchaseGood_Reference, p.id);
	row_bool(row, PurchaseGood_DeletionFlag, 1);
	row_time(row, PurchaseGood_SourceStamp, p.stamp);
	if ((r = platform_put(ctx, row, err)) < 0 ||
	    (r = goods_sweep(ctx, &p, &p.good, 1, err)) < 0)
		return r;
	snprintf(ctx->reason, sizeof(ctx->reason), "Product %s marked as deleted with %d %s.", p.id,
	    r, text_form(r, "variant", "variants"));
	return PLATFORM_DONE;
}
