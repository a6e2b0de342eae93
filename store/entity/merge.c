#include "config.h"

#include "store/entity/merge.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/entity.h"
#include "store/db.h"
#include "store/entity/lookup.h"
#include "store/entity/rows.h"
#include "store/entity/put.h"

/* A merge at work. */
struct work {
	const struct entity_merge *m;
	struct db *db;
	struct arena *a;
	usec_t now;
	struct entity_merge_counts *counts;
};

/* ------------------------------------------------------------------ what the table says */

static int
is_contact(const struct entity_column *c)
{
	return c->refers != NULL && strcmp(c->refers, "Contact") == 0;
}

static int
is_natural(const struct entity *e, const struct entity_column *c)
{
	for (size_t i = 0; e->natural[i] != NULL; i++)
		if (strcmp(e->natural[i], c->name) == 0)
			return 1;
	return 0;
}

/* How many columns name a contact, and how many of them in the natural key. */
static size_t
contacts_of(const struct entity *e, size_t *in_key)
{
	size_t n = 0;

	*in_key = 0;
	for (const struct entity_column *c = e->columns; c->name != NULL; c++) {
		n += (size_t)is_contact(c);
		*in_key += (size_t)(is_contact(c) && is_natural(e, c));
	}
	return n;
}

/* Whether another delivery of the same time wrote what stands in the way. */
static int
conflict(struct err *err)
{
	if (err->code != ERR_DB_DUPLICATE)
		return err->code;
	return err_set(err, ERR_DB_RETRY, "Somebody wrote for one of the contacts at this moment.");
}

/* ------------------------------------------------------------------ rows that move */

static void
of_source(struct buf *sql, const struct work *w, struct val *args, size_t *nargs)
{
	if (w->m->only_source == 0)
		return;
	buf_adds(sql, " AND SourceId = ?");
	args[(*nargs)++] = v_int(w->m->only_source);
}

/* All rows that name the contact in column c, which is in no natural key. */
static int
move_column(struct work *w, const struct entity *e, const struct entity_column *c, struct err *err)
{
	struct val args[4] = { v_int(w->m->into), v_time(w->now), v_int(w->m->from) };
	size_t nargs = 3;
	struct buf sql;
	int64_t n;

	buf_init(&sql, w->a);
	buf_addf(&sql, "UPDATE `%s` SET %s = ?, ModificationDate = ? WHERE %s = ?", e->name,
	    c->name, c->name);
	of_source(&sql, w, args, &nargs);
	if ((n = db_exec_sql(w->db, sql.data, sql.len, args, nargs, err)) < 0)
		return conflict(err);
	w->counts->moved += n;
	return 0;
}

/* ------------------------------------------------------------------ rows of a contact's name */

static int
read_rows(struct work *w, const struct entity *e, struct rows *r, struct err *err)
{
	struct val args[ENTITY_NATURAL_MAX + 1];
	size_t nargs = 0;
	struct buf sql;

	buf_init(&sql, w->a);
	buf_adds(&sql, "SELECT ");
	for (const struct entity_column *c = e->columns; c->name != NULL; c++)
		buf_addf(&sql, "%s%s", c == e->columns ? "" : ", ", c->name);
	buf_addf(&sql, " FROM `%s` WHERE (", e->name);
	for (const struct entity_column *c = e->columns; c->name != NULL; c++) {
		if (!is_contact(c))
			continue;
		buf_addf(&sql, "%s%s = ?", nargs == 0 ? "" : " OR ", c->name);
		args[nargs++] = v_int(w->m->from);
	}
	buf_addc(&sql, ')');
	of_source(&sql, w, args, &nargs);
	buf_addf(&sql, " ORDER BY %s FOR UPDATE", e->key);
	return db_query_sql(w->db, sql.data, sql.len, args, nargs, w->a, r, err);
}

/* The row with the one contact in the other's place. 1 when it would link the contact to itself. */
static int
readdress(const struct work *w, const struct entity *e, struct val *row)
{
	size_t n = 0, mine = 0;

	for (size_t i = 0; e->columns[i].name != NULL; i++) {
		if (!is_contact(&e->columns[i]))
			continue;
		if (row[i].kind == VAL_INT && row[i].i == w->m->from)
			row[i] = v_int(w->m->into);
		mine += row[i].kind == VAL_INT && row[i].i == w->m->into;
		n++;
	}
	return n > 1 && mine == n;
}

/* The row of the other contact that has this row's name; VAL_NULL when there is none. */
static int
find_twin(struct work *w, const struct entity *e, const struct val *row, struct val *key,
    struct err *err)
{
	int columns[ENTITY_NATURAL_MAX];
	struct val natural[ENTITY_NATURAL_MAX];
	size_t n = 0;

	for (; e->natural[n] != NULL; n++) {
		columns[n] = entity_column_find(e, e->natural[n]);
		natural[n] = row[columns[n]];
	}
	return entity_lookup(
	    w->db, &(struct entity_names){ e, columns, n, natural, 1 }, w->a, key, err);
}

static int
take_row(struct work *w, const struct entity *e, const struct val *row, struct err *err)
{
	struct val args[ENTITY_NATURAL_MAX + 2];
	size_t nargs = 0;
	struct buf sql;

	buf_init(&sql, w->a);
	buf_addf(&sql, "UPDATE `%s` SET ModificationDate = ?", e->name);
	args[nargs++] = v_time(w->now);
	for (size_t i = 0; e->columns[i].name != NULL; i++) {
		if (!is_contact(&e->columns[i]))
			continue;
		buf_addf(&sql, ", %s = ?", e->columns[i].name);
		args[nargs++] = row[i];
	}
	buf_addf(&sql, " WHERE %s = ?", e->key);
	args[nargs++] = row[entity_column_find(e, e->key)];
	if (db_exec_sql(w->db, sql.data, sql.len, args, nargs, err) < 0)
		return conflict(err);
	w->counts->moved++;
	return 0;
}

/* Whether a row gives its value of the column to a row that has none. It keeps its stamp, which is
 * the time of its own state, and its key. Columns that are made of others are made anew. */
static int
is_lent(const struct entity *e, const struct entity_column *c)
{
	return strcmp(c->name, "SourceStamp") != 0 && strcmp(c->name, e->key) != 0 &&
	    c->made_from == NULL;
}

static int
fill(struct work *w, const struct entity *e, const struct val *row, struct err *err)
{
	struct row *lent = row_new_of(w->a, e, ROW_FILL);
	int rc;

	lent->consent = w->m->consent;
	for (int i = 0; e->columns[i].name != NULL; i++)
		if (is_lent(e, &e->columns[i]))
			row_value_at(lent, i, row[i]);
	if ((rc = entity_put(w->db, lent, w->a, w->now, err)) < 0)
		return rc;
	w->counts->filled += rc == ENTITY_UPDATED;
	return 0;
}

/* What refers to a row refers to another from now on. */
static int
refer_to(struct work *w, const struct entity *e, const struct val *from, const struct val *to,
    struct err *err)
{
	for (const struct entity *f = entities; f->name != NULL; f++)
		for (const struct entity_column *c = f->columns; c->name != NULL; c++) {
			const struct val args[] = { *to, v_time(w->now), *from };
			struct buf sql;

			if (c->refers == NULL || strcmp(c->refers, e->name) != 0)
				continue;
			buf_init(&sql, w->a);
			buf_addf(&sql, "UPDATE `%s` SET %s = ?, ModificationDate = ? WHERE %s = ?",
			    f->name, c->name, c->name);
			if (db_exec_sql(w->db, sql.data, sql.len, args, 3, err) < 0)
				return conflict(err);
		}
	return 0;
}

static int
drop_row(struct work *w, const struct entity *e, const struct val *key, struct err *err)
{
	int n = entity_delete(w->db, e, key, 1, w->a, err);

	if (n < 0)
		return n;
	w->counts->dropped += n;
	return 0;
}

static int
merge_row(struct work *w, const struct entity *e, struct val *row, struct err *err)
{
	const struct val key = row[entity_column_find(e, e->key)];
	struct val twin;
	int rc;

	if (readdress(w, e, row))
		return drop_row(w, e, &key, err);
	if ((rc = find_twin(w, e, row, &twin, err)) < 0)
		return rc;
	if (twin.kind == VAL_NULL)
		return take_row(w, e, row, err);
	if ((rc = fill(w, e, row, err)) < 0 || (rc = refer_to(w, e, &key, &twin, err)) < 0)
		return rc;
	return drop_row(w, e, &key, err);
}

static int
merge_keyed(struct work *w, const struct entity *e, struct err *err)
{
	struct rows r;
	int rc = read_rows(w, e, &r, err);

	for (size_t i = 0; rc == 0 && i < r.n; i++)
		rc = merge_row(w, e, r.cells + i * r.columns, err);
	return rc;
}

/* ------------------------------------------------------------------ all of it */

static int
merge_entity(struct work *w, const struct entity *e, struct err *err)
{
	size_t in_key;
	int rc = 0;

	if (contacts_of(e, &in_key) == 0 ||
	    (w->m->only_source != 0 && entity_column_find(e, "SourceId") < 0))
		return 0;
	if (in_key > 0)
		return merge_keyed(w, e, err);
	for (const struct entity_column *c = e->columns; c->name != NULL && rc == 0; c++)
		if (is_contact(c))
			rc = move_column(w, e, c, err);
	return rc;
}

int
entity_merge_rows(struct db *db, const struct entity_merge *m, struct arena *a, usec_t now,
    struct entity_merge_counts *counts, struct err *err)
{
	struct work w = { .m = m, .db = db, .a = a, .now = now, .counts = counts };
	int rc = 0;

	for (const struct entity *e = entities; e->name != NULL && rc == 0; e++)
		rc = merge_entity(&w, e, err);
	return rc;
}

int
entity_merge_contact(struct db *db, const struct entity_merge *m, struct arena *a, usec_t now,
    struct entity_merge_counts *counts, struct err *err)
{
	const struct entity *e = entity_find("Contact");
	struct row *lent = row_new_of(a, e, ROW_FILL);
	struct val from = v_int(m->from);
	struct work w = { .m = m, .db = db, .a = a, .now = now, .counts = counts };
	struct entity_keys one = { .e = e, .keys = &from, .n = 1 };
	struct rows r;
	int rc = entity_rows_read(&one, db, 0, 1, a, &r, err);

	if (rc < 0 || r.n == 0)
		return rc;
	lent->consent = m->consent;
	row_value_at(lent, entity_column_find(e, e->key), v_int(m->into));
	for (int i = 0; e->columns[i].name != NULL; i++)
		/* DeletionFlag says of the other contact itself whether it is there. */
		if (is_lent(e, &e->columns[i]) && strcmp(e->columns[i].name, "DeletionFlag") != 0)
			row_value_at(lent, i, r.cells[i]);
	if ((rc = entity_put(db, lent, a, now, err)) < 0)
		return rc;
	counts->filled += rc == ENTITY_UPDATED;
	return drop_row(&w, e, &from, err);
}
