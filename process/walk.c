#include "config.h"

#include "process/walk.h"

#include <string.h>

#include "lib/err.h"

enum { RETRIES = 5 };

int
walk_int(struct run *run, enum query q, const struct val *args, size_t nargs, int64_t otherwise,
    int64_t *out, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(run->db, q, args, nargs, &a, &r, err);

	*out = rc < 0 || r.n == 0 ? otherwise : rows_int(&r, 0, ROWS_ONLY);
	arena_done(&a);
	return rc;
}

int64_t
walk_exec(struct run *run, enum query q, const struct val *args, size_t nargs, struct err *err)
{
	int64_t n = ERR_DB_RETRY;

	for (int i = 0; i < RETRIES && n == ERR_DB_RETRY; i++) {
		err_clear(err);
		n = db_exec(run->db, q, args, nargs, err);
	}
	return n;
}

static int
chunk(struct run *run, const struct walk *w, int64_t after, int64_t last, struct err *err)
{
	int rc = db_begin(run->db, err);

	if (rc == 0 && (rc = w->fn(run, after, last, w->tally, err)) == 0)
		rc = db_commit(run->db, err);
	db_rollback(run->db);
	return rc;
}

/* before: room for a copy of the tally. */
static int
surely(struct run *run, const struct walk *w, int64_t after, int64_t last, void *before,
    struct err *err)
{
	int rc = ERR_DB_RETRY;

	memcpy(before, w->tally, w->tally_bytes);
	for (int i = 0; i < RETRIES && rc == ERR_DB_RETRY; i++) {
		err_clear(err);
		memcpy(w->tally, before, w->tally_bytes);
		rc = chunk(run, w, after, last, err);
	}
	return rc;
}

int
walk(struct run *run, const struct walk *w, struct err *err)
{
	void *before = arena_alloc(&run->arena, w->tally_bytes);
	int64_t after = 0, to;
	int rc = 0;

	while (rc == 0 && after < w->max) {
		run_progress(run, w->phase, after, w->max);
		if ((rc = walk_int(run, w->last, DB_ARGS(v_int(after), v_int(w->chunk_rows - 1)),
			 w->max, &to, err)) < 0)
			return rc;
		if (to > w->max)
			to = w->max;
		rc = surely(run, w, after, to, before, err);
		after = to;
	}
	if (rc == 0)
		run_progress(run, w->phase, w->max, w->max);
	return rc;
}
