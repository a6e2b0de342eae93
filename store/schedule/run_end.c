#include "config.h"

#include "store/schedule/run_end.h"

#include <inttypes.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "model/process.h"
#include "model/state.h"
#include "store/db.h"
#include "store/registry/store_access.h"
#include "store/schedule/store_schedule.h"

enum { WAITING_MAX = 100 };

#define DAY (86400 * USEC_SEC)

/* ------------------------------------------------------------------ after a success */

/* Too many runs wait already: this one is left out, and the history says so. */
static int
follow(struct db *db, struct arena *a, const struct run_end *e, const struct rows *r, size_t i,
    struct err *err)
{
	const struct process_kind *kind = process_find(
	    rows_text(r, i, C_schedule_next_links_process));
	const int left_out = rows_int(r, i, C_schedule_next_links_waiting) >= WAITING_MAX;
	struct store_run run = store_run_new(rows_int(r, i, C_schedule_next_links_tenant_id),
	    rows_text(r, i, C_schedule_next_links_process));
	int64_t id;

	run.schedule_id = rows_int(r, i, C_schedule_next_links_schedule_id);
	run.parameters = rows_text(r, i, C_schedule_next_links_parameters);
	run.origin = STORE_RUN_BY_SCHEDULE;
	run.not_before = e->now;
	run.exclusive = kind == NULL ? NULL : kind->exclusive;
	run.reason_class = "after";
	if (left_out) {
		run.state = STATE_RUN_SKIPPED;
		run.ended_at = e->now;
		run.reason_class = "overlap";
	}
	run.reason = arena_printf(a, "After run %" PRId64 " of schedule %" PRId64 ".%s", e->run_id,
	    e->schedule_id, left_out ? " So many runs wait already." : "");
	return store_run_put(db, &run, e->now, &id, err);
}

static int
succeed(struct db *db, struct arena *a, const struct run_end *e, struct err *err)
{
	struct rows r;
	int rc;

	if ((rc = store_schedule_success(db, e->schedule_id, e->now, err)) < 0 ||
	    (rc = db_query(db, Q_schedule_next_links, DB_ARGS(v_int(e->schedule_id),
	    v_int(SCHEDULE_FOLLOWERS_MAX)), a, &r, err)) < 0)
		return rc;
	for (size_t i = 0; i < r.n && rc == 0; i++)
		rc = follow(db, a, e, &r, i, err);
	return rc;
}

/* ------------------------------------------------------------------ after a failure */

static const char *
subject_of(struct arena *a, const struct run_end *e, const char *customer, const char *alias,
    const char *schedule)
{
	return arena_printf(a, "[%s/%s] %s: run %" PRId64 " of schedule %s ended as %s", customer,
	    alias, e->process, e->run_id, schedule, state_name(states_of_run, e->state));
}

/* The text on one line, as in the mailer's texts. */
static const char *
content_of(struct arena *a, const struct run_end *e, const char *customer, const char *alias,
    const char *schedule, const char *label)
{
	return arena_printf(a, "Run %" PRId64 " of %s (schedule %s%s%s%s, %s/%s) ended as %s. "
	    "Reason: %s \"customerapi run show %s %s %" PRId64 "\" shows its log.", e->run_id,
	    e->process, schedule, label[0] == '\0' ? "" : ", \"", label,
	    label[0] == '\0' ? "" : "\"", customer, alias, state_name(states_of_run, e->state),
	    e->reason, customer, alias, e->run_id);
}

static int
put_mail(struct db *db, struct arena *a, const struct run_end *e, const struct rows *r,
    struct err *err)
{
	const char *name = rows_text(r, 0, C_schedule_on_failure_name),
		   *customer = rows_text(r, 0, C_schedule_on_failure_customer),
		   *alias = rows_text(r, 0, C_schedule_on_failure_alias);
	const char *schedule = name[0] == '\0' ? arena_printf(a, "%" PRId64, e->schedule_id) :
	    arena_printf(a, "%s (%" PRId64 ")", name, e->schedule_id);
	const char *header = arena_printf(a, "failure.%" PRId64 "@customerapi.%s", e->run_id,
	    customer);

	if (db_exec(db, Q_mail_put_text,
		DB_ARGS(v_int(e->tenant_id), v_text(header),
		    v_text(subject_of(a, e, customer, alias, schedule)),
		    v_text(content_of(a, e, customer, alias, schedule,
			rows_text(r, 0, C_schedule_on_failure_label))),
		    v_time(e->now), v_time(e->now + e->give_up_days * DAY)),
		err) < 0)
		return err->code;
	return db_exec(db, Q_mail_put_text_recipient,
		   DB_ARGS(v_int(db_insert_id(db)),
		       v_text(rows_text(r, 0, C_schedule_on_failure_on_failure)), v_time(e->now)),
		   err) < 0 ?
	    err->code :
	    0;
}

/* The allow-list is checked as it is now. */
static int
fail(struct db *db, struct arena *a, const struct run_end *e, struct err *err)
{
	struct rows r;
	int allowed, rc = db_query(db, Q_schedule_on_failure, DB_ARGS(v_int(e->schedule_id)), a, &r,
	    err);

	if (rc < 0 || r.n == 0 || (rc = store_access_mail_allowed(db, a, e->tenant_id,
	    rows_text(&r, 0, C_schedule_on_failure_on_failure), &allowed, err)) < 0)
		return rc;
	return allowed ? put_mail(db, a, e, &r, err) : 0;
}

int
run_end(struct db *db, struct arena *a, const struct run_end *e, struct err *err)
{
	if (e->schedule_id == 0)
		return 0;
	switch (e->state) {
	case STATE_RUN_SUCCESS:
	case STATE_RUN_WARNING:
		return e->dry_run ? 0 : succeed(db, a, e, err);
	case STATE_RUN_FAILED:
	case STATE_RUN_LOST:
	case STATE_RUN_TIMED_OUT:
		return e->again ? 0 : fail(db, a, e, err);
	default:
		return 0;
	}
}
