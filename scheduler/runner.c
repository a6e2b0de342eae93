#include "config.h"

#include "scheduler/runner.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#include "lib/conf.h"
#include "lib/crash.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/log.h"
#include "lib/secret.h"
#include "model/process.h"
#include "model/schedule.h"
#include "model/state.h"
#include "process/process.h"
#include "scheduler/memory.h"
#include "scheduler/tenants.h"
#include "store/db.h"
#include "store/registry_db.h"
#include "store/registry/store_clock.h"
#include "store/schedule/run_end.h"
#include "store/schedule/store_run.h"

enum {
	LEASE_S = 30,
	KEEP_MS = 1000,
	MEMORY_MORE_MB = 256,
	PHASE_MAX = 100,
	REASON_MAX = 300,
	RATE_OVER_S = 1
};

/* What the run's thread says and the keeper writes; under the mutex. */
struct run_keeper {
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	int over;			/* the run's thread has settled it, or is about to */
	struct runner *runner;
	const struct process_kind *kind;
	unsigned char lease[STORE_RUN_LEASE_BYTES];
	int64_t run_id, schedule_id, tenant_id;
	usec_t begun;			/* monotonic clock */
	char phase[PHASE_MAX * 4 + 1];
	int64_t done, total;
	usec_t phase_begun;
	char log[STORE_RUN_LOG_MAX + 1];
	size_t log_bytes;
};

/* ------------------------------------------------------------------ what a process says */

void
run_progress(struct run *run, const char *phase, int64_t done, int64_t total)
{
	struct run_keeper *k = run->keeper;

	pthread_mutex_lock(&k->mutex);
	if (strcmp(k->phase, phase) != 0) {
		snprintf(k->phase, sizeof k->phase, "%s", phase);
		k->phase_begun = clock_monotonic_us();
	}
	k->done = done;
	k->total = total;
	pthread_mutex_unlock(&k->mutex);
}

/* Whole lines from the front go when there is no room. */
static void
log_add(struct run_keeper *k, const char *text)
{
	size_t n = strlen(text), cut = 0;

	if (n > STORE_RUN_LOG_MAX / 2)
		return;
	if (k->log_bytes + n > STORE_RUN_LOG_MAX) {
		char *end = memchr(k->log + n, '\n', k->log_bytes > n ? k->log_bytes - n : 0);

		cut = end == NULL ? k->log_bytes : (size_t)(end + 1 - k->log);
	}
	memmove(k->log, k->log + cut, k->log_bytes - cut);
	k->log_bytes -= cut;
	memcpy(k->log + k->log_bytes, text, n + 1);
	k->log_bytes += n;
}

void
run_log(struct run *run, const char *fmt, ...)
{
	struct run_keeper *k = run->keeper;
	struct arena a = { 0 };
	va_list ap;
	char *line;

	va_start(ap, fmt);
	line = arena_vprintf(&a, fmt, ap);
	va_end(ap);
	for (char *p = line; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	pthread_mutex_lock(&k->mutex);
	log_add(k,
	    arena_printf(&a, "%7.1f s  %s\n", (double)(clock_monotonic_us() - k->begun) / 1e6,
		text_utf8_fit(&a, line, 1000)));
	pthread_mutex_unlock(&k->mutex);
	arena_done(&a);
}

void
run_warn(struct run *run, const char *fmt, ...)
{
	va_list ap;
	char *line;

	va_start(ap, fmt);
	line = arena_vprintf(&run->arena, fmt, ap);
	va_end(ap);
	run_log(run, "%s", line);
	run->warning = run->warning == NULL ? line : arena_printf(&run->arena, "%s; %s",
	    text_utf8_fit(&run->arena, run->warning, REASON_MAX), line);
}

static void
result_name(struct run *run, const char *name)
{
	if (run->result.len > 0)
		buf_addc(&run->result, ',');
	buf_add_json(&run->result, name);
	buf_addc(&run->result, ':');
}

void
run_result_int(struct run *run, const char *name, int64_t value)
{
	result_name(run, name);
	buf_addf(&run->result, "%" PRId64, value);
}

void
run_result_text(struct run *run, const char *name, const char *value)
{
	result_name(run, name);
	buf_add_json(&run->result, value);
}

/* ------------------------------------------------------------------ the keeper */

/* A copy of what is said so far. log must take STORE_RUN_LOG_MAX + 1 bytes, phase those of the
 * keeper's. */
static struct store_run
snapshot(struct run_keeper *k, char *phase, char *log)
{
	usec_t elapsed;
	struct store_run r = { .run_id = k->run_id,
		.phase = phase,
		.log_tail = log,
		.reason = "",
		.reason_class = "",
		.result = "" };

	pthread_mutex_lock(&k->mutex);
	memcpy(phase, k->phase, sizeof k->phase);
	memcpy(log, k->log, k->log_bytes + 1);
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
	struct run_end end = { .run_id = k->run_id, .schedule_id = k->schedule_id,
		.tenant_id = k->tenant_id, .process = k->kind->name, .reason = w->r->reason,
		.state = w->r->state, .dry_run = w->dry_run,
		.give_up_days = k->runner->conf->mail_give_up_days };
	int rc;

	w->kept = 0;
	if ((rc = db_now(db, &w->r->ended_at, err)) < 0 ||
	    (rc = store_run_settle(db, w->r, k->lease, &w->kept, err)) < 0)
		return rc;
	end.now = w->r->ended_at;
	return w->kept ? run_end(db, a, &end, err) : 0;
}

/* Records an end and what follows from it, in a transaction of db. *kept 0: the lease is lost. */
static int
record(struct run_keeper *k, struct db *db, struct store_run *r, int dry_run, int *kept,
    struct err *err)
{
	struct recording w = { .k = k, .r = r, .dry_run = dry_run };
	int rc = db_transact(db, record_work, &w, err);

	*kept = w.kept;
	return rc;
}

/* Ends the process, whatever the run's thread does: the connection of its transaction is closed by
 * that, so it is rolled back. */
static void
end_process(struct run_keeper *k, struct db *db, enum state_of_run state, const char *class,
    const char *reason)
{
	char phase[sizeof k->phase], log[sizeof k->log];
	struct store_run r = snapshot(k, phase, log);
	struct err err = { 0 };
	int kept;

	pthread_mutex_lock(&k->mutex);	/* and never unlocked: nothing is settled twice */
	if (k->over) {
		pthread_mutex_unlock(&k->mutex);
		return;
	}
	r.state = state;
	r.reason_class = class;
	r.reason = reason;
	if (record(k, db, &r, 0, &kept, &err) == 0 && kept)
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
	char phase[sizeof k->phase], log[sizeof k->log];
	struct store_run r = snapshot(k, phase, log);
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
	if (store_run_keep(db, &r, k->lease, LEASE_S * USEC_SEC, &kept, &err) == 0 && !kept) {
		pthread_mutex_lock(&k->mutex);
		if (!k->over)	/* somebody else says that it is lost */
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
keeper_main(void *arg)
{
	struct run_keeper *k = arg;
	usec_t last = clock_monotonic_us();
	struct db *db = NULL;
	struct err err = { 0 };

	while (!is_over(k)) {
		if (k->runner->beat_fd >= 0 && write(k->runner->beat_fd, "", 1) < 0)
			_exit(0);	/* the parent is gone */
		if (registry_db_open(&db, k->runner->conf, 0, &err) < 0) {
			err_clear(&err);
			if (clock_monotonic_us() - last > LEASE_S * USEC_SEC ||
			    *k->runner->want_stop)
				_exit(3);	/* its lease is over: another may have begun */
			continue;
		}
		keep(k, db);
		if (!db_broken(db))
			last = clock_monotonic_us();
	}
	db_close(&db);
	return NULL;
}

/* ------------------------------------------------------------------ one run */

static int
bind_parameters(struct run *run, const char *text, void **args, struct json_object **parameters,
    struct err *err)
{
	int rc;

	*parameters = NULL;
	if (text[0] != '\0' && (rc = json_parse(text, strlen(text), parameters, err)) < 0)
		return rc;
	rc = schedule_parameters(&run->arena, run->kind, *parameters, args, err);
	if (rc < 0 && err->faults != NULL)
		err_set(err, ERR_PERMANENT, "%s %s", err->faults->field, err->faults->message);
	return rc < 0 ? err->code : 0;
}

/* The registry's clock is the one that was seen before. */
static int
believe(struct runner *r, struct run *run, struct err *err)
{
	usec_t now;
	int rc = db_now(r->registry, &now, err);

	if (rc == 0)
		rc = store_clock_believe(r->registry, &run->arena, now, &run->believed, err);
	if (rc == 0 && run->believed > run->now)
		run->believed = run->now;
	return rc;
}

static int
work(struct runner *r, struct run *run, const struct store_run *row, struct err *err)
{
	const struct process_row *p = process_work_find(row->process);
	struct json_object *parameters = NULL;
	struct tenants tenants;
	struct tenant *tenant;
	void *args;
	int rc;

	if (run->kind == NULL || p == NULL)
		return err_set(err, ERR_PERMANENT, "This process is not built.");
	tenants_init(&tenants, r->conf);
	tenants.timeout_s =
	    (unsigned)run->kind->time_limit_s; /* one statement of a large tenant may take long; the
						  keeper watches over the time */
	if ((rc = bind_parameters(run, row->parameters, &args, &parameters, err)) == 0 &&
	    (rc = tenants_get(&tenants, r->registry, row->tenant_id, &tenant, err)) == 0 &&
	    tenant == NULL)
		rc = err_set(err, ERR_PERMANENT, "The tenant is gone.");
	if (rc == 0 && tenant->db == NULL)
		rc = err->code < 0 ?
		    err->code :
		    err_set(err, ERR_DB_GONE, "The tenant's database cannot be reached.");
	if (rc == 0) {
		run->args = args;
		run->dry_run = ((const struct process_common *)args)->dry_run.value;
		run->db = tenant->db;
		run->conf = r->conf;
		run->customer = tenant->customer;
		run->alias = tenant->alias;
		run->time_zone = tenant->time_zone;
		run->reference_currency = tenant->reference_currency;
		if ((rc = db_now(run->db, &run->now, err)) == 0 && (rc = believe(r, run, err)) == 0)
			rc = p->run(run, err);
	}
	json_object_put(parameters);
	tenants_done(&tenants);
	return rc;
}

/* What warned, as a sentence, behind what the run was given to know. */
static const char *
warning_reason(struct run *run, const char *given)
{
	const char *line = text_utf8_fit(&run->arena, run->warning, REASON_MAX);
	char *text = arena_printf(&run->arena, "%s%s", line,
	    line[0] != '\0' && line[strlen(line) - 1] == '.' ? "" : ".");

	if (text[0] >= 'a' && text[0] <= 'z')
		text[0] = (char)(text[0] - 'a' + 'A');
	return *given == '\0' ? text : arena_printf(&run->arena, "%s %s", given, text);
}

/* What its end is called, and why. */
static void
name_end(struct run *run, const struct store_run *row, int rc, const struct err *why,
    struct store_run *end)
{
	if (rc < 0) {
		end->state = STATE_RUN_FAILED;
		end->reason_class = err_slug(why->code);
		end->reason = text_utf8_fit(&run->arena,
		    why->detail[0] == '\0' ? err_sentence(why->code) : why->detail, REASON_MAX);
		return;
	}
	end->state = run->warning != NULL ? STATE_RUN_WARNING : STATE_RUN_SUCCESS;
	end->reason_class = run->warning != NULL ? "warning" : row->reason_class;
	end->reason = run->warning != NULL ? warning_reason(run, row->reason) : row->reason;
}

static int
settle(struct runner *r, struct run_keeper *k, struct run *run, const struct store_run *row, int rc,
    const struct err *why, struct err *err)
{
	char phase[sizeof k->phase], log[sizeof k->log];
	struct store_run end = snapshot(k, phase, log);
	int kept = 0;

	name_end(run, row, rc, why, &end);
	end.result = arena_printf(
	    &run->arena, "{%s}", run->result.len == 0 ? "" : run->result.data);
	rc = record(k, r->registry, &end, run->dry_run, &kept, err);
	if (rc == 0 && kept)
		log_event(end.state == STATE_RUN_SUCCESS ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
		    "run", "kind", row->process, "run",
		    arena_printf(&run->arena, "%" PRId64, row->run_id), "state",
		    state_name(states_of_run, end.state), "detail", end.reason, "inside",
		    end.state == STATE_RUN_FAILED && why->inside[0] != '\0' ? why->inside : NULL,
		    NULL);
	return rc;
}

/* The outcome is written until the database takes it, or the lease is surely over. */
static void
settle_surely(struct runner *r, struct run_keeper *k, struct run *run, const struct store_run *row,
    int rc, const struct err *why)
{
	for (int i = 0; i < LEASE_S; i++) {
		struct err err = { 0 };

		if (registry_db_open(&r->registry, r->conf, 0, &err) == 0 &&
		    settle(r, k, run, row, rc, why, &err) == 0)
			return;
		sleep(1);
	}
}

static void
keeper_init(struct run_keeper *k, struct runner *r, const struct store_run *row,
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

static void
run_one(
    struct runner *r, const struct store_run *row, const unsigned char lease[STORE_RUN_LEASE_BYTES])
{
	struct run_keeper *k = calloc(1, sizeof *k);
	struct run run = { .run_id = row->run_id,
		.tenant_id = row->tenant_id,
		.kind = process_find(row->process),
		.due = row->due_at,
		.keeper = k };
	struct err why = { 0 };
	pthread_t thread;
	int rc;

	if (k == NULL)
		abort();
	keeper_init(k, r, row, lease);
	buf_init(&run.result, &run.arena);
	if (pthread_create(&thread, NULL, keeper_main, k) != 0)
		abort();
	if (row->reason[0] != '\0')
		run_log(&run, "%s", row->reason);
	rc = work(r, &run, row, &why);
	pthread_mutex_lock(&k->mutex);
	k->over = 1;
	pthread_cond_signal(&k->wake);
	pthread_mutex_unlock(&k->mutex);
	pthread_join(thread, NULL);
	crash_point("before-run-settle");
	settle_surely(r, k, &run, row, rc, &why);
	pthread_cond_destroy(&k->wake);
	pthread_mutex_destroy(&k->mutex);
	arena_done(&run.arena);
	free(k);
}

int
runner_step(struct runner *r, int *count, struct err *err)
{
	unsigned char lease[STORE_RUN_LEASE_BYTES];
	struct arena a = { 0 };
	struct store_run *row = NULL;
	int64_t run_id;
	int rc;

	*count = 0;
	if ((rc = registry_db_open(&r->registry, r->conf, 0, err)) < 0)
		return rc;
	secret_random(lease, sizeof lease);
	if ((rc = store_run_claim(
		 r->registry, lease, r->worker, LEASE_S * USEC_SEC, &run_id, err)) == 0 &&
	    run_id != 0)
		rc = store_run_load(r->registry, &a, run_id, &row, err);
	if (rc == 0 && row != NULL) {
		run_one(r, row, lease);
		*count = 1;
	}
	arena_done(&a);
	return db_left(rc);
}

long
runner_memory_mb(const struct conf *conf)
{
	long most = 0;

	(void)conf;
	for (const struct process_kind *k = process_kinds; k->name != NULL; k++)
		if (k->memory_mb > most)
			most = k->memory_mb;
	return most + MEMORY_MORE_MB;
}
