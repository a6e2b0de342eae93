#include "config.h"

#include "platform/label.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"
#include "model/word.h"
#include "platform/platform.h"
#include "platform/write.h"
#include "store/store_label.h"

/* Rows of sql/tenant/0002-reference.sql. */
enum { CIVILITY_MR = 1, CIVILITY_MRS, CIVILITY_MISS };
enum { GENDER_MALE = 1, GENDER_FEMALE = 2 };

/* What was looked up for this message already: the lines of an order share a few labels. */
struct platform_label_known {
	const char *kind, *word;
	struct val worth;
	struct platform_label_known *next;
};

static const char *
upper(struct arena *a, const char *s)
{
	char *u = text_trim(arena_strdup(a, s));

	for (char *c = u; *c != '\0'; c++)
		*c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
	return u;
}

/* Looks in the labels of the tenant's own table. *out does not change when there is none. */
static int
find_own(struct platform_context *ctx, const char *kind, const char *label, const char *word,
    struct val *out, struct err *err)
{
	const struct val given = v_text(label), by_word = v_text(word),
			 code = v_text(upper(ctx->arena, label));
	struct rows r = { 0 };
	int rc = 0;

	if (strcmp(kind, "PurchaseStatus") == 0)
		rc = db_query(ctx->db, Q_platform_purchase_status,
		    DB_ARGS(given, by_word), ctx->arena, &r, err);
	else if (strcmp(kind, "Civility") == 0)
		rc = db_query(ctx->db, Q_platform_civility, DB_ARGS(given, by_word), ctx->arena, &r,
		    err);
	else if (strcmp(kind, "Gender") == 0)
		rc = db_query(ctx->db, Q_platform_gender, DB_ARGS(given, by_word), ctx->arena, &r,
		    err);
	else if (strcmp(kind, "Country") == 0)
		rc = db_query(ctx->db, Q_platform_country_named,
		    DB_ARGS(code, given, by_word), ctx->arena, &r, err);
	if (rc == 0 && r.n > 0)
		*out = *rows_at(&r, 0, C_platform_country_named_country_id);
	return rc;
}

static int
find(struct platform_context *ctx, const char *kind, const char *label, const char *word,
    struct val *out, struct err *err)
{
	struct store_label_worth worth;
	int rc = store_label_find(ctx->db, ctx->arena, kind, ctx->message->source_id, word, &worth,
	    err);

	*out = worth.of_source;
	if (rc < 0 || out->kind != VAL_NULL)
		return rc;
	*out = worth.shipped;
	return find_own(ctx, kind, label, word, out, err);
}

int
platform_label(struct platform_context *ctx, const char *kind, const char *label, struct val *out,
    struct err *err)
{
	struct platform_label_known *k;
	const char *word;
	int rc;

	*out = v_null();
	if (label == NULL)
		return 0;
	word = word_of(ctx->arena, label);
	for (k = ctx->labels; k != NULL; k = k->next)
		if (strcmp(k->word, word) == 0 && strcmp(k->kind, kind) == 0) {
			*out = k->worth;
			return 0;
		}
	if ((rc = find(ctx, kind, label, word, out, err)) < 0)
		return rc;
	k = arena_new(ctx->arena, struct platform_label_known, 1);
	*k = (struct platform_label_known){
		.kind = kind, .word = word, .worth = *out, .next = ctx->labels
	};
	ctx->labels = k;
	return 0;
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
	struct rows rows;
	char *code;
	int r;

	*language = v_null();
	if (locale == NULL)
		return 0;
	code = text_lower(arena_strndup(ctx->arena, locale, strcspn(locale, "-_")));
	if (strlen(code) != 2)
		return 0;
	if ((r = db_query(ctx->db, Q_platform_language, DB_ARGS(v_text(code)), ctx->arena, &rows,
		 err)) < 0)
		return r;
	if (rows.n > 0)
		*language = v_text(rows_text(&rows, 0, ROWS_ONLY));
	return 0;
}
