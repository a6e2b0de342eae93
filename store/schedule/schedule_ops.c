#include "config.h"

#include "store/schedule/schedule_ops.h"

#include <inttypes.h>

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/state.h"
#include "store/db.h"
#include "store/schedule/occurrences.h"
#include "store/schedule/schedule_parts.h"
#include "store/schedule/store_run.h"

enum { FOLLOWERS_SHOWN = 5 };

static const char ended_remark[] = "Nothing of it is due any more.";

/* ------------------------------------------------------------------ one that is there */

int
schedule_ops_lock(struct db *db, const struct store_schedule *row, struct err *err)
{
	int found, rc = store_schedule_lock(db, row->schedule_id, row->tenant_id, &found, err);

	return rc == 0 && !found ?
	    err_set(err, ERR_NOT_FOUND, "There is no schedule %" PRId64 " any more.",
		row->schedule_id) :
	    rc;
}

int
schedule_ops_lock_and_read(struct db *db, struct arena *a, struct store_schedule *row,
    struct schedule *s, int *readable, struct err *fault, struct err *err)
{
	const struct schedule_form *form = schedule_form_find(row->form);
	struct store_schedule *fresh;
	int rc;

	*s = (struct schedule){ 0 };
	if ((rc = schedule_ops_lock(db, row, err)) < 0 ||
	    (rc = store_schedule_find(db, a, row->schedule_id, row->tenant_id, &fresh, err)) < 0)
		return rc;
	*row = *fresh;
	*readable = form != NULL &&
	    schedule_parse(a, form, row->rule, row->time_zone, row->created_at, s, fault) == 0;
	return 0;
}

int
schedule_ops_has_ended(const struct store_schedule *row)
{
	if (row->after_id != 0 || row->fault[0] != '\0')
		return 0;
	return row->paused_at == USEC_NONE && row->next_due_at == USEC_NONE;
}

int
schedule_ops_may_start_late(const struct schedule *s, struct occurrence o, usec_t now)
{
	if (s->form->form != CALENDAR_ONE_TIME || o.at == USEC_NONE)
		return 0;
	return o.at <= now && o.at >= now - s->grace_s * USEC_SEC;
}

int
schedule_ops_settle(struct db *db, struct arena *a, struct store_schedule *row,
    const struct schedule *s, const struct occurrences_missed *why, usec_t now, int64_t *n,
    struct err *err)
{
	struct occurrences *o = arena_new(a, struct occurrences, 1);

	occurrences_until(s, occurrences_open(s, row), now, o);
	*n = o->total;
	if (o->total > 0)
		row->after_at = occurrences_at(o, o->total - 1);
	row->next_due_at = o->next.at;
	row->next_day = o->next.day;
	return occurrences_put_missed(db, a, row, o, o->total, why, now, err);
}

const char *
schedule_ops_count_text(struct arena *a, int64_t n, const char *which)
{
	if (n == 0)
		return NULL;
	if (n == 1)
		return arena_printf(a, "1 occurrence %s is in the history as Missed.", which);
	return arena_printf(
	    a, "%" PRId64 " occurrences %s are in the history as Missed.", n, which);
}

int
schedule_ops_enter_pause(struct db *db, struct arena *a, struct store_schedule *row,
    const struct schedule *s, usec_t now, const char **remark, struct err *err)
{
	const struct occurrences_missed why = { .class = "paused",
		.reason = "Then the schedule was paused.", .found_late = 1 };
	int64_t n = 0;
	int rc = 0;

	if (s != NULL && !schedule_ops_may_start_late(s, occurrences_open(s, row), now))
		rc = schedule_ops_settle(db, a, row, s, &why, now, &n, err);
	*remark = schedule_ops_count_text(a, n, "that was due");
	return rc;
}

int
schedule_ops_pause(struct db *db, struct arena *a, struct store_schedule *row, usec_t now,
    const char **remark, struct err *err)
{
	struct err fault = { 0 };
	int changed, readable, rc;
	struct schedule s;

	*remark = NULL;
	if ((rc = schedule_ops_lock_and_read(db, a, row, &s, &readable, &fault, err)) == 0 &&
	    row->paused_at == USEC_NONE) {
		if (schedule_ops_has_ended(row))
			*remark = ended_remark;
		else if ((rc = schedule_ops_enter_pause(
			      db, a, row, readable ? &s : NULL, now, remark, err)) == 0)
			rc = store_schedule_pause(db, row, now, &changed, err);
	}
	schedule_done(&s);
	return rc;
}

const char *
schedule_ops_pause_reason(
    struct arena *a, const struct store_schedule *row, usec_t now, const char *until)
{
	char from[32], to[32];

	if (row->paused_at == USEC_NONE)
		return arena_printf(a, "The schedule could not be computed: %s", row->fault);
	clock_iso8601(row->paused_at, from);
	clock_iso8601(now, to);
	return arena_printf(a, "The schedule was paused from %s to %s%s.", from, to, until);
}

int
schedule_ops_leave_pause(struct db *db, struct arena *a, struct store_schedule *row,
    const struct schedule *s, usec_t now, const char **remark, struct err *err)
{
	const struct occurrences_missed why = { .class = row->paused_at == USEC_NONE ? "fault" :
										       "paused",
		.reason = schedule_ops_pause_reason(a, row, now, "") };
	struct occurrence first = occurrences_open(s, row);
	int64_t n;
	int rc;

	if (schedule_ops_may_start_late(s, first, now)) {
		row->next_due_at = first.at;
		*remark = "Its time is past but within its grace: it is due now.";
		return 0;
	}
	if ((rc = schedule_ops_settle(db, a, row, s, &why, now, &n, err)) < 0)
		return rc;
	*remark = schedule_ops_count_text(a, n,
	    row->paused_at == USEC_NONE ? "from the time when it could not be computed" :
					  "of the pause");
	if (row->next_due_at == USEC_NONE && row->after_id == 0)
		*remark = *remark == NULL ? ended_remark :
					    arena_printf(a, "%s %s", *remark, ended_remark);
	return 0;
}

int
schedule_ops_resume(struct db *db, struct arena *a, struct store_schedule *row, usec_t now,
    const char **remark, struct err *err)
{
	struct err fault = { 0 };
	int changed, readable, rc;
	struct schedule s;

	*remark = NULL;
	if ((rc = schedule_ops_lock_and_read(db, a, row, &s, &readable, &fault, err)) == 0 &&
	    (row->paused_at != USEC_NONE || row->fault[0] != '\0')) {
		if (!readable)
			rc = err_set(err, ERR_CONFLICT,
			    "Schedule %" PRId64 " cannot be resumed, for it cannot be computed: %s",
			    row->schedule_id,
			    fault.faults != NULL ? fault.faults->message : fault.detail);
		else if ((rc = schedule_ops_leave_pause(db, a, row, &s, now, remark, err)) == 0) {
			row->tzdata = calendar_tzdata_version(a);
			rc = store_schedule_resume(db, row, now, &changed, err);
		}
	} else if (rc == 0 && schedule_ops_has_ended(row))
		*remark = ended_remark;
	schedule_done(&s);
	return rc;
}

/* Refuses to delete a schedule that others follow, because they would wait forever. */
static int
check_followers(struct db *db, struct arena *a, const struct store_schedule *row, struct err *err)
{
	struct rows r;
	struct buf b;
	int rc = store_schedule_followers(db, a, row->schedule_id, FOLLOWERS_SHOWN, &r, err);

	if (rc < 0 || r.n == 0)
		return rc;
	buf_init(&b, a);
	for (size_t i = 0; i < r.n; i++)
		buf_addf(&b, "%s%" PRId64 "%s%s", i > 0 ? ", " : "",
		    rows_int(&r, i, C_schedule_followers_schedule_id),
		    rows_text(&r, i, C_schedule_followers_name)[0] == '\0' ? "" : " ",
		    rows_text(&r, i, C_schedule_followers_name));
	return err_set(err, ERR_CONFLICT, "Schedule %" PRId64 " cannot be deleted while others run "
	    "after it: %s. Delete or change them first.", row->schedule_id, b.data);
}

int
schedule_ops_delete(struct db *db, struct arena *a, struct store_schedule *row, usec_t now,
    const char *by, int64_t *running, struct err *err)
{
	struct occurrences_missed why = {
		.class = "deleted", .reason = "Then the schedule was deleted.", .found_late = 1
	};
	struct err fault = { 0 };
	int changed, readable, rc;
	struct schedule s;
	int64_t n;

	if ((rc = schedule_ops_lock_and_read(db, a, row, &s, &readable, &fault, err)) == 0)
		rc = check_followers(db, a, row, err);
	if (rc == 0 && readable && !schedule_ops_has_ended(row)) {
		if (row->paused_at != USEC_NONE || row->fault[0] != '\0') {
			why.reason = schedule_ops_pause_reason(
			    a, row, now, ", when it was deleted");
			why.found_late = 0;
		}
		rc = schedule_ops_settle(db, a, row, &s, &why, now, &n, err);
	}
	schedule_done(&s);
	if (rc < 0 ||
	    (rc = store_schedule_delete(db, row->schedule_id, row->tenant_id, now, &changed, err)) <
		0)
		return rc;
	return store_run_cancel_of(db, row->schedule_id, by, now, running, err);
}

const char *
schedule_ops_state(const struct store_schedule *row)
{
	enum state_of_schedule state = STATE_SCHEDULE_ACTIVE;

	if (row->fault[0] != '\0')
		state = STATE_SCHEDULE_FAULTY;
	else if (row->paused_at != USEC_NONE)
		state = STATE_SCHEDULE_PAUSED;
	else if (schedule_ops_has_ended(row))
		state = STATE_SCHEDULE_ENDED;
	return state_name(states_of_schedule, state);
}

usec_t
schedule_ops_open_after(const struct store_schedule *row, usec_t now)
{
	return row->paused_at != USEC_NONE || row->next_due_at == USEC_NONE ? now :
									      row->next_due_at - 1;
}
