#include "config.h"

#include <stdint.h>

#include "lib/err.h"
#include "store/entity/limits.h"
#include "store/entity/put_inside.h"

static int
is_there(const struct put_chunk *c, size_t i)
{
	return c->image_of[i] != SIZE_MAX && c->images[c->image_of[i]].maker == NULL;
}

/* What the item says: of a row that is to be there and is, what names it. */
static const struct val *
says(const struct put_chunk *c, size_t i)
{
	struct val *names;

	if (c->items[i]->row->rule != ROW_ENSURE || !is_there(c, i))
		return c->items[i]->values;
	names = arena_new(c->a, struct val, c->settle.width);
	for (size_t k = 0; k < c->nident; k++)
		names[c->ident[k]] = c->items[i]->values[c->ident[k]];
	return names;
}

/* The rows as they are stored, also those that do not change. */
static int
allow_stored(const struct put_chunk *c, struct err **refused, struct err *err)
{
	struct val *keys = arena_new(c->a, struct val, c->n);

	for (size_t i = 0; i < c->n; i++)
		if (is_there(c, i))
			keys[i] = c->images[c->image_of[i]].key;
	return entity_limits_each_row(c->put->w->db, c->e, keys, c->n, c->a, refused, err);
}

/* The rows as they would be. */
static int
allow_new(const struct put_chunk *c, struct err **refused, struct err *err)
{
	const struct val **rows = arena_new(c->a, const struct val *, c->n);
	struct err **of = arena_new(c->a, struct err *, c->n);
	size_t *at = arena_new(c->a, size_t, c->n), n = 0;
	int rc;

	for (size_t i = 0; i < c->n; i++)
		if (c->items[i]->row->rule != ROW_DELETE && refused[i] == NULL) {
			rows[n] = says(c, i);
			at[n++] = i;
		}
	rc = entity_limits_each_value(c->put->w->db, c->e, &(struct entity_values){ rows, n },
	    c->a, of, err);
	for (size_t i = 0; i < n; i++)
		refused[at[i]] = of[i];
	return rc;
}

int
put_chunk_allow(const struct put_chunk *c, struct err *err)
{
	struct err **refused;
	int rc;

	if (db_limits(c->put->w->db) == NULL)
		return 0;
	refused = arena_new(c->a, struct err *, c->n);
	if ((rc = allow_stored(c, refused, err)) < 0 || (rc = allow_new(c, refused, err)) < 0)
		return rc;
	for (size_t i = 0; i < c->n; i++)
		if (refused[i] != NULL)
			put_blame(c->put, c->items[i], refused[i]);
	return put_faults(c->put, err);
}
