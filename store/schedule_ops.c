#include "config.h"

#include "store/schedule_ops.h"

#include <inttypes.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/err.h"
#include "lib/process.h"
#include "store/db.h"
#include "store/occurrences.h"
#include "store/store_run.h"

enum { SCHEDULES_MAX = 10000, ASKED_MAX = 100 };

static const char ended_remark[] = "Nothing of it is due any more.";

static const char *
json_text_of(struct arena *a, struct json_object *o)
{
	return o == NULL ? "" : arena_strdup(a, json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
}

/* Occurrences before now are nobody's: a schedule cannot miss what was before it. A one-time one within its grace is due at once. */
static void
fill_row(struct arena *a, const struct schedule_owner *owner, const struct process_kind *kind, const struct schedule *s, struct json_object *body,
    const struct schedule_args *in, struct store_schedule *row)
{
	*row = (struct store_schedule){ .tenant_id = owner->tenant_id, .process = kind->name, .form = s->form->name, .label = s->label,
		.rule = schedule_text(a, body), .parameters = json_text_of(a, in->parameters.value), .time_zone = s->zone_name, .misfire = s->misfire,
		.grace_s = s->grace_s, .overlap = s->overlap, .start_at = s->rule.start, .end_at = s->rule.end,
		.after_at = s->form->form == CALENDAR_ONE_TIME ? USEC_NONE : owner->now - 1,
		.paused_at = s->enabled ? USEC_NONE : owner->now, .silence_h = s->silence_h, .last_success_at = USEC_NONE, .created_by = owner->by,
		.tzdata = calendar_tzdata_version(a), .fault = "" };
	if (!calendar_next_day(s->zone, &s->rule, row->after_at, &row->next_due_at, &row->next_day))
		row->next_due_at = USEC_NONE;
}

/* An alarm that nobody gets is none. The address does not go away before the transaction ends. */
static int
check_silence(struct db *db, struct arena *a, const struct schedule *s, int64_t tenant_id,
    struct err *err)
{
	struct rows r;
	int rc;

	if (s->silence_h == 0)
		return 0;
	if ((rc = db_query(db, Q_schedule_admin_email, DB_ARGS(v_int(tenant_id)), a, &r, err)) < 0)
		return rc;
	if (r.n == 0 || rows_null(&r, 0, 0) || rows_text(&r, 0, 0)[0] == '\0')
		err_fault(err, a, "SilenceHours",
		    "would alarm nobody: the tenant has no admin address; customerapi alias set "
		    "--admin-email gives it one");
	return err->code;
}

int
schedule_ops_add(struct db *db, struct arena *a, const struct schedule_owner *owner, const struct process_kind *kind, const struct schedule_form *form,
    struct json_object *body, const struct schedule_args *in, struct store_schedule *row, struct err *err)
{
	struct schedule s = { 0 };
	void *ignored;
	int64_t n;
	int rc;

	if (!kind->built)
		return err_set(err, ERR_NOT_BUILT, "%s cannot be scheduled yet: this version does not have the process.", kind->name);
	schedule_read(a, form, in, owner->time_zone, owner->now, &s, err);
	if (err->faults == NULL)
		schedule_check_past(a, &s, owner->now, err);
	schedule_parameters(a, kind, in->parameters.value, &ignored, err);
	check_silence(db, a, &s, owner->tenant_id, err);
	if (err->code == 0) {
		fill_row(a, owner, kind, &s, body, in, row);
		if (row->next_due_at == USEC_NONE)
			err_fault(err, a, "EndDate", "leaves nothing that would still be due");
		if (!s.enabled)
			row->next_due_at = USEC_NONE;
	}
	schedule_done(&s);
	if (err->code < 0)
		return err->code;
	if ((rc = store_schedule_count(db, row->tenant_id, &n, err)) < 0)
		return rc;
	if (n >= SCHEDULES_MAX)
		return err_set(err, ERR_CONFLICT, "A tenant may have %d schedules; delete some that have ended.", SCHEDULES_MAX);
	return store_schedule_add(db, row, owner->now, err);
}

/* Nobody else changes it, and the daemon does not fire it, before the transaction ends. */
static int
lock(struct db *db, const struct store_schedule *row, struct err *err)
{
	int found, rc = store_schedule_lock(db, row->schedule_id, row->tenant_id, &found, err);

	return rc == 0 && !found ? err_set(err, ERR_NOT_FOUND, "There is no schedule %" PRId64 " any more.", row->schedule_id) : rc;
}

/* *row as it is under the lock, and what it means; *readable 0 when it cannot be read: fault then says why. */
static int
lock_and_read(struct db *db, struct arena *a, struct store_schedule *row, struct schedule *s, int *readable, struct err *fault, struct err *err)
{
	const struct schedule_form *form = schedule_form_find(row->form);
	struct store_schedule *fresh;
	int rc;

	*s = (struct schedule){ 0 };
	if ((rc = lock(db, row, err)) < 0 || (rc = store_schedule_find(db, a, row->schedule_id, row->tenant_id, &fresh, err)) < 0)
		return rc;
	*row = *fresh;
	*readable = form != NULL && schedule_parse(a, form, row->rule, row->time_zone, row->created_at, s, fault) == 0;
	return 0;
}

static int
has_ended(const struct store_schedule *row)
{
	return row->paused_at == USEC_NONE && row->next_due_at == USEC_NONE && row->fault[0] == '\0';
}

/* A one-time one that is due and may start late. */
static int
may_start_late(const struct schedule *s, struct occurrence o, usec_t now)
{
	return s->form->form == CALENDAR_ONE_TIME && o.at != USEC_NONE && o.at <= now && o.at >= now - s->grace_s * USEC_SEC;
}

/* Those from first up to now go into the history; row then waits for the next one. */
static int
settle(struct db *db, struct arena *a, struct store_schedule *row, const struct schedule *s, struct occurrence first, const struct occurrences_missed *why,
    usec_t now, int64_t *n, struct err *err)
{
	struct occurrences *o = arena_new(a, struct occurrences, 1);

	occurrences_until(s, first, now, o);
	*n = o->total;
	if (o->total > 0)
		row->after_at = occurrences_at(o, o->total - 1);
	row->next_due_at = o->next.at;
	row->next_day = o->next.day;
	return occurrences_put_missed(db, a, row, o, o->total, why, now, err);
}

static const char *
count_text(struct arena *a, int64_t n, const char *which)
{
	return n == 0 ? NULL : n == 1 ? arena_printf(a, "1 occurrence %s is in the history as Missed.", which) :
	    arena_printf(a, "%" PRId64 " occurrences %s are in the history as Missed.", n, which);
}

int
schedule_ops_pause(struct db *db, struct arena *a, struct store_schedule *row, usec_t now, const char **remark, struct err *err)
{
	const struct occurrences_missed why = { .class = "paused", .reason = "Then the schedule was paused.", .found_late = 1 };
	struct err fault = { 0 };
	int changed, readable, rc;
	struct schedule s;
	int64_t n = 0;

	*remark = NULL;
	if ((rc = lock_and_read(db, a, row, &s, &readable, &fault, err)) == 0 && row->paused_at == USEC_NONE) {
		if (has_ended(row))
			*remark = ended_remark;
		else {
			struct occurrence first = readable ? occurrences_open(&s, row) : (struct occurrence){ .at = USEC_NONE };

			if (readable && !may_start_late(&s, first, now))
				rc = settle(db, a, row, &s, first, &why, now, &n, err);
			*remark = count_text(a, n, "that was due");
			if (rc == 0)
				rc = store_schedule_pause(db, row, now, &changed, err);
		}
	}
	schedule_done(&s);
	return rc;
}

static const char *
pause_reason(struct arena *a, const struct store_schedule *row, usec_t now, const char *until)
{
	char from[32], to[32];

	if (row->paused_at == USEC_NONE)
		return arena_printf(a, "The schedule could not be computed: %s", row->fault);
	clock_iso8601(row->paused_at, from);
	clock_iso8601(now, to);
	return arena_printf(a, "The schedule was paused from %s to %s%s.", from, to, until);
}

/* What fell into the pause goes into the history; row is then as it is to be. */
static int
leave_pause(struct db *db, struct arena *a, struct store_schedule *row, const struct schedule *s, usec_t now, const char **remark, struct err *err)
{
	const struct occurrences_missed why = { .class = row->paused_at == USEC_NONE ? "fault" : "paused", .reason = pause_reason(a, row, now, "") };
	struct occurrence first = occurrences_open(s, row);
	int64_t n;
	int rc;

	if (may_start_late(s, first, now)) {
		row->next_due_at = first.at;
		*remark = "Its time is past but within its grace: it is due now.";
		return 0;
	}
	if ((rc = settle(db, a, row, s, first, &why, now, &n, err)) < 0)
		return rc;
	*remark = count_text(a, n, row->paused_at == USEC_NONE ? "from the time when it could not be computed" : "of the pause");
	if (row->next_due_at == USEC_NONE)
		*remark = *remark == NULL ? ended_remark : arena_printf(a, "%s %s", *remark, ended_remark);
	return 0;
}

int
schedule_ops_resume(struct db *db, struct arena *a, struct store_schedule *row, usec_t now, const char **remark, struct err *err)
{
	struct err fault = { 0 };
	int changed, readable, rc;
	struct schedule s;

	*remark = NULL;
	if ((rc = lock_and_read(db, a, row, &s, &readable, &fault, err)) == 0 && (row->paused_at != USEC_NONE || row->fault[0] != '\0')) {
		if (!readable)
			rc = err_set(err, ERR_CONFLICT, "Schedule %" PRId64 " cannot be resumed, for it cannot be computed: %s", row->schedule_id,
			    fault.faults != NULL ? fault.faults->message : fault.detail);
		else if ((rc = leave_pause(db, a, row, &s, now, remark, err)) == 0) {
			row->tzdata = calendar_tzdata_version(a);
			rc = store_schedule_resume(db, row, now, &changed, err);
		}
	} else if (rc == 0 && has_ended(row))
		*remark = ended_remark;
	schedule_done(&s);
	return rc;
}

int
schedule_ops_delete(struct db *db, struct arena *a, struct store_schedule *row, usec_t now, const char *by, int64_t *running, struct err *err)
{
	struct occurrences_missed why = { .class = "deleted", .reason = "Then the schedule was deleted.", .found_late = 1 };
	struct err fault = { 0 };
	int changed, readable, rc;
	struct schedule s;
	int64_t n;

	if ((rc = lock_and_read(db, a, row, &s, &readable, &fault, err)) == 0 && readable && !has_ended(row)) {
		if (row->paused_at != USEC_NONE || row->fault[0] != '\0') {
			why.reason = pause_reason(a, row, now, ", when it was deleted");
			why.found_late = 0;
		}
		rc = settle(db, a, row, &s, occurrences_open(&s, row), &why, now, &n, err);
	}
	schedule_done(&s);
	if (rc < 0 || (rc = store_schedule_delete(db, row->schedule_id, row->tenant_id, now, &changed, err)) < 0)
		return rc;
	return store_run_cancel_of(db, row->schedule_id, by, now, running, err);
}

int
schedule_ops_run(struct db *db, struct arena *a, const struct schedule_owner *owner, const struct store_schedule *row, struct json_object *parameters,
    int64_t *run_id, struct err *err)
{
	const struct process_kind *kind = process_find(row->process);
	struct store_run run;
	int64_t asked;
	void *ignored;
	int rc;

	if (kind == NULL || !kind->built)
		return err_set(err, ERR_NOT_BUILT, "%s cannot run: this version does not have the process.", row->process);
	if ((rc = lock(db, row, err)) < 0)
		return rc;
	if (parameters != NULL && (rc = schedule_parameters(a, kind, parameters, &ignored, err)) < 0)
		return rc;
	if ((rc = store_run_asked(db, row->schedule_id, &asked, err)) < 0)
		return rc;
	if (asked >= ASKED_MAX)
		return err_set(err, ERR_CONFLICT, "%d runs of schedule %" PRId64 " that were asked for wait already; it can be run again when one of them has begun or is cancelled.",
		    ASKED_MAX, row->schedule_id);
	run = (struct store_run){ .tenant_id = row->tenant_id, .schedule_id = row->schedule_id, .process = row->process,
		.parameters = parameters != NULL ? json_text_of(a, parameters) : row->parameters, .origin = STORE_RUN_BY_HAND, .tries = 1, .due_at = USEC_NONE,
		.last_due_at = USEC_NONE, .occurrences = 1, .state = STORE_RUN_WAITING, .not_before = owner->now, .exclusive = kind->exclusive, .ended_at = USEC_NONE,
		.reason_class = "", .reason = "", .created_by = owner->by };
	return store_run_put(db, &run, owner->now, run_id, err);
}

const char *
schedule_ops_state(const struct store_schedule *row)
{
	return row->fault[0] != '\0' ? "Faulty" : row->paused_at != USEC_NONE ? "Paused" : row->next_due_at == USEC_NONE ? "Ended" : "Active";
}

usec_t
schedule_ops_open_after(const struct store_schedule *row, usec_t now)
{
	return row->paused_at != USEC_NONE || row->next_due_at == USEC_NONE ? now : row->next_due_at - 1;
}
