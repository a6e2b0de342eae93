#include "config.h"

#include "scheduler/tick.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/conf.h"
#include "lib/crash.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/text.h"
#include "model/process.h"
#include "model/schedule.h"
#include "model/state.h"
#include "store/db.h"
#include "store/registry_db.h"
#include "store/registry/store_clock.h"
#include "store/registry/store_idempotency.h"
#include "store/registry/store_privacy.h"
#include "store/schedule/occurrences.h"
#include "store/schedule/run_end.h"
#include "store/schedule/store_run.h"
#include "store/schedule/store_schedule.h"

enum {
	DUE_MAX = 50,
	LAPSED_MAX = 50,
	ZONES_MAX = 200,
	SILENT_MAX = 50,
	FORGET_MAX = 500,
	RUNS_AT_ONCE = OCCURRENCES_LAST - 1,
	ROWS_AT_ONCE = 1000,
	PAUSE_MS = 1000,
	LOCKED_MS = 100,
	ZONES_S = 60,
	SILENCE_S = 10,
	AHEAD_S = 60,
	AHEAD_MAX = 50,
	RETENTION_S = 3600,
	REQUESTS_S = 60,
	REQUEST_OLD_S = 600,
	FORGOTTEN_MAX = 50
};

#define DAY (86400 * USEC_SEC)

/* ------------------------------------------------------------------ one schedule that is due */

/* How many of the last ones run. */
static int64_t
runs_of(const struct schedule *s, const struct occurrences *o, usec_t now)
{
	int64_t most = o->total < RUNS_AT_ONCE ? o->total : RUNS_AT_ONCE, n = 0;

	if (s->misfire == SCHEDULE_MISFIRE_ALL)
		return most;
	if (s->misfire == SCHEDULE_MISFIRE_ONCE)
		return 1;
	while (n < most && occurrences_at(o, o->total - 1 - n) >= now - s->grace_s * USEC_SEC)
		n++;
	return n;
}

static int
put_missed(struct tick *t, struct arena *a, const struct store_schedule *row,
    const struct schedule *s, const struct occurrences *o, int64_t missed, usec_t now,
    struct err *err)
{
	struct occurrences_missed why = {
		.class = "missed", .reason = "Misfire is Skip.", .found_late = 1
	};
	char last[32];

	if (s->misfire == SCHEDULE_MISFIRE_ALL)
		why.reason = arena_printf(
		    a, "Misfire is All, but of so many only the last %d run.", RUNS_AT_ONCE);
	else if (s->misfire == SCHEDULE_MISFIRE_ONCE) {
		clock_iso8601(occurrences_at(o, o->total - 1), last);
		why.reason = arena_printf(
		    a, "Misfire is Once: the last one stands for all, that of %s.", last);
	}
	return occurrences_put_missed(t->registry, a, row, o, missed, &why, now, err);
}

/* NULL when a run may begin or wait, else why it is left out. */
static const char *
overlap_reason(struct arena *a, const struct schedule *s, const struct store_run_open *open)
{
	char since[32];

	if (s->overlap == SCHEDULE_OVERLAP_ALLOW || open->waiting + open->running == 0 ||
	    (s->overlap == SCHEDULE_OVERLAP_QUEUE && open->waiting == 0))
		return NULL;
	if (open->waiting > 0)
		return s->overlap == SCHEDULE_OVERLAP_QUEUE ?
		    "Another run waits already." :
		    "The run before it has not begun yet.";
	clock_iso8601(open->since, since);
	return arena_printf(a, "The run before it, begun at %s, is still at work.", since);
}

/* What the last one is told when it stands for others, else "". */
static const char *
stands_for(struct arena *a, const struct schedule *s, const struct occurrences *o)
{
	char oldest[32];

	if (s->misfire != SCHEDULE_MISFIRE_ONCE || o->total == 1)
		return "";
	clock_iso8601(o->first[0], oldest);
	return arena_printf(a,
	    "It stands for %" PRId64 " missed occurrence%s, too, the oldest due at %s.",
	    o->total - 1, o->total == 2 ? "" : "s", oldest);
}

static int
put_runs(struct tick *t, struct arena *a, const struct store_schedule *row,
    const struct schedule *s, const struct occurrences *o, int64_t runs, usec_t now,
    struct err *err)
{
	const struct process_kind *kind = process_find(row->process);
	struct store_run_open open;
	const char *left_out, *stands = stands_for(a, s, o);
	int64_t id;

	if (store_run_open(t->registry, row->schedule_id, now, &open, err) < 0)
		return err->code;
	left_out = overlap_reason(a, s, &open);
	for (int64_t i = o->total - runs; i < o->total; i++) {
		struct store_run r = { .tenant_id = row->tenant_id,
			.schedule_id = row->schedule_id,
			.process = row->process,
			.parameters = row->parameters,
			.origin = STORE_RUN_BY_SCHEDULE,
			.tries = 1,
			.due_at = occurrences_at(o, i),
			.occurrences = 1,
			.last_due_at = USEC_NONE,
			.state = left_out == NULL ? STATE_RUN_WAITING : STATE_RUN_SKIPPED,
			.not_before = occurrences_at(o, i) + schedule_jitter(s, row->schedule_id),
			.allow_overlap = s->overlap == SCHEDULE_OVERLAP_ALLOW,
			.exclusive = kind == NULL ? NULL : kind->exclusive,
			.ended_at = left_out == NULL ? USEC_NONE : now,
			.reason_class = left_out != NULL ? "overlap" :
			    *stands == '\0'              ? "" :
							   "misfire",
			.reason = left_out == NULL ? stands : left_out,
			.created_by = "" };

		if (store_run_put(t->registry, &r, now, &id, err) < 0)
			return err->code;
	}
	return 0;
}

/* A schedule that cannot be read is set aside with the reason, so that it does not hold up the
 * others. */
static int
read_schedule(struct tick *t, struct arena *a, const struct store_schedule *row, struct schedule *s,
    struct err *err)
{
	const struct schedule_form *form = schedule_form_find(row->form);
	struct err fault = { 0 };

	*s = (struct schedule){ 0 };
	if (form != NULL &&
	    schedule_parse(a, form, row->rule, row->time_zone, row->created_at, s, &fault) == 0)
		return 1;
	schedule_done(s);
	log_event(LOG_LEVEL_ERROR, "schedule", "schedule",
	    arena_printf(a, "%" PRId64, row->schedule_id), "detail",
	    form == NULL ? "unknown form" : fault.detail, NULL);
	return store_schedule_move(t->registry, row->schedule_id, row->after_at, USEC_NONE,
	    row->next_day,
	    form == NULL ?
		"Its form is not known." :
		text_utf8_fit(a, fault.faults != NULL ? fault.faults->message : fault.detail, 300),
	    err);
}

static int
fire(struct tick *t, struct arena *a, const struct store_schedule *row, usec_t now, int64_t *rows,
    struct err *err)
{
	struct occurrences *o = arena_new(a, struct occurrences, 1);
	struct schedule s;
	int64_t runs;
	int rc = read_schedule(t, a, row, &s, err);

	if (rc <= 0)
		return rc;
	occurrences_until(&s, occurrences_due(&s, row), now, o);
	runs = runs_of(&s, o, now);
	*rows += runs + occurrences_rows(o->total - runs);
	if ((rc = put_missed(t, a, row, &s, o, o->total - runs, now, err)) == 0 &&
	    (rc = put_runs(t, a, row, &s, o, runs, now, err)) == 0)
		rc = store_schedule_move(t->registry, row->schedule_id,
		    occurrences_at(o, o->total - 1), o->next.at, o->next.day, "", err);
	schedule_done(&s);
	return rc;
}

/* ------------------------------------------------------------------ what has its time, each in a
 * transaction */

/* So many rows that no transaction is long: what is left is due still. */
static int
fire_due(struct tick *t, struct arena *a, usec_t now, int *count, struct err *err)
{
	struct store_schedule *due;
	int64_t rows = 0;
	int done = 0;
	size_t n;
	int rc = store_schedule_due(t->registry, a, now, DUE_MAX, &due, &n, err);

	for (size_t i = 0; i < n && rc == 0 && rows < ROWS_AT_ONCE; i++, done++)
		rc = fire(t, a, &due[i], now, &rows, err);
	*count += done;
	crash_point("before-tick-commit");
	return rc;
}

/* When it may be tried again no more, somebody is told. */
static int
lose_one(struct tick *t, struct arena *a, const struct store_run *r, int again, usec_t now,
    struct err *err)
{
	const int cancelled = r->cancel_at != USEC_NONE;
	const struct run_end end = { .run_id = r->run_id,
		.schedule_id = r->schedule_id,
		.tenant_id = r->tenant_id,
		.process = r->process,
		.state = cancelled ? STATE_RUN_CANCELLED : STATE_RUN_LOST,
		.again = again,
		.now = now,
		.reason = cancelled ?
		    "It was cancelled; its process ended." :
		    "Its process, or the machine it ran on, ended without a word.",
		.give_up_days = t->conf->mail_give_up_days };
	int rc = store_run_lose(t->registry, r->run_id, end.state,
	    cancelled ? "cancelled" : "lost", end.reason, now, err);

	return rc < 0 ? rc : run_end(t->registry, a, &end, err);
}

/* Its process is gone: lost, and tried again as its kind says. */
static int
lose(struct tick *t, struct arena *a, const struct store_run *r, usec_t now, struct err *err)
{
	const struct process_kind *kind = process_find(r->process);
	const int is_last = r->cancel_at != USEC_NONE || kind == NULL || r->tries > kind->retries;
	struct store_run again = *r;
	int64_t id;
	int rc = lose_one(t, a, r, !is_last, now, err);

	if (rc < 0 || is_last)
		return rc;
	again.origin = STORE_RUN_BY_RETRY;
	again.retry_of = r->run_id;
	again.tries = r->tries + 1;
	again.due_at = again.last_due_at = again.ended_at = USEC_NONE;
	again.occurrences = 1;
	again.state = STATE_RUN_WAITING;
	again.not_before = now + kind->retry_after_s * USEC_SEC;
	again.reason_class = again.reason = "";
	return store_run_put(t->registry, &again, now, &id, err);
}

static int
lose_lapsed(struct tick *t, struct arena *a, usec_t now, int *count, struct err *err)
{
	struct store_run *runs;
	size_t n;
	int rc = store_run_lapsed(t->registry, a, now, LAPSED_MAX, &runs, &n, err);

	for (size_t i = 0; i < n && rc == 0; i++) {
		log_event(LOG_LEVEL_ERROR, "run-lost", "run",
		    arena_printf(a, "%" PRId64, runs[i].run_id), "kind", runs[i].process, "process",
		    runs[i].worker, NULL);
		rc = lose(t, a, &runs[i], now, err);
	}
	*count += n == LAPSED_MAX;
	return rc;
}

/* The next occurrence anew: that of the same day. */
static int
renew_zones(struct tick *t, struct arena *a, usec_t now, int *count, struct err *err)
{
	const char *version = calendar_tzdata_version(a);
	struct store_schedule *list;
	size_t n;
	int rc = store_schedule_other_tzdata(t->registry, a, version, ZONES_MAX, &list, &n, err);

	(void)now;
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct schedule s;

		if (list[i].next_due_at != USEC_NONE &&
		    (rc = read_schedule(t, a, &list[i], &s, err)) > 0) {
			struct occurrence next = occurrences_open(&s, &list[i]);

			rc = store_schedule_move(t->registry, list[i].schedule_id, list[i].after_at,
			    next.at, next.day, "", err);
			schedule_done(&s);
		}
		if (rc == 0)
			rc = store_schedule_set_tzdata(
			    t->registry, list[i].schedule_id, version, err);
	}
	*count += n == ZONES_MAX;
	return rc;
}

/* Settled up to now, and no further. Returns rows that were deleted, or a negative code; so many as
 * are deleted at once: it is to be taken up again. */
static int64_t
set_back(struct tick *t, struct arena *a, struct store_schedule *row, usec_t now, struct err *err)
{
	const int is_paused = row->paused_at != USEC_NONE;
	struct occurrence next = { .at = USEC_NONE, .day = CALENDAR_NO_DAY };
	int64_t n = db_exec(t->registry, Q_run_forget_ahead, DB_ARGS(v_int(row->schedule_id),
	    v_time(now), v_int(ROWS_AT_ONCE)), err);
	struct schedule s = { 0 };
	int rc;

	if (n < 0 || n == ROWS_AT_ONCE)
		return n < 0 ? err->code : n;
	if (!is_paused && (rc = read_schedule(t, a, row, &s, err)) <= 0)
		return rc < 0 ? rc : n;
	row->after_at = now;
	row->next_due_at = USEC_NONE;
	row->next_day = CALENDAR_NO_DAY;
	if (!is_paused) {
		next = occurrences_open(&s, row);
		schedule_done(&s);
	}
	row->next_due_at = next.at;
	row->next_day = next.day;
	rc = store_schedule_set_back(t->registry, row, now, err);
	return rc < 0 ? rc : n;
}

/* A clock that ran ahead has moved schedules on to its date: they would be silent until then. To a
 * clock that was set back all of them seem so, and nothing may be done again. */
static int
set_back_all(struct tick *t, struct arena *a, usec_t now, int *count, struct err *err)
{
	struct store_schedule *list;
	int64_t rows = 0, deleted = 0;
	size_t n, i;
	int behind;

	if (store_clock_is_behind(t->registry, a, now, &behind, err) < 0)
		return err->code;
	if (behind)
		return 0;
	if (store_schedule_ahead(t->registry, a, now + AHEAD_S * USEC_SEC, AHEAD_MAX, &list, &n,
	    err) < 0)
		return err->code;
	for (i = 0; i < n && rows < ROWS_AT_ONCE; i++, rows += deleted) {
		log_event(LOG_LEVEL_WARNING, "schedule-set-back", "schedule",
		    arena_printf(a, "%" PRId64, list[i].schedule_id), NULL);
		if ((deleted = set_back(t, a, &list[i], now, err)) < 0)
			return err->code;
	}
	*count += n == AHEAD_MAX || rows >= ROWS_AT_ONCE;
	return 0;
}

static int
alarm_mail(
    struct tick *t, struct arena *a, const struct rows *r, size_t i, usec_t now, struct err *err)
{
	const char *customer = rows_text(r, i, C_schedule_silent_customer),
		   *alias = rows_text(r, i, C_schedule_silent_alias),
		   *process = rows_text(r, i, C_schedule_silent_process),
		   *label = rows_text(r, i, C_schedule_silent_label);
	char since[32] = "it was created";
	int64_t mail_id;

	if (rows_text(r, i, C_schedule_silent_admin_email) == NULL ||
	    rows_text(r, i, C_schedule_silent_admin_email)[0] == '\0')
		return 0;
	if (!rows_null(r, i, C_schedule_silent_last_success_at))
		clock_iso8601(rows_time(r, i, C_schedule_silent_last_success_at), since);
	if (db_exec(t->registry, Q_mail_put_text,
		DB_ARGS(v_int(rows_int(r, i, C_schedule_silent_tenant_id)),
		    v_text(arena_printf(a, "silence.%" PRId64 ".%" PRId64 "@customerapi.%s",
			rows_int(r, i, C_schedule_silent_schedule_id), now / USEC_SEC, customer)),
		    v_text(arena_printf(a, "[%s/%s] %s has not succeeded for %" PRId64 " h",
			customer, alias, process, rows_int(r, i, C_schedule_silent_silence_h))),
		    v_text(arena_printf(a,
			"No run of %s%s%s%s (schedule %" PRId64
			" of %s/%s) has succeeded since %s. \"customerapi run list %s %s "
			"--schedule %" PRId64 "\" shows what "
			"became of its runs.",
			process, label[0] == '\0' ? "" : " \"", label, label[0] == '\0' ? "" : "\"",
			rows_int(r, i, C_schedule_silent_schedule_id), customer, alias, since,
			customer, alias, rows_int(r, i, C_schedule_silent_schedule_id))),
		    v_time(now), v_time(now), v_time(now + t->conf->mail_give_up_days * DAY)),
		err) < 0)
		return err->code;
	mail_id = db_insert_id(t->registry);
	return db_exec(t->registry, Q_mail_put_text_recipient,
		   DB_ARGS(v_int(mail_id), v_text(rows_text(r, i, C_schedule_silent_admin_email)),
		       v_time(now)),
		   err) < 0 ?
	    err->code :
	    0;
}

/* Once a day, or in the alarm's own period when that is longer. */
static int
raise_alarms(struct tick *t, struct arena *a, usec_t now, int *count, struct err *err)
{
	struct rows r;
	int rc = db_query(
	    t->registry, Q_schedule_silent, DB_ARGS(v_time(now), v_int(SILENT_MAX)), a, &r, err);

	for (size_t i = 0; rc == 0 && i < r.n; i++) {
		int64_t hours = rows_int(&r, i, C_schedule_silent_silence_h) > 24 ?
		    rows_int(&r, i, C_schedule_silent_silence_h) :
		    24;
		int64_t mine = db_exec(t->registry, Q_schedule_silent_next,
		    DB_ARGS(v_time(now + hours * 3600 * USEC_SEC),
			v_int(rows_int(&r, i, C_schedule_silent_schedule_id)), v_time(now)),
		    err);

		rc = mine < 0 ? err->code : mine > 0 ? alarm_mail(t, a, &r, i, now, err) : 0;
	}
	*count += rc == 0 && r.n == SILENT_MAX;
	return rc;
}

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

	return rc < 0 ? rc : store_idempotency_forget(t->registry, STORE_IDEMPOTENCY_REGISTRY,
	    believed - t->conf->idempotency_keep_hours * 3600 * USEC_SEC, count, err);
}

/* ------------------------------------------------------------------ step */

typedef int work_fn(struct tick *t, struct arena *a, usec_t now, int *count, struct err *err);

struct looking {
	struct tick *t;
	work_fn *work;
	usec_t now;
	int count;
};

static int
looking_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct looking *l = arg;

	(void)db;
	l->count = 0;
	return l->work(l->t, a, l->now, &l->count, err);
}

static int
in_transaction(struct tick *t, work_fn *work, usec_t now, int *count, struct err *err)
{
	struct looking l = { .t = t, .work = work, .now = now };
	int rc = db_transact(t->registry, looking_work, &l, err);

	*count += rc < 0 ? 0 : l.count;
	return rc < 0 ? rc : 0;
}

/* Work that is looked for now and then: at once again when there is more of it. */
static int
now_and_then(struct tick *t, work_fn *work, usec_t *next, long seconds, usec_t now, int *count,
    struct err *err)
{
	int more = 0, rc;

	if (clock_monotonic_us() < *next)
		return 0;
	rc = in_transaction(t, work, now, &more, err);
	if (rc == 0 && more == 0)
		*next = clock_monotonic_us() + seconds * USEC_SEC;
	*count += more;
	return rc;
}

static int
look(struct tick *t, int *count, struct err *err)
{
	usec_t now, due;
	int rc;

	if ((rc = db_now(t->registry, &now, err)) < 0 ||
	    (rc = now_and_then(t, renew_zones, &t->next_zones, ZONES_S, now, count, err)) < 0 ||
	    (rc = now_and_then(t, set_back_all, &t->next_ahead, ZONES_S, now, count, err)) < 0 ||
	    (rc = in_transaction(t, lose_lapsed, now, count, err)) < 0 ||
	    (rc = in_transaction(t, fire_due, now, count, err)) < 0 ||
	    (rc = now_and_then(t, raise_alarms, &t->next_silence, SILENCE_S, now, count, err)) <
		0 ||
	    (rc = now_and_then(t, plan_forgotten, &t->next_requests, REQUESTS_S, now, count, err)) <
		0 ||
	    (rc = now_and_then(t, forget_runs, &t->next_retention, RETENTION_S, now, count, err)) <
		0 ||
	    (rc = now_and_then(t, forget_keys, &t->next_keys, RETENTION_S, now, count, err)) < 0 ||
	    (rc = store_schedule_next_at(t->registry, &due, err)) < 0 ||
	    (rc = db_now(t->registry, &now, err)) < 0)
		return rc;
	if (due != USEC_NONE && due - now < PAUSE_MS * INT64_C(1000))
		t->pause_ms = due <= now ?
		    LOCKED_MS :
		    (long)((due - now) / 1000 +
			1); /* what is due and was not fired, somebody else has locked */
	return 0;
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
