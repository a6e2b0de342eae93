#include "config.h"

#include "scheduler/run_keeper.h"

#include <string.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/log.h"
#include "model/process.h"
#include "model/state.h"
#include "scheduler/memory.h"
#include "scheduler/runner.h"
#include "store/db.h"
#include "store/registry_db.h"
#include "store/schedule/run_end.h"

enum { KEEP_MS = 1000, RATE_OVER_S = 1 };

struct store_run
run_keeper_snapshot(struct run_keeper *k, struct run_said *said)
{
	usec_t elapsed;
	struct store_run r = { .run_id = k->run_id,
		.phase = said->phase,
		.log_tail = said->log,
		.reason = "",
		.reason_class = "",
		.result = "" };

	pthread_mutex_lock(&k->mutex);
	memcpy(said->phase, k->phase, sizeof k->phase);
	memcpy(said->log, k->log, k->log_bytes + 1);
	r.done = k->done;
	r.total = k->total;
	elapsed = clock_monotonic_us() - k->phase_begun;
	r.rate = elapsed < RATE_OVER_S * USEC_SEC ?
	    0 :
	    (int64_t)((double)k->done * 1e6 / (double)elapsed);
	pthread_mutex_unlock(&k->mutex);
	return r;
}

struct recording {
	struct run_keeper *k;
	struct store_run *r;
	int dry_run, kept;
};

static int
record_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct recording *w = arg;
	struct run_keeper *k = w->k;
	struct run_end end = { .run_id = k->run_id,
		.schedule_id = k->schedule_id,
		.tenant_id = k->tenant_id,
		.process = k->kind->name,
		.reason = w->r->reason,
		.state = w->r->state,
		.dry_run = w->dry_run,
		.give_up_days = k->runner->conf->mail_give_up_days };
	int rc;

	w->kept = 0;
	if ((rc = db_now(db, &w->r->ended_at, err)) < 0 ||
	    (rc = store_run_settle(db, w->r, k->lease, &w->kept, err)) < 0)
		return rc;
	end.now = w->r->ended_at;
	return w->kept ? run_end(db, a, &end, err) : 0;
}

int
run_keeper_record(struct run_keeper *k, struct db *db, struct store_run *r, int dry_run, int *kept,
    struct err *err)
{
	struct recording w = { .k = k, .r = r, .dry_run = dry_run };
	int rc = db_transact(db, record_work, &w, err);

	*kept = w.kept;
	return rc;
}

/* Ends the process, whatever the run's thread does. That closes the connection, so the open
 * transaction is rolled back. */
static void
end_process(struct run_keeper *k, struct db *db, enum state_of_run state, const char *class,
    const char *reason)
{
	struct run_said said;
	struct store_run r = run_keeper_snapshot(k, &said);
	struct err err = { 0 };
	int kept;

	pthread_mutex_lock(&k->mutex); /* and never unlocked: nothing is settled twice */
	if (k->over) {
		pthread_mutex_unlock(&k->mutex);
		return;
	}
	r.state = state;
	r.reason_class = class;
	r.reason = reason;
	if (run_keeper_record(k, db, &r, 0, &kept, &err) == 0 && kept)
		log_event(LOG_LEVEL_WARNING, "run-ended", "kind", k->kind->name, "state",
		    state_name(states_of_run, state), "detail", reason, NULL);
	_exit(0);
}

static void
give_back(struct run_keeper *k, struct db *db)
{
	struct err err = { 0 };

	pthread_mutex_lock(&k->mutex);
	if (k->over) {
		pthread_mutex_unlock(&k->mutex);
		return;
	}
	store_run_give_back(
	    db, k->run_id, k->lease, "The daemon was stopped; it begins again.", &err);
	_exit(0);
}

/* Checks what may end a run, and extends its lease. Failures of the database are waited out: the
 * lease decides. */
static void
keep(struct run_keeper *k, struct db *db)
{
	struct run_said said;
	struct store_run r = run_keeper_snapshot(k, &said);
	struct arena a = { 0 };
	struct err err = { 0 };
	const char *by;
	int kept = 1;

	if (*k->runner->want_stop)
		give_back(k, db);
	if (clock_monotonic_us() - k->begun > k->kind->time_limit_s * USEC_SEC)
		end_process(k, db, STATE_RUN_TIMED_OUT, "time",
		    arena_printf(&a, "It took longer than %d s.", k->kind->time_limit_s));
	if (memory_resident_mb(getpid()) > k->kind->memory_mb)
		end_process(k, db, STATE_RUN_FAILED, "memory",
		    arena_printf(&a, "It took more than %d MiB of memory.", k->kind->memory_mb));
	if (store_run_cancelled(db, &a, k->run_id, &by, &err) == 0 && by != NULL)
		end_process(k, db, STATE_RUN_CANCELLED, "cancelled",
		    arena_printf(&a, "Cancelled%s%s.", *by == '\0' ? "" : " by ", by));
	if (store_run_keep(db, &r, k->lease, RUN_LEASE_S * USEC_SEC, &kept, &err) == 0 && !kept) {
		pthread_mutex_lock(&k->mutex);
		if (!k->over) /* somebody else says that it is lost */
			_exit(3);
		pthread_mutex_unlock(&k->mutex);
	}
	arena_done(&a);
}

static int
is_over(struct run_keeper *k)
{
	struct timespec until;
	int over;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += KEEP_MS % 1000 * 1000000L;
	until.tv_sec += KEEP_MS / 1000 + until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_mutex_lock(&k->mutex);
	if (!k->over)
		pthread_cond_timedwait(&k->wake, &k->mutex, &until);
	over = k->over;
	pthread_mutex_unlock(&k->mutex);
	return over;
}

static void *
keep_main(void *arg)
{
	struct run_keeper *k = arg;
	usec_t last = clock_monotonic_us();
	struct db *db = NULL;
	struct err err = { 0 };

	while (!is_over(k)) {
		if (k->runner->beat_fd >= 0 && write(k->runner->beat_fd, "", 1) < 0)
			_exit(0); /* the parent is gone */
		if (registry_db_open(&db, k->runner->conf, 0, &err) < 0) {
			err_clear(&err);
			if (clock_monotonic_us() - last > RUN_LEASE_S * USEC_SEC ||
			    *k->runner->want_stop)
				_exit(3); /* its lease is over: another may have begun */
			continue;
		}
		keep(k, db);
		if (!db_broken(db))
			last = clock_monotonic_us();
	}
	db_close(&db);
	return NULL;
}

static void
init(struct run_keeper *k, struct runner *r, const struct store_run *row,
    const unsigned char lease[STORE_RUN_LEASE_BYTES])
{
	static const struct process_kind unknown = {
		.name = "?", .time_limit_s = 3600, .memory_mb = 1024
	};
	pthread_condattr_t attr;

	*k = (struct run_keeper){ .runner = r,
		.kind = process_find(row->process),
		.run_id = row->run_id,
		.schedule_id = row->schedule_id,
		.tenant_id = row->tenant_id,
		.begun = clock_monotonic_us() };
	if (k->kind == NULL)
		k->kind = &unknown;
	k->phase_begun = k->begun;
	memcpy(k->lease, lease, STORE_RUN_LEASE_BYTES);
	pthread_mutex_init(&k->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&k->wake, &attr);
	pthread_condattr_destroy(&attr);
}

struct run_keeper *
run_keeper_start(
    struct runner *r, const struct store_run *row, const unsigned char lease[STORE_RUN_LEASE_BYTES])
{
	struct run_keeper *k = calloc(1, sizeof *k);

	if (k == NULL)
		abort();
	init(k, r, row, lease);
	if (pthread_create(&k->thread, NULL, keep_main, k) != 0)
		abort();
	return k;
}

void
run_keeper_stop(struct run_keeper *k)
{
	pthread_mutex_lock(&k->mutex);
	k->over = 1;
	pthread_cond_signal(&k->wake);
	pthread_mutex_unlock(&k->mutex);
	pthread_join(k->thread, NULL);
}

void
run_keeper_free(struct run_keeper *k)
{
	pthread_cond_destroy(&k->wake);
	pthread_mutex_destroy(&k->mutex);
	free(k);
}
