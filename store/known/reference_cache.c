#include "config.h"

#include "store/known/reference_cache.h"

#include <stdlib.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/set.h"
#include "model/change/known.h"
#include "model/entity.h"
#include "model/entity_owner.h"
#include "store/db.h"

/* What is kept at most; beyond it begins anew. A question or an answer that is longer is not kept:
 * a sender may call a label what he likes. */
enum { ENTRIES_MAX = 4096, BYTES_MAX = 1 << 20, ROWS_MAX = 64, ENTRY_BYTES_MAX = 16 << 10 };

struct entry {
	struct known_rows rows;
	const struct val *names;
	size_t nnames;
	struct val worth;
};

struct cache {
	struct arena arena;
	struct set index;		/* entries by the bytes of their questions */
	struct entry **entries;
	int64_t version;
	usec_t since;			/* monotonic */
	int is_stale;			/* the transaction at hand changed reference data */
};

static void
forget(struct cache *c)
{
	arena_reset(&c->arena);
	set_init(&c->index, &c->arena);
	c->entries = arena_new(&c->arena, struct entry *, ENTRIES_MAX);
	c->since = clock_monotonic_us();
}

static void
cache_free(void *kept)
{
	struct cache *c = kept;

	arena_done(&c->arena);
	free(c);
}

/* Out of memory: nothing is kept. */
static struct cache *
cache_of(struct db *db)
{
	struct cache *c = db_kept(db);

	if (c != NULL || (c = calloc(1, sizeof *c)) == NULL)
		return c;
	forget(c);
	db_keep(db, c, cache_free);
	return c;
}

int
reference_begin(struct db *db, int *erased, struct err *err)
{
	struct arena a = { 0 };
	struct cache *c;
	struct rows r;
	int rc = db_query(db, Q_reference_begin, DB_NONE, &a, &r, err);

	*erased = rc == 0 && rows_int(&r, 0, C_reference_begin_erased) != 0;
	if (rc == 0 && (c = cache_of(db)) != NULL) {
		const int64_t version = rows_int(&r, 0, C_reference_begin_version);

		if (c->version != version ||
		    clock_monotonic_us() - c->since > REFERENCE_SECONDS * USEC_SEC)
			forget(c);
		c->version = version;
		c->is_stale = 0;
	}
	arena_done(&a);
	return rc;
}

int
reference_is(const struct known_question *q)
{
	if (q->kind == KNOWN_LABEL)
		return 1;
	return q->kind == KNOWN_ROWS && q->of.hold == KNOWN_LOOSE && entity_is_of_all(q->entity);
}

/* ------------------------------------------------------------------ copies */

static const struct val *
copy_vals(struct arena *a, const struct val *from, size_t n)
{
	struct val *to = arena_new(a, struct val, n + 1);

	for (size_t i = 0; i < n; i++) {
		to[i] = from[i];
		if (from[i].kind == VAL_TEXT || from[i].kind == VAL_BYTES)
			to[i].s = arena_strndup(a, from[i].s, from[i].n);
	}
	return to;
}

static struct entry
copy(struct arena *a, const struct entry *from)
{
	struct entry to = *from;

	to.rows.values = copy_vals(a, from->rows.values, from->rows.n * from->rows.ncolumns);
	to.names = copy_vals(a, from->names, from->rows.n * from->nnames);
	to.worth = *copy_vals(a, &from->worth, 1);
	return to;
}

static size_t
bytes_of(const struct val *v, size_t n)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += sizeof *v + (v[i].kind == VAL_TEXT || v[i].kind == VAL_BYTES ? v[i].n : 0);
	return bytes;
}

static int
is_small(const struct known_question *q)
{
	return q->nbytes + bytes_of(&q->worth, 1) +
	    bytes_of(q->rows.values, q->rows.n * q->rows.ncolumns) +
	    bytes_of(q->names, q->rows.n * q->nnames) <= ENTRY_BYTES_MAX;
}

int
reference_find(struct db *db, struct known_question *q, struct arena *a)
{
	const struct cache *c = db_kept(db);
	struct entry e;
	size_t at;

	if (c == NULL || c->is_stale || !set_find(&c->index, q->bytes, q->nbytes, &at))
		return 0;
	e = copy(a, c->entries[at]);
	q->rows = e.rows;
	q->names = e.names;
	q->nnames = e.nnames;
	q->worth = e.worth;
	return 1;
}

void
reference_keep(struct db *db, const struct known_question *q)
{
	const struct entry e = { .rows = q->rows, .names = q->names, .nnames = q->nnames,
		.worth = q->worth };
	struct cache *c = db_kept(db);
	struct entry *kept;

	if (c == NULL || c->is_stale)
		return;
	if (q->failed < 0 || q->rows.n > ROWS_MAX || !is_small(q))
		return;
	if (c->index.n == ENTRIES_MAX || c->arena.total > BYTES_MAX)
		forget(c);
	kept = arena_new(&c->arena, struct entry, 1);
	*kept = copy(&c->arena, &e);
	if (set_add(&c->index, arena_strndup(&c->arena, q->bytes, q->nbytes), q->nbytes,
	    c->index.n, NULL))
		c->entries[c->index.n - 1] = kept;
}

/* ------------------------------------------------------------------ writers */

int
reference_wrote(struct db *db, const struct entity *e, struct err *err)
{
	struct cache *c = db_kept(db);

	if (e != NULL && !entity_is_of_all(e))
		return 0;
	if (c != NULL)
		c->is_stale = 1;
	return db_exec(db, Q_reference_changed, DB_NONE, err) < 0 ? err->code : 0;
}
