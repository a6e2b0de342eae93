#include "config.h"

#include "store/entity/limits.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/limits.h"
#include "lib/set.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/entity/faults.h"
#include "store/entity/value.h"

enum { STEPS_MAX = 3 };		/* a point of a voucher of a card of a contact */

/* The limit on a column's values: the column says of which zone or brand a row is. NULL = it
 * does not. */
static const struct limit *
limit_on(const struct limits *l, const struct entity *e, const struct entity_column *c)
{
	const char *of = c->refers;

	if (of == NULL && strcmp(c->name, e->key) == 0)
		of = e->name;
	if (of == NULL)
		return NULL;
	if (strcmp(of, "Zone") == 0)
		return &l->zones;
	return strcmp(of, "Brand") == 0 ? &l->brands : NULL;
}

/* ------------------------------------------------------------------ stored rows */

/* A question for rows outside of the limits, on its way. */
struct search {
	const struct limits *limits;
	struct buf from, outside;
	int tables;
};

/* 1 when rows of e, or what they refer to in so many steps, may be of a zone or brand. */
static int
leads(const struct limits *l, const struct entity *e, int steps)
{
	for (const struct entity_column *c = e->columns; c->name != NULL; c++) {
		if (limit_on(l, e, c) != NULL)
			return 1;
		if (c->refers != NULL && steps > 0 && leads(l, entity_find(c->refers), steps - 1))
			return 1;
	}
	return 0;
}

static void
ask_column(struct search *s, int table, const char *column, const struct limit *l)
{
	if (!l->is_set)
		return;
	buf_addf(&s->outside, "%st%d.%s NOT IN (0", s->outside.len == 0 ? "" : " OR ", table,
	    column);
	for (size_t i = 0; i < l->n; i++)
		buf_addf(&s->outside, ", %d", l->ids[i]);
	buf_addc(&s->outside, ')');
}

static void
ask_table(struct search *s, const struct entity *e, int table, int steps)
{
	for (const struct entity_column *c = e->columns; c->name != NULL; c++) {
		const struct limit *l = limit_on(s->limits, e, c);
		const struct entity *to = c->refers == NULL ? NULL : entity_find(c->refers);

		if (l != NULL)
			ask_column(s, table, c->name, l);
		else if (to != NULL && steps > 0 && leads(s->limits, to, steps - 1)) {
			int next = ++s->tables;

			buf_addf(&s->from, " LEFT JOIN `%s` t%d ON t%d.%s = t%d.%s", to->name,
			    next, next, to->key, table, c->name);
			ask_table(s, to, next, steps - 1);
		}
	}
}

static void
refuse_row(struct arena *a, const struct limits *l, const struct entity *e, const struct val *key,
    struct err *err)
{
	const char *name = key->kind == VAL_INT ? arena_printf(a, "%lld", (long long)key->i) :
	    key->s;

	err_set(err, ERR_FORBIDDEN,
	    "%s %.64s is of a zone or brand that the sender may not work with: it is limited to "
	    "%s.", e->name, name, limits_words(a, l));
}

/* Whose error is to be said: NULL when it has one already. */
static struct err *
error_of(struct err **refused, size_t i, struct arena *a)
{
	if (refused[i] != NULL)
		return NULL;
	return refused[i] = arena_new(a, struct err, 1);
}

/* The keys of rows of e that have one of up to ENTITY_CHUNK keys in a column and are outside of the
 * limits; not all, where a key has several. */
static int
search_chunk(struct db *db, const struct entity *e, const char *column, const struct val *keys,
    size_t n, struct arena *a, struct rows *r, struct err *err)
{
	struct search s = { .limits = db_limits(db) };
	struct buf sql;

	*r = (struct rows){ .n = 0 };
	buf_init(&s.from, a);
	buf_init(&s.outside, a);
	buf_init(&sql, a);
	buf_addf(&s.from, "SELECT t0.%s FROM `%s` t0", e->key, e->name);
	ask_table(&s, e, 0, STEPS_MAX);
	if (s.outside.len == 0)
		return 0;
	buf_addf(&sql, "%s WHERE t0.%s IN (", s.from.data, column);
	for (size_t i = 0; i < n; i++)
		buf_adds(&sql, i == 0 ? "?" : ", ?");
	buf_addf(&sql, ") AND (%s) LIMIT %zu", s.outside.data, n);
	return db_query_sql(db, sql.data, sql.len, keys, n, a, r, err);
}

static enum entity_type
key_type(const struct entity *e)
{
	return e->columns[entity_column_find(e, e->key)].type;
}

static struct buf
bytes_of(enum entity_type type, const struct val *key, struct arena *a)
{
	struct buf b;

	buf_init(&b, a);
	entity_value_key(&b, type, key);
	return b;
}

static int
outside_of(struct db *db, const struct entity *e, const struct val *keys, size_t n,
    struct arena *a, struct set *outside, struct err *err)
{
	const enum entity_type type = key_type(e);
	int rc = 0;

	set_init(outside, a);
	for (size_t first = 0; first < n && rc == 0; first += ENTITY_CHUNK) {
		const size_t some = n - first > ENTITY_CHUNK ? ENTITY_CHUNK : n - first;
		struct rows r;

		rc = search_chunk(db, e, e->key, keys + first, some, a, &r, err);
		for (size_t i = 0; rc == 0 && i < r.n; i++) {
			struct buf b = bytes_of(type, rows_at(&r, i, ROWS_ONLY), a);

			set_add(outside, b.data, b.len, i, NULL);
		}
	}
	return rc;
}

int
entity_limits_each_row(struct db *db, const struct entity *e, const struct val *keys, size_t n,
    struct arena *a, struct err **refused, struct err *err)
{
	const enum entity_type type = key_type(e);
	struct val *some = arena_new(a, struct val, n + 1);
	struct set outside;
	size_t have = 0;
	int rc;

	if (db_limits(db) == NULL)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (keys[i].kind != VAL_NULL)
			some[have++] = keys[i];
	rc = outside_of(db, e, some, have, a, &outside, err);
	for (size_t i = 0; i < n && outside.n > 0; i++) {
		struct buf b = bytes_of(type, &keys[i], a);

		if (keys[i].kind != VAL_NULL && set_find(&outside, b.data, b.len, NULL))
			refuse_row(a, db_limits(db), e, &keys[i], error_of(refused, i, a));
	}
	return rc;
}

int
entity_limits_rows(struct db *db, const struct entity *e, const struct val *keys, size_t n,
    struct arena *a, struct err *err)
{
	struct err **refused = arena_new(a, struct err *, n + 1);
	int rc = entity_limits_each_row(db, e, keys, n, a, refused, err);

	return rc < 0 ? rc : entity_faults_first(refused, n, err);
}

/* The first row of f that has one of the keys in a column and is outside. */
static int
referring(struct db *db, const struct entity *f, const char *column, const struct val *keys,
    size_t n, struct arena *a, struct err *err)
{
	int rc = 0;

	for (size_t first = 0; first < n && rc == 0; first += ENTITY_CHUNK) {
		const size_t some = n - first > ENTITY_CHUNK ? ENTITY_CHUNK : n - first;
		struct rows r;

		rc = search_chunk(db, f, column, keys + first, some, a, &r, err);
		if (rc == 0 && r.n > 0) {
			refuse_row(a, db_limits(db), f, rows_at(&r, 0, ROWS_ONLY), err);
			rc = ERR_FORBIDDEN;
		}
	}
	return rc;
}

int
entity_limits_referring(struct db *db, const struct entity *e, const struct val *keys, size_t n,
    struct arena *a, struct err *err)
{
	int rc = 0;

	for (const struct entity *f = entities; f->name != NULL && db_limits(db) != NULL; f++)
		for (const struct entity_column *c = f->columns; c->name != NULL && rc == 0; c++)
			if (c->refers != NULL && strcmp(c->refers, e->name) == 0)
				rc = referring(db, f, c->name, keys, n, a, err);
	return rc;
}

/* ------------------------------------------------------------------ values */

static void
refuse_value(const struct limits *l, const struct entity *e, const struct entity_column *c,
    const struct val *v, struct arena *a, struct err *err)
{
	err_set(err, ERR_FORBIDDEN,
	    "%s.%s is %lld, which the sender may not work with: it is limited to %s.", e->name,
	    c->name, (long long)v->i, limits_words(a, l));
}

static int
column_check(struct db *db, const struct entity *e, size_t column, const struct entity_values *v,
    struct arena *a, struct err **refused, struct err *err)
{
	const struct limits *l = db_limits(db);
	const struct entity_column *c = &e->columns[column];
	const struct limit *on = limit_on(l, e, c);
	struct val *keys;

	for (size_t r = 0; r < v->nrows && on != NULL; r++) {
		const struct val *is = &v->rows[r][column];

		if (is->kind == VAL_INT && !limit_allows(on, is->i))
			refuse_value(l, e, c, is, a, error_of(refused, r, a));
	}
	if (on != NULL || c->refers == NULL)
		return 0;
	keys = arena_new(a, struct val, v->nrows + 1);
	for (size_t r = 0; r < v->nrows; r++)
		keys[r] = v->rows[r][column];
	return entity_limits_each_row(
	    db, entity_find(c->refers), keys, v->nrows, a, refused, err);
}

/* The database numbers a new zone (brand), so a limited sender cannot be allowed that number. */
static void
new_check(struct db *db, const struct entity *e, const struct entity_values *v, struct arena *a,
    struct err **refused)
{
	const int key = entity_column_find(e, e->key);
	const struct limit *on = limit_on(db_limits(db), e, &e->columns[key]);

	if (on == NULL || !on->is_set)
		return;
	for (size_t r = 0; r < v->nrows; r++)
		if (v->rows[r][key].kind == VAL_NULL)
			err_set(error_of(refused, r, a), ERR_FORBIDDEN,
			    "A new %s is none that the sender may work with: it is limited to %s.",
			    e->name, limits_words(a, db_limits(db)));
}

int
entity_limits_each_value(struct db *db, const struct entity *e, const struct entity_values *v,
    struct arena *a, struct err **refused, struct err *err)
{
	int rc = 0;

	if (db_limits(db) == NULL || v->nrows == 0)
		return 0;
	new_check(db, e, v, a, refused);
	for (size_t i = 0; e->columns[i].name != NULL && rc == 0; i++)
		rc = column_check(db, e, i, v, a, refused, err);
	return rc;
}
