#include "config.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "model/change/known.h"
#include "platform/amount.h"
#include "platform/platform.h"
#include "platform/prestashop/prestashop.h"
#include "platform/write.h"

enum { GOOD_TYPE_PRODUCT = 1 };	/* of sql/tenant/0002-reference.sql */

int
prestashop_category(struct platform_context *ctx, struct err *err)
{
	struct json_object *o = ctx->payload;
	const char *id = prestashop_id(o, "id");
	struct row *row = row_new(ctx->arena, E_PurchaseGoodCategory, ROW_PUT);
	usec_t stamp;
	int rc;

	if (!prestashop_begin(ctx))
		return PLATFORM_IGNORED;
	if (id == NULL)
		return err_set(err, ERR_PERMANENT, "The category has no \"id\".");
	stamp = prestashop_stamp(ctx, o);
	row_text(row, PurchaseGoodCategory_Identifier, id);
	row_int(row, PurchaseGoodCategory_SourceId, ctx->message->source_id);
	row_text(row, PurchaseGoodCategory_HierarchyNode, id);
	row_text(row, PurchaseGoodCategory_ParentHierarchyNode, prestashop_id(o, "id_parent"));
	row_text(row, PurchaseGoodCategory_Label, prestashop_text(ctx, o, "name"));
	row_int(row, PurchaseGoodCategory_BrandId, ctx->message->brand_id);
	row_bool(row, PurchaseGoodCategory_DeletionFlag, 0);
	if (stamp != USEC_NONE)
		row_time(row, PurchaseGoodCategory_SourceStamp, stamp);
	return (rc = platform_put(ctx, row, err)) < 0 ? rc : PLATFORM_DONE;
}

/* ------------------------------------------------------------------ product */

struct product {
	struct platform_context *ctx;
	struct json_object *json;
	const char *id, *label;
	struct row *category;		/* NULL = none */
	struct decimal price;
	usec_t stamp;
	struct known_rows stored;	/* its goods that are not deleted: their identifiers */
};

static int
goods_know(struct product *p, struct err *err)
{
	return known_rows(p->ctx->known,
	    &(struct known_rows_of){ .hold = KNOWN_LOCKED,
		.by = { PurchaseGood_Reference, PurchaseGood_SourceId, PurchaseGood_DeletionFlag },
		.is = { v_text(p->id), v_int(p->ctx->message->source_id), v_int(0) },
		.want = { PurchaseGood_Identifier } },
	    &p->stored, err);
}

/* A category that is not known yet is added; its own record says what it is called. */
static int
put_category(struct product *p, struct err *err)
{
	const char *id = prestashop_id(p->json, "id_category_default");

	if (id == NULL)
		return 0;
	p->category = row_new(p->ctx->arena, E_PurchaseGoodCategory, ROW_ENSURE);
	row_text(p->category, PurchaseGoodCategory_Identifier, id);
	row_int(p->category, PurchaseGoodCategory_SourceId, p->ctx->message->source_id);
	row_int(p->category, PurchaseGoodCategory_BrandId, p->ctx->message->brand_id);
	return platform_put(p->ctx, p->category, err);
}

/* "0" stands for no bar code. */
static int
put_good(const struct product *p, struct json_object *o, const char *identifier,
    struct decimal price, struct err *err)
{
	struct row *row = row_new(p->ctx->arena, E_PurchaseGood, ROW_PUT);

	row_text(row, PurchaseGood_Identifier, identifier);
	row_int(row, PurchaseGood_SourceId, p->ctx->message->source_id);
	row_text(row, PurchaseGood_Reference, p->id);
	row_text(row, PurchaseGood_Sku, json_text(o, "reference"));
	row_text(row, PurchaseGood_Ean13, prestashop_id(o, "ean13"));
	row_text(row, PurchaseGood_Label, p->label);
	row_text(row, PurchaseGood_Description, prestashop_text(p->ctx, p->json, "description"));
	row_int(row, PurchaseGood_PurchaseGoodTypeId, GOOD_TYPE_PRODUCT);
	if (p->category != NULL)
		row_refer(row, PurchaseGood_PurchaseGoodCategoryId, p->category);
	else
		row_null(row, PurchaseGood_PurchaseGoodCategoryId);
	row_int(row, PurchaseGood_BrandId, p->ctx->message->brand_id);
	row_money(row, PurchaseGood_Price, p->ctx->arena, decimal_round(price, 4));
	row_bool(row, PurchaseGood_DeletionFlag, 0);
	if (p->stamp != USEC_NONE)
		row_time(row, PurchaseGood_SourceStamp, p->stamp);
	return platform_put_whole(p->ctx, row, err);
}

/* A combination's price is what it adds to the product's. */
static int
put_combination(
    const struct product *p, struct json_object *o, const char **identifier, struct err *err)
{
	const char *id = prestashop_id(o, "id");
	struct decimal price = { 0 };
	int rc;

	if (id == NULL)
		return err_set(err, ERR_PERMANENT, "A combination has no \"id\".");
	*identifier = arena_printf(p->ctx->arena, "%s-%s", p->id, id);
	if ((rc = read_amount(&read_exact, o, "price", &price, err)) < 0 ||
	    (rc = platform_amount_add(&price, p->price, err)) < 0)
		return rc;
	return put_good(p, o, *identifier, price, err);
}

static int
put_goods(struct product *p, struct err *err)
{
	struct json_object *list = json_array(p->json, "combination_records");
	const char **keep = arena_new(p->ctx->arena, const char *, json_count(list) + 1);
	int rc = put_good(p, p->json, keep[0] = p->id, p->price, err);

	for (size_t i = 0; i < json_count(list) && rc == 0; i++)
		rc = put_combination(p, json_object_array_get_idx(list, i), &keep[i + 1], err);
	if (rc < 0)
		return rc;
	return platform_sweep(p->ctx,
	    &(struct platform_sweep){ .entity = E_PurchaseGood,
		.identifier = PurchaseGood_Identifier,
		.other = PurchaseGood_SourceId,
		.deletion = PurchaseGood_DeletionFlag,
		.stamp = PurchaseGood_SourceStamp,
		.other_id = p->ctx->message->source_id,
		.keep = keep,
		.nkeep = json_count(list) + 1,
		.stamp_at = p->stamp },
	    &p->stored, err);
}

int
prestashop_product(struct platform_context *ctx, struct err *err)
{
	struct product p = { .ctx = ctx, .json = ctx->payload,
		.id = prestashop_id(ctx->payload, "id") };
	int rc;

	if (!prestashop_begin(ctx))
		return PLATFORM_IGNORED;
	if (p.id == NULL)
		return err_set(err, ERR_PERMANENT, "The product has no \"id\".");
	if ((rc = goods_know(&p, err)) < 0)
		return rc;
	p.stamp = prestashop_stamp(ctx, p.json);
	p.label = prestashop_text(ctx, p.json, "name");
	if ((rc = read_amount(&read_exact, p.json, "price", &p.price, err)) < 0 ||
	    (rc = put_category(&p, err)) < 0 || (rc = put_goods(&p, err)) < 0)
		return rc;
	return PLATFORM_DONE;
}
