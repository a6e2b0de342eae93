#include "config.h"

#include "platform/magento/line_stored.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/format/decimal.h"
#include "model/row.h"
#include "platform/magento/line.h"
#include "platform/platform.h"

int
platform_magento_lines_ask(
    struct platform_context *ctx, struct magento_lines *lines, struct err *err)
{
	if (lines->header_id == 0)
		return 0;
	return known_rows(ctx->known,
	    &(struct known_rows_of){ .by = { PurchaseDetail_PurchaseHeaderId },
		.is = { v_int(lines->header_id) },
		.want = { PurchaseDetail_Identifier, PurchaseDetail_DeletionFlag,
		    PurchaseDetail_SourceStamp, PurchaseDetail_Amount, PurchaseDetail_Quantity,
		    PurchaseDetail_OriginalAmount, PurchaseDetail_OriginalQuantity } },
	    &lines->stored, err);
}

const struct val *
platform_magento_line_stored(const struct magento_lines *lines, size_t i)
{
	return &lines->stored.values[i * lines->stored.ncolumns];
}

usec_t
platform_magento_lines_stamp(const struct magento_lines *lines)
{
	usec_t latest = USEC_NONE;

	for (size_t i = 0; i < lines->stored.n; i++) {
		const usec_t at = known_time(&platform_magento_line_stored(lines, i)[LINE_STAMP]);

		if (at != USEC_NONE && (latest == USEC_NONE || at > latest))
			latest = at;
	}
	return latest;
}

/* ------------------------------------------------------------------ less than was ordered */

static int
as_decimal(const struct val *v, struct decimal *d)
{
	return v != NULL && v->kind == VAL_TEXT && decimal_parse(v->s, d) == 0;
}

int
platform_magento_is_less(
    const struct val *said, const struct val *stored, const struct val *original)
{
	struct decimal is, was, now;

	if (!as_decimal(said, &is) || !as_decimal(stored, &now) || !as_decimal(original, &was))
		return 0;
	return decimal_compare(is, was) == 0 && decimal_compare(now, was) < 0;
}

static const struct val *
stored_as(const struct magento_lines *lines, const struct row *row)
{
	const struct val *name = row_said(row, PurchaseDetail_Identifier);

	for (size_t i = 0; i < lines->stored.n; i++)
		if (strcmp(platform_magento_line_stored(lines, i)[LINE_IDENTIFIER].s, name->s) == 0)
			return platform_magento_line_stored(lines, i);
	return NULL;
}

static void
keep_line(struct magento_line *line, const struct val *stored)
{
	static const enum column columns[] = { PurchaseDetail_Amount, PurchaseDetail_TaxFreeAmount,
		PurchaseDetail_DiscountAmount, PurchaseDetail_Quantity };

	for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
		row_unsay(line->row, columns[i]);
	line->is_gone = stored[LINE_DELETED].i != 0;
}

void
platform_magento_lines_keep(struct magento_lines *lines)
{
	for (size_t i = 0; i < lines->n; i++) {
		struct magento_line *line = &lines->line[i];
		const struct val *stored = stored_as(lines, line->row);

		if (stored != NULL && !line->is_gone &&
		    platform_magento_is_less(row_said(line->row, PurchaseDetail_Amount),
			&stored[LINE_AMOUNT], &stored[LINE_ORIGINAL_AMOUNT]))
			keep_line(line, stored);
	}
}
