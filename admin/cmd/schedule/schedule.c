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
#include "store/schedule/schedule_row.h"

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

static void
print_next(struct context *x, const struct schedule_row *shown)
{
	static const struct output_column columns[] = { { "Local", OUTPUT_TEXT },
		{ "Utc", OUTPUT_TEXT }, { NULL, OUTPUT_UNSET } };
	struct val *cells = arena_new(&x->arena, struct val, shown->nnext * 2);
	char utc[32];

	for (size_t i = 0; i < shown->nnext; i++) {
		clock_iso8601(shown->next[i].utc, utc);
		cells[i * 2] = v_text(shown->next[i].local);
		cells[i * 2 + 1] = v_text(arena_strdup(&x->arena, utc));
	}
	if (shown->has_times && shown->jitter_s > 0)
		output_value(&x->out, "StartsLaterBySeconds", OUTPUT_INT, v_int(shown->jitter_s));
	output_gap(&x->out);
	output_table(&x->out, "NextRuns", columns, cells, shown->nnext);
}

void
schedule_print_next(struct context *x, const struct store_schedule *row, usec_t now, int count)
{
	struct schedule_row shown;

	schedule_row_fill(&x->arena, row, now, count, &shown);
	output_rows(&x->out, schedule_row_when, &shown);
	print_next(x, &shown);
}

void
schedule_print(struct context *x, const struct store_schedule *row, usec_t now, int count)
{
	struct schedule_row shown;

	schedule_row_fill(&x->arena, row, now, count, &shown);
	output_rows(&x->out, schedule_row, &shown);
	print_next(x, &shown);
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

/* In JSON only: in text times are by the tenant's wall clock. */
static void
schedule_list_json(struct context *x, const struct store_schedule *rows, size_t n, usec_t now)
{
	static const struct output_column columns[] = {
		{ "ScheduleId", OUTPUT_INT }, { "Name", OUTPUT_TEXT },
		{ "Process", OUTPUT_TEXT }, { "Form", OUTPUT_TEXT },
		{ "Label", OUTPUT_TEXT }, { "State", OUTPUT_TEXT }, { "Words", OUTPUT_TEXT },
		{ "NextDueAt", OUTPUT_TIME }, { "LastSuccessAt", OUTPUT_TIME }, { NULL, OUTPUT_UNSET },
	};
	struct schedule_row *shown = arena_new(&x->arena, struct schedule_row, n);

	for (size_t i = 0; i < n; i++) {
		schedule_row_fill(&x->arena, &rows[i], now, 0, &shown[i]);
		if (shown[i].words == NULL)
			shown[i].words = words_of(x, &rows[i]);
	}
	output_list(&x->out, "Schedules", columns, &(const struct output_list){
	    .rows = schedule_row, .items = shown, .n = n, .bytes = sizeof *shown });
}

static int
schedule_list_text(struct context *x, const struct store_alias *tenant,
    const struct store_schedule *rows, size_t n)
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
	struct store_schedule_filter f;
	struct store_alias *tenant;
	usec_t now;
	size_t n;
	int rc;

	if (process_check(&x->arena, "process", cmd_text(&x->line, "process"), &x->err) < 0)
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	if ((rc = context_tenant(x, &tenant)) < 0 || (rc = db_now(x->db, &now, &x->err)) < 0)
		return rc;
	f = (struct store_schedule_filter){ .tenant_id = tenant->alias_id,
		.process = cmd_text(&x->line, "process"),
		.state = cmd_text(&x->line, "state"),
		.after_id = cmd_int(&x->line, "after", 0),
		.limit = (int)cmd_int(&x->line, "limit", LIST_MAX) };
	if ((rc = store_schedule_list(x->db, &x->arena, &f, &rows, &n, &x->err)) < 0)
		return rc;
	if (x->out.json) {
		schedule_list_json(x, rows, n, now);
		return 0;
	}
	return schedule_list_text(x, tenant, rows, n);
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
