#include "platform/shopify/product.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/set.h"
#include "lib/text.h"
#include "platform/platform.h"
#include "platform/read.h"
#include "platform/shopify/common.h"
#include "platform/shopify/line.h"
#include "platform/text.h"
#include "platform/write.h"
#include "store/entity/upsert.h"

/* Rows of sql/tenant/0002-reference.sql. */
enum { GOOD_TYPE_PRODUCT = 1, GOOD_TYPE_GIFT_CARD = 3 };
enum { CATEGORY_KEY = 255 };

static const struct platform_shopify_kind product_kind = {
	.what = "a product",
	.all = (const char *const[]){ "title", "variants", NULL },
	.none = (const char *const[]){ "line_items", "order_id", NULL },
	.own = (const char *const[]){ "variants", NULL },
};

static const char *const good_columns[] = { "Identifier", "SourceId", "Reference", "Sku", "Ean13",
	"Label", "Description", "ImageUri", "PurchaseGoodTypeId", "PurchaseGoodCategoryId",
	"BrandId", "Price", "DeletionFlag", "SourceStamp", NULL };
enum { GOOD_COLUMNS = sizeof(good_columns) / sizeof(good_columns[0]) - 1 };

/* What all goods of a product share. */
struct product {
	const char *id, *good, *title, *description, *image;
	struct val category, type;
	struct set images;
	usec_t stamp;
};

static int
product_category(
    struct platform_context *ctx, const char *product_type, struct val *category, struct err *err)
{
	struct platform_write_row row;
	int64_t key;
	int r;

	*category = v_null();
	if (product_type == NULL)
		return 0;
	platform_write_row_init(&row, "PurchaseGoodCategory");
	platform_write_row_set(
	    &row, "Identifier", v_text(platform_text_key(ctx->arena, product_type, CATEGORY_KEY)));
	platform_write_row_set(&row, "SourceId", v_int(ctx->message->source_id));
	platform_write_row_set(&row, "Label", v_text(product_type));
	platform_write_row_set(&row, "BrandId", v_int(ctx->message->brand_id));
	platform_write_row_set(&row, "DeletionFlag", v_int(0));
	if ((r = platform_write_row_put(ctx, &row, &key, err)) < 0)
		return r;
	*category = v_int(key);
	return 0;
}

/* The product's own stamp is that of its good. PLATFORM_SUPERSEDED, PLATFORM_DONE or a negative
 * code. */
static int
product_guard(struct platform_context *ctx, struct product *p, struct err *err)
{
	usec_t stored;
	int r;

	p->good = platform_shopify_good_of_product(ctx, p->id);
	if ((r = platform_shopify_stamp(ctx, ctx->payload, &p->stamp, err)) < 0 ||
	    (r = platform_read_stored_stamp(ctx, Q_platform_good_stamp,
		 DB_ARGS(v_text(p->good), v_int(ctx->message->source_id)), &stored, err)) < 0)
		return r;
	p->stamp = platform_shopify_stamp_beside(ctx, ctx->payload, p->stamp, stored);
	if (stored == USEC_NONE || p->stamp >= stored)
		return PLATFORM_DONE;
	snprintf(ctx->reason, sizeof(ctx->reason), "A newer state of product %s is stored.", p->id);
	return PLATFORM_SUPERSEDED;
}

static void
good_fill(const struct platform_context *ctx, const struct product *p, struct val *v)
{
	v[1] = v_int(ctx->message->source_id);
	v[2] = v_text(p->id);
	v[6] = v_text(p->description);
	v[7] = v_text(p->image);
	v[8] = p->type;
	v[9] = p->category;
	v[10] = v_int(ctx->message->brand_id);
	v[12] = v_int(0);
	v[13] = v_time(p->stamp);
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
	return platform_read_text(
	    ctx, json_object_array_get_idx(json_array(ctx->payload, "images"), i), "src");
}

/* A product without options has one variant that Shopify calls "Default Title". */
static const char *
variant_label(struct platform_context *ctx, const struct product *p, struct json_object *variant)
{
	const char *title = platform_read_text(ctx, variant, "title");

	return title == NULL || strcmp(title, "Default Title") == 0 ?
	    p->title :
	    arena_printf(ctx->arena, "%s - %s", p->title, title);
}

static int
variant_fill(struct platform_context *ctx, const struct product *p, struct json_object *variant,
    struct val *v, const char **identifier, struct err *err)
{
	struct decimal price;
	int r;

	if ((r = platform_shopify_id_required(ctx, variant, "id", identifier, err)) < 0 ||
	    (r = platform_read_amount(variant, "price", &price, err)) < 0)
		return r;
	good_fill(ctx, p, v);
	v[0] = v_text(*identifier);
	v[3] = v_text(platform_read_text(ctx, variant, "sku"));
	v[4] = v_text(platform_read_text(ctx, variant, "barcode"));
	v[5] = v_text(variant_label(ctx, p, variant));
	v[7] = v_text(variant_image(ctx, p, variant));
	v[11] = r > 0 ? v_text(decimal_text(ctx->arena, price)) : v_null();
	return 0;
}

/* The product's good first, then its variants. keep gets their identifiers. */
static int
goods_write(struct platform_context *ctx, const struct product *p, const char **keep,
    struct json_object *variants, struct err *err)
{
	size_t n = json_count(variants) + 1;
	struct val *values = arena_new(ctx->arena, struct val, n * GOOD_COLUMNS);
	const enum entity_fate *fates;
	const struct val *keys;
	int r;

	good_fill(ctx, p, values);
	values[0] = v_text(keep[0] = p->good);
	values[5] = v_text(p->title);
	for (size_t i = 1; i < n; i++)
		if ((r = variant_fill(ctx, p, json_object_array_get_idx(variants, i - 1),
			 values + i * GOOD_COLUMNS, &keep[i], err)) < 0) {
			char said[sizeof(err->detail)];

			memcpy(said, err->detail, sizeof(said));
			return err_set(err, r, "In variants[%zu]: %.400s", i - 1, said);
		}
	if ((r = platform_write_rows(
		 ctx, "PurchaseGood", good_columns, values, n, &keys, &fates, err)) < 0)
		return r;
	if (fates[0] == ENTITY_UNCHANGED)
		r = (int)db_exec(ctx->db, Q_platform_good_touch,
		    DB_ARGS(v_time(p->stamp), v_int(keys[0].i)), err);
	return r < 0 ? r : 0;
}

/* Marks the goods of the product that are not in keep as deleted; returns how many, or a negative
 * code. */
static int
goods_sweep(struct platform_context *ctx, const struct product *p, const char *const *keep,
    size_t nkeep, struct err *err)
{
	static const char *const columns[] = { "Identifier", "SourceId", "DeletionFlag",
		"SourceStamp", NULL };
	struct rows stored;
	int r = db_query(ctx->db, Q_platform_goods_of,
	    DB_ARGS(v_text(p->id), v_int(ctx->message->source_id)), ctx->arena, &stored, err);

	if (r < 0)
		return r;
	return platform_write_sweep(ctx,
	    &(struct platform_write_sweep){ .entity = "PurchaseGood",
		.columns = columns,
		.identifier_first = 1,
		.other = v_int(ctx->message->source_id),
		.stored = &stored,
		.keep = keep,
		.nkeep = nkeep,
		.stamp = p->stamp },
	    err);
}

int
platform_shopify_product_save(struct platform_context *ctx, struct err *err)
{
	struct json_object *o = ctx->payload, *variants = json_array(o, "variants");
	struct product p = { .title = json_text(o, "title"),
		.description = platform_read_text(ctx, o, "body_html"),
		.image = platform_read_text(ctx, o, "image.src"),
		.type = v_int(
		    json_flag(o, "gift_card") == 1 ? GOOD_TYPE_GIFT_CARD : GOOD_TYPE_PRODUCT) };
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
		 ctx, platform_read_text(ctx, o, "product_type"), &p.category, err)) < 0 ||
	    (r = goods_write(ctx, &p, keep, variants, err)) < 0 ||
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
	struct platform_write_row row;
	struct product p = { 0 };
	int r;

	if ((r = platform_shopify_topic_check(ctx, err)) < 0 ||
	    (r = platform_shopify_deletion_check(ctx->payload, "a product", err)) < 0 ||
	    (r = platform_shopify_id_required(ctx, ctx->payload, "id", &p.id, err)) < 0 ||
	    (r = product_guard(ctx, &p, err)) != PLATFORM_DONE)
		return r;
	platform_write_row_init(&row, "PurchaseGood");
	platform_write_row_set(&row, "Identifier", v_text(p.good));
	platform_write_row_set(&row, "SourceId", v_int(ctx->message->source_id));
	platform_write_row_set(&row, "Reference", v_text(p.id));
	platform_write_row_set(&row, "DeletionFlag", v_int(1));
	platform_write_row_set(&row, "SourceStamp", v_time(p.stamp));
	if ((r = platform_write_row_put(ctx, &row, NULL, err)) < 0 ||
	    (r = goods_sweep(ctx, &p, NULL, 0, err)) < 0)
		return r;
	snprintf(ctx->reason, sizeof(ctx->reason), "Product %s marked as deleted with %d %s.", p.id,
	    r, text_form(r, "variant", "variants"));
	return PLATFORM_DONE;
}
