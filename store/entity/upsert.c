#include "config.h"

#include "store/entity/upsert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "lib/set.h"
#include "lib/text.h"
#include "model/entity_person.h"
#include "store/db.h"
#include "store/entity/erased.h"
#include "store/entity/limits.h"
#include "store/entity/made.h"
#include "store/entity/settle.h"
#include "store/entity/value.h"
#include "store/known/reference_cache.h"

enum { DUPLICATE_TRIES = 2 };

/* Columns of what is read of stored rows: from the last on, those of the batch. */
enum { STORED_KEY, STORED_STAMP, STORED_FIRST };

void
entity_batch_column(struct entity_batch *b, const struct entity *e, const char *name)
{
	int column = entity_column_find(e, name);

	if (column < 0 || b->ncolumns == ENTITY_COLUMNS_MAX) {
		fprintf(stderr, "customerapi: entity %s has no column %s\n", e->name, name);
		abort();
	}
	b->columns[b->ncolumns++] = column;
}

/* ------------------------------------------------------------------ one chunk */

/* The rows of one chunk on their way. Row indexes count within the chunk. */
struct chunk {
	struct db *db;
	const struct entity *e;
	struct entity_batch *b;
	struct arena *a;
	usec_t now;
	size_t first, n;		/* in the batch */
	int ident[ENTITY_NATURAL_MAX];	/* batch positions of the identifying columns */
	size_t nident;			/* 0 = every row is new */
	int stamp;			/* batch position of SourceStamp, or -1 */
	int key;			/* batch position of the key, or -1 */
	struct rows stored; /* key, SourceStamp or NULL, identifying columns, batch columns */
	struct set known;		/* the stored rows by what names them */
	size_t
	    *later; /* the last row with the same identity: itself unless the batch has it twice */
	struct entity_settle *settle;	/* decides the values; NULL where those given do */
};

static const struct val *
given(const struct chunk *c, size_t row, size_t position)
{
	return &c->b->values[(c->first + row) * c->b->ncolumns + position];
}

static const struct entity_column *
column(const struct chunk *c, size_t position)
{
	return &c->e->columns[c->b->columns[position]];
}

static int
position(const struct chunk *c, const char *name)
{
	for (size_t i = 0; i < c->b->ncolumns; i++)
		if (strcmp(column(c, i)->name, name) == 0)
			return (int)i;
	return -1;
}

static int
prepare(struct chunk *c, struct err *err)
{
	c->stamp = position(c, "SourceStamp");
	c->key = position(c, c->e->key);
	if (c->e->natural[0] == NULL && c->key >= 0)
		c->ident[c->nident++] = c->key;
	for (size_t i = 0; c->e->natural[i] != NULL; i++)
		if ((c->ident[c->nident++] = position(c, c->e->natural[i])) < 0)
			return err_set(err, ERR_INTERNAL, "batch of %s lacks %s", c->e->name,
			    c->e->natural[i]);
	for (size_t r = 0; r < c->n; r++)
		for (size_t i = 0; i < c->b->ncolumns; i++)
			if (entity_value_check(c->e, column(c, i), given(c, r, i), err) < 0)
				return err->code;
	return 0;
}

/* What names a row of the batch (s is not read), or a stored one, as bytes. */
static struct buf
identity_of(const struct chunk *c, size_t r, const struct rows *stored, size_t s)
{
	struct buf b;

	buf_init(&b, c->a);
	for (size_t i = 0; i < c->nident; i++) {
		size_t p = (size_t)c->ident[i];

		entity_value_key(&b, column(c, p)->type,
		    stored == NULL ? given(c, r, p) : rows_at(stored, s, STORED_FIRST + p));
	}
	return b;
}

static void
find_repeated(struct chunk *c)
{
	struct set seen;

	c->later = arena_new(c->a, size_t, c->n);
	set_init(&seen, c->a);
	for (size_t r = c->n; r-- > 0; ) {
		struct buf b;

		c->later[r] = r;
		if (c->nident == 0 || c->n == 1)
			continue;
		b = identity_of(c, r, NULL, 0);
		set_add(&seen, b.data, b.len, r, &c->later[r]);
	}
}

static void
index_stored(struct chunk *c)
{
	set_init(&c->known, c->a);
	for (size_t s = 0; s < c->stored.n; s++) {
		struct buf b = identity_of(c, 0, &c->stored, s);

		set_add(&c->known, b.data, b.len, s, NULL);
	}
}

static int
read_stored(struct chunk *c, struct err *err)
{
	struct buf sql;
	struct val *args = arena_new(c->a, struct val, c->n * c->nident + 1);
	size_t nargs = 0;
	int rc;

	c->stored = (struct rows){ 0 };
	if (c->nident == 0)
		return 0;
	buf_init(&sql, c->a);
	buf_addf(&sql, "SELECT %s, %s", c->e->key, c->stamp < 0 ? "NULL" : "SourceStamp");
	for (size_t i = 0; i < c->b->ncolumns; i++)
		buf_addf(&sql, ", %s", column(c, i)->name);
	buf_addf(&sql, " FROM `%s` WHERE ", c->e->name);
	for (size_t r = 0; r < c->n; r++) {
		if (c->later[r] != r)
			continue;
		buf_adds(&sql, nargs == 0 ? "(" : " OR (");
		for (size_t i = 0; i < c->nident; i++) {
			buf_addf(&sql, "%s%s = ?", i == 0 ? "" : " AND ",
			    column(c, (size_t)c->ident[i])->name);
			args[nargs++] = *given(c, r, (size_t)c->ident[i]);
		}
		buf_addc(&sql, ')');
	}
	buf_addf(
	    &sql, " ORDER BY %s FOR UPDATE", c->e->key); /* one order of locking for all writers */
	if ((rc = db_query_sql(c->db, sql.data, sql.len, args, nargs, c->a, &c->stored, err)) == 0)
		index_stored(c);
	return rc;
}

/* The stored row of a batch row, or SIZE_MAX. */
static size_t
stored_of(const struct chunk *c, size_t r)
{
	size_t s = SIZE_MAX;

	if (c->stored.n > 0) {
		struct buf b = identity_of(c, r, NULL, 0);

		set_find(&c->known, b.data, b.len, &s);
	}
	return s;
}

static void
settle_rows(struct chunk *c)
{
	for (size_t r = 0; r < c->n && c->settle != NULL; r++) {
		size_t s = c->later[r] == r ? stored_of(c, r) : SIZE_MAX;

		if (c->later[r] == r)
			entity_settle_row(c->settle, c->first + r,
			    s == SIZE_MAX ? NULL : rows_at(&c->stored, s, STORED_FIRST), c->now);
	}
}

/* 1 when the stored value of the batch's i-th column stays, whatever the batch has. */
static int
stays(const struct chunk *c, size_t s, size_t i)
{
	return column(c, i)->once && rows_at(&c->stored, s, STORED_FIRST + i)->kind != VAL_NULL;
}

static enum entity_fate
fate_of(const struct chunk *c, size_t r, size_t s)
{
	usec_t have = rows_time(&c->stored, s, STORED_STAMP);

	if (c->stamp >= 0 && given(c, r, (size_t)c->stamp)->kind == VAL_TIME) {
		if (have != USEC_NONE && given(c, r, (size_t)c->stamp)->i < have)
			return ENTITY_SUPERSEDED;
		if (have == USEC_NONE || given(c, r, (size_t)c->stamp)->i > have)
			return ENTITY_UPDATED; /* even if only the stamp moves: what lies between
						  must not win later */
	}
	for (size_t i = 0; i < c->b->ncolumns; i++)
		if ((int)i != c->stamp && !stays(c, s, i) &&
		    !entity_value_same(column(c, i)->type, given(c, r, i),
			rows_at(&c->stored, s, STORED_FIRST + i)))
			return ENTITY_UPDATED;
	return ENTITY_UNCHANGED;
}

static void
decide(struct chunk *c)
{
	for (size_t r = 0; r < c->n; r++) {
		enum entity_fate *fate = &c->b->fates[c->first + r];
		size_t s;

		*fate = ENTITY_FATE_UNSET;
		if (c->later[r] != r)
			continue;
		s = stored_of(c, r);
		*fate = s == SIZE_MAX ? ENTITY_INSERTED : fate_of(c, r, s);
		if (s != SIZE_MAX)
			c->b->keys[c->first + r] = *rows_at(&c->stored, s, STORED_KEY);
	}
}

/* Not g_uuid_string_random(): earlier keys, which readers of the rows see, let one foretell the
 * next from its generator. */
static struct val
new_uuid(struct arena *a)
{
	unsigned char u[16];

	secret_random(u, sizeof u);
	u[6] = (unsigned char)((u[6] & 0x0f) | 0x40);	/* RFC 9562: version 4 */
	u[8] = (unsigned char)((u[8] & 0x3f) | 0x80);
	return v_text(arena_printf(a, "%s-%s-%s-%s-%s", text_hex(a, u, 4), text_hex(a, u + 4, 2),
	    text_hex(a, u + 6, 2), text_hex(a, u + 8, 2), text_hex(a, u + 10, 6)));
}

static size_t
count_fate(const struct chunk *c, enum entity_fate fate)
{
	size_t n = 0;

	for (size_t r = 0; r < c->n; r++)
		n += c->b->fates[c->first + r] == fate;
	return n;
}

/* Checks the rows as they are stored, also those that do not change, and as they would be. */
static int
check_limits(const struct chunk *c, struct err *err)
{
	struct entity_batch *b = c->b;
	struct val *keys;
	size_t n = 0;
	int rc;

	if (db_limits(c->db) == NULL)
		return 0;
	keys = arena_new(c->a, struct val, c->n + 1);
	for (size_t r = 0; r < c->n; r++)
		if (b->fates[c->first + r] != ENTITY_INSERTED &&
		    b->fates[c->first + r] != ENTITY_FATE_UNSET)
			keys[n++] = b->keys[c->first + r];
	if ((rc = entity_limits_rows(c->db, c->e, keys, n, c->a, err)) < 0)
		return rc;
	return entity_limits_values(
	    c->db, c->e, b->columns, b->ncolumns, given(c, 0, 0), c->n, c->a, err);
}

/* Whoever gives a contact's number has found it: it went since. */
static int
check_there(const struct chunk *c, struct err *err)
{
	if (strcmp(c->e->name, "Contact") != 0 || c->key < 0 || count_fate(c, ENTITY_INSERTED) == 0)
		return 0;
	return err_set(err, ERR_DB_RETRY, "The contact was erased, or merged, at this moment.");
}

/* The text in front of VALUES. A key that is neither given nor counted up is a UUID made here. */
static void
insert_head(struct chunk *c, struct buf *sql, int make_key)
{
	buf_init(sql, c->a);
	buf_addf(sql, "INSERT INTO `%s` (", c->e->name);
	for (size_t i = 0; i < c->b->ncolumns; i++)
		buf_addf(sql, "%s, ", column(c, i)->name);
	buf_addf(sql, "%s%sCreationDate, ModificationDate) VALUES ", make_key ? c->e->key : "",
	    make_key ? ", " : "");
}

/* Called after the rows were added: an erasure that begins now waits for them, and one that began
 * before is seen here. The caller then undoes the rows. */
static int
check_erased(struct chunk *c, struct err *err)
{
	int rc = 0;

	if (db_guard(c->db) == NULL || !entity_is_personal(c->e))
		return 0;
	for (size_t r = 0; r < c->n && rc == 0; r++)
		if (c->b->fates[c->first + r] == ENTITY_INSERTED)
			rc = entity_erased_check(
			    c->db, c->e, c->b->columns, given(c, r, 0), c->b->ncolumns, err);
	return rc;
}

static int
insert_new(struct chunk *c, struct err *err)
{
	size_t rows = count_fate(c, ENTITY_INSERTED), nargs = 0, done = 0;
	int make_key = !c->e->key_auto && c->key < 0, rc;
	struct val *args = arena_new(c->a, struct val, rows * (c->b->ncolumns + 3) + 1);
	struct rows keys;
	struct buf sql;

	if (rows == 0)
		return 0;
	insert_head(c, &sql, make_key);
	for (size_t r = 0; r < c->n; r++) {
		if (c->b->fates[c->first + r] != ENTITY_INSERTED)
			continue;
		buf_adds(&sql, nargs == 0 ? "(" : ", (");
		for (size_t i = 0; i < c->b->ncolumns; i++) {
			buf_adds(&sql, "?, ");
			args[nargs++] = *given(c, r, i);
		}
		if (make_key) {
			buf_adds(&sql, "?, ");
			args[nargs++] = new_uuid(c->a);
		}
		buf_adds(&sql, "?, ?)");
		args[nargs++] = v_time(c->now);
		args[nargs++] = v_time(c->now);
	}
	buf_addf(&sql, " RETURNING %s", c->e->key);
	if ((rc = db_query_sql(c->db, sql.data, sql.len, args, nargs, c->a, &keys, err)) < 0)
		return rc;
	for (size_t r = 0; r < c->n; r++)
		if (c->b->fates[c->first + r] == ENTITY_INSERTED)
			c->b->keys[c->first + r] = *rows_at(&keys, done++, ROWS_ONLY);
	return check_erased(c, err);
}

static void
update_set(struct buf *sql, const struct entity_column *c, size_t i)
{
	if (c->once)
		buf_addf(sql, "t.%s = COALESCE(t.%s, v.c%zu), ", c->name, c->name, i);
	else
		buf_addf(sql, "t.%s = v.c%zu, ", c->name, i);
}

/* One UPDATE joins the table with the new values of the changed rows. */
static int
update_changed(struct chunk *c, struct err *err)
{
	size_t rows = count_fate(c, ENTITY_UPDATED), nargs = 0;
	struct val *args = arena_new(c->a, struct val, rows * (c->b->ncolumns + 1) + 2);
	struct buf sql;
	int64_t n;

	if (rows == 0)
		return 0;
	buf_init(&sql, c->a);
	buf_addf(&sql, "UPDATE `%s` t JOIN (", c->e->name);
	for (size_t r = 0; r < c->n; r++) {
		if (c->b->fates[c->first + r] != ENTITY_UPDATED)
			continue;
		buf_adds(&sql, nargs == 0 ? "SELECT ? AS k" : " UNION ALL SELECT ?");
		for (size_t i = 0; i < c->b->ncolumns; i++)
			buf_addf(&sql, nargs == 0 ? ", ? AS c%zu" : ", ?", i);
		args[nargs++] = c->b->keys[c->first + r];
		for (size_t i = 0; i < c->b->ncolumns; i++)
			args[nargs++] = *given(c, r, i);
	}
	buf_addf(&sql, ") v ON t.%s = v.k SET ", c->e->key);
	for (size_t i = 0; i < c->b->ncolumns; i++)
		if ((int)i != c->key)
			update_set(&sql, column(c, i), i);
	buf_adds(&sql, "t.ModificationDate = ?");
	args[nargs++] = v_time(c->now);
	n = db_exec_sql(c->db, sql.data, sql.len, args, nargs, err);
	return n < 0 ? (int)n : 0;
}

static int
upsert_chunk(struct chunk *c, struct err *err)
{
	int rc = 0;

	if ((rc = prepare(c, err)) < 0)
		return rc;
	find_repeated(c);
	for (int try = 0; try < DUPLICATE_TRIES; try++) {
		if ((rc = read_stored(c, err)) < 0)
			return rc;
		settle_rows(c);
		decide(c);
		if ((rc = check_limits(c, err)) < 0 || (rc = check_there(c, err)) < 0)
			return rc;
		rc = insert_new(c, err);
		if (rc !=
		    ERR_DB_DUPLICATE) /* else another writer was quicker: its row is there now */
			break;
	}
	if (rc < 0 || (rc = update_changed(c, err)) < 0)
		return rc;
	if (count_fate(c, ENTITY_INSERTED) + count_fate(c, ENTITY_UPDATED) > 0 &&
	    (rc = reference_wrote(c->db, c->e, err)) < 0)
		return rc;
	if (c->settle != NULL &&
	    (rc = entity_settle_note(c->settle, c->db, c->first, c->n, c->a, c->now, err)) < 0)
		return rc;
	for (size_t r = 0; r < c->n; r++)
		if (c->later[r] != r) {
			c->b->keys[c->first + r] = c->b->keys[c->first + c->later[r]];
			c->b->fates[c->first + r] = c->b->fates[c->first + c->later[r]];
		}
	return 0;
}

int
entity_upsert(struct db *db, const struct entity *e, struct entity_batch *b, struct arena *a,
    usec_t now, struct err *err)
{
	struct entity_settle settle;
	struct entity_batch made, *w = &made;
	int rc, settles;

	if ((rc = entity_made_batch(e, b, a, &made, err)) < 0)
		return rc;
	if ((settles = entity_settle_init(&settle, db, e, &made, a)) != 0)
		w = &settle.wide;
	w->keys = b->keys = arena_new(a, struct val, b->nrows);
	w->fates = b->fates = arena_new(a, enum entity_fate, b->nrows);
	for (size_t first = 0; first < b->nrows && rc == 0; first += ENTITY_CHUNK) {
		size_t left = b->nrows - first;
		struct chunk c = { .db = db, .e = e, .b = w, .a = a, .now = now, .first = first,
		    .n = left > ENTITY_CHUNK ? ENTITY_CHUNK : left,
			.settle = settles ? &settle : NULL };

		rc = upsert_chunk(&c, err);
	}
	return rc;
}
