/*
 * no_db - for fuzz doors above the store: a database that is none. The linker puts these in the
 * place of store/db.c's functions (-Wl,--wrap), so that everything from the platform's handler down
 * to the text of the statement is the real thing, and each statement is held to what a database
 * would see of it.
 */
#include "config.h"

#include "t/fuzz/no_db.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/change/known.h"
#include "model/entity.h"
#include "model/row.h"
#include "store/db.h"
#include "store/entity/erased.h"
#include "t/fuzz/no_db_asked.h"

int __wrap_db_query(struct db *db, enum query q, const struct val *args, size_t nargs,
    struct arena *a, struct rows *out, struct err *err);
int64_t __wrap_db_exec(
    struct db *db, enum query q, const struct val *args, size_t nargs, struct err *err);
int __wrap_db_query_sql(struct db *db, const char *sql, size_t n, const struct val *args,
    size_t nargs, struct arena *a, struct rows *out, struct err *err);
int64_t __wrap_db_exec_sql(struct db *db, const char *sql, size_t n, const struct val *args,
    size_t nargs, struct err *err);
int64_t __wrap_db_exec_bulk(
    struct db *db, enum query q, const struct val *args, size_t nrows, struct err *err);
int64_t __wrap_db_exec_bulk_sql(struct db *db, const char *sql, const struct val *args,
    size_t nargs, size_t nrows, struct err *err);
int __wrap_db_query_bulk_sql(struct db *db, const char *sql, const struct val *args, size_t nargs,
    size_t nrows, struct arena *a, struct rows *out, struct err *err);
int __wrap_db_now(struct db *db, usec_t *now, struct err *err);

void __wrap_db_set_limits(struct db *db, const struct limits *limits);
void __wrap_db_set_guard(struct db *db, const struct entity_guard *guard);
int __wrap_db_savepoint(struct db *db, struct err *err);
int __wrap_db_savepoint_rollback(struct db *db, struct err *err);
int __wrap_reference_wrote(struct db *db, const struct entity *e, struct err *err);
int __wrap_store_known_answer(struct db *db, struct known *k, struct err *err);
const struct entity_guard *__wrap_db_guard(const struct db *db);
const struct consent *__wrap_db_consent(const struct db *db);
void __wrap_db_set_consent(struct db *db, const struct consent *consent);
const struct limits *__wrap_db_limits(const struct db *db);

enum { COLUMNS_MAX = ENTITY_COLUMNS_MAX + 3 };

static enum no_db_state state;
static int64_t counter;

void
no_db_begin(enum no_db_state is)
{
	state = is;
	counter = 0;
}

static int
has_rows(void)
{
	return state == NO_DB_OLDER || state == NO_DB_NEWER;
}

static usec_t
stamp(void)
{
	return state == NO_DB_NEWER ? 4102444800 * USEC_SEC : 0;
}

/* Text that is none, or a value too many, would be refused or misread by the database. */
static void
check_args(const struct val *args, size_t nargs)
{
	for (size_t i = 0; i < nargs; i++)
		if (args[i].kind == VAL_TEXT && !text_is_utf8(args[i].s, args[i].n))
			abort();
}

static void
check(const char *sql, size_t n, const struct val *args, size_t nargs)
{
	size_t holes = 0;

	for (size_t i = 0; i < n; i++)
		holes += sql[i] == '?';
	if (holes != nargs || memchr(sql, '\0', n) != NULL)
		abort();
	check_args(args, nargs);
}

static void
check_named(enum query q, const struct val *args, size_t nargs)
{
	if (nargs != strlen(query_rows[q].in))
		abort();
	check_args(args, nargs);
}

/* ------------------------------------------------------------------ named statements */

static struct val
cell(char kind, const char *sql)
{
	static const unsigned char hash[ENTITY_ERASED_HASH_BYTES];

	switch (kind) {
	case 'i':
		return v_int(1);
	case 'd':
		return v_time(stamp());
	case 'b':
		return v_bytes(hash, sizeof hash);
	default:
		if (strstr(sql, "FROM Country") != NULL)
			return v_text("FRA");
		return v_text(strstr(sql, "FROM Currency") != NULL ? "EUR" : "1");
	}
}

int
__wrap_db_query(struct db *db, enum query q, const struct val *args, size_t nargs, struct arena *a,
    struct rows *out, struct err *err)
{
	const struct query_row *row = &query_rows[q];
	int counts = strncmp(row->sql, "SELECT COUNT(", 13) == 0;

	(void)db;
	(void)err;
	check_named(q, args, nargs);
	*out = (struct rows){ .n = counts ||
		    (q == Q_erased_find ? state == NO_DB_ERASED : has_rows()),
		.columns = strlen(row->out) };
	out->cells = arena_new(a, struct val, out->columns);
	for (size_t i = 0; i < out->columns; i++)
		out->cells[i] = counts && !has_rows() ? v_int(0) : cell(row->out[i], row->sql);
	return 0;
}

int64_t
__wrap_db_exec(struct db *db, enum query q, const struct val *args, size_t nargs, struct err *err)
{
	(void)db;
	(void)err;
	check_named(q, args, nargs);
	return 1;
}

/* ------------------------------------------------------------------ statements of model/entity.c
 * and model/entity_owner.c */

static struct val
new_key(struct arena *a, const struct entity *e)
{
	const enum entity_type type = e->columns[entity_column_find(e, e->key)].type;

	counter++;
	return type == ENTITY_STRING || type == ENTITY_CODE ?
	    v_text(arena_printf(a, "key-%lld", (long long)counter)) :
	    v_int(counter);
}

/* INSERT … RETURNING key */
static void
inserted(const char *sql, struct arena *a, struct rows *out)
{
	const struct entity *e = no_db_entity(sql, "INSERT INTO ");

	for (const char *p = sql; (p = strstr(p, "(?")) != NULL; p++)
		out->n++;
	out->columns = 1;
	out->cells = arena_new(a, struct val, out->n);
	for (size_t i = 0; i < out->n; i++)
		out->cells[i] = new_key(a, e);
}

/* What a column has in a row that is asked for. */
static struct val
stored(const struct no_db_asked *q, size_t row, const char *name, struct arena *a)
{
	for (size_t i = 0; i < q->width; i++)
		if (strcmp(q->names[i], name) == 0)
			return q->values[row * q->width + i];
	if (strcmp(name, q->e->key) == 0)
		return new_key(a, q->e);
	return strcmp(name, "SourceStamp") == 0 ? v_time(stamp()) : v_null();
}

/* SELECT columns …: each row that is asked for. */
static void
selected(const char *sql, const struct val *args, size_t nargs, struct arena *a, struct rows *out)
{
	const struct no_db_asked q = no_db_asked(sql, args, nargs, a);
	const char *p = sql + strlen("SELECT "), *from = strstr(sql, " FROM ");

	out->n = q.n;
	out->cells = arena_new(a, struct val, out->n * COLUMNS_MAX);
	for (char name[NO_DB_NAME_SIZE]; p < from && no_db_word(&p, name); out->columns++)
		for (size_t r = 0; r < out->n; r++)
			out->cells[r * COLUMNS_MAX + out->columns] = stored(&q, r, name, a);
	for (size_t r = 1; r < out->n; r++)
		memmove(out->cells + r * out->columns, out->cells + r * COLUMNS_MAX,
		    out->columns * sizeof(struct val));
}

/* Which of the rows behind the first value are there, and the Source's (store/entity/owned.c): each
 * second one. */
static void
owned(const struct val *args, size_t nargs, struct arena *a, struct rows *out)
{
	out->columns = 3;
	out->cells = arena_new(a, struct val, nargs * out->columns);
	for (size_t i = 1; i < nargs; i += 2) {
		struct val *row = out->cells + out->n++ * out->columns;

		row[0] = args[i];
		row[1] = v_int(1);
		row[2] = v_int(0);
	}
}

/* What was erased: anything that is asked for. */
static void
erased(const struct val *args, struct arena *a, struct rows *out)
{
	out->n = state == NO_DB_ERASED;
	out->columns = 3;
	out->cells = arena_new(a, struct val, out->columns);
	out->cells[0] = args[0];
	out->cells[1] = v_time(stamp());
	out->cells[2] = v_int(1);
}

int
__wrap_db_query_sql(struct db *db, const char *sql, size_t n, const struct val *args, size_t nargs,
    struct arena *a, struct rows *out, struct err *err)
{
	(void)db;
	(void)err;
	check(sql, n, args, nargs);
	*out = (struct rows){ 0 };
	if (strncmp(sql, "INSERT", 6) == 0)
		inserted(sql, a, out);
	else if (strncmp(sql, "SELECT hash,", 12) == 0)
		erased(args, a, out);
	else if (strncmp(sql, "SELECT t0.", 10) == 0)
		owned(args, nargs, a, out);
	else if (has_rows())
		selected(sql, args, nargs, a, out);
	return 0;
}

int64_t
__wrap_db_exec_sql(
    struct db *db, const char *sql, size_t n, const struct val *args, size_t nargs, struct err *err)
{
	(void)db;
	(void)err;
	check(sql, n, args, nargs);
	return 1;
}

int64_t
__wrap_db_exec_bulk(
    struct db *db, enum query q, const struct val *args, size_t nrows, struct err *err)
{
	const size_t width = strlen(query_rows[q].in);

	(void)db;
	(void)err;
	for (size_t i = 0; i < nrows; i++)
		check_named(q, args + i * width, width);
	return (int64_t)nrows;
}

int64_t
__wrap_db_exec_bulk_sql(struct db *db, const char *sql, const struct val *args, size_t nargs,
    size_t nrows, struct err *err)
{
	(void)db;
	(void)err;
	for (size_t i = 0; i < nrows; i++)
		check(sql, strlen(sql), args + i * nargs, nargs);
	return (int64_t)nrows;
}

int
__wrap_db_query_bulk_sql(struct db *db, const char *sql, const struct val *args, size_t nargs,
    size_t nrows, struct arena *a, struct rows *out, struct err *err)
{
	struct val *keys = arena_new(a, struct val, nrows);

	for (size_t i = 0; i < nrows; i++) {
		__wrap_db_query_sql(
		    db, sql, strlen(sql), args + i * nargs, nargs, a, out, err);
		keys[i] = out->cells[0];
	}
	*out = (struct rows){ .cells = keys, .n = nrows, .columns = 1 };
	return 0;
}

int
__wrap_db_now(struct db *db, usec_t *now, struct err *err)
{
	(void)db;
	(void)err;
	*now = 1767225600 * USEC_SEC;
	return 0;
}

const struct entity_guard *
__wrap_db_guard(const struct db *db)
{
	static const struct entity_guard guard = { .as_of = 1767225600 * USEC_SEC };

	(void)db;
	return &guard;
}

static const struct consent *said;

const struct consent *
__wrap_db_consent(const struct db *db)
{
	(void)db;
	return said;
}

void
__wrap_db_set_consent(struct db *db, const struct consent *consent)
{
	(void)db;
	said = consent;
}

const struct limits *
__wrap_db_limits(const struct db *db)
{
	(void)db;
	return NULL;
}

void
__wrap_db_set_limits(struct db *db, const struct limits *limits)
{
	(void)db, (void)limits;
}

void
__wrap_db_set_guard(struct db *db, const struct entity_guard *guard)
{
	(void)db, (void)guard;
}

int
__wrap_db_savepoint(struct db *db, struct err *err)
{
	(void)db, (void)err;
	return 0;
}

int
__wrap_db_savepoint_rollback(struct db *db, struct err *err)
{
	(void)db, (void)err;
	return 0;
}

int
__wrap_reference_wrote(struct db *db, const struct entity *e, struct err *err)
{
	(void)db, (void)e, (void)err;
	return 0;
}

/* ------------------------------------------------------------------ what mappings ask */

/* What a stored row may have in a column that nobody asked by. */
static struct val
stored_value(const struct entity_column *c)
{
	switch (c->type) {
	case ENTITY_INT16:
	case ENTITY_INT32:
	case ENTITY_BOOLEAN:
		return v_int(1);
	case ENTITY_DATETIME:
		return v_time(stamp());
	case ENTITY_CODE:
		return v_text("1");
	default:
		return v_null();
	}
}

/* Of currencies and languages there are always some. */
static struct val
known_value(const struct known_question *q, enum column c)
{
	for (size_t i = 0; i < KNOWN_BY_MAX && q->of.by[i] != COLUMN_UNSET; i++)
		if (q->of.by[i] == c)
			return q->of.is[i];
	return stored_value(column_of(c));
}

static struct val
named_value(const struct known_question *q, const char *name)
{
	return known_value(q, column_at(q->entity, entity_column_find(q->entity, name)));
}

static void
answer_names(struct arena *a, struct known_question *q)
{
	struct val *names = arena_new(a, struct val, 1 + ENTITY_NATURAL_MAX);

	names[q->nnames++] = named_value(q, q->entity->key);
	for (size_t i = 0; q->entity->natural[i] != NULL; i++)
		names[q->nnames++] = named_value(q, q->entity->natural[i]);
	q->names = names;
}

static void
answer_rows(struct arena *a, struct known_question *q)
{
	struct val *v = arena_new(a, struct val, KNOWN_WANT_MAX);
	int is_there = has_rows();
	size_t n = 0;

	for (; n < KNOWN_WANT_MAX && q->of.want[n] != COLUMN_UNSET; n++)
		v[n] = known_value(q, q->of.want[n]);
	answer_names(a, q);
	if (strcmp(q->entity->name, "Currency") == 0 || strcmp(q->entity->name, "Language") == 0)
		is_there = 1;
	q->rows = (struct known_rows){ .n = (size_t)is_there, .ncolumns = n, .values = v };
}

static void
answer(struct arena *a, struct known_question *q)
{
	const int nobody = q->key.identifier == NULL && contact_email(a, q->key.email) == NULL;

	if (q->kind == KNOWN_ROWS)
		answer_rows(a, q);
	q->contact = (struct known_contact){ .found = has_rows() ? CONTACT_KNOWN : CONTACT_CREATED,
		.contact_id = has_rows(), .stamp = has_rows() ? stamp() : USEC_NONE,
		.ended_at = USEC_NONE, .identifiers = 1 };
	if (q->kind == KNOWN_ACCOUNT || nobody)
		q->contact = (struct known_contact){ .stamp = USEC_NONE, .ended_at = USEC_NONE };
	if (q->kind == KNOWN_LABEL && has_rows())
		q->worth = strcmp(q->list, "Country") == 0 ? v_text("FRA") : v_int(1);
	q->yes = q->kind == KNOWN_OWNED;
	q->is_answered = 1;
}

int
__wrap_store_known_answer(struct db *db, struct known *k, struct err *err)
{
	(void)db, (void)err;
	for (struct known_question *q = k->open; q != NULL; q = q->next)
		answer(k->arena, q);
	k->open = NULL;
	k->open_end = &k->open;
	return 0;
}
