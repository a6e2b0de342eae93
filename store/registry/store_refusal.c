#include "config.h"

#include "store/registry/store_refusal.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "store/db.h"

enum { FINGERPRINT_BYTES = 16, COLUMNS = 12, CHUNK = 500 };

static const struct { const char *word, *sentence; } causes[STORE_REFUSAL_COUNT] = {
	[STORE_REFUSAL_UNSET] = { "", "" },
#define X(name, w, s) [STORE_REFUSAL_##name] = { .word = (w), .sentence = (s) },
	STORE_REFUSAL_CAUSES(X)
#undef X
};

const char *
store_refusal_word(enum store_refusal_cause cause)
{
	return (size_t)cause < STORE_REFUSAL_COUNT ? causes[cause].word : "";
}

const char *
store_refusal_sentence(enum store_refusal_cause cause)
{
	return (size_t)cause < STORE_REFUSAL_COUNT ? causes[cause].sentence : "";
}

enum store_refusal_cause
store_refusal_find(const char *word)
{
	for (int i = STORE_REFUSAL_UNSET + 1; i < STORE_REFUSAL_COUNT; i++)
		if (text_ieq(causes[i].word, word))
			return (enum store_refusal_cause)i;
	return STORE_REFUSAL_UNSET;
}

static int
group_compare(const struct store_refusal *x, const struct store_refusal *y)
{
	if (x->alias_id != y->alias_id)
		return x->alias_id < y->alias_id ? -1 : 1;
	if (x->source_id != y->source_id)
		return x->source_id < y->source_id ? -1 : 1;
	return (int)x->cause - (int)y->cause;
}

/* All writers use one order, so that no two wait for each other. */
static int
compare(const void *p, const void *q)
{
	const struct store_refusal *x = p, *y = q;
	int by = group_compare(x, y);

	if (by == 0)
		by = strcmp(x->client, y->client);
	if (by == 0)
		by = strcmp(x->method, y->method);
	if (by == 0)
		by = strcmp(x->path, y->path);
	return by == 0 ? strcmp(x->note, y->note) : by;
}

static void
fingerprint(struct arena *a, const struct store_refusal *r, unsigned char out[SECRET_SHA256_BYTES])
{
	struct buf b;

	buf_init(&b, a);
	buf_add(&b, r->client, strlen(r->client) + 1);
	buf_add(&b, r->method, strlen(r->method) + 1);
	buf_add(&b, r->path, strlen(r->path) + 1);
	buf_adds(&b, r->note);
	secret_sha256(b.data, b.len, out);
}

static struct val
fit(struct arena *a, const char *text, size_t max)
{
	return v_text(text_utf8_fit(a, text, max));
}

static void
row_fill(struct arena *a, const struct store_refusal *r, struct val *v)
{
	unsigned char *hash = arena_alloc(a, SECRET_SHA256_BYTES);

	fingerprint(a, r, hash);
	*v++ = v_int(r->alias_id);
	*v++ = v_int(r->source_id);
	*v++ = v_text(store_refusal_word(r->cause));
	*v++ = v_bytes(hash, FINGERPRINT_BYTES);
	*v++ = fit(a, r->client, STORE_REFUSAL_CLIENT_MAX);
	*v++ = fit(a, r->method, STORE_REFUSAL_METHOD_MAX);
	*v++ = fit(a, r->path, STORE_REFUSAL_PATH_MAX);
	*v++ = fit(a, r->note, STORE_REFUSAL_NOTE_MAX);
	*v++ = fit(a, r->request_id, STORE_REFUSAL_REQUEST_ID_MAX);
	*v++ = v_int(r->refusals);
	*v++ = v_time(r->first_at);
	*v++ = v_time(r->last_at);
}

/* The oldest rows of a group beyond those that are kept. */
static int
trim(struct db *db, struct arena *a, const struct store_refusal *r, usec_t now, struct err *err)
{
	const struct val cause = v_text(store_refusal_word(r->cause));
	struct rows n;
	int rc = db_query(db, Q_refusal_count,
	    DB_ARGS(v_int(r->alias_id), v_int(r->source_id), cause), a, &n, err);

	if (rc < 0 || rows_int(&n, 0, C_refusal_count_n) <= STORE_REFUSAL_KEPT)
		return rc;
	return db_exec(db, Q_refusal_trim,
		   DB_ARGS(v_int(r->alias_id), v_int(r->source_id), cause, v_time(now),
		       v_int(rows_int(&n, 0, C_refusal_count_n) - STORE_REFUSAL_KEPT)),
		   err) < 0 ?
	    err->code :
	    0;
}

static int
put_sorted(struct db *db, struct arena *a, const struct store_refusal *list, size_t n,
    struct err *err)
{
	struct val *cells = arena_new(a, struct val, n * COLUMNS);
	usec_t now;
	int rc = db_now(db, &now, err);

	for (size_t i = 0; i < n; i++)
		row_fill(a, &list[i], &cells[i * COLUMNS]);
	if (rc == 0 && db_exec_bulk(db, Q_refusal_put, cells, n, err) < 0)
		return err->code;
	for (size_t i = 0; i < n && rc == 0; i++)
		if (i + 1 == n || group_compare(&list[i], &list[i + 1]) != 0)
			rc = trim(db, a, &list[i], now, err);
	return rc;
}

struct sorted {
	struct store_refusal *list;
	size_t n;
};

static int
put_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const struct sorted *s = arg;

	return put_sorted(db, a, s->list, s->n, err);
}

int
store_refusal_put(struct db *db, const struct store_refusal *list, size_t n, struct err *err)
{
	struct arena a = { 0 };
	struct sorted s = { .n = n };
	int rc;

	if (n == 0)
		return 0;
	s.list = arena_new(&a, struct store_refusal, n);
	memcpy(s.list, list, n * sizeof *list);
	qsort(s.list, n, sizeof *s.list, compare);
	rc = db_transact(db, put_work, &s, err);
	arena_done(&a);
	return rc;
}

int
store_refusal_put_sparingly(struct db *db, const struct store_refusal *r, struct err *err)
{
	struct store_refusal one = *r;
	struct arena a = { 0 };
	struct rows newest;
	usec_t now, last = USEC_NONE;
	int is_recent, rc = db_now(db, &now, err);

	if (rc == 0)
		rc = db_query(db, Q_refusal_newest, DB_ARGS(v_int(r->alias_id),
		    v_int(r->source_id), v_text(store_refusal_word(r->cause))), &a, &newest, err);
	if (rc == 0 && newest.n > 0)
		last = rows_time(&newest, 0, C_refusal_newest_last_at);
	/* A time in the future was written while the clock was ahead. */
	is_recent = last != USEC_NONE && last > now - USEC_SEC && last <= now;
	if (rc == 0 && !is_recent) {
		one.first_at = one.last_at = now;
		rc = store_refusal_put(db, &one, 1, err);
	}
	arena_done(&a);
	return rc;
}

int
store_refusal_forget(struct db *db, usec_t before, int *full, struct err *err)
{
	int64_t n = db_exec(db, Q_refusal_forget, DB_ARGS(v_time(before), v_int(CHUNK)), err);

	*full = n == CHUNK;
	return n < 0 ? (int)n : 0;
}

int
store_refusal_list(struct db *db, struct arena *a, const struct store_refusal_filter *f,
    int64_t limit, struct rows *out, struct err *err)
{
	const int of_alias = f->alias_id != 0 || f->is_of_no_tenant;

	return db_query(db, Q_refusal_list, DB_ARGS(v_int_or_null(f->alias_id, of_alias),
	    v_int_or_null(f->source_id, f->source_id != 0),
	    v_time(f->from), v_time(f->until), v_int(limit)), a, out, err);
}

int
store_refusal_sources(struct db *db, struct arena *a, usec_t from, struct rows *out,
    struct err *err)
{
	return db_query(db, Q_refusal_sources, DB_ARGS(v_time(from)), a, out, err);
}
