#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "model/change/known.h"
#include "model/column_text.h"
#include "platform/magento/person.h"
#include "platform/magento/rest/rest.h"
#include "platform/platform.h"
#include "platform/write.h"

/* Rows of sql/tenant/0002-reference.sql. */
enum { GOOD_TYPE_PRODUCT = 1, GOOD_TYPE_GIFT_CARD = 3 };

/* ------------------------------------------------------------------ store */

int
magento_rest_store(struct platform_context *ctx, struct err *err)
{
	struct json_object *o = ctx->payload;
	struct row *row = row_new(ctx->arena, E_Store, ROW_PUT);
	int rc;

	if (magento_rest_id(o, "id") == NULL)
		return PLATFORM_IGNORED;	/* 0 is the back office */
	if (json_text(o, "code") == NULL)
		return err_set(err, ERR_PERMANENT, "The store view has no \"code\".");
	row_text(row, Store_StoreIdentifier, json_text(o, "code"));
	row_int(row, Store_SourceId, ctx->message->source_id);
	row_text(row, Store_Label, json_text(o, "name"));
	return (rc = platform_put(ctx, row, err)) < 0 ? rc : PLATFORM_DONE;
}

/* ------------------------------------------------------------------ category */

int
magento_rest_category(struct platform_context *ctx, struct err *err)
{
	struct json_object *o = ctx->payload;
	const char *id = magento_rest_id(o, "id");
	struct row *row = row_new(ctx->arena, E_PurchaseGoodCategory, ROW_PUT);
	const usec_t stamp = magento_rest_stamp(ctx, o);
	int rc;

	if (id == NULL)
		return err_set(err, ERR_PERMANENT, "The category has no \"id\".");
	row_text(row, PurchaseGoodCategory_Identifier, id);
	row_int(row, PurchaseGoodCategory_SourceId, ctx->message->source_id);
	row_text(row, PurchaseGoodCategory_HierarchyNode, id);
	row_text(row, PurchaseGoodCategory_ParentHierarchyNode, magento_rest_id(o, "parent_id"));
	row_text(row, PurchaseGoodCategory_Label, json_text(o, "name"));
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
	const char *id, *sku;
	const struct row *category;	/* NULL = none */
};

static struct json_object *
attribute(struct json_object *product, const char *code)
{
	struct json_object *list = json_array(product, "custom_attributes");

	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		const char *is = json_text(o, "attribute_code");

		if (is != NULL && strcmp(is, code) == 0)
			return o;
	}
	return NULL;
}

/* Shops have no member of their own for it, but name the attribute in one of these ways. */
static const char *
ean_of(struct json_object *product)
{
	static const char *const codes[] = { "ean13", "ean", "gtin", "barcode" };

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		const char *value = json_text(attribute(product, codes[i]), "value");
		const size_t n = value == NULL ? 0 : strspn(value, "0123456789");

		if (n >= 8 && n <= 14 && value[n] == '\0')
			return value;
	}
	return NULL;
}

static int
is_type(const struct product *p, const char *const *types)
{
	const char *type = json_text(p->json, "type_id");

	for (; type != NULL && *types != NULL; types++)
		if (strcmp(*types, type) == 0)
			return 1;
	return 0;
}

/* Of several categories the one with the highest id, as in the connector's nightly files. */
static const char *
category_of(struct json_object *product)
{
	struct json_object *links = json_array(product, "extension_attributes.category_links"),
			   *ids = json_array(attribute(product, "category_ids"), "value");
	const size_t n = links != NULL ? json_count(links) : json_count(ids);
	const char *best = NULL;

	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(links != NULL ? links : ids, i);
		const char *id = links != NULL ? magento_rest_id(o, "category_id") :
						 json_object_get_string(o);

		if (id != NULL && (best == NULL || atoll(id) > atoll(best)))
			best = id;
	}
	return best;
}

/* A product whose goods the connector names by the product's id but with another SKU. */
static int
lends_its_id(const struct product *p)
{
	static const char *const types[] = { "configurable", "bundle", "grouped", NULL };

	return is_type(p, types);
}

/* The good that the product is: the one of its SKU, else the one of its id (its SKU was changed),
 * unless an order's line gave this id to another SKU. */
static int
find_identifier(struct product *p, const char **identifier, struct err *err)
{
	struct known_rows by_sku, by_id;
	const int16_t source_id = p->ctx->message->source_id;
	int rc, asked;

	asked = known_rows(p->ctx->known,
	    &(struct known_rows_of){ .by = { PurchaseGood_Sku, PurchaseGood_SourceId,
					 PurchaseGood_PurchaseGoodTypeId },
		.is = { v_text(p->sku), v_int(source_id), v_int(GOOD_TYPE_PRODUCT) },
		.want = { PurchaseGood_Identifier } },
	    &by_sku, err);
	if ((rc = platform_magento_go_on(asked, err)) < 0)
		return rc;
	rc = known_rows(p->ctx->known,
	    &(struct known_rows_of){ .by = { PurchaseGood_Identifier, PurchaseGood_SourceId },
		.is = { v_text(p->id), v_int(source_id) },
		.want = { PurchaseGood_Sku } },
	    &by_id, err);
	if ((rc = platform_magento_go_on(rc, err)) < 0 ||
	    (rc = known_wait(p->ctx->known, err)) < 0)
		return rc;
	if (by_sku.n > 0)
		*identifier = by_sku.values[0].s;
	else if (by_id.n > 0 && by_id.values[0].kind != VAL_NULL && lends_its_id(p))
		*identifier = column_text_key(p->ctx->arena,
		    arena_printf(p->ctx->arena, "sku:%s", p->sku), MAGENTO_CODE);
	else
		*identifier = p->id;
	return 0;
}

/* A category that is not known yet is added; its own record says what it is called. */
static int
put_category(struct product *p, struct err *err)
{
	const char *id = category_of(p->json);
	struct row *row;

	if (id == NULL)
		return 0;
	p->category = row = row_new(p->ctx->arena, E_PurchaseGoodCategory, ROW_ENSURE);
	row_text(row, PurchaseGoodCategory_Identifier, id);
	row_int(row, PurchaseGoodCategory_SourceId, p->ctx->message->source_id);
	row_int(row, PurchaseGoodCategory_BrandId, p->ctx->message->brand_id);
	return platform_put(p->ctx, row, err);
}

static int
put_product(struct product *p, const char *identifier, struct err *err)
{
	static const char *const gift_cards[] = { "giftcard", NULL };
	struct row *row = row_new(p->ctx->arena, E_PurchaseGood, ROW_PUT);
	const usec_t stamp = magento_rest_stamp(p->ctx, p->json);
	struct decimal price;
	int rc = read_amount(&read_exact, p->json, "price", &price, err);

	if (rc < 0)
		return rc;
	row_text(row, PurchaseGood_Identifier, identifier);
	row_int(row, PurchaseGood_SourceId, p->ctx->message->source_id);
	row_text(row, PurchaseGood_Sku, p->sku);
	row_text(row, PurchaseGood_Label, json_text(p->json, "name"));
	row_text(row, PurchaseGood_Description,
	    json_text(attribute(p->json, "description"), "value"));
	if (ean_of(p->json) != NULL)
		row_text(row, PurchaseGood_Ean13, ean_of(p->json));
	row_int(row, PurchaseGood_PurchaseGoodTypeId,
	    is_type(p, gift_cards) ? GOOD_TYPE_GIFT_CARD : GOOD_TYPE_PRODUCT);
	if (p->category != NULL)
		row_refer(row, PurchaseGood_PurchaseGoodCategoryId, p->category);
	row_int(row, PurchaseGood_BrandId, p->ctx->message->brand_id);
	if (rc > 0 && !lends_its_id(p))
		row_money(row, PurchaseGood_Price, p->ctx->arena, decimal_round(price, 4));
	row_bool(row, PurchaseGood_DeletionFlag, 0);
	if (stamp != USEC_NONE)
		row_time(row, PurchaseGood_SourceStamp, stamp);
	return platform_put(p->ctx, row, err);
}

int
magento_rest_product(struct platform_context *ctx, struct err *err)
{
	struct product p = { .ctx = ctx, .json = ctx->payload,
		.id = magento_rest_id(ctx->payload, "id") };
	const char *identifier;
	int rc;

	ctx->in.lenient = 1;
	p.sku = read_code(&ctx->in, p.json, "", "sku", MAGENTO_CODE);
	if (p.id == NULL || p.sku == NULL)
		return err_set(err, ERR_PERMANENT, "The product needs an \"id\" and a \"sku\".");
	if ((rc = find_identifier(&p, &identifier, err)) < 0 ||
	    (rc = put_category(&p, err)) < 0 || (rc = put_product(&p, identifier, err)) < 0)
		return rc;
	return PLATFORM_DONE;
}
