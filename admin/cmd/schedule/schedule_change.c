#include "config.h"

#include <inttypes.h>

#include <json-c/json.h>

#include "admin/cmd.h"
#include "admin/cmd/schedule/schedule.h"
#include "admin/context.h"
#include "admin/settings.h"
#include "model/process.h"
#include "store/db.h"

static int
pause_work(struct context *x, void *arg)
{
	struct schedule_target *t = arg;

	return schedule_ops_pause(x->db, &x->arena, t->row, t->now, &t->remark, &x->err);
}

static int
resume_work(struct context *x, void *arg)
{
	struct schedule_target *t = arg;

	return schedule_ops_resume(x->db, &x->arena, t->row, t->now, &t->remark, &x->err);
}

static int
change(struct context *x, int (*work)(struct context *x, void *arg), struct schedule_target *t)
{
	int rc;

	if ((rc = schedule_target_find(x, t)) < 0 || (rc = context_transaction(x, work, t)) < 0 ||
	    (rc = schedule_target_find(x, t)) < 0)
		return rc;
	output_remark(&x->out, "Schedule %" PRId64 " is %s.", t->row->schedule_id,
	    schedule_ops_state(t->row));
	if (t->remark != NULL)
		output_remark(&x->out, "%s", t->remark);
	return 0;
}

static int
schedule_pause(struct context *x)
{
	struct schedule_target t = { 0 };

	return change(x, pause_work, &t);
}

static int
schedule_resume(struct context *x)
{
	struct schedule_target t = { 0 };
	int rc = change(x, resume_work, &t);

	if (rc == 0)
		schedule_print_next(x, t.row, t.now, 1);
	return rc;
}

static int
now_work(struct context *x, void *arg)
{
	struct schedule_target *t = arg;
	struct schedule_owner owner = schedule_owner_of(t->tenant, t->now);

	return schedule_ops_run(
	    x->db, &x->arena, &owner, t->row, t->parameters, &t->run_id, &x->err);
}

static int
schedule_now(struct context *x)
{
	const struct process_kind *kind;
	struct schedule_target t = { 0 };
	int rc;

	if ((rc = schedule_target_find(x, &t)) < 0)
		return rc;
	kind = process_find(t.row->process);
	if (cmd_count(&x->line, "parameter") > 0)
		t.parameters = settings_json(x, "parameter", kind == NULL ? NULL : kind->params);
	rc = x->err.faults != NULL ? ERR_USAGE : context_transaction(x, now_work, &t);
	json_object_put(t.parameters);
	if (x->err.faults != NULL)
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	if (rc < 0)
		return rc;
	output_value(&x->out, "RunId", OUTPUT_INT, v_int(t.run_id));
	output_remark(&x->out, "customerapi run show shows what becomes of it.");
	return 0;
}

static int
delete_work(struct context *x, void *arg)
{
	struct schedule_target *t = arg;

	return schedule_ops_delete(
	    x->db, &x->arena, t->row, t->now, SCHEDULE_BY, &t->running, &x->err);
}

static int
schedule_delete(struct context *x)
{
	struct schedule_target t = { 0 };
	int rc;

	if ((rc = schedule_target_find(x, &t)) < 0 ||
	    (rc = context_transaction(x, delete_work, &t)) < 0)
		return rc;
	output_remark(
	    &x->out, "Schedule %" PRId64 " is deleted; its history stays.", t.row->schedule_id);
	if (t.running > 0)
		output_remark(&x->out,
		    "Its run at work is asked to end; what it has not committed is rolled back.");
	return 0;
}

/* ------------------------------------------------------------------ table */

static const struct cmd_param schedule_arguments[] = { CONTEXT_TENANT, SCHEDULE_ARGUMENT,
	{ .name = NULL } };

static const struct cmd_param now_options[] = { SETTINGS_PARAMETER, { .name = NULL } };

const struct cmd cmd_schedule_change_rows[] = {
	SCHEDULE_ROW("pause", schedule_pause, .arguments = schedule_arguments,
	    .example = "schedule pause Demo Main 3",
	    .doc =
		"Pauses a schedule. What was due and had not begun is in the history as missed."),
	SCHEDULE_ROW("resume", schedule_resume, .arguments = schedule_arguments,
	    .example = "schedule resume Demo Main 3",
	    .doc = "Resumes a paused or faulty schedule with its next occurrence. Occurrences "
		   "during the pause do not run; the history has them as missed. A one-time "
		   "schedule within its grace is due at once."),
	SCHEDULE_ROW("run", schedule_now, .arguments = schedule_arguments, .options = now_options,
	    .example = "schedule run Demo Main 3 --parameter DryRun=true",
	    .doc = "Runs a schedule's process once: at once, or after the run that is in progress. "
		   "Its occurrences stay. One that becomes due meanwhile waits and runs then."),
	SCHEDULE_ROW("delete", schedule_delete, .arguments = schedule_arguments,
	    .example = "schedule delete Demo Main 3",
	    .doc = "Deletes a schedule and cancels its runs. A run in progress ends within a few "
		   "seconds. The history stays."),
	{ .group = NULL },
};
