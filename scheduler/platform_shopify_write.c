#include "scheduler/platform_shopify_write.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/text.h"
#include "scheduler/platform.h"
#include "scheduler/platform_shopify_common.h"

/* A value that does not fit today does not fit tomorrow. */
static int
platform_shopify_verdict(int r, struct err *err)
{
	if (r == ERR_DB_VALUE && err != NULL)
		err->code = ERR_PERMANENT;
	return r == ERR_DB_VALUE ? ERR_PERMANENT : r;
}

void
platform_shopify_row_init(struct platform_shopify_row *row, const char *entity)
{
	*row = (struct platform_shopify_row){ .entity = entity_find(entity), .batch = { .nrows = 1 } };
}

void
platform_shopify_row_set(struct platform_shopify_row *row, const char *column, struct val value)
{
	entity_batch_column(&row->batch, row->entity, column);
	row->values[row->batch.ncolumns - 1] = value;
}

void
platform_shopify_row_set_text(struct platform_shopify_row *row, const char *column, struct json_object *o, const char *member)
{
	if (platform_shopify_has(o, member))
		platform_shopify_row_set(row, column, v_text(json_text(o, member)));
}

int
platform_shopify_row_write(struct platform_context *ctx, struct platform_shopify_row *row, int64_t *key, struct err *err)
{
	int r;

	row->batch.values = row->values;
	if ((r = entity_upsert(ctx->db, row->entity, &row->batch, ctx->arena, ctx->now, err)) < 0)
		return platform_shopify_verdict(r, err);
	if (key != NULL)
		*key = row->batch.keys[0].i;
	return (int)row->batch.fates[0];
}

int
platform_shopify_upsert(struct platform_context *ctx, const char *entity, const char *const *columns, const struct val *values, size_t nrows,
    const struct val **keys, const enum entity_fate **fates, struct err *err)
{
	const struct entity *e = entity_find(entity);
	struct entity_batch b = { .nrows = nrows, .values = values };
	int r;

	if (nrows == 0)
		return 0;
	for (; *columns != NULL; columns++)
		entity_batch_column(&b, e, *columns);
	if ((r = entity_upsert(ctx->db, e, &b, ctx->arena, ctx->now, err)) < 0)
		return platform_shopify_verdict(r, err);
	if (keys != NULL)
		*keys = b.keys;
	if (fates != NULL)
		*fates = b.fates;
	return 0;
}

static int
platform_shopify_kept(const struct platform_shopify_sweep *s, const char *identifier)
{
	for (size_t i = 0; i < s->nkeep; i++)
		if (strcmp(s->keep[i], identifier) == 0)
			return 1;
	return 0;
}

int
platform_shopify_sweep(struct platform_context *ctx, const struct platform_shopify_sweep *s, struct err *err)
{
	struct val *values = arena_new(ctx->arena, struct val, s->stored->n * 4);
	size_t n = 0;
	int r;

	for (size_t i = 0; i < s->stored->n; i++) {
		const char *identifier = rows_text(s->stored, i, 0);
		struct val *v = values + n * 4;

		if (platform_shopify_kept(s, identifier))
			continue;
		v[0] = s->identifier_first ? v_text(identifier) : s->other;
		v[1] = s->identifier_first ? s->other : v_text(identifier);
		v[2] = v_int(1);
		v[3] = v_time(s->stamp);
		n++;
	}
	r = platform_shopify_upsert(ctx, s->entity, s->columns, values, n, NULL, NULL, err);
	return r < 0 ? r : (int)n;
}

/* The text in the first column of a query by one code, as a value. */
static int
platform_shopify_code(struct platform_context *ctx, enum query q, const char *code, struct val *out, struct err *err)
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
platform_shopify_country(struct platform_context *ctx, const char *alpha2, struct val *country, struct err *err)
{
	char code[3] = "";

	*country = v_null();
	if (alpha2 == NULL || strlen(alpha2) != 2)
		return 0;
	for (size_t i = 0; i < 2; i++)
		code[i] = (char)(alpha2[i] >= 'a' && alpha2[i] <= 'z' ? alpha2[i] - 'a' + 'A' : alpha2[i]);
	return platform_shopify_code(ctx, Q_platform_country, arena_strdup(ctx->arena, code), country, err);
}

int
platform_shopify_language(struct platform_context *ctx, const char *locale, struct val *language, struct err *err)
{
	char *code;

	*language = v_null();
	if (locale == NULL)
		return 0;
	code = text_lower(arena_strndup(ctx->arena, locale, strcspn(locale, "-_")));
	return strlen(code) == 2 ? platform_shopify_code(ctx, Q_platform_language, code, language, err) : 0;
}

int
platform_shopify_stored_stamp(struct platform_context *ctx, enum query q, const struct val *args, size_t nargs, usec_t *stamp, struct err *err)
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
