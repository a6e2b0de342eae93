#include "config.h"

#include "store/schedule_ops.h"

#include <inttypes.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/process.h"
#include "store/db.h"
#include "store/store_run.h"

enum { SCHEDULES_MAX = 10000 };

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
	usec_t next;

	*row = (struct store_schedule){ .tenant_id = owner->tenant_id, .process = kind->name, .form = s->form->name, .label = s->label,
		.rule = schedule_text(a, body), .parameters = json_text_of(a, in->parameters.value), .time_zone = s->zone_name, .misfire = s->misfire,
		.grace_s = s->grace_s, .overlap = s->overlap, .start_at = s->rule.start, .end_at = s->rule.end,
		.after_at = s->form->form == CALENDAR_ONE_TIME ? USEC_NONE : owner->now - 1, .next_due_at = USEC_NONE,
		.paused_at = s->enabled ? USEC_NONE : owner->now, .silence_h = s->silence_h, .last_success_at = USEC_NONE, .created_by = owner->by,
		.tzdata = calendar_tzdata_version(a), .fault = "" };
	if (s->enabled && calendar_next(s->zone, &s->rule, row->after_at, &next))
		row->next_due_at = next;
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
	if (err->code == 0) {
		fill_row(a, owner, kind, &s, body, in, row);
		if (s.enabled && row->next_due_at == USEC_NONE)
			err_fault(err, a, "EndDate", "leaves nothing that would still be due");
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

int
schedule_ops_delete(struct db *db, const struct store_schedule *row, usec_t now, const char *by, int64_t *running, struct err *err)
{
	int changed, rc;

	if ((rc = lock(db, row, err)) < 0 || (rc = store_schedule_delete(db, row->schedule_id, row->tenant_id, now, &changed, err)) < 0)
		return rc;
	return store_run_cancel_of(db, row->schedule_id, by, now, running, err);
}

int
schedule_ops_resume(struct db *db, struct arena *a, struct store_schedule *row, usec_t now, struct err *err)
{
	struct schedule s = { 0 };
	int changed, rc;

	if (row->paused_at == USEC_NONE)
		return 0;
	rc = schedule_parse(a, schedule_form_find(row->form), row->rule, row->time_zone, row->created_at, &s, err);
	row->after_at = now;
	row->tzdata = calendar_tzdata_version(a);
	if (rc == 0 && !calendar_next(s.zone, &s.rule, row->after_at, &row->next_due_at))
		row->next_due_at = USEC_NONE;
	schedule_done(&s);
	return rc < 0 ? rc : store_schedule_resume(db, row, now, &changed, err);
}

int
schedule_ops_run(struct db *db, struct arena *a, const struct schedule_owner *owner, const struct store_schedule *row, struct json_object *parameters,
    int64_t *run_id, struct err *err)
{
	const struct process_kind *kind = process_find(row->process);
	struct store_run run;
	void *ignored;
	int rc;

	if (kind == NULL || !kind->built)
		return err_set(err, ERR_NOT_BUILT, "%s cannot run: this version does not have the process.", row->process);
	if ((rc = lock(db, row, err)) < 0)
		return rc;
	if (parameters != NULL && (rc = schedule_parameters(a, kind, parameters, &ignored, err)) < 0)
		return rc;
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
