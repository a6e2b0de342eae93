#include "config.h"

#include "process/walk.h"

#include <string.h>

#include "lib/err.h"

enum { TRIES = 5 };

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

struct executing {
	enum query q;
	const struct val *args;
	size_t nargs;
	int64_t n;
};

static int
exec_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct executing *e = arg;

	(void)a;
	e->n = db_exec(db, e->q, e->args, e->nargs, err);
	return e->n < 0 ? (int)e->n : 0;
}

int64_t
walk_exec(struct run *run, enum query q, const struct val *args, size_t nargs, struct err *err)
{
	static const struct db_manner manner = { .tries = TRIES, .each_alone = 1 };
	struct executing e = { .q = q, .args = args, .nargs = nargs };
	int rc = db_transact_as(run->db, &manner, exec_work, &e, err);

	return rc < 0 ? rc : e.n;
}

struct stretch {
	struct run *run;
	const struct walk *w;
	int64_t after, last;
	void *before; /* a copy of the tally */
};

static int
stretch_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct stretch *s = arg;

	(void)db, (void)a;
	return s->w->fn(s->run, s->after, s->last, s->w->tally, err);
}

static void
tally_again(void *arg)
{
	struct stretch *s = arg;

	memcpy(s->w->tally, s->before, s->w->tally_bytes);
}

int
walk(struct run *run, const struct walk *w, struct err *err)
{
	static const struct db_manner manner = { .tries = TRIES, .reset = tally_again };
	struct stretch s = {
		.run = run, .w = w, .before = arena_alloc(&run->arena, w->tally_bytes)
	};
	int64_t after = 0, to;
	int rc = 0;

	while (rc == 0 && after < w->max) {
		run_progress(run, w->phase, after, w->max);
		if ((rc = walk_int(run, w->last, DB_ARGS(v_int(after), v_int(w->chunk_rows - 1)),
			 w->max, &to, err)) < 0)
			return rc;
		if (to > w->max)
			to = w->max;
		memcpy(s.before, w->tally, w->tally_bytes);
		s.after = after;
		s.last = to;
		rc = db_transact_as(run->db, &manner, stretch_work, &s, err);
		after = to;
	}
	if (rc == 0)
		run_progress(run, w->phase, w->max, w->max);
	return rc;
}
