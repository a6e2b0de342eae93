#include "config.h"

#include <inttypes.h>
#include <string.h>

#include <json-c/json.h>

#include "admin/cmd.h"
#include "admin/cmd/schedule/schedule.h"
#include "admin/context.h"
#include "admin/when.h"
#include "lib/format/name.h"
#include "model/process.h"
#include "model/state.h"
#include "store/db.h"

enum { PREVIEW_MAX = 100, LIST_MAX = 500 };

/* ------------------------------------------------------------------ what all share */

int
schedule_target_find(struct context *x, struct schedule_target *t)
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

struct schedule_owner
schedule_owner_of(const struct store_alias *tenant, usec_t now)
{
	return (struct schedule_owner){ .tenant_id = tenant->alias_id,
		.time_zone = tenant->time_zone,
		.by = SCHEDULE_BY,
		.now = now };
}

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

void
schedule_print_next(struct context *x, const struct store_schedule *row, usec_t now, int count)
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

void
schedule_print(struct context *x, const struct store_schedule *row, usec_t now, int count)
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
	schedule_print_next(x, row, now, count);
}

/* ------------------------------------------------------------------ list, show */

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
schedule_list(struct context *x)
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
schedule_show(struct context *x)
{
	struct schedule_target t;
	int rc = schedule_target_find(x, &t);

	if (rc == 0)
		schedule_print(
		    x, t.row, t.now, (int)cmd_int(&x->line, "count", SCHEDULE_NEXT_RUNS));
	return rc;
}

/* ------------------------------------------------------------------ table */

static const struct cmd_param tenant_arguments[] = { CONTEXT_TENANT, { .name = NULL } };
static const struct cmd_param schedule_arguments[] = { CONTEXT_TENANT, SCHEDULE_ARGUMENT,
	{ .name = NULL } };

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

const struct cmd cmd_schedule_rows[] = {
	SCHEDULE_ROW("list", schedule_list, .arguments = tenant_arguments, .options = list_options,
	    .example = "schedule list Demo Main --state Active",
	    .doc = "Lists a tenant's schedules in words." WHEN_LISTED),
	SCHEDULE_ROW("show", schedule_show, .arguments = schedule_arguments,
	    .options = show_options, .example = "schedule show Demo Main 3 --count 20",
	    .doc = "Shows a schedule and when it is due next."),
	{ .group = NULL },
};
