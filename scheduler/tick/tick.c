#include "config.h"

#include "scheduler/tick/tick.h"

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "scheduler/tick/tick_alarm.h"
#include "scheduler/tick/tick_clock.h"
#include "scheduler/tick/tick_due.h"
#include "scheduler/tick/tick_lost.h"
#include "scheduler/tick/tick_orphan.h"
#include "store/db.h"
#include "store/registry_db.h"
#include "store/registry/store_clock.h"
#include "store/registry/store_idempotency.h"
#include "store/registry/store_privacy.h"
#include "store/schedule/store_run.h"
#include "store/schedule/store_schedule.h"

enum {
	PAUSE_MS = 1000,
	LOCKED_MS = 100,
	REQUEST_OLD_S = 600,
	FORGOTTEN_MAX = 50,
	FORGET_MAX = 500
};

#define DAY (86400 * USEC_SEC)

/* Requests of platforms whose run failed before it took them, or was cancelled. */
static int
plan_forgotten(struct tick *t, struct arena *a, usec_t now, int *count, struct err *err)
{
	struct rows r;
	int rc = store_privacy_forgotten(
	    t->registry, a, now - REQUEST_OLD_S * USEC_SEC, FORGOTTEN_MAX, &r, err);

	for (size_t i = 0; i < r.n && rc == 0; i++)
		rc = store_privacy_plan(t->registry, rows_int(&r, i, C_privacy_forgotten_tenant_id),
		    now + REQUEST_OLD_S * USEC_SEC, now, err);
	*count += rc == 0 && r.n == FORGOTTEN_MAX;
	return rc;
}

static int
forget_runs(struct tick *t, struct arena *a, usec_t now, int *count, struct err *err)
{
	usec_t believed;
	int64_t n;

	if (store_clock_believe(t->registry, a, now, &believed, err) < 0)
		return err->code;
	n = store_run_forget(t->registry, believed - t->conf->run_keep_days * DAY, FORGET_MAX, err);
	*count += n == FORGET_MAX;
	return n < 0 ? err->code : 0;
}

static int
forget_keys(struct tick *t, struct arena *a, usec_t now, int *count, struct err *err)
{
	usec_t believed;
	int rc = store_clock_believe(t->registry, a, now, &believed, err);

	return rc < 0 ?
	    rc :
	    store_idempotency_forget(t->registry, STORE_IDEMPOTENCY_REGISTRY,
		believed - t->conf->idempotency_keep_hours * 3600 * USEC_SEC, count, err);
}

/* What a tick looks for, in this order, each in a transaction of its own. */
static const struct work {
	int (*run)(struct tick *t, struct arena *a, usec_t now, int *count, struct err *err);
	long every_s; /* 0 = in each tick */
} works[] = {
	{ tick_clock_zones, 60 },
	{ tick_clock_ahead, 60 },
	{ tick_lost, 0 },
	{ tick_due, 0 },
	{ tick_alarm, 10 },
	{ plan_forgotten, 60 },
	{ forget_runs, 3600 },
	{ forget_keys, 3600 },
	{ tick_orphan, 3600 },
};

enum { WORKS = sizeof works / sizeof works[0] };
_Static_assert((int)WORKS == (int)TICK_WORKS, "struct tick has a place for each work");

struct looking {
	struct tick *t;
	const struct work *work;
	usec_t now;
	int count;
};

static int
looking_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct looking *l = arg;

	(void)db;
	l->count = 0;
	return l->work->run(l->t, a, l->now, &l->count, err);
}

static int
in_transaction(struct tick *t, const struct work *w, usec_t now, int *count, struct err *err)
{
	struct looking l = { .t = t, .work = w, .now = now };
	int rc = db_transact(t->registry, looking_work, &l, err);

	*count += rc < 0 ? 0 : l.count;
	return rc < 0 ? rc : 0;
}

/* Does the work when its time has come; it comes again at once while there is more to do. */
static int
work(struct tick *t, size_t i, usec_t now, int *count, struct err *err)
{
	int more = 0, rc;

	if (clock_monotonic_us() < t->next[i])
		return 0;
	rc = in_transaction(t, &works[i], now, &more, err);
	if (rc == 0 && more == 0)
		t->next[i] = clock_monotonic_us() + works[i].every_s * USEC_SEC;
	*count += more;
	return rc;
}

/* Until the next schedule is due. One that is due and was not fired is locked by another daemon. */
static int
set_pause(struct tick *t, struct err *err)
{
	usec_t now, due;
	int rc = store_schedule_next_at(t->registry, &due, err);

	if (rc < 0 || (rc = db_now(t->registry, &now, err)) < 0)
		return rc;
	if (due == USEC_NONE || due - now >= PAUSE_MS * INT64_C(1000))
		return 0;
	t->pause_ms = due <= now ? LOCKED_MS : (long)((due - now) / 1000 + 1);
	return 0;
}

static int
look(struct tick *t, int *count, struct err *err)
{
	usec_t now;
	int rc = db_now(t->registry, &now, err);

	for (size_t i = 0; rc == 0 && i < WORKS; i++)
		rc = work(t, i, now, count, err);
	return rc < 0 ? rc : set_pause(t, err);
}

int
tick_step(struct tick *t, int *count, struct err *err)
{
	int rc;

	*count = 0;
	t->pause_ms = PAUSE_MS;
	if ((rc = registry_db_open(&t->registry, t->conf, 0, err)) < 0)
		return rc;
	rc = look(t, count, err);
	return db_left(rc);
}
