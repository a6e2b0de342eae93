#include "config.h"

#include "store/entity/made.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/mail_normal.h"
#include "lib/text.h"
#include "model/entity.h"
#include "store/contact.h"
#include "store/db.h"

/* ------------------------------------------------------------------ values */

static struct val
without_blanks(struct arena *a, const struct val *v)
{
	size_t n = v->n;
	const char *s = text_strip(v->s, &n);

	if (n == 0)
		return v_null();
	return n == v->n ? *v : v_textn(arena_strndup(a, s, n), n);
}

static struct val
stored_value(struct arena *a, const struct entity_column *c, const struct val *v)
{
	if (v->kind != VAL_TEXT)
		return *v;
	if (c->guests && entity_reserved(a, c, v->s) == NULL)
		return v_text(contact_identifier(a, v->s));
	return c->type == ENTITY_STRING || c->type == ENTITY_TEXT ? without_blanks(a, v) : *v;
}

static struct val
made_value(struct arena *a, const struct val *from)
{
	return v_text(mail_normal(a, from->kind == VAL_TEXT ? from->s : NULL));
}

const struct val *
entity_made_keys(const struct entity *e, const int *columns, size_t ncolumns,
    const struct val *values, size_t nrows, struct arena *a)
{
	struct val *made;
	int guests = 0;

	for (size_t i = 0; i < ncolumns; i++)
		guests |= e->columns[columns[i]].guests;
	if (!guests)
		return values;
	made = arena_new(a, struct val, nrows * ncolumns);
	for (size_t i = 0; i < nrows * ncolumns; i++)
		made[i] = stored_value(a, &e->columns[columns[i % ncolumns]], &values[i]);
	return made;
}

/* ------------------------------------------------------------------ a row */

int
entity_made_row(const struct entity *e, struct arena *a, struct val *values, unsigned char *said,
    struct err *err)
{
	for (int i = 0; e->columns[i].name != NULL; i++) {
		if (!said[i])
			continue;
		if (e->columns[i].made_from != NULL)
			return err_set(err, ERR_INTERNAL, "%s.%s was given", e->name,
			    e->columns[i].name);
		values[i] = stored_value(a, &e->columns[i], &values[i]);
	}
	for (int i = 0; e->columns[i].name != NULL; i++) {
		const char *from = e->columns[i].made_from;
		const int at = from == NULL ? -1 : entity_column_find(e, from);

		if (at < 0 || !said[at])
			continue;
		values[i] = made_value(a, &values[at]);
		said[i] = 1;
	}
	return 0;
}

/* ------------------------------------------------------------------ stored rows */

/* Columns that the service makes, beside what they are made of. */
struct made_columns { const struct entity_column *of[ENTITY_COLUMNS_MAX]; size_t n; };

static struct made_columns
columns_of(const struct entity *e)
{
	struct made_columns m = { .n = 0 };

	for (const struct entity_column *c = e->columns; c->name != NULL; c++)
		if (c->made_from != NULL)
			m.of[m.n++] = c;
	return m;
}

static int
read_rows(struct db *db, const struct entity *e, const struct made_columns *m, int64_t after,
    size_t limit, struct arena *a, struct rows *out, struct err *err)
{
	struct buf sql;

	buf_init(&sql, a);
	buf_addf(&sql, "SELECT %s", e->key);
	for (size_t i = 0; i < m->n; i++)
		buf_addf(&sql, ", %s, %s", m->of[i]->name, m->of[i]->made_from);
	buf_addf(&sql, " FROM `%s` WHERE %s > ? ORDER BY %s LIMIT ? FOR UPDATE", e->name, e->key,
	    e->key);
	return db_query_sql(db, sql.data, sql.len, DB_ARGS(v_int(after), v_int((int64_t)limit)), a,
	    out, err);
}

static int
is_same(const struct val *x, const struct val *y)
{
	return x->kind == y->kind && (x->kind == VAL_NULL || strcmp(x->s, y->s) == 0);
}

/* Puts the key and the new values of a row to args; 1 when they are new. */
static int
make_row(struct arena *a, const struct made_columns *m, const struct rows *r, size_t row,
    struct val *args)
{
	int changed = 0;

	args[0] = *rows_at(r, row, ROWS_ONLY);
	for (size_t i = 0; i < m->n; i++) {
		args[1 + i] = made_value(a, rows_at(r, row, 2 + 2 * i));
		changed |= !is_same(&args[1 + i], rows_at(r, row, 1 + 2 * i));
	}
	return changed;
}

/* args: n rows of a key and its values. */
static int
write_rows(struct db *db, const struct entity *e, const struct made_columns *m,
    const struct val *args, size_t n, struct arena *a, struct err *err)
{
	struct buf sql;

	buf_init(&sql, a);
	buf_addf(&sql, "UPDATE `%s` t JOIN (", e->name);
	for (size_t r = 0; r < n; r++) {
		buf_adds(&sql, r == 0 ? "SELECT ? AS k" : " UNION ALL SELECT ?");
		for (size_t i = 0; i < m->n; i++)
			buf_addf(&sql, r == 0 ? ", ? AS c%zu" : ", ?", i);
	}
	buf_addf(&sql, ") v ON t.%s = v.k SET ", e->key);
	for (size_t i = 0; i < m->n; i++)
		buf_addf(&sql, "%st.%s = v.c%zu", i == 0 ? "" : ", ", m->of[i]->name, i);
	return db_exec_sql(db, sql.data, sql.len, args, n * (1 + m->n), err) < 0 ? err->code : 0;
}

int
entity_made_again(struct db *db, const struct entity *e, int64_t after, size_t limit,
    struct arena *a, struct entity_made_rows *done, struct err *err)
{
	const struct made_columns m = columns_of(e);
	struct val *args;
	struct rows r;
	int rc;

	*done = (struct entity_made_rows){ .last = after };
	if ((rc = read_rows(db, e, &m, after, limit, a, &r, err)) < 0 || r.n == 0)
		return rc;
	args = arena_new(a, struct val, r.n * (1 + m.n));
	for (size_t row = 0; row < r.n; row++)
		if (make_row(a, &m, &r, row, args + done->changed * (1 + m.n)))
			done->changed++;
	done->read = r.n;
	done->last = rows_int(&r, r.n - 1, ROWS_ONLY);
	return done->changed == 0 ? 0 : write_rows(db, e, &m, args, done->changed, a, err);
}
