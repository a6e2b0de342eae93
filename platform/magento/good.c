#include "config.h"

#include "platform/magento/good.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/set.h"
#include "model/change/known.h"
#include "model/column_text.h"
#include "platform/magento/line.h"
#include "platform/magento/person.h"
#include "platform/platform.h"
#include "platform/write.h"

/* Rows of sql/tenant/0002-reference.sql. */
enum { GOOD_TYPE_PRODUCT = 1, GOOD_TYPE_SHIPPING = 2, GOOD_TYPE_GIFT_CARD = 3 };
enum { ANY = 0 };			/* Source */

/* The goods that the lines of a body name. */
struct goods {
	struct platform_context *ctx;
	const struct row **added;	/* new ones, in the order of the lines */
	size_t nadded;
	struct set names;		/* of the new ones, each of one Source and of any */
};

static void
goods_init(struct goods *g, struct platform_context *ctx, size_t nlines)
{
	*g = (struct goods){ .ctx = ctx,
		.added = arena_new(ctx->arena, const struct row *, nlines) };
	set_init(&g->names, ctx->arena);
}

/* ------------------------------------------------------------------ goods of this change */

static const char *
name_in(struct arena *a, enum column by, int16_t source_id, const char *name)
{
	return arena_printf(a, "%d/%d/%s", (int)by, source_id, name);
}

/* The first new good that has a name, or NULL. */
static const struct row *
find_added(const struct goods *g, enum column by, int16_t source_id, const char *name)
{
	size_t at;

	if (g->nadded == 0 ||
	    !set_find_text(&g->names, name_in(g->ctx->arena, by, source_id, name), &at))
		return NULL;
	return g->added[at];
}

static void
remember(struct goods *g, const struct row *row, int16_t source_id)
{
	static const enum column by[] = { PurchaseGood_Identifier, PurchaseGood_Sku,
		PurchaseGood_Ean13, PurchaseGood_Reference };
	struct arena *a = g->ctx->arena;

	for (size_t i = 0; i < sizeof by / sizeof by[0]; i++) {
		const struct val *name = row_said(row, by[i]);

		if (name == NULL || name->kind == VAL_NULL)
			continue;
		set_add_text(&g->names, name_in(a, by[i], source_id, name->s), g->nadded, NULL);
		set_add_text(&g->names, name_in(a, by[i], ANY, name->s), g->nadded, NULL);
	}
	g->added[g->nadded++] = row;
}

/* ------------------------------------------------------------------ finding */

static const struct row *
known_good(const struct goods *g, const struct val *id)
{
	return row_known(g->ctx->arena, E_PurchaseGood, *id);
}

/* The good with a name: one of the message's Source stands before others, the first before
 * later. A name that more goods have than can be asked for names none. */
static int
find_by(struct goods *g, enum column by, const char *name, const struct row **good,
    struct err *err)
{
	const int16_t own = g->ctx->message->source_id;
	struct known_rows rows;
	int rc = known_rows(g->ctx->known,
	    &(struct known_rows_of){ .by = { by },
		.is = { v_text(name) },
		.want = { PurchaseGood_PurchaseGoodId, PurchaseGood_SourceId } },
	    &rows, err);

	if (rc == ERR_TOO_LARGE)
		err_clear(err);
	else if (rc < 0)
		return rc;
	*good = NULL;
	for (size_t i = 0; i < rows.n && *good == NULL; i++)
		if (rows.values[i * rows.ncolumns + 1].i == own)
			*good = known_good(g, &rows.values[i * rows.ncolumns]);
	if (*good == NULL)
		*good = find_added(g, by, own, name);
	if (*good == NULL && rows.n > 0)
		*good = known_good(g, &rows.values[0]);
	if (*good == NULL)
		*good = find_added(g, by, ANY, name);
	return 0;
}

/* Finds a good of any Source by one of its names. Several SKUs can share a reference. */
static int
find_of_any(struct goods *g, const struct magento_line *line, const struct row **good,
    struct err *err)
{
	const struct {
		enum column by;
		const char *name;
	} ways[] = { { PurchaseGood_Sku, line->sku },
		{ PurchaseGood_Identifier, line->sku == NULL ? line->good : NULL },
		{ PurchaseGood_Ean13, line->ean13 },
		{ PurchaseGood_Reference, line->sku == NULL ? line->reference : NULL } };
	int rc = 0;

	for (size_t i = 0; i < sizeof ways / sizeof ways[0] && rc == 0 && *good == NULL; i++)
		if (ways[i].name != NULL)
			rc = find_by(g, ways[i].by, ways[i].name, good, err);
	return rc;
}

/* Columns of the answer below. */
enum { OF_SKU_ID, OF_SKU_IDENTIFIER, OF_SKU_TYPE, OF_SKU_DELETED };

/* Charges that have their own name for SKU are no goods of that SKU. */
static int
is_of_sku(const struct val *stored, const char *sku)
{
	const struct val *type = &stored[OF_SKU_TYPE];

	if (strcmp(stored[OF_SKU_IDENTIFIER].s, sku) != 0)
		return 1;
	return type->kind == VAL_INT &&
	    (type->i == GOOD_TYPE_PRODUCT || type->i == GOOD_TYPE_GIFT_CARD);
}

/* The good of a Source that has a SKU: one that stands before one that is deleted, the first
 * before later. */
static int
find_of_sku(struct goods *g, const char *sku, int16_t source_id, const struct row **good,
    struct err *err)
{
	const struct val *best = NULL;
	struct known_rows rows;
	int rc = known_rows(g->ctx->known,
	    &(struct known_rows_of){ .by = { PurchaseGood_Sku, PurchaseGood_SourceId },
		.is = { v_text(sku), v_int(source_id) },
		.want = { PurchaseGood_PurchaseGoodId, PurchaseGood_Identifier,
		    PurchaseGood_PurchaseGoodTypeId, PurchaseGood_DeletionFlag } },
	    &rows, err);

	for (size_t i = 0; i < rows.n; i++) {
		const struct val *stored = &rows.values[i * rows.ncolumns];

		if (is_of_sku(stored, sku) &&
		    (best == NULL || best[OF_SKU_DELETED].i > stored[OF_SKU_DELETED].i))
			best = stored;
	}
	*good = best != NULL ? known_good(g, &best[OF_SKU_ID]) :
			       find_added(g, PurchaseGood_Sku, source_id, sku);
	return rc;
}

/* The good of a Source that has an Identifier. */
static int
find_named(struct goods *g, const char *identifier, int16_t source_id, const struct row **good,
    struct err *err)
{
	struct known_rows rows;
	int rc = known_rows(g->ctx->known,
	    &(struct known_rows_of){ .by = { PurchaseGood_Identifier, PurchaseGood_SourceId },
		.is = { v_text(identifier), v_int(source_id) },
		.want = { PurchaseGood_PurchaseGoodId } },
	    &rows, err);

	*good = rows.n > 0 ? known_good(g, &rows.values[0]) :
			     find_added(g, PurchaseGood_Identifier, source_id, identifier);
	return rc;
}

/* ------------------------------------------------------------------ what a new good is called */

static int
is_shipping(const struct magento_line *line)
{
	return line->sku != NULL && strcmp(line->sku, MAGENTO_SHIPPING) == 0;
}

/* The Source of a line's good. */
static int16_t
source_of(const struct goods *g, const struct magento_line *line)
{
	return line->source_id != 0 ? line->source_id : g->ctx->message->source_id;
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

/* The connector sends "0" for none. */
static int
has_own_identifier(const struct magento_line *line)
{
	return line->good != NULL && strcmp(line->good, "0") != 0 && !line->shares_good;
}

/* The Identifier under which a good with a SKU is added. */
static int
identifier_of_sku(struct goods *g, const struct magento_line *line, const char **identifier,
    struct err *err)
{
	struct arena *a = g->ctx->arena;
	const struct row *there = NULL;
	int rc = 0;

	*identifier = is_shipping(line) ?
	    MAGENTO_SHIPPING :
	    column_text_key(a, arena_printf(a, "sku:%s", line->sku), MAGENTO_CODE);
	if (is_shipping(line) || !has_own_identifier(line))
		return 0;
	rc = find_named(g, line->good, source_of(g, line), &there, err);
	if (rc == 0 && there == NULL)
		*identifier = line->good;
	return rc;
}

/* Finds the good of the line. *good NULL: it is to be added as *identifier; both NULL: the line
 * names none. */
static int
find(struct goods *g, const struct magento_line *line, const struct row **good,
    const char **identifier, struct err *err)
{
	int rc = 0;

	*good = NULL;
	*identifier = line->sku == NULL ? identifier_without_sku(g->ctx->arena, line) : NULL;
	if (line->sku == NULL && *identifier == NULL)
		return 0;
	if (line->source_id == 0)
		rc = find_of_any(g, line, good, err);
	else if (line->sku != NULL)
		rc = find_of_sku(g, line->sku, line->source_id, good, err);
	if (rc == 0 && *good == NULL && line->sku != NULL)
		rc = identifier_of_sku(g, line, identifier, err);
	if (rc < 0 || *good != NULL)
		return rc;
	if (line->sku == NULL)
		return find_named(g, *identifier, source_of(g, line), good, err);
	*good = find_added(g, PurchaseGood_Identifier, source_of(g, line), *identifier);
	return 0;
}

/* ------------------------------------------------------------------ adding */

/* A known good does not change, because an order is no authority on products. */
static int
add(struct goods *g, const struct magento_line *line, const char *identifier,
    const struct row **good, struct err *err)
{
	/* An Identifier that was free must be so still: the good may be another SKU's. */
	const int was_free = line->sku != NULL && identifier == line->good;
	struct row *row = row_new(g->ctx->arena, E_PurchaseGood, was_free ? ROW_ADD : ROW_ENSURE);

	row_text(row, PurchaseGood_Identifier, identifier);
	row_int(row, PurchaseGood_SourceId, source_of(g, line));
	row_text(row, PurchaseGood_Sku, line->sku);
	row_text(row, PurchaseGood_Ean13, line->ean13);
	row_text(row, PurchaseGood_Reference, line->reference);
	row_text(row, PurchaseGood_Label, line->sku);
	row_int(row, PurchaseGood_BrandId, g->ctx->message->brand_id);
	row_int(row, PurchaseGood_PurchaseGoodTypeId,
	    is_shipping(line) ? GOOD_TYPE_SHIPPING : GOOD_TYPE_PRODUCT);
	remember(g, row, source_of(g, line));
	*good = row;
	return platform_put(g->ctx, row, err);
}

int
platform_magento_goods_ask(
    struct platform_context *ctx, const struct magento_lines *lines, struct err *err)
{
	const struct row *good;
	const char *identifier;
	struct goods g;
	int rc = 0;

	goods_init(&g, ctx, lines->n);
	for (size_t i = 0; i < lines->n && rc == 0; i++)
		rc = platform_magento_go_on(
		    find(&g, &lines->line[i], &good, &identifier, err), err);
	return rc;
}

int
platform_magento_goods_set(
    struct platform_context *ctx, const struct magento_lines *lines, struct err *err)
{
	const char *identifier;
	struct goods g;
	int rc = 0;

	goods_init(&g, ctx, lines->n);
	for (size_t i = 0; i < lines->n && rc == 0; i++) {
		const struct magento_line *line = &lines->line[i];
		const struct row *good;

		rc = find(&g, line, &good, &identifier, err);
		if (rc == 0 && good == NULL && identifier != NULL)
			rc = add(&g, line, identifier, &good, err);
		if (rc == 0 && good != NULL)
			row_refer(line->row, PurchaseDetail_PurchaseGoodId, good);
		else
			row_null(line->row, PurchaseDetail_PurchaseGoodId);
	}
	return rc;
}
