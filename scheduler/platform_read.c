#include "config.h"

#include "scheduler/platform_read.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/text.h"
#include "scheduler/platform.h"

int
platform_read_has(struct json_object *o, const char *member)
{
	return json_object_is_type(o, json_type_object) && json_object_object_get_ex(o, member, NULL);
}

int
platform_read_time(struct json_object *o, const char *path, usec_t *t, struct err *err)
{
	const char *text = json_text(o, path);
	int has_offset;

	*t = USEC_NONE;
	if (json_at(o, path) == NULL || (json_object_is_type(json_at(o, path), json_type_string) && text == NULL))
		return 0;
	if (text == NULL || clock_parse(text, t, &has_offset) < 0)
		return err_set(err, ERR_PERMANENT, "\"%s\" is not a date and time by ISO 8601.", path);
	return 0;
}

usec_t
platform_read_date(struct platform_context *ctx, struct json_object *o, const char *path)
{
	usec_t t;

	if (platform_read_time(o, path, &t, NULL) == 0)
		return t;
	platform_remark(ctx, "%s left out: it must be a date and time by ISO 8601.", path);
	return USEC_NONE;
}

int
platform_read_amount(struct json_object *o, const char *path, struct decimal *out, struct err *err)
{
	struct json_object *at = json_at(o, path);
	const char *text = json_decimal(o, path);

	*out = (struct decimal){ 0 };
	if (at == NULL || (json_object_is_type(at, json_type_string) && json_text(o, path) == NULL))
		return 0;
	if (text == NULL || decimal_parse(text, out) < 0)
		return err_set(err, ERR_PERMANENT, "\"%s\" is not an amount (a decimal number like 19.99).", path);
	return 1;
}

int
platform_read_amount_sum(struct json_object *o, const char *path, const char *member, struct decimal *sum, struct err *err)
{
	struct json_object *list = json_array(o, path);
	struct decimal d;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < json_count(list); i++)
		if ((r = platform_read_amount(json_object_array_get_idx(list, i), member, &d, err)) > 0)
			r = platform_read_add(sum, d, err);
	return r < 0 ? r : 0;
}

int
platform_read_add(struct decimal *sum, struct decimal d, struct err *err)
{
	return decimal_add(sum, d) < 0 ? err_set(err, ERR_PERMANENT, "The amounts are too large to add up.") : 0;
}

int
platform_read_subtract(struct decimal *sum, struct decimal d, struct err *err)
{
	return decimal_subtract(sum, d) < 0 ? err_set(err, ERR_PERMANENT, "The amounts are too large to subtract.") : 0;
}

/* The text in the first column of a query by one code, as a value. */
static int
platform_read_code(struct platform_context *ctx, enum query q, const char *code, struct val *out, struct err *err)
{
	struct rows rows;
	int r;

	*out = v_null();
	if ((r = db_query(ctx->db, q, DB_ARGS(v_text(code)), ctx->arena, &rows, err)) < 0)
		return r;
	if (rows.n > 0)
		*out = v_text(rows_text(&rows, 0, 0));
	return 0;
}

int
platform_read_country(struct platform_context *ctx, const char *alpha2, struct val *country, struct err *err)
{
	char code[3] = "";

	*country = v_null();
	if (alpha2 == NULL || strlen(alpha2) != 2)
		return 0;
	for (size_t i = 0; i < 2; i++)
		code[i] = (char)(alpha2[i] >= 'a' && alpha2[i] <= 'z' ? alpha2[i] - 'a' + 'A' : alpha2[i]);
	return platform_read_code(ctx, Q_platform_country, arena_strdup(ctx->arena, code), country, err);
}

int
platform_read_language(struct platform_context *ctx, const char *locale, struct val *language, struct err *err)
{
	char *code;

	*language = v_null();
	if (locale == NULL)
		return 0;
	code = text_lower(arena_strndup(ctx->arena, locale, strcspn(locale, "-_")));
	return strlen(code) == 2 ? platform_read_code(ctx, Q_platform_language, code, language, err) : 0;
}

/* A word without case, and with one kind of blank: "PARTIALLY_SHIPPED" is "partially shipped". */
static const char *
platform_read_word(struct arena *a, const char *label)
{
	char *word = text_lower(text_trim(arena_strdup(a, label)));

	for (char *c = word; *c != '\0'; c++)
		if (*c == '_' || *c == '-')
			*c = ' ';
	return word;
}

struct platform_read_label {
	const char *word;
	int16_t id;		/* a row of sql/tenant/0002-reference.sql */
};

/* The key that the tenant's table has for a label, else that of the list. */
static int
platform_read_label(struct platform_context *ctx, enum query q, const struct platform_read_label *list, const char *label, struct val *out, struct err *err)
{
	const char *word;
	struct rows rows;
	int r;

	*out = v_null();
	if (label == NULL)
		return 0;
	word = platform_read_word(ctx->arena, label);
	if ((r = db_query(ctx->db, q, DB_ARGS(v_text(label), v_text(word)), ctx->arena, &rows, err)) < 0)
		return r;
	if (rows.n > 0)
		*out = v_int(rows_int(&rows, 0, 0));
	for (; rows.n == 0 && list->word != NULL; list++)
		if (strcmp(list->word, word) == 0)
			*out = v_int(list->id);
	return 0;
}

int
platform_read_civility(struct platform_context *ctx, const char *label, struct val *civility, struct err *err)
{
	static const struct platform_read_label list[] = { { "m", 1 }, { "m.", 1 }, { "mr.", 1 }, { "monsieur", 1 }, { "herr", 1 }, { "mme", 2 }, { "mme.", 2 }, { "madame", 2 }, { "mrs.", 2 },
		{ "ms", 2 }, { "ms.", 2 }, { "frau", 2 }, { "mlle", 3 }, { "mlle.", 3 }, { "mademoiselle", 3 }, { "société", 4 }, { NULL, 0 } };

	return platform_read_label(ctx, Q_platform_civility, list, label, civility, err);
}

int
platform_read_purchase_status(struct platform_context *ctx, const char *label, struct val *status, struct err *err)
{
	static const struct platform_read_label list[] = { { "new", 1 }, { "ordered", 1 }, { "pending payment", 1 }, { "payment review", 1 }, { "holded", 1 }, { "on hold", 1 }, { "fraud", 1 },
		{ "suspected fraud", 1 }, { "processing", 3 }, { "invoiced", 3 }, { "partially invoiced", 4 }, { "complete", 5 }, { "closed", 8 }, { "canceled", 9 }, { NULL, 0 } };

	return platform_read_label(ctx, Q_platform_purchase_status, list, label, status, err);
}

int
platform_read_stored_stamp(struct platform_context *ctx, enum query q, const struct val *args, size_t nargs, usec_t *stamp, struct err *err)
{
	struct rows rows;
	int r;

	*stamp = USEC_NONE;
	if ((r = db_query(ctx->db, q, args, nargs, ctx->arena, &rows, err)) < 0)
		return r;
	if (rows.n > 0)
		*stamp = rows_time(&rows, 0, 0);
	return rows.n > 0;
}
