#include "config.h"

#include "platform/read.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "platform/platform.h"

int
platform_read_has(struct json_object *o, const char *member)
{
	return json_object_is_type(o, json_type_object) &&
	    json_object_object_get_ex(o, member, NULL);
}

int
platform_read_is_text(struct platform_context *ctx, struct json_object *o, const char *path)
{
	const enum json_type type = json_object_get_type(json_at(o, path));

	if (type != json_type_object && type != json_type_array)
		return 1;
	platform_remark(ctx, "%s left out: it must be text.", path);
	return 0;
}

const char *
platform_read_text(struct platform_context *ctx, struct json_object *o, const char *path)
{
	return platform_read_is_text(ctx, o, path) ? json_text(o, path) : NULL;
}

int
platform_read_time(struct json_object *o, const char *path, usec_t *t, struct err *err)
{
	const char *text = json_text(o, path);
	int has_offset;

	*t = USEC_NONE;
	if (json_at(o, path) == NULL ||
	    (json_object_is_type(json_at(o, path), json_type_string) && text == NULL))
		return 0;
	if (text == NULL || clock_parse(text, t, &has_offset) < 0)
		return err_set(
		    err, ERR_PERMANENT, "\"%s\" is not a date and time by ISO 8601.", path);
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
		return err_set(err, ERR_PERMANENT,
		    "\"%s\" is not an amount (a decimal number like 19.99).", path);
	return 1;
}

int
platform_read_amount_sum(struct json_object *o, const char *path, const char *member,
    struct decimal *sum, struct err *err)
{
	struct json_object *list = json_array(o, path);
	struct decimal d;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < json_count(list); i++)
		if ((r = platform_read_amount(
			 json_object_array_get_idx(list, i), member, &d, err)) > 0)
			r = platform_read_add(sum, d, err);
	return r < 0 ? r : 0;
}

int
platform_read_add(struct decimal *sum, struct decimal d, struct err *err)
{
	return decimal_add(sum, d) < 0 ?
	    err_set(err, ERR_PERMANENT, "The amounts are too large to add up.") :
	    0;
}

int
platform_read_subtract(struct decimal *sum, struct decimal d, struct err *err)
{
	return decimal_subtract(sum, d) < 0 ?
	    err_set(err, ERR_PERMANENT, "The amounts are too large to subtract.") :
	    0;
}

/* The text in the first column of a query by one code, as a value. */
static int
platform_read_code(
    struct platform_context *ctx, enum query q, const char *code, struct val *out, struct err *err)
{
	struct rows rows;
	int r;

	*out = v_null();
	if ((r = db_query(ctx->db, q, DB_ARGS(v_text(code)), ctx->arena, &rows, err)) < 0)
		return r;
	if (rows.n > 0)
		*out = v_text(rows_text(&rows, 0, ROWS_ONLY));
	return 0;
}

int
platform_read_language(
    struct platform_context *ctx, const char *locale, struct val *language, struct err *err)
{
	char *code;

	*language = v_null();
	if (locale == NULL)
		return 0;
	code = text_lower(arena_strndup(ctx->arena, locale, strcspn(locale, "-_")));
	return strlen(code) == 2 ?
	    platform_read_code(ctx, Q_platform_language, code, language, err) :
	    0;
}

int
platform_read_stored_stamp(struct platform_context *ctx, enum query q, const struct val *args,
    size_t nargs, usec_t *stamp, struct err *err)
{
	struct rows rows;
	int r;

	*stamp = USEC_NONE;
	if ((r = db_query(ctx->db, q, args, nargs, ctx->arena, &rows, err)) < 0)
		return r;
	if (rows.n > 0)
		*stamp = rows_time(&rows, 0, ROWS_ONLY);
	return rows.n > 0;
}
