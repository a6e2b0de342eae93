#include "config.h"

#include "store/entity/limits.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/limits.h"
#include "lib/text.h"
#include "store/db.h"

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

static int
refuse_row(struct arena *a, const struct limits *l, const struct entity *e, const struct val *key,
    struct err *err)
{
	const char *name = key->kind == VAL_INT ? arena_printf(a, "%lld", (long long)key->i) :
	    key->s;

	return err_set(err, ERR_FORBIDDEN,
	    "%s %.64s is of a zone or brand that the sender may not work with: it is limited to "
	    "%s.", e->name, name, limits_words(a, l));
}

/* The rows of e that have one of up to ENTITY_CHUNK keys in a column. */
static int
search_chunk(struct db *db, const struct limits *l, const struct entity *e, const char *column,
    const struct val *keys, size_t n, struct arena *a, struct err *err)
{
	struct search s = { .limits = l };
	struct rows r;
	struct buf sql;
	int rc;

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
	buf_addf(&sql, ") AND (%s) LIMIT 1", s.outside.data);
	if ((rc = db_query_sql(db, sql.data, sql.len, keys, n, a, &r, err)) < 0)
		return rc;
	return r.n == 0 ? 0 : refuse_row(a, l, e, rows_at(&r, 0, ROWS_ONLY), err);
}

static int
search(struct db *db, const struct entity *e, const char *column, const struct val *keys, size_t n,
    struct arena *a, struct err *err)
{
	struct val *some = arena_new(a, struct val, n + 1);
	size_t have = 0;
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		if (keys[i].kind != VAL_NULL)
			some[have++] = keys[i];
	for (size_t first = 0; first < have && rc == 0; first += ENTITY_CHUNK)
		rc = search_chunk(db, db_limits(db), e, column, some + first,
		    have - first > ENTITY_CHUNK ? ENTITY_CHUNK : have - first, a, err);
	return rc;
}

int
entity_limits_rows(struct db *db, const struct entity *e, const struct val *keys, size_t n,
    struct arena *a, struct err *err)
{
	return db_limits(db) == NULL ? 0 : search(db, e, e->key, keys, n, a, err);
}

int
entity_limits_referring(struct db *db, const struct entity *e, const struct val *keys, size_t n,
    struct arena *a, struct err *err)
{
	int rc = 0;

	for (const struct entity *f = entities; f->name != NULL && db_limits(db) != NULL; f++)
		for (const struct entity_column *c = f->columns; c->name != NULL && rc == 0; c++)
			if (c->refers != NULL && strcmp(c->refers, e->name) == 0)
				rc = search(db, f, c->name, keys, n, a, err);
	return rc;
}

/* ------------------------------------------------------------------ values */

static int
value_check(struct db *db, const struct entity *e, const struct entity_column *c,
    const struct val *v, struct arena *a, struct err *err)
{
	const struct limits *l = db_limits(db);
	const struct limit *on = limit_on(l, e, c);

	if (v->kind != VAL_INT || limit_allows(on, v->i))
		return 0;
	return err_set(err, ERR_FORBIDDEN,
	    "%s.%s is %lld, which the sender may not work with: it is limited to %s.", e->name,
	    c->name, (long long)v->i, limits_words(a, l));
}

static int
column_check(struct db *db, const struct entity *e, size_t column, const struct entity_values *v,
    struct arena *a, struct err *err)
{
	const struct entity_column *c = &e->columns[column];
	struct val *keys;
	int rc = 0;

	if (limit_on(db_limits(db), e, c) != NULL) {
		for (size_t r = 0; r < v->nrows && rc == 0; r++)
			rc = value_check(db, e, c, &v->rows[r][column], a, err);
		return rc;
	}
	if (c->refers == NULL)
		return 0;
	keys = arena_new(a, struct val, v->nrows + 1);
	for (size_t r = 0; r < v->nrows; r++)
		keys[r] = v->rows[r][column];
	return search(db, entity_find(c->refers), entity_find(c->refers)->key, keys, v->nrows, a,
	    err);
}

/* The database numbers a new zone (brand), so a limited sender cannot be allowed that number. */
static int
new_check(struct db *db, const struct entity *e, const struct entity_values *v, struct arena *a,
    struct err *err)
{
	const int key = entity_column_find(e, e->key);
	const struct limit *on = limit_on(db_limits(db), e, &e->columns[key]);

	if (on == NULL || !on->is_set)
		return 0;
	for (size_t r = 0; r < v->nrows; r++)
		if (v->rows[r][key].kind == VAL_NULL)
			return err_set(err, ERR_FORBIDDEN,
			    "A new %s is none that the sender may work with: it is limited to %s.",
			    e->name, limits_words(a, db_limits(db)));
	return 0;
}

int
entity_limits_values(struct db *db, const struct entity *e, const struct entity_values *v,
    struct arena *a, struct err *err)
{
	int rc;

	if (db_limits(db) == NULL || v->nrows == 0)
		return 0;
	rc = new_check(db, e, v, a, err);
	for (size_t i = 0; e->columns[i].name != NULL && rc == 0; i++)
		rc = column_check(db, e, i, v, a, err);
	return rc;
}
