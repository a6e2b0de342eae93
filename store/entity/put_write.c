#include "config.h"

#include <string.h>

#include "lib/err.h"
#include "store/entity/put_inside.h"

enum { PIECE_BYTES = 4 << 20 };		/* of one INSERT; the server takes 16 MiB by default */

/* Images that are written alike. */
struct list {
	struct put_chunk *c;
	struct put_image **of;
	size_t n;
	int columns[ENTITY_COLUMNS_MAX];
	size_t ncolumns;
};

typedef int is_member(const struct put_image *im);

static int
is_new(const struct put_image *im)
{
	return im->maker != NULL && !im->is_gone;
}

static int
is_changed(const struct put_image *im)
{
	return im->maker == NULL && im->is_changed && !im->is_gone;
}

static int
is_gone(const struct put_image *im)
{
	return im->maker == NULL && im->is_gone;
}

/* The images, and the columns that are written of any of them. */
static struct list
list_of(struct put_chunk *c, is_member *member, int with_key)
{
	struct list l = { .c = c, .of = arena_new(c->a, struct put_image *, c->nimages + 1) };
	unsigned char written[ENTITY_COLUMNS_MAX] = { 0 };

	for (size_t i = 0; i < c->nimages; i++) {
		struct put_image *im = &c->images[i];

		if (!member(im))
			continue;
		l.of[l.n++] = im;
		for (size_t k = 0; k < c->settle.width && im->written != NULL; k++)
			written[k] |= im->written[k];
	}
	for (size_t k = 0; k < c->settle.width; k++)
		if (written[k] && (with_key || (int)k != c->key))
			l.columns[l.ncolumns++] = (int)k;
	return l;
}

static size_t
add_values(const struct list *l, const struct put_image *im, struct val *args)
{
	for (size_t k = 0; k < l->ncolumns; k++)
		args[k] = im->values[l->columns[k]];
	return l->ncolumns;
}

/* The server's state, and no row's. */
static int
is_nobodys(int rc)
{
	return db_spoils(rc) || rc == ERR_DB_CLOSED;
}

/* ------------------------------------------------------------------ new rows */

static void
insert_text(const struct list *l, struct buf *sql)
{
	const struct entity *e = l->c->e;

	buf_init(sql, l->c->a);
	buf_addf(sql, "INSERT INTO `%s` (", e->name);
	for (size_t k = 0; k < l->ncolumns; k++)
		buf_addf(sql, "%s, ", e->columns[l->columns[k]].name);
	buf_adds(sql, "CreationDate, ModificationDate) VALUES (");
	for (size_t k = 0; k < l->ncolumns; k++)
		buf_adds(sql, "?, ");
	buf_addf(sql, "?, ?) RETURNING %s", e->key);
}

static int
insert_piece(const struct list *l, size_t first, size_t n, struct err *err)
{
	const struct put_chunk *c = l->c;
	struct val *args = arena_new(c->a, struct val, n * (l->ncolumns + 2));
	struct rows keys;
	struct buf sql;
	size_t nargs = 0;
	int rc;

	for (size_t r = first; r < first + n; r++) {
		nargs += add_values(l, l->of[r], args + nargs);
		args[nargs++] = v_time(c->put->w->now);
		args[nargs++] = v_time(c->put->w->now);
	}
	insert_text(l, &sql);
	rc = n == 1 ? db_query_sql(
			  c->put->w->db, sql.data, sql.len, args, nargs, c->a, &keys, err) :
		      db_query_bulk_sql(
			  c->put->w->db, sql.data, args, nargs / n, n, c->a, &keys, err);
	if (rc < 0)
		return rc;
	for (size_t r = 0; r < n; r++)
		l->of[first + r]->key = *rows_at(&keys, r, ROWS_ONLY);
	return 0;
}

/* The rows of a piece that failed one by one, to know whose the failures are. */
static int
find_new_fault(const struct list *l, size_t first, size_t n, struct err *err)
{
	for (size_t r = first; r < first + n; r++) {
		int rc;

		err_clear(err);
		if ((rc = insert_piece(l, r, 1, err)) < 0 && is_nobodys(rc))
			return rc;
		if (rc < 0)
			put_blame(l->c->put, l->of[r]->maker, err);
	}
	if (put_faults(l->c->put, err) < 0)
		return err->code;
	return err_set(err, ERR_DB_RETRY, "Another transaction was in the way.");
}

/* How many rows from the first on one statement takes; at least one. */
static size_t
piece_of(const struct list *l, size_t first)
{
	size_t end = first, bytes = 0;

	while (end < l->n && (end == first || bytes <= PIECE_BYTES)) {
		for (size_t k = 0; k < l->ncolumns; k++)
			bytes += l->of[end]->values[l->columns[k]].n;
		end++;
	}
	return end - first;
}

/* A row that is to be added was not there when the caller looked: what is known of stored rows no
 * longer holds. Neither may rows be added twice. */
static int
fail_new(const struct list *l, size_t first, size_t n, int *again, struct err *err)
{
	const int rc = err->code;
	const int is_taken = rc == ERR_DB_DUPLICATE, once_more = *again && is_taken;
	const int is_late = l->c->adds ? is_taken : once_more && first > 0;

	*again = 0;
	if (is_nobodys(rc))
		return rc;
	if (is_late)
		return err_set(err, ERR_DB_RETRY,
		    "Another transaction added this %s at the same time.", l->c->e->name);
	if (!once_more)
		return find_new_fault(l, first, n, err);
	err_clear(err);
	return 1;
}

/* 1 when all is to be done again. */
static int
insert_new(struct put_chunk *c, int *again, struct err *err)
{
	const struct list l = list_of(c, is_new, 1);

	for (size_t first = 0, n; first < l.n; first += n) {
		n = piece_of(&l, first);
		if (insert_piece(&l, first, n, err) < 0)
			return fail_new(&l, first, n, again, err);
	}
	return 0;
}

/* ------------------------------------------------------------------ changed and deleted rows */

/* One by one when they fail together, to know whose the failures are. */
static int
run_bulk(const struct list *l, const char *sql, const struct val *args, size_t nargs,
    struct err *err)
{
	struct put *p = l->c->put;
	int64_t rc = db_exec_bulk_sql(p->w->db, sql, args, nargs, l->n, err);

	if (rc >= 0 || is_nobodys((int)rc))
		return rc < 0 ? (int)rc : 0;
	for (size_t r = 0; r < l->n; r++) {
		int64_t one;

		err_clear(err);
		one = db_exec_bulk_sql(p->w->db, sql, args + r * nargs, nargs, 1, err);
		if (one < 0 && (is_nobodys((int)one) || l->of[r]->by == NULL))
			return (int)one;
		if (one < 0)
			put_blame(p, l->of[r]->by, err);
	}
	return put_faults(p, err);
}

static int
update_changed(struct put_chunk *c, struct err *err)
{
	const struct list l = list_of(c, is_changed, 0);
	struct val *args = arena_new(c->a, struct val, l.n * (l.ncolumns + 2) + 1);
	size_t nargs = 0;
	struct buf sql;

	if (l.n == 0)
		return 0;
	buf_init(&sql, c->a);
	buf_addf(&sql, "UPDATE `%s` SET ", c->e->name);
	for (size_t k = 0; k < l.ncolumns; k++)
		buf_addf(&sql, "%s = ?, ", c->e->columns[l.columns[k]].name);
	buf_addf(&sql, "ModificationDate = ? WHERE %s = ?", c->e->key);
	for (size_t r = 0; r < l.n; r++) {
		nargs += add_values(&l, l.of[r], args + nargs);
		args[nargs++] = v_time(c->put->w->now);
		args[nargs++] = l.of[r]->key;
	}
	return run_bulk(&l, sql.data, args, l.ncolumns + 2, err);
}

static int
delete_gone(struct put_chunk *c, struct err *err)
{
	const struct list l = list_of(c, is_gone, 0);
	struct val *keys = arena_new(c->a, struct val, l.n + 1);
	struct buf sql;

	if (l.n == 0)
		return 0;
	buf_init(&sql, c->a);
	buf_addf(&sql, "DELETE FROM `%s` WHERE %s = ?", c->e->name, c->e->key);
	for (size_t r = 0; r < l.n; r++)
		keys[r] = l.of[r]->key;
	return run_bulk(&l, sql.data, keys, 1, err);
}

/* A name that is free again may be taken by a new row, so rows that go go first. */
int
put_chunk_write(struct put_chunk *c, int *again, struct err *err)
{
	int rc;

	if ((rc = delete_gone(c, err)) == 0)
		rc = insert_new(c, again, err);
	*again = rc > 0;
	if (rc != 0)
		return rc;
	return update_changed(c, err);
}
