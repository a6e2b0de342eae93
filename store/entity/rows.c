#include "config.h"

#include "store/entity/rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "model/entity.h"
#include "model/entity_person.h"
#include "store/entity/erased.h"

enum { CHUNK = 200 };

/* A few of a set's keys, at most CHUNK. */
struct part {
	const struct entity_keys *of;
	size_t from, n;
};

/* ------------------------------------------------------------------ sets of keys */

void
entity_rows_init(struct entity_rows *rows, struct arena *a)
{
	*rows = (struct entity_rows){ .arena = a };
	for (const struct entity *e = entities; e->name != NULL; e++)
		if (entity_is_personal(e)) {
			set_init(&rows->of[rows->n].set, a);
			rows->of[rows->n++].e = e;
		}
}

static struct entity_keys *
keys_of(struct entity_rows *rows, const struct entity *e)
{
	for (size_t i = 0; i < rows->n; i++)
		if (rows->of[i].e == e)
			return &rows->of[i];
	abort();	/* asked for an entity that is nobody's: a fault of the program */
}

const struct entity_keys *
entity_rows_find(const struct entity_rows *rows, const char *entity)
{
	for (size_t i = 0; i < rows->n; i++)
		if (strcmp(rows->of[i].e->name, entity) == 0)
			return &rows->of[i];
	abort();
}

static void
keys_grow(struct entity_rows *rows, struct entity_keys *k)
{
	size_t cap = k->cap == 0 ? 16 : k->cap * 2;
	struct val *keys = arena_new(rows->arena, struct val, cap);

	if (k->n > 0)
		memcpy(keys, k->keys, k->n * sizeof *keys);
	k->keys = keys;
	k->cap = cap;
}

/* 1 when it was not there. Integers and texts do not meet: an entity has one kind of key. */
static int
keys_add(struct entity_rows *rows, struct entity_keys *k, const struct val *v)
{
	struct val *key;

	if (k->n == k->cap)
		keys_grow(rows, k);
	key = &k->keys[k->n];
	*key = *v;
	if (v->kind == VAL_INT)
		return set_add(&k->set, &key->i, sizeof key->i, k->n, NULL);
	if (set_find(&k->set, v->s, v->n, NULL))
		return 0;
	*key = v_textn(arena_strndup(rows->arena, v->s, v->n), v->n);
	return set_add(&k->set, key->s, key->n, k->n, NULL);
}

int
entity_rows_add(struct entity_rows *rows, const struct entity *e, const struct rows *r,
    size_t column, struct err *err)
{
	struct entity_keys *k = keys_of(rows, e);

	for (size_t i = 0; i < r->n; i++) {
		if (!keys_add(rows, k, rows_at(r, i, column)))
			continue;
		k->n++;
		if (++rows->total > ENTITY_PERSON_ROWS_MAX)
			return err_set(err, ERR_TOO_LARGE,
			    "More than %d rows belong to this person.", ENTITY_PERSON_ROWS_MAX);
	}
	return 0;
}

/* ------------------------------------------------------------------ following references */

static struct part
part_of(const struct entity_keys *k, size_t from)
{
	return (struct part){ k, from, k->n - from > CHUNK ? CHUNK : k->n - from };
}

static void
add_places(struct buf *sql, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_adds(sql, i == 0 ? "?" : ", ?");
}

/* Rows of e whose column c holds one of the keys. A reference that is not a contact's counts only
 * where the row names no contact itself. */
static int
find_referring(struct entity_rows *rows, struct db *db, const struct entity *e,
    const struct entity_column *c, const struct part *to, int lock, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	struct buf sql;
	int rc;

	buf_init(&sql, &a);
	buf_addf(&sql, "SELECT %s FROM `%s` WHERE %s IN (", e->key, e->name, c->name);
	add_places(&sql, to->n);
	buf_addc(&sql, ')');
	for (const struct entity_column *d = e->columns;
	     strcmp(c->refers, "Contact") != 0 && d->name != NULL; d++)
		if (d->refers != NULL && strcmp(d->refers, "Contact") == 0)
			buf_addf(&sql, " AND %s IS NULL", d->name);
	if (rows->only_source != 0 && !c->required && entity_column_find(e, "SourceId") >= 0)
		buf_addf(
		    &sql, " AND COALESCE(SourceId, %d) = %d", rows->only_source, rows->only_source);
	if (lock)
		buf_adds(&sql, " FOR UPDATE");
	if ((rc = db_query_sql(
		 db, sql.data, sql.len, to->of->keys + to->from, to->n, &a, &r, err)) == 0)
		rc = entity_rows_add(rows, e, &r, 0, err);
	arena_done(&a);
	return rc;
}

static int
follow_keys(
    struct entity_rows *rows, struct db *db, const struct part *to, int lock, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < rows->n && rc == 0; i++)
		for (const struct entity_column *c = rows->of[i].e->columns;
		     c->name != NULL && rc == 0; c++)
			if (c->refers != NULL && entity_find(c->refers) == to->of->e)
				rc = find_referring(rows, db, rows->of[i].e, c, to, lock, err);
	return rc;
}

int
entity_rows_follow(struct entity_rows *rows, struct db *db, int lock, struct err *err)
{
	int rc = 0, more = 1;

	while (more) {
		more = 0;
		for (size_t i = 0; i < rows->n; i++) {
			struct entity_keys *k = &rows->of[i];

			while (k->followed < k->n) {
				const struct part to = part_of(k, k->followed);

				if ((rc = follow_keys(rows, db, &to, lock, err)) < 0)
					return rc;
				k->followed += to.n;
				more = 1;
			}
		}
	}
	return rc;
}

/* The contact's row may be gone, and rows that refer to it still be there: the number is followed
 * all the same. */
int
entity_rows_of_contact(
    struct entity_rows *rows, struct db *db, int64_t contact_id, int lock, struct err *err)
{
	struct val key = v_int(contact_id);
	const struct rows one = { .n = 1, .columns = 1, .cells = &key };
	int rc = entity_rows_add(rows, entity_find("Contact"), &one, 0, err);

	return rc < 0 ? rc : entity_rows_follow(rows, db, lock, err);
}

static int
add_of_source(struct entity_rows *rows, const struct entity_keys *k, struct db *db, size_t from,
    size_t n, struct err *err)
{
	struct val args[CHUNK + 1] = { v_int(rows->only_source) };
	struct arena a = { 0 };
	struct rows r;
	struct buf sql;
	int rc;

	memcpy(args + 1, k->keys + from, n * sizeof *args);
	buf_init(&sql, &a);
	buf_addf(&sql, "SELECT %s FROM `%s` WHERE SourceId = ? AND %s IN (", k->e->key, k->e->name,
	    k->e->key);
	add_places(&sql, n);
	buf_addc(&sql, ')');
	if ((rc = db_query_sql(db, sql.data, sql.len, args, n + 1, &a, &r, err)) == 0)
		rc = entity_rows_add(rows, k->e, &r, 0, err);
	arena_done(&a);
	return rc;
}

int
entity_rows_add_of_source(
    struct entity_rows *rows, const struct entity_rows *from, struct db *db, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < from->n; i++) {
		const struct entity_keys *k = &from->of[i];

		for (size_t at = 0;
		     entity_column_find(k->e, "SourceId") >= 0 && at < k->n && rc == 0; at += CHUNK)
			rc = add_of_source(
			    rows, k, db, at, k->n - at > CHUNK ? CHUNK : k->n - at, err);
	}
	return rc;
}

int
entity_rows_of_source(struct db *db, const struct entity *e, int64_t source_id,
    const struct val *after, size_t limit, struct arena *a, struct rows *out, struct err *err)
{
	struct val args[3] = { v_int(source_id) };
	size_t n = 1;
	struct buf sql;

	buf_init(&sql, a);
	buf_addf(&sql, "SELECT %s FROM `%s` WHERE SourceId = ?", e->key, e->name);
	if (after != NULL) {
		buf_addf(&sql, " AND %s > ?", e->key);
		args[n++] = *after;
	}
	buf_addf(&sql, " ORDER BY %s LIMIT ?", e->key);
	args[n++] = v_int((int64_t)limit);
	return db_query_sql(db, sql.data, sql.len, args, n, a, out, err);
}

/* ------------------------------------------------------------------ erasing */

/* Natural keys of some rows, in the order of e->natural. */
static int
read_natural(const struct entity_keys *k, struct db *db, size_t from, size_t n, struct arena *a,
    struct rows *out, struct err *err)
{
	struct buf sql;

	buf_init(&sql, a);
	buf_adds(&sql, "SELECT ");
	for (size_t i = 0; k->e->natural[i] != NULL; i++)
		buf_addf(&sql, "%s%s", i == 0 ? "" : ", ", k->e->natural[i]);
	buf_addf(&sql, " FROM `%s` WHERE %s IN (", k->e->name, k->e->key);
	add_places(&sql, n);
	buf_addc(&sql, ')');
	return db_query_sql(db, sql.data, sql.len, k->keys + from, n, a, out, err);
}

static int
put_hashes(const struct entity_keys *k, struct db *db, const struct entity_guard *g, size_t from,
    size_t n, usec_t erased_at, struct err *err)
{
	unsigned char hash[ENTITY_ERASED_HASH_BYTES];
	struct arena a = { 0 };
	struct rows r = { 0 };
	int rc = 0;

	for (size_t i = from; strcmp(k->e->name, "Contact") == 0 && i < from + n && rc == 0; i++) {
		entity_erased_hash_contact(g, k->keys[i].i, hash);
		rc = entity_erased_put(db, hash, erased_at, 0, err);
	}
	if (rc == 0 && k->e->natural[0] != NULL)
		rc = read_natural(k, db, from, n, &a, &r, err);
	for (size_t i = 0; i < r.n && rc == 0; i++) {
		entity_erased_hash(g, k->e, r.cells + i * r.columns, hash);
		rc = entity_erased_put(db, hash, erased_at, entity_is_kept(k->e), err);
	}
	arena_done(&a);
	return rc;
}

int
entity_rows_put_hashes(const struct entity_rows *rows, struct db *db, const struct entity_guard *g,
    usec_t erased_at, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < rows->n; i++)
		for (size_t from = 0; from < rows->of[i].n && rc == 0; from += CHUNK)
			rc = put_hashes(&rows->of[i], db, g, from,
			    rows->of[i].n - from > CHUNK ? CHUNK : rows->of[i].n - from, erased_at,
			    err);
	return rc;
}

/* "UPDATE … SET" of a row that stays. A required text becomes one that nobody can foretell, so that
 * nobody can take its place beforehand. */
static void
anonymise_head(struct buf *sql, const struct entity *e)
{
	unsigned char random[16];

	secret_random(random, sizeof random);
	buf_addf(sql, "UPDATE `%s` SET ModificationDate = ?", e->name);
	for (const struct entity_column *c = e->columns; c->name != NULL; c++) {
		if (entity_column_is_kept(e, c))
			continue;
		if (!c->required)
			buf_addf(sql, ", %s = NULL", c->name);
		else if (c->type == ENTITY_STRING || c->type == ENTITY_CODE ||
		    c->type == ENTITY_TEXT)
			buf_addf(sql, ", %s = CONCAT('erased:%s:', %s)", c->name,
			    text_hex(sql->arena, random, sizeof random), e->key);
		else
			buf_addf(sql, ", %s = 0", c->name);
	}
}

static int64_t
erase_chunk(const struct part *part, struct db *db, usec_t now, struct err *err)
{
	struct val args[CHUNK + 1] = { v_time(now) };
	const struct entity_keys *k = part->of;
	const size_t n = part->n;
	struct arena a = { 0 };
	struct buf sql;
	int kept = entity_is_kept(k->e);
	int64_t rows;

	memcpy(args + 1, k->keys + part->from, n * sizeof *args);
	buf_init(&sql, &a);
	if (kept)
		anonymise_head(&sql, k->e);
	else
		buf_addf(&sql, "DELETE FROM `%s`", k->e->name);
	buf_addf(&sql, " WHERE %s IN (", k->e->key);
	add_places(&sql, n);
	buf_addc(&sql, ')');
	rows = db_exec_sql(db, sql.data, sql.len, kept ? args : args + 1, kept ? n + 1 : n, err);
	arena_done(&a);
	return rows;
}

/* What others' rows say of deleted ones: a number that leads nowhere. */
static int64_t
cut_chunk(const struct part *gone, struct db *db, const struct entity *e,
    const struct entity_column *c, usec_t now, struct err *err)
{
	struct val args[CHUNK + 1] = { v_time(now) };
	struct arena a = { 0 };
	struct buf sql;
	int64_t rows;

	memcpy(args + 1, gone->of->keys + gone->from, gone->n * sizeof *args);
	buf_init(&sql, &a);
	buf_addf(&sql, "UPDATE `%s` SET ModificationDate = ?, %s = NULL WHERE %s IN (", e->name,
	    c->name, c->name);
	add_places(&sql, gone->n);
	buf_addc(&sql, ')');
	rows = db_exec_sql(db, sql.data, sql.len, args, gone->n + 1, err);
	arena_done(&a);
	return rows;
}

/* 1 when the column may refer to a row of e, and need not. */
static int
refers_loosely(const struct entity_column *c, const struct entity *e)
{
	return c->refers != NULL && !c->required && entity_find(c->refers) == e;
}

static int
cut_references(const struct entity_rows *rows, const struct part *gone, struct db *db, usec_t now,
    struct err *err)
{
	for (size_t i = 0; i < rows->n; i++)
		for (const struct entity_column *c = rows->of[i].e->columns; c->name != NULL; c++)
			if (refers_loosely(c, gone->of->e) &&
			    cut_chunk(gone, db, rows->of[i].e, c, now, err) < 0)
				return err->code;
	return 0;
}

int
entity_rows_erase(const struct entity_rows *rows, struct db *db, usec_t now,
    struct entity_erase_counts *counts, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < rows->n; i++) {
		const struct entity_keys *k = &rows->of[i];
		int kept = entity_is_kept(k->e);

		for (size_t from = 0; from < k->n && rc == 0; from += CHUNK) {
			const struct part part = part_of(k, from);
			int64_t done = erase_chunk(&part, db, now, err);

			if (done < 0)
				return err->code;
			*(kept ? &counts->kept : &counts->deleted) += done;
			if (!kept)
				rc = cut_references(rows, &part, db, now, err);
		}
	}
	return rc;
}

/* ------------------------------------------------------------------ reading */

size_t
entity_export_columns(const struct entity *e)
{
	size_t n = 0;

	while (e->columns[n].name != NULL)
		n++;
	return n + 2;
}

int
entity_rows_read(const struct entity_keys *k, struct db *db, size_t from, size_t n, struct arena *a,
    struct rows *out, struct err *err)
{
	struct buf sql;

	buf_init(&sql, a);
	buf_adds(&sql, "SELECT ");
	for (const struct entity_column *c = k->e->columns; c->name != NULL; c++)
		buf_addf(&sql, "%s, ", c->name);
	buf_addf(
	    &sql, "CreationDate, ModificationDate FROM `%s` WHERE %s IN (", k->e->name, k->e->key);
	add_places(&sql, n);
	buf_addf(&sql, ") ORDER BY %s", k->e->key);
	return db_query_sql(db, sql.data, sql.len, k->keys + from, n, a, out, err);
}
