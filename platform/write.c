#include "platform/write.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/set.h"
#include "lib/text.h"
#include "platform/platform.h"
#include "platform/read.h"
#include "platform/text.h"

/* A value that does not fit today does not fit tomorrow. */
static int
platform_write_verdict(int r, struct err *err)
{
	if (r == ERR_DB_VALUE && err != NULL)
		err->code = ERR_PERMANENT;
	return r == ERR_DB_VALUE ? ERR_PERMANENT : r;
}

/* ------------------------------------------------------------------ what fits */

/* v as it fits into the column: itself, cut, or NULL. 1 when it is left out, 0, or a negative code.
 */
static int
platform_write_fit(struct platform_context *ctx, const struct entity *e,
    const struct entity_column *c, struct val *v, struct err *err)
{
	if (v->kind != VAL_TEXT ||
	    (c->type != ENTITY_STRING && c->type != ENTITY_TEXT && c->type != ENTITY_CODE))
		return 0;
	if (c->required && c->type == ENTITY_CODE && platform_text_is_broken(ctx, v->s))
		return err_set(err, ERR_PERMANENT,
		    "%s.%s has characters that Unicode does not have, and it names the row.",
		    e->name, c->name);
	if (!platform_text_is_sound(ctx, e, c, c->name, v->s)) {
		*v = v_null();
		return 1;
	}
	if (platform_text_fits(c, v->s) || !entity_column_is_spare(e, c))
		return 0;
	*v = platform_text_cut(ctx, c, "", c->name, v->s);
	return v->kind == VAL_NULL;
}

/* A row among others. What is left out is NULL there: what was stored is not what the sender has.
 */
static int
platform_write_fit_values(struct platform_context *ctx, const struct entity *e,
    const struct entity_batch *b, struct val *values, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < b->ncolumns && r >= 0; i++)
		r = platform_write_fit(ctx, e, &e->columns[b->columns[i]], &values[i], err);
	return r < 0 ? r : 0;
}

void
platform_write_row_init(struct platform_write_row *row, const char *entity)
{
	*row = (struct platform_write_row){ .entity = entity_find(entity),
		.batch = { .nrows = 1 } };
}

static size_t
platform_write_position(const struct platform_write_row *row, const char *column)
{
	for (size_t i = 0; i < row->batch.ncolumns; i++)
		if (strcmp(row->entity->columns[row->batch.columns[i]].name, column) == 0)
			return i;
	return SIZE_MAX;
}

void
platform_write_row_set(struct platform_write_row *row, const char *column, struct val value)
{
	size_t i = platform_write_position(row, column);

	if (i == SIZE_MAX) {
		entity_batch_column(&row->batch, row->entity, column);
		i = row->batch.ncolumns - 1;
	}
	row->values[i] = value;
}

void
platform_write_row_unset(struct platform_write_row *row, const char *column)
{
	size_t i = platform_write_position(row, column);

	if (i == SIZE_MAX)
		return;
	for (row->batch.ncolumns--; i < row->batch.ncolumns; i++) {
		row->batch.columns[i] = row->batch.columns[i + 1];
		row->values[i] = row->values[i + 1];
	}
}

const struct val *
platform_write_row_get(const struct platform_write_row *row, const char *column)
{
	size_t i = platform_write_position(row, column);

	return i == SIZE_MAX ? NULL : &row->values[i];
}

struct decimal
platform_write_row_amount(const struct platform_write_row *row, const char *column, int *given)
{
	const struct val *v = platform_write_row_get(row, column);
	struct decimal d = { 0 };

	*given = v != NULL && v->kind == VAL_TEXT && decimal_parse(v->s, &d) == 0;
	return d;
}

void
platform_write_row_set_text(struct platform_context *ctx, struct platform_write_row *row,
    const char *column, struct json_object *o, const char *member)
{
	if (platform_read_has(o, member) && platform_read_is_text(ctx, o, member))
		platform_write_row_set(row, column, v_text(json_text(o, member)));
}

/* What is left out keeps its stored value. */
static int
platform_write_fit_row(
    struct platform_context *ctx, struct platform_write_row *row, struct err *err)
{
	for (size_t i = row->batch.ncolumns; i-- > 0; ) {
		const struct entity_column *c = &row->entity->columns[row->batch.columns[i]];
		int r = platform_write_fit(ctx, row->entity, c, &row->values[i], err);

		if (r < 0)
			return r;
		if (r > 0)
			platform_write_row_unset(row, c->name);
	}
	return 0;
}

int
platform_write_row_put(
    struct platform_context *ctx, struct platform_write_row *row, int64_t *key, struct err *err)
{
	int r = platform_write_fit_row(ctx, row, err);

	row->batch.values = row->values;
	if (r < 0 ||
	    (r = entity_upsert(ctx->db, row->entity, &row->batch, ctx->arena, ctx->now, err)) < 0)
		return platform_write_verdict(r, err);
	if (key != NULL)
		*key = row->batch.keys[0].i;
	return (int)row->batch.fates[0];
}

int
platform_write_rows(struct platform_context *ctx, const char *entity, const char *const *columns,
    const struct val *values, size_t nrows, const struct val **keys, const enum entity_fate **fates,
    struct err *err)
{
	const struct entity *e = entity_find(entity);
	struct entity_batch b = { .nrows = nrows };
	struct val *fit;
	int r = 0;

	if (nrows == 0)
		return 0;
	for (; *columns != NULL; columns++)
		entity_batch_column(&b, e, *columns);
	b.values = fit = arena_new(ctx->arena, struct val, nrows * b.ncolumns);
	memcpy(fit, values, nrows * b.ncolumns * sizeof *fit);
	for (size_t i = 0; i < nrows && r == 0; i++)
		r = platform_write_fit_values(ctx, e, &b, fit + i * b.ncolumns, err);
	if (r < 0 || (r = entity_upsert(ctx->db, e, &b, ctx->arena, ctx->now, err)) < 0)
		return platform_write_verdict(r, err);
	if (keys != NULL)
		*keys = b.keys;
	if (fates != NULL)
		*fates = b.fates;
	return 0;
}

int
platform_write_sweep(
    struct platform_context *ctx, const struct platform_write_sweep *s, struct err *err)
{
	struct val *values = arena_new(ctx->arena, struct val, s->stored->n * 4);
	struct set kept;
	size_t n = 0;
	int r;

	set_init(&kept, ctx->arena);
	for (size_t i = 0; i < s->nkeep; i++)
		set_add_text(&kept, s->keep[i], i, NULL);
	for (size_t i = 0; i < s->stored->n; i++) {
		const char *identifier = rows_text(s->stored, i, ROWS_ONLY);
		struct val *v = values + n * 4;

		if (set_find_text(&kept, identifier, NULL))
			continue;
		v[0] = s->identifier_first ? v_text(identifier) : s->other;
		v[1] = s->identifier_first ? s->other : v_text(identifier);
		v[2] = v_int(1);
		v[3] = v_time(s->stamp);
		n++;
	}
	r = platform_write_rows(ctx, s->entity, s->columns, values, n, NULL, NULL, err);
	return r < 0 ? r : (int)n;
}
