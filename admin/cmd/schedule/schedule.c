#include "config.h"

#include <inttypes.h>
#include <string.h>

#include <json-c/json.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/schedule_help.h"
#include "admin/settings.h"
#include "admin/when.h"
#include "lib/format/name.h"
#include "model/process.h"
#include "model/state.h"
#include "store/db.h"
#include "store/schedule/schedule_ops.h"

enum { NEXT_RUNS = 5, PREVIEW_MAX = 100, LIST_MAX = 500 };

static const char by_command[] = "command line";

/* ------------------------------------------------------------------ showing */

/* Of the form After nothing is late. */
static void
show_lateness(struct context *x, const struct store_schedule *row, const struct schedule *s)
{
	output_value(&x->out, "Misfire", OUTPUT_TEXT, v_text(s->misfire_name));
	output_value(&x->out, "GraceMinutes", OUTPUT_INT, v_int(row->grace_s / 60));
	output_value(&x->out, "Overlap", OUTPUT_TEXT, v_text(s->overlap_name));
	if (s->jitter_s > 0)
		output_value(&x->out, "StartsLaterBySeconds", OUTPUT_INT,
		    v_int(schedule_jitter(s, row->schedule_id) / USEC_SEC));
}

static void
show_next(struct context *x, const struct store_schedule *row, usec_t now, int count)
{
	static const struct output_column columns[] = { { "Local", OUTPUT_TEXT },
		{ "Utc", OUTPUT_TEXT }, { NULL, OUTPUT_UNSET } };
	const struct schedule_form *form = schedule_form_find(row->form);
	struct val *cells = arena_new(&x->arena, struct val, (size_t)count * 2);
	struct schedule s = { 0 };
	usec_t t = schedule_ops_open_after(row, now);
	struct err ignored = { 0 };
	size_t n = 0;

	if (form != NULL &&
	    schedule_parse(
		&x->arena, form, row->rule, row->time_zone, row->created_at, &s, &ignored) == 0) {
		output_value(&x->out, "Words", OUTPUT_TEXT, v_text(schedule_words(&x->arena, &s)));
		if (row->after_id == 0)
			show_lateness(x, row, &s);
		for (; (int)n < count && calendar_next(s.zone, &s.rule, t, &t); n++) {
			char local[40], utc[32];

			calendar_local_text(s.zone, t, local);
			clock_iso8601(t, utc);
			cells[n * 2] = v_text(arena_strdup(&x->arena, local));
			cells[n * 2 + 1] = v_text(arena_strdup(&x->arena, utc));
		}
	}
	schedule_done(&s);
	output_gap(&x->out);
	output_table(&x->out, "NextRuns", columns, cells, n);
}

static void
show(struct context *x, const struct store_schedule *row, usec_t now, int count)
{
	output_value(&x->out, "ScheduleId", OUTPUT_INT, v_int(row->schedule_id));
	output_value(&x->out, "Process", OUTPUT_TEXT, v_text(row->process));
	output_value(&x->out, "Form", OUTPUT_TEXT, v_text(row->form));
	output_value(&x->out, "Name", OUTPUT_TEXT, v_text(row->name));
	output_value(&x->out, "Label", OUTPUT_TEXT, v_text(row->label));
	output_value(&x->out, "State", OUTPUT_TEXT, v_text(schedule_ops_state(row)));
	output_value(&x->out, "TimeZone", OUTPUT_TEXT, v_text(row->time_zone));
	output_value(&x->out, "TzData", OUTPUT_TEXT, v_text(calendar_tzdata_version(&x->arena)));
	output_value(&x->out, "Fields", OUTPUT_TEXT, v_text(row->rule));
	output_value(&x->out, "Parameters", OUTPUT_TEXT,
	    v_text(row->parameters[0] == '\0' ? "{}" : row->parameters));
	output_value(&x->out, "NextDueAt", OUTPUT_TIME, v_time(row->next_due_at));
	output_value(
	    &x->out, "SilenceHours", OUTPUT_INT, v_int_or_null(row->silence_h, row->silence_h > 0));
	if (row->on_failure[0] != '\0')
		output_value(&x->out, "OnFailure", OUTPUT_TEXT, v_text(row->on_failure));
	output_value(&x->out, "AfterScheduleId", OUTPUT_INT,
	    v_int_or_null(row->after_id, row->after_id != 0));
	output_value(&x->out, "PausedAt", OUTPUT_TIME, v_time(row->paused_at));
	output_value(&x->out, "LastSuccessAt", OUTPUT_TIME, v_time(row->last_success_at));
	output_value(&x->out, "CreatedAt", OUTPUT_TIME, v_time(row->created_at));
	output_value(&x->out, "CreatedBy", OUTPUT_TEXT, v_text(row->created_by));
	if (row->fault[0] != '\0')
		output_value(&x->out, "Fault", OUTPUT_TEXT, v_text(row->fault));
	show_next(x, row, now, count);
}

/* ------------------------------------------------------------------ commands */

struct target {
	struct store_alias *tenant;
	struct store_schedule *row;
	usec_t now;
	struct json_object *parameters;	/* run */
	int64_t run_id, running;	/* out: run, delete */
	const char *remark;		/* out: pause, resume; NULL = none */
};

static int
target_find(struct context *x, struct target *t)
{
	int64_t id = cmd_int(&x->line, "SCHEDULEID", 0);
	int rc;

	if ((rc = context_tenant(x, &t->tenant)) < 0 ||
	    (rc = db_now(x->db, &t->now, &x->err)) < 0 ||
	    (rc = store_schedule_find(
		 x->db, &x->arena, id, t->tenant->alias_id, &t->row, &x->err)) < 0)
		return rc;
	return t->row == NULL ?
	    err_set(&x->err, ERR_NOT_FOUND, "The tenant has no schedule %" PRId64 ".", id) :
	    0;
}

static struct schedule_owner
owner_of(const struct store_alias *tenant, usec_t now)
{
	return (struct schedule_owner){ .tenant_id = tenant->alias_id,
		.time_zone = tenant->time_zone,
		.by = by_command,
		.now = now };
}

struct adding {
	struct schedule_body body;
	struct schedule_owner owner;
	struct schedule_args in;
	struct store_schedule row;
	int made;			/* out: set */
	const char *remark;
};

static int
add_work(struct context *x, void *arg)
{
	struct adding *n = arg;

	return schedule_ops_add(x->db, &x->arena, &n->owner, &n->body, &n->row, &x->err);
}

/* A word in the command's own object, when it is given. */
static void
add_text(struct context *x, struct json_object *o, const char *argument, const char *member)
{
	if (cmd_text(&x->line, argument) != NULL)
		json_object_object_add(o, member,
		    json_object_new_string(cmd_text(&x->line, argument)));
}

static void
add_parameters(struct context *x, struct json_object *o, const struct process_kind *kind)
{
	if (cmd_count(&x->line, "parameter") > 0)
		json_object_object_add(
		    o, "Parameters", settings_json(x, "parameter", kind->params));
}

/* The tenant, the process and the clock. */
static int
adding_begin(struct context *x, struct adding *n)
{
	const char *process = cmd_text(&x->line, "PROCESS");
	struct store_alias *tenant;
	usec_t now;
	int rc;

	n->body = (struct schedule_body){ .kind = process_find(process), .in = &n->in };
	if ((rc = context_tenant(x, &tenant)) < 0 || (rc = db_now(x->db, &now, &x->err)) < 0)
		return rc;
	n->owner = owner_of(tenant, now);
	return n->body.kind == NULL ? process_check(&x->arena, "PROCESS", process, &x->err) : 0;
}

static int
adding_end(struct context *x, struct adding *n)
{
	json_object_put(n->body.json);
	if (x->err.faults != NULL)
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	return x->err.code;
}

static void
bind_fields(struct context *x, struct adding *n)
{
	param_defaults(&x->arena, n->body.form->params, &n->in);
	param_bind_json(&x->arena, n->body.form->params, "", n->body.json, &n->in, &x->err);
}

static int
add_run(struct context *x)
{
	struct adding n = { 0 };

	if (adding_begin(x, &n) < 0)
		return adding_end(x, &n);
	n.body.form = schedule_form_find(cmd_text(&x->line, "FORM"));
	n.body.json = settings_json(x, "set", n.body.form->params);
	add_parameters(x, n.body.json, n.body.kind);
	bind_fields(x, &n);
	if (x->err.code == 0 && context_transaction(x, add_work, &n) == 0)
		show(x, &n.row, n.owner.now, NEXT_RUNS);
	return adding_end(x, &n);
}

static int
set_work(struct context *x, void *arg)
{
	struct adding *n = arg;

	return schedule_ops_set(x->db, &x->arena, &n->owner, &n->body, NULL, NULL, &n->row,
	    &n->made, &n->remark, &x->err);
}

/* What a PUT's body would be. */
static void
set_bind(struct context *x, struct adding *n)
{
	struct json_object *given = settings_json(x, "set", schedule_all_params());

	add_text(x, given, "form", "Form");
	add_text(x, given, "cron", "Cron");
	add_parameters(x, given, n->body.kind);
	if (x->err.code == 0 && schedule_body_form(&x->arena, given, &n->body.form, &n->body.json,
	    &x->err) == 0)
		bind_fields(x, n);
	json_object_put(given);
	if (n->in.name.value != NULL)
		err_fault(&x->err, &x->arena, "Name", "is said by the argument NAME already");
	n->in.name.value = cmd_text(&x->line, "NAME");
	if (name_schedule_fault(n->in.name.value) != NULL)
		err_fault(&x->err, &x->arena, "NAME", "%s",
		    name_schedule_fault(n->in.name.value));
}

static int
set_run(struct context *x)
{
	struct adding n = { 0 };
	int dry = cmd_given(&x->line, "dry-run"), rc;

	if (adding_begin(x, &n) < 0)
		return adding_end(x, &n);
	set_bind(x, &n);
	if (x->err.code < 0)
		return adding_end(x, &n);
	rc = dry ? schedule_ops_draft(x->db, &x->arena, &n.owner, &n.body, &n.row, &x->err) :
	    context_transaction(x, set_work, &n);
	if (rc == 0 && dry)
		output_remark(&x->out, "This was a dry run: nothing has changed.");
	else if (rc == 0)
		output_remark(&x->out, "Schedule %s is %s.", n.row.name,
		    n.made ? "made" : "set");
	if (rc == 0 && n.remark != NULL)
		output_remark(&x->out, "%s", n.remark);
	if (rc == 0)
		show(x, &n.row, n.owner.now, NEXT_RUNS);
	return adding_end(x, &n);
}

/* The rule as a sentence, or why there is none. */
static const char *
words_of(struct context *x, const struct store_schedule *row)
{
	const struct schedule_form *form = schedule_form_find(row->form);
	struct schedule s = { 0 };
	struct err fault = { 0 };
	const char *words;

	if (form == NULL)
		return "This version does not have the form.";
	if (schedule_parse(
		&x->arena, form, row->rule, row->time_zone, row->created_at, &s, &fault) < 0)
		words = arena_strdup(&x->arena, fault.detail);
	else
		words = schedule_words(&x->arena, &s);
	schedule_done(&s);
	return words;
}

/* To the minute, which is enough in a list. */
static struct val
v_minute(usec_t t)
{
	return v_time(t == USEC_NONE ? t : t - t % (60 * USEC_SEC));
}

static void
list_json(struct context *x, const struct store_schedule *rows, size_t n)
{
	static const struct output_column columns[] = {
		{ "ScheduleId", OUTPUT_INT }, { "Name", OUTPUT_TEXT },
		{ "Process", OUTPUT_TEXT }, { "Form", OUTPUT_TEXT },
		{ "Label", OUTPUT_TEXT }, { "State", OUTPUT_TEXT }, { "Words", OUTPUT_TEXT },
		{ "NextDueAt", OUTPUT_TIME }, { "LastSuccessAt", OUTPUT_TIME }, { NULL, OUTPUT_UNSET },
	};
	struct val *cells = arena_new(&x->arena, struct val, n * 9 + 1), *c = cells;

	for (size_t i = 0; i < n; i++) {
		*c++ = v_int(rows[i].schedule_id);
		*c++ = v_text(rows[i].name);
		*c++ = v_text(rows[i].process);
		*c++ = v_text(rows[i].form);
		*c++ = v_text(rows[i].label);
		*c++ = v_text(schedule_ops_state(&rows[i]));
		*c++ = v_text(words_of(x, &rows[i]));
		*c++ = v_time(rows[i].next_due_at);
		*c++ = v_time(rows[i].last_success_at);
	}
	output_table(&x->out, "Schedules", columns, cells, n);
}

static int
list_text(struct context *x, const struct store_alias *tenant, const struct store_schedule *rows,
    size_t n)
{
	static const struct output_column columns[] = {
		{ "ScheduleId", OUTPUT_INT }, { "Name", OUTPUT_TEXT },
		{ "Process", OUTPUT_TEXT }, { "Words", OUTPUT_TEXT | OUTPUT_PROSE }, { "State", OUTPUT_TEXT },
		{ "NextDue", OUTPUT_TIME }, { "LastSuccess", OUTPUT_TIME | OUTPUT_LATER },
		{ "Label", OUTPUT_TEXT | OUTPUT_LATER }, { NULL, OUTPUT_UNSET },
	};
	struct val *cells = arena_new(&x->arena, struct val, n * 8 + 1), *c = cells;

	for (size_t i = 0; i < n; i++) {
		*c++ = v_int(rows[i].schedule_id);
		*c++ = v_text(rows[i].name);
		*c++ = v_text(rows[i].process);
		*c++ = v_text(words_of(x, &rows[i]));
		*c++ = v_text(schedule_ops_state(&rows[i]));
		*c++ = v_minute(rows[i].next_due_at);
		*c++ = v_minute(rows[i].last_success_at);
		*c++ = v_text(rows[i].label);
	}
	return when_table(x, tenant, "Schedules", columns, cells, n);
}

static int
list_run(struct context *x)
{
	struct store_schedule *rows;
	struct store_alias *tenant;
	size_t n;
	int rc;

	if (process_check(&x->arena, "process", cmd_text(&x->line, "process"), &x->err) < 0)
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	if ((rc = context_tenant(x, &tenant)) < 0 ||
	    (rc = store_schedule_list(x->db, &x->arena, tenant->alias_id,
		 cmd_text(&x->line, "process"), cmd_text(&x->line, "state"),
		 cmd_int(&x->line, "after", 0), (int)cmd_int(&x->line, "limit", LIST_MAX), &rows,
		 &n, &x->err)) < 0)
		return rc;
	if (x->out.json) {
		list_json(x, rows, n);
		return 0;
	}
	return list_text(x, tenant, rows, n);
}

static int
show_run(struct context *x)
{
	struct target t;
	int rc = target_find(x, &t);

	if (rc == 0)
		show(x, t.row, t.now, (int)cmd_int(&x->line, "count", NEXT_RUNS));
	return rc;
}

static int
pause_work(struct context *x, void *arg)
{
	struct target *t = arg;

	return schedule_ops_pause(x->db, &x->arena, t->row, t->now, &t->remark, &x->err);
}

static int
resume_work(struct context *x, void *arg)
{
	struct target *t = arg;

	return schedule_ops_resume(x->db, &x->arena, t->row, t->now, &t->remark, &x->err);
}

static int
change(struct context *x, int (*work)(struct context *x, void *arg), struct target *t)
{
	int rc;

	if ((rc = target_find(x, t)) < 0 || (rc = context_transaction(x, work, t)) < 0 ||
	    (rc = target_find(x, t)) < 0)
		return rc;
	output_remark(&x->out, "Schedule %" PRId64 " is %s.", t->row->schedule_id,
	    schedule_ops_state(t->row));
	if (t->remark != NULL)
		output_remark(&x->out, "%s", t->remark);
	return 0;
}

static int
pause_run(struct context *x)
{
	struct target t = { 0 };

	return change(x, pause_work, &t);
}

static int
resume_run(struct context *x)
{
	struct target t = { 0 };
	int rc = change(x, resume_work, &t);

	if (rc == 0)
		show_next(x, t.row, t.now, 1);
	return rc;
}

static int
now_work(struct context *x, void *arg)
{
	struct target *t = arg;
	struct schedule_owner owner = owner_of(t->tenant, t->now);

	return schedule_ops_run(
	    x->db, &x->arena, &owner, t->row, t->parameters, &t->run_id, &x->err);
}

static int
now_run(struct context *x)
{
	const struct process_kind *kind;
	struct target t = { 0 };
	int rc;

	if ((rc = target_find(x, &t)) < 0)
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
	struct target *t = arg;

	return schedule_ops_delete(
	    x->db, &x->arena, t->row, t->now, by_command, &t->running, &x->err);
}

static int
delete_run(struct context *x)
{
	struct target t = { 0 };
	int rc;

	if ((rc = target_find(x, &t)) < 0 || (rc = context_transaction(x, delete_work, &t)) < 0)
		return rc;
	output_remark(
	    &x->out, "Schedule %" PRId64 " is deleted; its history stays.", t.row->schedule_id);
	if (t.running > 0)
		output_remark(&x->out,
		    "Its run at work is asked to end; what it has not committed is rolled back.");
	return 0;
}

/* ------------------------------------------------------------------ table */

#define SCHEDULE { .name = "SCHEDULEID", .type = CMD_INT, .required = 1, .min = 1, .max = INT64_MAX, .doc = "Number of the schedule, as in schedule list." }
#define PARAMETER SETTINGS_PARAMETER

#define PROCESS { .name = "PROCESS", .type = CMD_TEXT, .required = 1, .max = 64, \
	.doc = "Name of the process; all are listed below." }

static const struct cmd_param tenant_arguments[] = { CONTEXT_TENANT, { .name = NULL } };
static const struct cmd_param schedule_arguments[] = { CONTEXT_TENANT, SCHEDULE, { .name = NULL } };

static const struct cmd_param add_arguments[] = {
	CONTEXT_TENANT,
	PROCESS,
	{ .name = "FORM", .type = CMD_CHOICE, .required = 1, .choices = SCHEDULE_FORM_NAMES,
	  .doc = "When it is run; the forms and their fields are listed below." },
	{ .name = NULL },
};

#define FIELD(also) { .name = "set", .type = CMD_TEXT, .repeat = 1, .max = SETTINGS_CHARS_MAX, \
	.value = "NAME=VALUE", .doc = "A field of the form, lists comma separated: Time=02:30, " \
	"EveryDays=2, DaysOfWeek=Monday,Friday, Days=1,Last, TimeZone=Europe/Paris, " \
	"StartDate=2027-01-01, " also "OnFailure=staff@demo.example (a mail when a run fails; " \
	"mail-allow must allow it), After=nightly (of the form After)." }

static const struct cmd_param add_options[] = { FIELD("Name=nightly, "), PARAMETER,
	{ .name = NULL } };

static const struct cmd_param set_arguments[] = {
	CONTEXT_TENANT,
	{ .name = "NAME", .type = CMD_TEXT, .required = 1, .max = 64,
	  .doc = "Name of the schedule; each of a tenant's schedules has another one." },
	PROCESS,
	{ .name = NULL },
};

static const struct cmd_param set_options[] = {
	{ .name = "form",
	    .type = CMD_CHOICE,
	    .choices = SCHEDULE_FORM_NAMES,
	    .doc =
		"The form that the fields are of; schedule add --help lists them. --cron, or --set "
		"After=NAME, is enough as well." },
	{ .name = "cron",
	    .type = CMD_TEXT,
	    .max = 300,
	    .value = "FIELDS",
	    .doc =
		"The five fields of a line of crontab in place of --form and the fields that say "
		"when, for example \"30 2 * * MON-FRI\". It is stored as the form that says the "
		"same, and "
		"refused with the reason when none does." },
	FIELD(""),
	PARAMETER,
	{ .name = "dry-run",
	    .type = CMD_FLAG,
	    .doc = "Only shows what it would mean and when it would be due." },
	{ .name = NULL },
};

static const struct cmd_param list_options[] = {
	{ .name = "process", .type = CMD_TEXT, .max = 64, .doc = "Only those of this process." },
	{ .name = "state", .type = CMD_CHOICE, .choices = STATE_WORDS(STATES_OF_SCHEDULE), .doc = "Only those in this state." },
	{ .name = "after", .type = CMD_INT, .min = 0, .max = INT64_MAX, .doc = "Only those with a greater number." },
	{ .name = "limit", .type = CMD_INT, .min = 1, .max = LIST_MAX, .doc = "How many at most; 500 unless given." },
	{ .name = NULL },
};

static const struct cmd_param show_options[] = {
	{ .name = "count", .type = CMD_INT, .min = 1, .max = PREVIEW_MAX, .doc = "How many of its next runs; 5 unless given." },
	{ .name = NULL },
};

static const struct cmd_param now_options[] = { PARAMETER, { .name = NULL } };

#define ROW(word, function, ...) { .group = "schedule", .verb = word, .needs = CMD_NEEDS_REGISTRY, .run = function, __VA_ARGS__ }

const struct cmd cmd_schedule_rows[] = {
	ROW("add", add_run, .arguments = add_arguments, .options = add_options,
	    .more = schedule_help,
	    .example = "schedule add Demo Main ComputeRefAmounts Daily --set Time=02:30",
	    .doc = "Adds a schedule, and shows in words and with its next runs what it means."),
	ROW("set", set_run, .arguments = set_arguments, .options = set_options,
	    .more = schedule_help_processes,
	    .example = "schedule set Demo Main nightly ComputeRefAmounts --cron \"30 2 * * *\"",
	    .doc =
		"Makes the schedule of a name, or changes it to what the line says. What the line "
		"leaves out has its default; but a paused one stays paused unless Enabled is set. "
		"With other "
		"times it begins anew, and what was due and had not begun is in the history as "
		"missed."),
	ROW("list", list_run, .arguments = tenant_arguments, .options = list_options,
	    .example = "schedule list Demo Main --state Active",
	    .doc = "Lists a tenant's schedules in words." WHEN_LISTED),
	ROW("show", show_run, .arguments = schedule_arguments, .options = show_options,
	    .example = "schedule show Demo Main 3 --count 20",
	    .doc = "Shows a schedule and when it is due next."),
	ROW("pause", pause_run, .arguments = schedule_arguments,
	    .example = "schedule pause Demo Main 3",
	    .doc =
		"Pauses a schedule. What was due and had not begun is in the history as missed."),
	ROW("resume", resume_run, .arguments = schedule_arguments,
	    .example = "schedule resume Demo Main 3",
	    .doc = "Resumes a paused or faulty schedule with its next occurrence. Those of the "
		   "pause are not made up for, they are in the history as missed; a one-time "
		   "schedule within its "
		   "grace is due at once."),
	ROW("run", now_run, .arguments = schedule_arguments, .options = now_options,
	    .example = "schedule run Demo Main 3 --parameter DryRun=true",
	    .doc = "Runs a schedule's process once, at once or when its run that is at work has "
		   "ended. Its occurrences stay as they are: one that is due meanwhile waits and "
		   "runs then."),
	ROW("delete", delete_run, .arguments = schedule_arguments,
	    .example = "schedule delete Demo Main 3",
	    .doc = "Deletes a schedule and cancels its runs, one at work within a few seconds; the "
		   "history stays."),
	{ .group = NULL },
};
