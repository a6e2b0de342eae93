#include "config.h"

#include "platform/property.h"

#include "model/change/known.h"
#include "platform/platform.h"

void
platform_property_set(struct platform_context *ctx, struct row *row,
    const struct platform_property *list, struct json_object *o, const char *prefix)
{
	for (; list->name != NULL; list++) {
		struct json_object *json;
		struct val v;
		int given;

		json = read_member(&ctx->in, o, list->name, &given);
		if (!given)
			continue;
		v = read_column(&ctx->in, list->column, prefix, list->name, json);
		if (!ctx->in.is_left_out)
			row_value(row, list->column, v);
	}
}

static const char *
property_of(const struct platform_property *list, enum column c)
{
	for (; list->name != NULL; list++)
		if (list->column == c)
			return list->name;
	return column_of(c)->name;
}

/* Handles a column that refers to an unknown row. */
static void
refers_to_nothing(struct platform_context *ctx, struct row *row, enum column c, const char *prefix,
    const char *name)
{
	const char *what = column_of(c)->refers;

	if (!entity_column_is_spare(row->entity, column_of(c))) {
		read_fault(&ctx->in, prefix, name, "names no %s that is known", what);
		return;
	}
	platform_remark(ctx, "%s%s left out: it names no %s that is known.", prefix, name, what);
	row_unsay(row, c);
}

int
platform_property_known(struct platform_context *ctx, const char *entity, const struct val *key,
    struct known_rows *found, struct err *err)
{
	const struct entity *to = entity_find(entity);
	const enum column c = column_at(to, entity_column_find(to, to->key));

	return known_rows(ctx->known,
	    &(struct known_rows_of){ .by = { c }, .is = { *key }, .want = { c } }, found, err);
}

static int
names_row(const struct row *row, int i)
{
	return row->entity->columns[i].refers != NULL && row->said[i] &&
	    row->values[i].kind != VAL_NULL;
}

int
platform_property_refer(struct platform_context *ctx, struct row *row,
    const struct platform_property *list, const char *prefix, struct err *err)
{
	struct known_rows found;
	int rc = 0;

	for (int i = 0; row->entity->columns[i].name != NULL; i++)
		if (names_row(row, i)) /* asked ahead, all at once */
			platform_property_known(
			    ctx, row->entity->columns[i].refers, &row->values[i], NULL, NULL);
	for (int i = 0; row->entity->columns[i].name != NULL && rc == 0; i++) {
		const enum column c = column_at(row->entity, i);

		if (!names_row(row, i))
			continue;
		rc = platform_property_known(ctx, row->entity->columns[i].refers, &row->values[i],
		    &found, err);
		if (rc == 0 && found.n == 0)
			refers_to_nothing(ctx, row, c, prefix, property_of(list, c));
	}
	return rc;
}
