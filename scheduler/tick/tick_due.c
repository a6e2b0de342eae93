#include "config.h"

#include "scheduler/tick/tick_due.h"

#include <inttypes.h>

#include "lib/arena.h"
#include "lib/crash.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/text.h"
#include "model/process.h"
#include "model/schedule.h"
#include "model/state.h"
#include "scheduler/tick/tick.h"
#include "store/db.h"
#include "store/schedule/occurrences.h"
#include "store/schedule/store_run.h"
#include "store/schedule/store_schedule.h"

enum { DUE_MAX = 50, RUNS_AT_ONCE = OCCURRENCES_LAST - 1 };

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

/* One schedule that is due. */
struct firing {
	const struct store_schedule *row;
	struct schedule s;
	struct occurrences *o; /* those that are due */
	int64_t runs; /* how many of them run: the last ones */
	usec_t now;
};

static int
put_missed(struct tick *t, struct arena *a, const struct firing *f, struct err *err)
{
	const struct occurrences *o = f->o;
	struct occurrences_missed why = {
		.class = "missed", .reason = "Misfire is Skip.", .found_late = 1
	};
	char last[32];

	if (f->s.misfire == SCHEDULE_MISFIRE_ALL)
		why.reason = arena_printf(
		    a, "Misfire is All, but only the last %d of them run.", RUNS_AT_ONCE);
	else if (f->s.misfire == SCHEDULE_MISFIRE_ONCE) {
		clock_iso8601(occurrences_at(o, o->total - 1), last);
		why.reason = arena_printf(
		    a, "Misfire is Once: the run due at %s stands for all of them.", last);
	}
	return occurrences_put_missed(
	    t->registry, a, f->row, o, o->total - f->runs, &why, f->now, err);
}

/* NULL when a run may begin or wait, else why it is left out. */
static const char *
overlap_reason(struct arena *a, const struct schedule *s, const struct store_run_open *open)
{
	char since[32];

	if (s->overlap == SCHEDULE_OVERLAP_ALLOW || open->waiting + open->running == 0)
		return NULL;
	if (s->overlap == SCHEDULE_OVERLAP_QUEUE)
		return open->waiting == 0 ? NULL : "Another run is waiting already.";
	if (open->waiting > 0)
		return "The previous run has not started yet.";
	clock_iso8601(open->since, since);
	return arena_printf(a, "The previous run started at %s and is still running.", since);
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
	    "It also stands for %" PRId64 " missed occurrence%s; the oldest was due at %s.",
	    o->total - 1, o->total == 2 ? "" : "s", oldest);
}

/* The run of an occurrence. left_out: why it is skipped, or NULL; stands: stands_for()'s sentence.
 */
static struct store_run
run_of(const struct firing *f, usec_t due_at, const char *left_out, const char *stands)
{
	const struct store_schedule *row = f->row;
	const struct process_kind *kind = process_find(row->process);
	struct store_run r = store_run_new(row->tenant_id, row->process);

	r.schedule_id = row->schedule_id;
	r.parameters = row->parameters;
	r.origin = STORE_RUN_BY_SCHEDULE;
	r.due_at = due_at;
	r.not_before = due_at + schedule_jitter(&f->s, row->schedule_id);
	r.allow_overlap = f->s.overlap == SCHEDULE_OVERLAP_ALLOW;
	r.exclusive = kind == NULL ? NULL : kind->exclusive;
	r.reason_class = *stands == '\0' ? "" : "misfire";
	r.reason = stands;
	if (left_out != NULL) {
		r.state = STATE_RUN_SKIPPED;
		r.ended_at = f->now;
		r.reason_class = "overlap";
		r.reason = left_out;
	}
	return r;
}

static int
put_runs(struct tick *t, struct arena *a, const struct firing *f, struct err *err)
{
	const struct occurrences *o = f->o;
	const char *left_out, *stands = stands_for(a, &f->s, o);
	struct store_run_open open;
	int64_t id;

	if (store_run_open(t->registry, f->row->schedule_id, f->now, &open, err) < 0)
		return err->code;
	left_out = overlap_reason(a, &f->s, &open);
	for (int64_t i = o->total - f->runs; i < o->total; i++) {
		struct store_run r = run_of(f, occurrences_at(o, i), left_out, stands);

		if (store_run_put(t->registry, &r, f->now, &id, err) < 0)
			return err->code;
	}
	return 0;
}

/* Why a schedule cannot be read. */
static const char *
unreadable(struct arena *a, const struct schedule_form *form, const struct err *fault)
{
	if (form == NULL)
		return "The form of the schedule is unknown.";
	return text_utf8_fit(
	    a, fault->faults != NULL ? fault->faults->message : fault->detail, 300);
}

int
tick_due_read(struct tick *t, struct arena *a, const struct store_schedule *row, struct schedule *s,
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
	    row->next_day, unreadable(a, form, &fault), err);
}

/* *rows grows by the history rows that it takes. */
static int
fire(struct tick *t, struct arena *a, const struct store_schedule *row, usec_t now, int64_t *rows,
    struct err *err)
{
	struct firing f = { .row = row, .o = arena_new(a, struct occurrences, 1), .now = now };
	struct occurrences *o = f.o;
	int rc = tick_due_read(t, a, row, &f.s, err);

	if (rc <= 0)
		return rc;
	occurrences_until(&f.s, occurrences_due(&f.s, row), now, o);
	f.runs = runs_of(&f.s, o, now);
	*rows += f.runs + occurrences_rows(o->total - f.runs);
	if ((rc = put_missed(t, a, &f, err)) == 0 && (rc = put_runs(t, a, &f, err)) == 0)
		rc = store_schedule_move(t->registry, row->schedule_id,
		    occurrences_at(o, o->total - 1), o->next.at, o->next.day, "", err);
	schedule_done(&f.s);
	return rc;
}

int
tick_due(struct tick *t, struct arena *a, usec_t now, int *count, struct err *err)
{
	struct store_schedule *due;
	int64_t rows = 0;
	int done = 0;
	size_t n;
	int rc = store_schedule_due(t->registry, a, now, DUE_MAX, &due, &n, err);

	for (size_t i = 0; i < n && rc == 0 && rows < TICK_ROWS_MAX; i++, done++)
		rc = fire(t, a, &due[i], now, &rows, err);
	*count += done;
	crash_point("before-tick-commit");
	return rc;
}
