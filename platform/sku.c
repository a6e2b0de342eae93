#include "config.h"

#include "platform/sku.h"

#include <string.h>

#include "model/change/known.h"
#include "model/row.h"
#include "platform/platform.h"

/* Rows of sql/tenant/0002-reference.sql. */
enum { GOOD_TYPE_PRODUCT = 1, GOOD_TYPE_GIFT_CARD = 3 };

enum { KEY, IDENTIFIER, SKU, TYPE, DELETED };	/* what is wanted of a good */

static int
is_product(const struct val *good)
{
	if (good[IDENTIFIER].n != good[SKU].n ||
	    memcmp(good[IDENTIFIER].s, good[SKU].s, good[SKU].n) != 0)
		return 1;
	return good[TYPE].kind == VAL_INT &&
	    (good[TYPE].i == GOOD_TYPE_PRODUCT || good[TYPE].i == GOOD_TYPE_GIFT_CARD);
}

static const struct val *
choose(const struct known_rows *goods)
{
	const struct val *deleted = NULL;

	for (size_t i = 0; i < goods->n; i++) {
		const struct val *good = &goods->values[i * goods->ncolumns];

		if (is_product(good) && good[DELETED].i == 0)
			return good;
		if (is_product(good) && deleted == NULL)
			deleted = good;
	}
	return deleted;
}

int
platform_sku_good(struct platform_context *ctx, const char *sku, int16_t source_id,
    struct row **good, struct err *err)
{
	struct known_rows goods;
	const struct val *found;
	int rc = known_rows(ctx->known,
	    &(struct known_rows_of){ .hold = KNOWN_LOOSE,
		.by = { PurchaseGood_Sku, PurchaseGood_SourceId },
		.is = { v_text(sku), v_int(source_id) },
		.want = { PurchaseGood_PurchaseGoodId, PurchaseGood_Identifier, PurchaseGood_Sku,
		    PurchaseGood_PurchaseGoodTypeId, PurchaseGood_DeletionFlag } },
	    &goods, err);

	if (good == NULL || rc < 0)
		return rc;
	found = choose(&goods);
	*good = found == NULL ? NULL : row_known(ctx->arena, E_PurchaseGood, found[KEY]);
	return 0;
}
