#include "config.h"

#include "store/entity/reference.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"
#include "model/entity.h"
#include "store/db.h"

int
entity_is_reference(const struct entity *e)
{
	return strcmp(e->owner, ENTITY_OF_ALL) == 0 && entity_column_find(e, "Label") >= 0;
}

static const struct entity *
of_column(const struct entity *e, const char *column)
{
	for (const struct entity_column *c = e->columns; c->name != NULL; c++)
		if (c->refers != NULL && text_ieq(c->name, column))
			return entity_find(c->refers);
	return NULL;
}

const struct entity *
entity_reference_of(const char *column)
{
	const struct entity *to;

	for (const struct entity *e = entities; e->name != NULL; e++)
		if (entity_is_reference(e) && text_ieq(e->key, column))
			return e;
	for (const struct entity *e = entities; e->name != NULL; e++)
		if ((to = of_column(e, column)) != NULL)
			return entity_is_reference(to) ? to : NULL;
	return NULL;
}

const char *
entity_reference_names(struct arena *a)
{
	struct buf b;

	buf_init(&b, a);
	for (const struct entity *e = entities; e->name != NULL; e++)
		if (entity_is_reference(e))
			buf_addf(&b, "%s%s", b.len > 0 ? "|" : "", e->name);
	return b.data;
}

int
entity_reference_list(struct db *db, const struct entity *e, const char *after, int most,
    struct arena *a, struct rows *out, struct err *err)
{
	const int is_code = e->columns[entity_column_find(e, e->key)].type == ENTITY_CODE;
	struct val args[2];
	size_t n = 0;
	struct buf sql;

	buf_init(&sql, a);
	buf_addf(&sql, "SELECT %s, Label FROM `%s` WHERE COALESCE(DeletionFlag, 0) = 0", e->key,
	    e->name);
	if (after != NULL) {
		buf_addf(&sql, " AND %s > ?", e->key);
		args[n++] = is_code ? v_text(after) : v_int(strtoll(after, NULL, 10));
	}
	buf_addf(&sql, " ORDER BY %s LIMIT ?", e->key);
	args[n++] = v_int(most);
	return db_query_sql(db, sql.data, sql.len, args, n, a, out, err);
}
