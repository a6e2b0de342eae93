#include "config.h"

#include "platform/label.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"
#include "model/change/known.h"
#include "model/row.h"
#include "platform/platform.h"

/* Rows of sql/tenant/0002-reference.sql. */
enum { CIVILITY_MR = 1, CIVILITY_MRS, CIVILITY_MISS };
enum { GENDER_MALE = 1, GENDER_FEMALE = 2 };

int
platform_label(struct platform_context *ctx, const char *kind, const char *label, struct val *out,
    struct err *err)
{
	*out = v_null();
	if (label == NULL)
		return 0;
	return known_label(ctx->known, kind, ctx->message->source_id, label, out, err);
}

void
platform_label_unknown(struct platform_context *ctx, const char *kind, const char *field,
    const char *label)
{
	enum { SHOWN = 60 };

	platform_remark(ctx,
	    "%s left out: \"%s\" is no %s that is known; customerapi label set tells what it "
	    "means.",
	    field, text_utf8_fit(ctx->arena, label, SHOWN), kind);
}

int
platform_label_set(struct platform_context *ctx, const char *kind, const char *field,
    const char *label, struct row *row, enum column column, struct err *err)
{
	struct val worth;
	int rc = platform_label(ctx, kind, label, &worth, err);

	if (rc < 0 || label == NULL)
		return rc;
	if (worth.kind != VAL_NULL)
		row_value(row, column, worth);
	else
		platform_label_unknown(ctx, kind, field, label);
	return worth.kind != VAL_NULL;
}

int
platform_label_gender(struct platform_context *ctx, const char *label, struct val civility,
    struct val *out, struct err *err)
{
	int rc = platform_label(ctx, "Gender", label, out, err);

	if (rc < 0 || out->kind != VAL_NULL || civility.kind == VAL_NULL)
		return rc;
	if (civility.i == CIVILITY_MR)
		*out = v_int(GENDER_MALE);
	else if (civility.i == CIVILITY_MRS || civility.i == CIVILITY_MISS)
		*out = v_int(GENDER_FEMALE);
	return 0;
}

/* ------------------------------------------------------------------ languages */

int
platform_label_language(
    struct platform_context *ctx, const char *locale, struct val *language, struct err *err)
{
	struct known_rows rows;
	char *code;
	int r;

	*language = v_null();
	if (locale == NULL)
		return 0;
	code = text_lower(arena_strndup(ctx->arena, locale, strcspn(locale, "-_")));
	if (strlen(code) != 2)
		return 0;
	if ((r = known_rows(ctx->known,
		 &(struct known_rows_of){ .by = { Language_Alpha2 }, .is = { v_text(code) },
		     .want = { Language_LanguageId } },
		 &rows, err)) < 0)
		return r;
	if (rows.n > 0)
		*language = rows.values[0];
	return 0;
}
