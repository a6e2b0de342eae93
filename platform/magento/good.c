#include "config.h"

#include "platform/magento/good.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "model/column_text.h"
#include "platform/magento/line.h"
#include "platform/magento/person.h"
#include "platform/platform.h"
#include "platform/write.h"
#include "store/db.h"

/* Rows of sql/tenant/0002-reference.sql. */
enum { GOOD_TYPE_PRODUCT = 1, GOOD_TYPE_SHIPPING = 2 };

/* The key of the first row of a query by a name and a Source; *id 0 when there is none. */
static int
find(struct platform_context *ctx, enum query q, const char *name, int16_t source_id, int64_t *id,
    struct err *err)
{
	struct rows rows;
	int rc = db_query(ctx->db, q, DB_ARGS(v_text(name), v_int(source_id)), ctx->arena, &rows,
	    err);

	*id = rc == 0 && rows.n > 0 ? rows_int(&rows, 0, ROWS_ONLY) : 0;
	return rc;
}

static int
find_of_sku(struct platform_context *ctx, const char *sku, int16_t source_id, int64_t *id,
    struct err *err)
{
	struct rows rows;
	int rc = db_query(ctx->db, Q_platform_good_of_sku, DB_ARGS(v_text(sku), v_int(source_id)),
	    ctx->arena, &rows, err);

	*id = rc == 0 && rows.n > 0 ? rows_int(&rows, 0, C_platform_good_of_sku_purchase_good_id) :
				      0;
	return rc;
}

/* Finds a good of any Source by one of its names. Several SKUs can share a reference. */
static int
find_of_any(struct platform_context *ctx, const struct magento_line *line, int64_t *id,
    struct err *err)
{
	const struct {
		enum query q;
		const char *name;
	} ways[] = { { Q_platform_good_by_sku, line->sku },
		{ Q_platform_good_by_identifier, line->sku == NULL ? line->good : NULL },
		{ Q_platform_good_by_ean, line->ean13 },
		{ Q_platform_good_by_reference, line->sku == NULL ? line->reference : NULL } };
	int rc = 0;

	*id = 0;
	for (size_t i = 0; i < sizeof ways / sizeof ways[0] && rc == 0 && *id == 0; i++)
		if (ways[i].name != NULL)
			rc = find(ctx, ways[i].q, ways[i].name, ctx->message->source_id, id, err);
	return rc;
}

static int
is_shipping(const struct magento_line *line)
{
	return line->sku != NULL && strcmp(line->sku, MAGENTO_SHIPPING) == 0;
}

/* The Identifier of a good without a SKU; NULL when nothing names it. */
static const char *
identifier_without_sku(struct arena *a, const struct magento_line *line)
{
	if (line->good != NULL)
		return line->good;
	if (line->ean13 != NULL)
		return arena_printf(a, "ean:%s", line->ean13);
	return line->reference == NULL ?
	    NULL :
	    column_text_key(a, arena_printf(a, "reference:%s", line->reference), MAGENTO_CODE);
}

/* The Identifier under which a good with a SKU is added. The connector sends "0" for none. */
static int
identifier_of_sku(struct platform_context *ctx, const struct magento_line *line, int16_t source_id,
    const char **identifier, struct err *err)
{
	int64_t taken = 1;
	int rc = 0;

	if (line->good != NULL && strcmp(line->good, "0") != 0 && !line->shares_good)
		rc = find(ctx, Q_platform_good_known, line->good, source_id, &taken, err);
	if (is_shipping(line))
		*identifier = MAGENTO_SHIPPING;
	else if (taken == 0)
		*identifier = line->good;
	else
		*identifier = column_text_key(
		    ctx->arena, arena_printf(ctx->arena, "sku:%s", line->sku), MAGENTO_CODE);
	return rc;
}

/* The good with an Identifier, added when there is none. A known good does not change, because an
 * order is no authority on products. */
static int
put(struct platform_context *ctx, const struct magento_line *line, const char *identifier,
    int16_t source_id, int64_t *id, struct err *err)
{
	struct row *row = row_new(ctx->arena, E_PurchaseGood, ROW_ENSURE);
	int rc;

	row_text(row, PurchaseGood_Identifier, identifier);
	row_int(row, PurchaseGood_SourceId, source_id);
	row_text(row, PurchaseGood_Sku, line->sku);
	row_text(row, PurchaseGood_Ean13, line->ean13);
	row_text(row, PurchaseGood_Reference, line->reference);
	row_text(row, PurchaseGood_Label, line->sku);
	row_int(row, PurchaseGood_BrandId, ctx->message->brand_id);
	row_int(row, PurchaseGood_PurchaseGoodTypeId,
	    is_shipping(line) ? GOOD_TYPE_SHIPPING : GOOD_TYPE_PRODUCT);
	if ((rc = platform_write_row(ctx, row, err)) < 0)
		return rc;
	*id = row->key.i;
	/* The Identifier was free before: the good may have been added meanwhile for another
	 * SKU. */
	if (rc != ENTITY_INSERTED && line->sku != NULL && identifier == line->good)
		return err_set(err, ERR_DB_RETRY,
		    "Another delivery added a good under this identifier at the same time.");
	return 0;
}

int
platform_magento_good(struct platform_context *ctx, const struct magento_line *line,
    struct val *good, struct err *err)
{
	const int16_t source_id = line->source_id != 0 ? line->source_id : ctx->message->source_id;
	const char *identifier = line->sku == NULL ? identifier_without_sku(ctx->arena, line)
						   : NULL;
	int64_t id = 0;
	int rc = 0;

	*good = v_null();
	if (line->sku == NULL && identifier == NULL)
		return 0;
	if (line->source_id == 0)
		rc = find_of_any(ctx, line, &id, err);
	else if (line->sku != NULL)
		rc = find_of_sku(ctx, line->sku, source_id, &id, err);
	if (rc == 0 && id == 0 && line->sku != NULL)
		rc = identifier_of_sku(ctx, line, source_id, &identifier, err);
	if (rc == 0 && id == 0)
		rc = put(ctx, line, identifier, source_id, &id, err);
	if (rc == 0)
		*good = v_int(id);
	return rc;
}
