#include "config.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/settings.h"
#include "model/process.h"
#include "model/state.h"
#include "store/db.h"
#include "store/schedule/run_row.h"
#include "store/schedule/schedule_ops.h"
#include "store/schedule/store_run.h"
#include "store/schedule/store_schedule.h"
#include "store/schedule/store_tick.h"

enum {
	LIST_MAX = 500,
	LIST_DEFAULT = 50,
	WAIT_MS = 200,
	DAEMON_AFTER_MS = 10000,
	DAEMON_AGE_S = 60
};

static int
run_list(struct context *x)
{
	static const struct output_column columns[] = {
		{ "RunId", OUTPUT_INT }, { "Process", OUTPUT_TEXT }, { "State", OUTPUT_TEXT },
		{ "Reason", OUTPUT_TEXT | OUTPUT_PROSE }, { "StartedAt", OUTPUT_TIME | OUTPUT_LATER },
		{ "EndedAt", OUTPUT_TIME | OUTPUT_LATER }, { "DueAt", OUTPUT_TIME | OUTPUT_LAST },
		{ "ScheduleId", OUTPUT_INT | OUTPUT_LAST }, { "Origin", OUTPUT_TEXT | OUTPUT_LAST },
		{ NULL, OUTPUT_UNSET },
	};
	struct store_run_filter f = { .schedule_id = cmd_int(&x->line, "schedule", 0),
		.process = cmd_text(&x->line, "process"),
		.before_id = cmd_int(&x->line, "before", 0),
		.limit = (int)cmd_int(&x->line, "limit", LIST_DEFAULT) };
	const char *state = cmd_text(&x->line, "state");
	struct store_alias *tenant;
	struct store_run *runs;
	size_t n;
	int known = 1, rc;

	if (process_check(&x->arena, "process", f.process, &x->err) < 0)
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	if ((rc = context_tenant(x, &tenant)) < 0 ||
	    (f.schedule_id != 0 &&
		(rc = store_schedule_known(
		     x->db, f.schedule_id, tenant->alias_id, &known, &x->err)) < 0))
		return rc;
	if (!known)
		return err_set(&x->err, ERR_NOT_FOUND, "The tenant has no schedule %" PRId64 ".",
		    f.schedule_id);
	f.tenant_id = tenant->alias_id;
	f.state = state == NULL ? STATE_RUN_UNSET :
				  (enum state_of_run)state_find(states_of_run, state);
	if ((rc = store_run_list(x->db, &x->arena, &f, &runs, &n, &x->err)) < 0)
		return rc;
	output_list(&x->out, "Runs", columns, &(const struct output_list){ .rows = run_row_listed,
	    .items = runs, .n = n, .bytes = sizeof *runs });
	return 0;
}

static int
run_find(struct context *x, int64_t tenant_id, struct store_run **run)
{
	int64_t id = cmd_int(&x->line, "RUNID", 0);
	int rc = store_run_find(x->db, &x->arena, id, tenant_id, run, &x->err);

	if (rc < 0 || *run != NULL)
		return rc;
	return err_set(&x->err, ERR_NOT_FOUND, "The tenant has no run %" PRId64 ".", id);
}

static int
run_show(struct context *x)
{
	struct store_alias *tenant;
	struct store_run *r;
	int rc;

	if ((rc = context_tenant(x, &tenant)) < 0 || (rc = run_find(x, tenant->alias_id, &r)) < 0)
		return rc;
	output_rows(&x->out, run_row_listed, r);
	output_value(&x->out, "Worker", OUTPUT_TEXT, v_text(r->worker));
	output_gap(&x->out);
	output_block(&x->out, "Log", r->log_tail, strlen(r->log_tail));
	return 0;
}

/* What became of a run that was to be cancelled; state: the one it had. */
static const char *
cancel_words(enum state_of_run state)
{
	if (state == STATE_RUN_WAITING)
		return "is cancelled.";
	if (state == STATE_RUN_RUNNING)
		return "is asked to end; what it has not committed is rolled back.";
	return "is over already.";
}

static int
run_cancel(struct context *x)
{
	enum state_of_run state;
	struct store_alias *tenant;
	struct store_run *r;
	int rc;

	if ((rc = context_tenant(x, &tenant)) < 0 || (rc = run_find(x, tenant->alias_id, &r)) < 0 ||
	    (rc = store_run_cancel(
		 x->db, r->run_id, tenant->alias_id, "command line", &state, &x->err)) < 0)
		return rc;
	output_remark(&x->out, "Run %" PRId64 " %s", r->run_id, cancel_words(state));
	return 0;
}

/* ------------------------------------------------------------------ start */

struct starting {
	const struct process_kind *kind;
	struct schedule_owner owner;
	struct json_object *parameters;
	int64_t run_id;
};

static int
start_work(struct context *x, void *arg)
{
	struct starting *s = arg;

	return schedule_ops_start(x->db, &x->arena, &s->owner, s->kind, s->parameters, &s->run_id,
	    &x->err);
}

/* Nothing begins a run when no daemon has looked for work in the last minute. */
static int
check_daemon(struct context *x, int64_t run_id)
{
	struct rows r;
	int rc = store_ticks(x->db, &x->arena, &r, &x->err);

	for (size_t i = 0; rc == 0 && i < r.n; i++)
		if (rows_int(&r, i, C_ticks_age_s) < DAEMON_AGE_S)
			return 0;
	return rc < 0 ? rc : err_set(&x->err, ERR_UNAVAILABLE, "Run %" PRId64 " waits, but no "
	    "customerapi-scheduler is at work; it begins when one is.", run_id);
}

static int
is_over(enum state_of_run state)
{
	return state != STATE_RUN_WAITING && state != STATE_RUN_RUNNING;
}

static int
tell_end(struct context *x, int64_t tenant_id, int64_t run_id)
{
	struct store_run *r;
	int rc = store_run_find(x->db, &x->arena, run_id, tenant_id, &r, &x->err);

	if (rc < 0)
		return rc;
	if (r == NULL)
		return err_set(&x->err, ERR_NOT_FOUND, "Run %" PRId64 " is gone.", run_id);
	output_value(&x->out, "State", OUTPUT_TEXT, v_text(state_name(states_of_run, r->state)));
	output_value(&x->out, "Result", OUTPUT_TEXT, v_text(r->result));
	output_value(&x->out, "Reason", OUTPUT_TEXT, v_text(r->reason));
	if (r->state == STATE_RUN_SUCCESS || r->state == STATE_RUN_WARNING)
		return 0;
	return err_set(&x->err, ERR_PERMANENT, "Run %" PRId64 " ended as %s: %s", r->run_id,
	    state_name(states_of_run, r->state), r->reason);
}

/* Until it is over; the process's own time limit ends it. */
static int
wait_for(struct context *x, int64_t tenant_id, int64_t run_id)
{
	const struct timespec pause = { .tv_nsec = WAIT_MS * 1000000L };
	int waited_ms = 0, rc = 0, is_long;

	for (enum state_of_run state;; waited_ms += WAIT_MS) {
		if ((rc = store_run_state(x->db, run_id, &state, &x->err)) < 0)
			return rc;
		if (is_over(state))
			return tell_end(x, tenant_id, run_id);
		is_long = waited_ms >= DAEMON_AFTER_MS && waited_ms % DAEMON_AFTER_MS == 0;
		if (is_long && state == STATE_RUN_WAITING && (rc = check_daemon(x, run_id)) < 0)
			return rc;
		nanosleep(&pause, NULL);
	}
}

static int
run_start(struct context *x)
{
	const char *process = cmd_text(&x->line, "PROCESS");
	struct starting s = { .kind = process_find(process) };
	struct store_alias *tenant;
	int rc;

	if ((rc = context_tenant(x, &tenant)) < 0 ||
	    (rc = db_now(x->db, &s.owner.now, &x->err)) < 0)
		return rc;
	s.owner = (struct schedule_owner){ .tenant_id = tenant->alias_id,
		.time_zone = tenant->time_zone, .by = "command line", .now = s.owner.now };
	process_check(&x->arena, "PROCESS", process, &x->err);
	if (s.kind != NULL && cmd_count(&x->line, "parameter") > 0)
		s.parameters = settings_json(x, "parameter", s.kind->params);
	if (x->err.code == 0)
		context_transaction(x, start_work, &s);
	json_object_put(s.parameters);
	if (x->err.faults != NULL)
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	if (x->err.code < 0)
		return x->err.code;
	output_value(&x->out, "RunId", OUTPUT_INT, v_int(s.run_id));
	if (cmd_given(&x->line, "wait"))
		return wait_for(x, tenant->alias_id, s.run_id);
	output_remark(&x->out, "customerapi run show shows what becomes of it.");
	return 0;
}

/* ------------------------------------------------------------------ table */

static const struct cmd_param tenant_arguments[] = { CONTEXT_TENANT, { .name = NULL } };

static const struct cmd_param run_arguments[] = {
	CONTEXT_TENANT,
	{ .name = "RUNID", .type = CMD_INT, .required = 1, .min = 1, .max = INT64_MAX, .doc = "Number of the run, as in run list." },
	{ .name = NULL },
};

static const struct cmd_param start_arguments[] = {
	CONTEXT_TENANT,
	{ .name = "PROCESS", .type = CMD_TEXT, .required = 1, .max = 64,
	  .doc = "Name of the process, for example ComputeRefAmounts." },
	{ .name = NULL },
};

static const struct cmd_param start_options[] = {
	SETTINGS_PARAMETER,
	{ .name = "wait", .type = CMD_FLAG,
	  .doc = "Waits until the run is over, and says how it ended." },
	{ .name = NULL },
};

static const struct cmd_param list_options[] = {
	{ .name = "schedule", .type = CMD_INT, .min = 1, .max = INT64_MAX, .doc = "Only runs of this schedule." },
	{ .name = "process", .type = CMD_TEXT, .max = 64, .doc = "Only runs of this process." },
	{ .name = "state", .type = CMD_CHOICE, .choices = STATE_WORDS(STATES_OF_RUN), .doc = "Only runs in this state." },
	{ .name = "before", .type = CMD_INT, .min = 1, .max = INT64_MAX, .doc = "Only runs with a smaller number." },
	{ .name = "limit", .type = CMD_INT, .min = 1, .max = LIST_MAX, .doc = "How many at most; 50 unless given." },
	{ .name = NULL },
};

const struct cmd cmd_run_rows[] = {
	{ .group = "run",
	    .verb = "start",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = run_start,
	    .arguments = start_arguments,
	    .options = start_options,
	    .example = "run start Demo Main ComputeRefAmounts --parameter DryRun=true --wait",
	    .doc = "Runs a process once, without a schedule. With --wait the command ends when the "
		   "run ends, and fails when the run fails." },
	{ .group = "run",
	    .verb = "list",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = run_list,
	    .arguments = tenant_arguments,
	    .options = list_options,
	    .example = "run list Demo Main --state Failed",
	    .doc =
		"Lists runs, the newest first, occurrences that were missed or skipped included." },
	{ .group = "run",
	    .verb = "show",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = run_show,
	    .arguments = run_arguments,
	    .example = "run show Demo Main 12",
	    .doc = "Shows a run: its state, progress while it is at work, result, and the end of "
		   "its log." },
	{ .group = "run",
	    .verb = "cancel",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = run_cancel,
	    .arguments = run_arguments,
	    .example = "run cancel Demo Main 12",
	    .doc = "Cancels a run. One that waits ends at once, one that is running within a few "
		   "seconds." },
	{ .group = NULL },
};
