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
chunk(struct run *run, walk_fn *fn, int64_t after, int64_t last, void *tally, struct err *err)
{
	int rc = db_begin(run->db, err);

	if (rc == 0 && (rc = fn(run, after, last, tally, err)) == 0)
		rc = db_commit(run->db, err);
	db_rollback(run->db);
	return rc;
}

static int
surely(struct run *run, walk_fn *fn, int64_t after, int64_t last, void *tally, void *before,
    size_t bytes, struct err *err)
{
	int rc = ERR_DB_RETRY;

	memcpy(before, tally, bytes);
	for (int i = 0; i < RETRIES && rc == ERR_DB_RETRY; i++) {
		err_clear(err);
		memcpy(tally, before, bytes);
		rc = chunk(run, fn, after, last, tally, err);
	}
	return rc;
}

int
walk(struct run *run, const char *phase, enum query last, int64_t max, int64_t chunk_rows,
    walk_fn *fn, void *tally, size_t bytes, struct err *err)
{
	void *before = arena_alloc(&run->arena, bytes);
	int64_t after = 0, to;
	int rc = 0;

	while (rc == 0 && after < max) {
		run_progress(run, phase, after, max);
		if ((rc = walk_int(run, last, DB_ARGS(v_int(after), v_int(chunk_rows - 1)), max,
			 &to, err)) < 0)
			return rc;
		if (to > max)
			to = max;
		rc = surely(run, fn, after, to, tally, before, bytes, err);
		after = to;
	}
	if (rc == 0)
		run_progress(run, phase, max, max);
	return rc;
}
