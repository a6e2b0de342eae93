#include "config.h"

#include "store/entity/lookup.h"

#include "lib/arena.h"
#include "lib/set.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/entity/index.h"
#include "store/entity/limits.h"
#include "store/entity/made.h"
#include "store/entity/sql.h"
#include "store/known/reference_cache.h"

int
entity_exists(struct db *db, const struct entity *e, const struct val *key, struct arena *a,
    int *exists, struct err *err)
{
	struct rows r;
	struct buf sql;
	int rc;

	buf_init(&sql, a);
	buf_addf(&sql, "SELECT 1 FROM `%s` WHERE %s = ?", e->name, e->key);
	rc = db_query_sql(db, sql.data, sql.len, key, 1, a, &r, err);
	*exists = rc == 0 && r.n > 0;
	return rc;
}

/* lock: "" or how the rows are locked. */
static int
lookup_chunk(struct db *db, const struct entity_names *names, const char *lock, struct arena *a,
    struct val *keys, struct err *err)
{
	const struct entity *e = names->e;
	const size_t width = names->ncolumns;
	const struct val *args;
	struct rows stored;
	struct set known;
	struct buf sql;
	size_t nargs;
	int rc;

	buf_init(&sql, a);
	buf_addf(&sql, "SELECT %s", e->key);
	for (size_t i = 0; i < width; i++)
		buf_addf(&sql, ", %s", e->columns[names->columns[i]].name);
	entity_sql_from(&sql, names, a, &args, &nargs);
	buf_adds(&sql, lock);
	if ((rc = db_query_sql(db, sql.data, sql.len, args, nargs, a, &stored, err)) < 0)
		return rc;
	entity_index_rows(&known, e, names->columns, width, &stored, 1, a);
	for (size_t r = 0; r < names->nrows; r++) {
		size_t s = entity_index_find(
		    &known, e, names->columns, width, names->values + r * width, a);

		keys[r] = s == SIZE_MAX ? v_null() : *rows_at(&stored, s, ROWS_ONLY);
	}
	return 0;
}

static int
lookup_all(struct db *db, const struct entity_names *names, const char *lock, struct arena *a,
    struct val *keys, struct err *err)
{
	struct entity_names chunk = *names;
	int rc = 0;

	for (size_t first = 0; first < names->nrows && rc == 0; first += ENTITY_CHUNK) {
		const size_t left = names->nrows - first;

		chunk.values = names->values + first * names->ncolumns;
		chunk.nrows = left > ENTITY_CHUNK ? ENTITY_CHUNK : left;
		rc = lookup_chunk(db, &chunk, lock, a, keys + first, err);
	}
	return rc;
}

int
entity_lookup(struct db *db, const struct entity_names *names, struct arena *a, struct val *keys,
    struct err *err)
{
	struct entity_names made = *names;

	made.values = entity_made_keys(
	    names->e, names->columns, names->ncolumns, names->values, names->nrows, a);
	return lookup_all(db, &made, "", a, keys, err);
}

int
entity_hold(struct db *db, const struct entity *e, const struct val *values, size_t nrows,
    struct arena *a, struct val *keys, struct err *err)
{
	const int key = entity_column_find(e, e->key);
	const struct entity_names names = {
		.e = e, .columns = &key, .ncolumns = 1, .values = values, .nrows = nrows
	};

	return lookup_all(db, &names, " LOCK IN SHARE MODE", a, keys, err);
}

static int
natural_chunk(struct db *db, const struct entity *e, const struct val *keys, size_t n, size_t width,
    struct arena *a, struct val *out, struct err *err)
{
	const int key = entity_column_find(e, e->key);
	const struct entity_names names = { .e = e, .columns = &key, .ncolumns = 1,
		.values = keys, .nrows = n };
	const struct val *args;
	struct rows stored;
	struct set known;
	struct buf sql;
	size_t nargs;
	int rc;

	buf_init(&sql, a);
	buf_addf(&sql, "SELECT %s", e->key);
	for (size_t i = 0; i < width; i++)
		buf_addf(&sql, ", %s", e->natural[i]);
	entity_sql_from(&sql, &names, a, &args, &nargs);
	if ((rc = db_query_sql(db, sql.data, sql.len, args, nargs, a, &stored, err)) < 0)
		return rc;
	entity_index_rows(&known, e, &key, 1, &stored, 0, a);
	for (size_t r = 0; r < n; r++) {
		size_t s = entity_index_find(&known, e, &key, 1, &keys[r], a);

		for (size_t i = 0; i < width; i++)
			out[r * width + i] = s == SIZE_MAX ? v_null() : *rows_at(&stored, s, 1 + i);
	}
	return 0;
}

int
entity_natural_get(struct db *db, const struct entity *e, const struct val *keys, size_t nrows,
    struct arena *a, struct val *out, struct err *err)
{
	size_t width = 0;
	int rc = 0;

	while (e->natural[width] != NULL)
		width++;
	for (size_t first = 0; first < nrows && rc == 0; first += ENTITY_CHUNK) {
		size_t left = nrows - first;

		rc = natural_chunk(db, e, keys + first, left > ENTITY_CHUNK ? ENTITY_CHUNK : left,
		    width, a, out + first * width, err);
	}
	return rc;
}

int
entity_stamps(struct db *db, const struct entity *e, const struct val *keys, size_t nrows,
    struct arena *a, usec_t *out, struct err *err)
{
	enum { KEY, STAMP };
	const int key = entity_column_find(e, e->key);
	int rc = 0;

	for (size_t first = 0; first < nrows && rc == 0; first += ENTITY_CHUNK) {
		size_t left = nrows - first, some = left > ENTITY_CHUNK ? ENTITY_CHUNK : left;
		const struct entity_names names = { .e = e, .columns = &key, .ncolumns = 1,
			.values = keys + first, .nrows = some };
		const struct val *args;
		struct rows stored;
		struct set known;
		struct buf sql;
		size_t nargs;

		buf_init(&sql, a);
		buf_addf(&sql, "SELECT %s, SourceStamp", e->key);
		entity_sql_from(&sql, &names, a, &args, &nargs);
		buf_addf(&sql, " ORDER BY %s FOR UPDATE", e->key);
		rc = db_query_sql(db, sql.data, sql.len, args, nargs, a, &stored, err);
		if (rc == 0)
			entity_index_rows(&known, e, &key, 1, &stored, KEY, a);
		for (size_t r = 0; r < some && rc == 0; r++) {
			size_t s = entity_index_find(&known, e, &key, 1, &keys[first + r], a);

			out[first + r] = s == SIZE_MAX ? USEC_NONE : rows_time(&stored, s, STAMP);
		}
	}
	return rc;
}

int
entity_delete(struct db *db, const struct entity *e, const struct val *keys, size_t nrows,
    struct arena *a, struct err *err)
{
	const int key = entity_column_find(e, e->key);
	int64_t gone = 0, n = entity_limits_rows(db, e, keys, nrows, a, err);

	for (size_t first = 0; first < nrows && n >= 0; first += ENTITY_CHUNK) {
		size_t left = nrows - first, some = left > ENTITY_CHUNK ? ENTITY_CHUNK : left;
		struct buf sql;

		buf_init(&sql, a);
		buf_addf(&sql, "DELETE FROM `%s` WHERE ", e->name);
		entity_sql_rows(&sql, e, &key, 1, some);
		n = db_exec_sql(db, sql.data, sql.len, keys + first, some, err);
		gone += n;
	}
	if (n >= 0 && gone > 0)
		n = reference_wrote(db, e, err);
	return n < 0 ? (int)n : (int)gone;
}
