#include "config.h"

#include "store/entity/owned.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/set.h"
#include "lib/text.h"
#include "model/entity.h"
#include "model/entity_owner.h"
#include "store/db.h"

#define SOURCE "SourceId"

enum { KEY, IS_MINE, CONTACT };

/* "SELECT t0.key, is it of the Source (the first parameter), the contact or 0 FROM row's table t0
 * JOIN what it is of t1 …". */
static void
owned_head(struct buf *sql, const struct entity *of)
{
	const struct entity *root = of, *holder, *parent;
	int t = 0;

	for (; (parent = entity_owner_parent(root)) != NULL; root = parent)
		t++;
	buf_addf(sql, "SELECT t0.%s, ", of->key);
	if ((holder = entity_owner_holder(root)) != NULL)
		buf_addf(sql, "EXISTS (SELECT 1 FROM `%s` h WHERE h.%s = t%d.%s AND h." SOURCE
		    " = ?), t%d.%s", holder->name, root->key, t, root->key, t, root->key);
	else
		buf_addf(sql, "t%d." SOURCE " = ?, 0", t);
	buf_addf(sql, " FROM `%s` t0", of->name);
	for (t = 0; (parent = entity_owner_parent(of)) != NULL; of = parent, t++)
		buf_addf(sql, " JOIN `%s` t%d ON t%d.%s = t%d.%s", parent->name, t + 1, t + 1,
		    parent->key, t, of->owner);
}

/* Of one entity all keys are numbers, or all are texts. NULL is no key. */
static const void *
key_bytes(const struct val *key, size_t *n)
{
	*n = key->kind == VAL_INT ? sizeof key->i : key->n;
	return key->kind == VAL_INT ? (const void *)&key->i : key->s;
}

static int
owned_chunk(struct db *db, const struct entity *e, const struct val *keys, size_t n,
    int16_t source_id, struct arena *a, struct entity_owned *out, struct err *err)
{
	struct val *args;
	size_t places = 1, bytes, at;
	const void *key;
	struct set found;
	struct rows rows;
	struct buf sql;
	int rc;

	buf_init(&sql, a);
	owned_head(&sql, e);
	while (places < n)	/* few lengths of lists, so that the statements stay prepared */
		places *= 2;
	args = arena_new(a, struct val, places + 1);
	args[0] = v_int(source_id);
	buf_addf(&sql, " WHERE t0.%s IN (", e->key);
	for (size_t i = 0; i < places; i++) {
		buf_adds(&sql, i == 0 ? "?" : ", ?");
		args[1 + i] = keys[i < n ? i : 0];
	}
	buf_addc(&sql, ')');
	if ((rc = db_query_sql(db, sql.data, sql.len, args, places + 1, a, &rows, err)) < 0)
		return rc;
	set_init(&found, a);
	for (size_t r = 0; r < rows.n; r++)
		if ((key = key_bytes(rows_at(&rows, r, KEY), &bytes)) != NULL)
			set_add(&found, key, bytes, r, NULL);
	for (size_t i = 0; i < n; i++)
		if ((key = key_bytes(&keys[i], &bytes)) != NULL &&
		    set_find(&found, key, bytes, &at))
			out[i] = (struct entity_owned){
				.is_mine = rows_int(&rows, at, IS_MINE) != 0,
				.contact_id = rows_int(&rows, at, CONTACT) };
	return 0;
}

int
entity_owned(struct db *db, const struct entity *e, const struct val *keys, size_t n,
    int16_t source_id, struct arena *a, struct entity_owned *out, struct err *err)
{
	int rc = 0;

	memset(out, 0, n * sizeof *out);
	for (size_t first = 0; first < n && rc == 0 && !entity_is_of_all(e); first += ENTITY_CHUNK)
		rc = owned_chunk(db, e, keys + first,
		    n - first > ENTITY_CHUNK ? ENTITY_CHUNK : n - first, source_id, a, out + first,
		    err);
	return rc;
}
