#include "config.h"

#include "store/entity/put.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "model/change/change.h"
#include "store/db.h"
#include "store/entity/lookup.h"
#include "store/entity/upsert.h"
#include "store/entity/value.h"

/* Rows that are written together. */
struct run {
	struct db *db;
	struct arena *a;
	usec_t now;
	struct row **rows;
	size_t n;
};

static size_t
width_of(const struct entity *e)
{
	size_t n = 0;

	while (e->columns[n].name != NULL)
		n++;
	return n;
}

static int
is_natural(const struct entity *e, int column)
{
	for (size_t i = 0; e->natural[i] != NULL; i++)
		if (strcmp(e->natural[i], e->columns[column].name) == 0)
			return 1;
	return 0;
}

static struct val
value_of(const struct row *row, int i)
{
	if (row->refers[i] == NULL)
		return row->values[i];
	if (row->refers[i]->fate == ENTITY_FATE_UNSET) { /* a fault of the program */
		fprintf(stderr, "%s.%s refers to a row that is not written\n", row->entity->name,
		    row->entity->columns[i].name);
		abort();
	}
	return row->refers[i]->key;
}

/* Writes what is said of the rows, or only the columns that name them. */
static int
write_rows(struct run *r, int names_only, struct err *err)
{
	const struct row *first = r->rows[0];
	const struct entity *e = first->entity;
	struct entity_batch b = {
		.nrows = r->n, .consent = first->consent, .fill = first->rule == ROW_FILL
	};
	struct val *values;
	int rc;

	for (int i = 0; e->columns[i].name != NULL; i++)
		if (first->said[i] && (!names_only || is_natural(e, i)))
			b.columns[b.ncolumns++] = i;
	b.values = values = arena_new(r->a, struct val, r->n * b.ncolumns);
	for (size_t k = 0; k < r->n; k++)
		for (size_t i = 0; i < b.ncolumns; i++)
			*values++ = value_of(r->rows[k], b.columns[i]);
	if ((rc = entity_upsert(r->db, e, &b, r->a, r->now, err)) < 0)
		return rc;
	for (size_t k = 0; k < r->n; k++) {
		r->rows[k]->key = b.keys[k];
		r->rows[k]->fate = b.fates[k];
	}
	return 0;
}

/* Of rows that are to be there all is written where they were not. */
static int
ensure_rows(struct run *r, struct err *err)
{
	struct run added = *r;
	int rc = write_rows(r, 1, err);

	if (rc < 0)
		return rc;
	added.rows = arena_new(r->a, struct row *, r->n);
	added.n = 0;
	for (size_t k = 0; k < r->n; k++)
		if (r->rows[k]->fate == ENTITY_INSERTED)
			added.rows[added.n++] = r->rows[k];
	if (added.n > 0 && (rc = write_rows(&added, 0, err)) < 0)
		return rc;
	for (size_t k = 0; k < added.n; k++)
		added.rows[k]->fate = ENTITY_INSERTED;
	return 0;
}

/* Another writer that added one of the rows was quicker: what was known of the stored rows no longer
 * holds. */
static int
add_rows(struct run *r, struct err *err)
{
	int rc = write_rows(r, 0, err);

	for (size_t k = 0; k < r->n && rc == 0; k++)
		if (r->rows[k]->fate != ENTITY_INSERTED)
			rc = err_set(err, ERR_DB_RETRY,
			    "Another transaction added this %s at the same time.",
			    r->rows[k]->entity->name);
	return rc;
}

static int
delete_rows(struct run *r, struct err *err)
{
	const struct entity *e = r->rows[0]->entity;
	struct val *keys = arena_new(r->a, struct val, r->n);
	int rc;

	for (size_t k = 0; k < r->n; k++)
		keys[k] = r->rows[k]->values[entity_column_find(e, e->key)];
	if ((rc = entity_delete(r->db, e, keys, r->n, r->a, err)) < 0)
		return rc;
	for (size_t k = 0; k < r->n; k++)
		r->rows[k]->fate = ENTITY_UPDATED;
	return 0;
}

static int
run_write(struct run *r, struct err *err)
{
	const enum row_rule rule = r->rows[0]->rule;

	for (size_t k = 0; k < r->n; k++)
		if (r->rows[k]->wrong != NULL)
			return err_set(err, ERR_INTERNAL, "%s.%s was given a value of another type",
			    r->rows[k]->entity->name, r->rows[k]->wrong);
	if (rule == ROW_ADD)
		return add_rows(r, err);
	if (rule == ROW_DELETE)
		return delete_rows(r, err);
	return rule == ROW_ENSURE ? ensure_rows(r, err) : write_rows(r, 0, err);
}

int
entity_put(struct db *db, struct row *row, struct arena *a, usec_t now, struct err *err)
{
	struct run r = { .db = db, .a = a, .now = now, .rows = &row, .n = 1 };
	int rc = run_write(&r, err);

	return rc < 0 ? rc : (int)row->fate;
}

/* 1 when the row refers to one that is not written yet. */
static int
waits(const struct row *row)
{
	for (int i = 0; row->entity->columns[i].name != NULL; i++)
		if (row->refers[i] != NULL && row->refers[i]->fate == ENTITY_FATE_UNSET)
			return 1;
	return 0;
}

/* 1 when both are one row by its natural key. */
static int
is_same_row(const struct row *x, const struct row *y)
{
	const struct entity *e = x->entity;

	for (size_t i = 0; e->natural[i] != NULL; i++) {
		const int c = entity_column_find(e, e->natural[i]);
		const struct val a = value_of(x, c), b = value_of(y, c);

		if (!entity_value_same(e->columns[c].type, &a, &b))
			return 0;
	}
	return e->natural[0] != NULL;
}

/* 1 when a row can be written together with those in front of it. What is said twice of one row is
 * written one after the other, because what is stored of it may decide. */
static int
belongs(const struct run *r, const struct row *row)
{
	const struct row *first = r->rows[0];

	if (row->entity != first->entity || row->rule != first->rule ||
	    row->consent != first->consent)
		return 0;
	if (memcmp(row->said, first->said, width_of(row->entity)) != 0 || waits(row))
		return 0;
	for (size_t k = 0; k < r->n; k++)
		if (is_same_row(r->rows[k], row))
			return 0;
	return 1;
}

int
entity_put_change(
    struct db *db, struct change *change, struct arena *a, usec_t now, struct err *err)
{
	struct run r = { .db = db, .a = a, .now = now };
	struct row *row = change->first;
	int rc = 0;

	r.rows = arena_new(a, struct row *, change->n);
	while (row != NULL && rc == 0) {
		for (r.n = 0; row != NULL && (r.n == 0 || belongs(&r, row)); row = row->next)
			r.rows[r.n++] = row;
		rc = run_write(&r, err);
	}
	return rc;
}
