#include "config.h"

#include <inttypes.h>
#include <string.h>

#include <json-c/json.h>

#include "admin/cmd.h"
#include "admin/cmd/schedule/schedule.h"
#include "admin/context.h"
#include "admin/schedule_help.h"
#include "admin/settings.h"
#include "lib/format/name.h"
#include "model/process.h"
#include "model/schedule_body.h"
#include "model/state.h"
#include "store/db.h"

struct adding {
	struct schedule_body body;
	struct schedule_owner owner;
	struct schedule_args in;
	struct store_schedule row;
	struct schedule_setting set;
};

static int
schedule_add_work(struct context *x, void *arg)
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
	n->owner = schedule_owner_of(tenant, now);
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
schedule_add(struct context *x)
{
	struct adding n = { 0 };

	if (adding_begin(x, &n) < 0)
		return adding_end(x, &n);
	n.body.form = schedule_form_find(cmd_text(&x->line, "FORM"));
	n.body.json = settings_json(x, "set", n.body.form->params);
	add_parameters(x, n.body.json, n.body.kind);
	bind_fields(x, &n);
	if (x->err.code == 0 && context_transaction(x, schedule_add_work, &n) == 0)
		schedule_print(x, &n.row, n.owner.now, SCHEDULE_NEXT_RUNS);
	return adding_end(x, &n);
}

static int
schedule_set_work(struct context *x, void *arg)
{
	struct adding *n = arg;

	n->set = (struct schedule_setting){ .row = &n->row };
	return schedule_ops_set(x->db, &x->arena, &n->owner, &n->body, &n->set, &x->err);
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
schedule_set(struct context *x)
{
	struct adding n = { 0 };
	int dry = cmd_given(&x->line, "dry-run"), rc;

	if (adding_begin(x, &n) < 0)
		return adding_end(x, &n);
	set_bind(x, &n);
	if (x->err.code < 0)
		return adding_end(x, &n);
	rc = dry ? schedule_ops_draft(x->db, &x->arena, &n.owner, &n.body, &n.row, &x->err) :
	    context_transaction(x, schedule_set_work, &n);
	if (rc == 0 && dry)
		output_remark(&x->out, "This was a dry run: nothing has changed.");
	else if (rc == 0)
		output_remark(&x->out, "Schedule %s is %s.", n.row.name,
		    n.set.made ? "made" : "set");
	if (rc == 0 && n.set.remark != NULL)
		output_remark(&x->out, "%s", n.set.remark);
	if (rc == 0)
		schedule_print(x, &n.row, n.owner.now, SCHEDULE_NEXT_RUNS);
	return adding_end(x, &n);
}

/* ------------------------------------------------------------------ table */

#define PROCESS { .name = "PROCESS", .type = CMD_TEXT, .required = 1, .max = 64, \
	.doc = "Name of the process; all are listed below." }

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

static const struct cmd_param add_options[] = { FIELD("Name=nightly, "), SETTINGS_PARAMETER,
	{ .name = NULL } };

static const struct cmd_param set_arguments[] = {
	CONTEXT_TENANT,
	{ .name = "NAME", .type = CMD_TEXT, .required = 1, .max = 64,
	  .doc = "Name of the schedule, unique among the tenant's schedules." },
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
	SETTINGS_PARAMETER,
	{ .name = "dry-run",
	    .type = CMD_FLAG,
	    .doc = "Only shows what it would mean and when it would be due." },
	{ .name = NULL },
};

const struct cmd cmd_schedule_make_rows[] = {
	SCHEDULE_ROW("add", schedule_add, .arguments = add_arguments, .options = add_options,
	    .more = schedule_help,
	    .example = "schedule add Demo Main ComputeRefAmounts Daily --set Time=02:30",
	    .doc = "Adds a schedule, and shows in words and with its next runs what it means."),
	SCHEDULE_ROW("set", schedule_set, .arguments = set_arguments, .options = set_options,
	    .more = schedule_help_processes,
	    .example = "schedule set Demo Main nightly ComputeRefAmounts --cron \"30 2 * * *\"",
	    .doc =
		"Makes the schedule of a name, or changes it to what the line says. What the line "
		"leaves out has its default; but a paused one stays paused unless Enabled is set. "
		"With other "
		"times it begins anew, and what was due and had not begun is in the history as "
		"missed."),
	{ .group = NULL },
};
