#include "config.h"

#include "platform/property.h"

#include "platform/platform.h"
#include "store/entity/lookup.h"

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
platform_property_refer(struct platform_context *ctx, struct row *row,
    const struct platform_property *list, const char *prefix, struct err *err)
{
	for (int i = 0; row->entity->columns[i].name != NULL; i++) {
		const char *refers = row->entity->columns[i].refers;
		const struct entity *to = refers == NULL ? NULL : entity_find(refers);
		const enum column c = column_at(row->entity, i);
		struct val found;
		int key, rc;

		if (to == NULL || !row->said[i] || row->values[i].kind == VAL_NULL)
			continue;
		key = entity_column_find(to, to->key);
		if ((rc = entity_lookup(ctx->db,
			 &(struct entity_names){ to, &key, 1, &row->values[i], 1 }, ctx->arena,
			 &found, err)) < 0)
			return rc;
		if (found.kind == VAL_NULL)
			refers_to_nothing(ctx, row, c, prefix, property_of(list, c));
	}
	return 0;
}
