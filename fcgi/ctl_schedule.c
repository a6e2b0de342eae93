#include "config.h"

#include "fcgi/ctl_schedule.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fcgi/auth.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/calendar.h"
#include "lib/err.h"
#include "lib/process.h"
#include "lib/schedule.h"
#include "store/db.h"
#include "store/schedule_ops.h"
#include "store/store_run.h"
#include "store/store_schedule.h"

enum { FORMS_MAX = 8, KINDS_MAX = 16, PATH_BYTES = 120, DOC_BYTES = 400, NEXT_RUNS = 5, PREVIEW_MAX = 100, PAGE_MAX = 500 };

static const char by_api[] = "API";

/* ------------------------------------------------------------------ JSON */

/* Stored JSON as it is; "" gives {}. */
static void
add_json(struct buf *b, const char *name, const char *json)
{
	buf_addf(b, ",\"%s\":%s", name, json[0] == '\0' ? "{}" : json);
}

/* Up to n occurrences behind after. */
static void
add_next_runs(struct buf *b, const struct schedule *s, int64_t schedule_id, usec_t after, int n)
{
	usec_t t = after, jitter = schedule_jitter(s, schedule_id);
	char local[40], utc[32];

	buf_adds(b, ",\"NextRuns\":[");
	for (int i = 0; i < n && calendar_next(s->zone, &s->rule, t, &t); i++) {
		calendar_local_text(s->zone, t, local);
		clock_iso8601(t, utc);
		buf_addf(b, "%s{\"Local\":\"%s\",\"Utc\":\"%s\"", i > 0 ? "," : "", local, utc);
		if (s->jitter_s > 0)
			reply_add_time(b, "StartsAt", t + jitter);
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
}

static void
add_schedule(struct request *r, struct buf *b, const struct store_schedule *row, int next_runs, const char *remark)
{
	const struct schedule_form *form = schedule_form_find(row->form);
	struct schedule s = { 0 };
	struct err fault = { 0 };
	int good = form != NULL && schedule_parse(&r->arena, form, row->rule, row->time_zone, row->created_at, &s, &fault) == 0;

	buf_addf(b, "{\"ScheduleId\":%" PRId64, row->schedule_id);
	reply_add_text(b, "Process", row->process);
	reply_add_text(b, "Form", row->form);
	reply_add_text(b, "Label", row->label);
	reply_add_text(b, "State", schedule_ops_state(row));
	if (good)
		reply_add_text(b, "Words", calendar_words(&r->arena, s.zone, row->time_zone, &s.rule));
	reply_add_text(b, "TimeZone", row->time_zone);
	reply_add_text(b, "TzData", calendar_tzdata_version(&r->arena));
	add_json(b, "Fields", row->rule);
	add_json(b, "Parameters", row->parameters);
	if (good) {
		reply_add_text(b, "Misfire", s.misfire_name);
		buf_addf(b, ",\"GraceMinutes\":%" PRId64, row->grace_s / 60);
		reply_add_text(b, "Overlap", s.overlap_name);
	}
	if (row->silence_h != 0)
		buf_addf(b, ",\"SilenceHours\":%" PRId64, row->silence_h);
	if (good && next_runs > 0)
		add_next_runs(b, &s, row->schedule_id, schedule_ops_open_after(row, r->access->now), next_runs);
	reply_add_time(b, "NextDueAt", row->next_due_at);
	reply_add_time(b, "PausedAt", row->paused_at);
	reply_add_time(b, "LastSuccessAt", row->last_success_at);
	reply_add_time(b, "CreatedAt", row->created_at);
	reply_add_text(b, "CreatedBy", row->created_by);
	if (row->fault[0] != '\0')
		reply_add_text(b, "Fault", row->fault);
	if (remark != NULL)
		reply_add_text(b, "Remark", remark);
	buf_addc(b, '}');
	schedule_done(&s);
}

static void
add_run(struct buf *b, const struct store_run *r, int with_log)
{
	buf_addf(b, "{\"RunId\":%" PRId64, r->run_id);
	if (r->schedule_id != 0)
		buf_addf(b, ",\"ScheduleId\":%" PRId64, r->schedule_id);
	reply_add_text(b, "Process", r->process);
	reply_add_text(b, "State", store_run_state_name(r->state));
	reply_add_text(b, "Origin", store_run_origin_name(r->origin));
	if (r->retry_of != 0)
		buf_addf(b, ",\"RetryOf\":%" PRId64, r->retry_of);
	reply_add_time(b, "DueAt", r->due_at);
	if (r->occurrences > 1) {
		buf_addf(b, ",\"Occurrences\":%" PRId64, r->occurrences);
		reply_add_time(b, "LastDueAt", r->last_due_at);
	}
	reply_add_time(b, "CreatedAt", r->created_at);
	reply_add_time(b, "StartedAt", r->started_at);
	reply_add_time(b, "EndedAt", r->ended_at);
	if (r->cancel_at != USEC_NONE) {
		reply_add_time(b, "CancelledAt", r->cancel_at);
		reply_add_text(b, "CancelledBy", r->cancel_by);
	}
	add_json(b, "Parameters", r->parameters);
	if (r->phase[0] != '\0') {
		buf_adds(b, ",\"Progress\":{\"Phase\":");
		buf_add_json(b, r->phase);
		buf_addf(b, ",\"Done\":%" PRId64 ",\"Total\":%" PRId64 ",\"PerSecond\":%" PRId64 "}",
		    r->done, r->total, r->rate);
	}
	if (r->result[0] != '\0')
		add_json(b, "Result", r->result);
	reply_add_text(b, "Reason", r->reason);
	if (with_log)
		reply_add_text(b, "Log", r->log_tail);
	buf_addc(b, '}');
}

/* ------------------------------------------------------------------ create: a form of a process */

static struct schedule_owner
owner_of(const struct request *r)
{
	return (struct schedule_owner){ .tenant_id = r->access->alias->alias_id, .time_zone = r->access->alias->time_zone, .by = by_api, .now = r->access->now };
}

static int
create(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct schedule_subject *what = r->action->subject;
	struct schedule_owner owner = owner_of(r);
	struct store_schedule row;
	struct db *db;
	int rc;

	if ((rc = request_db(r, &db, err)) < 0 || (rc = schedule_ops_add(db, &r->arena, &owner, what->kind, what->form, r->json, args, &row, err)) < 0)
		return rc;
	reply->status = 201;
	add_schedule(r, &reply->body, &row, NEXT_RUNS, NULL);
	buf_addc(&reply->body, '\n');
	return 0;
}

/* ------------------------------------------------------------------ one schedule */

struct schedule_id_args {
	struct param_int schedule_id, count;
	struct param_object parameters;
};

#define SCHEDULE_ID \
	{ .name = "ScheduleId", PARAM_FIELD(struct schedule_id_args, schedule_id), .in = PARAM_PATH, .required = 1, .min = 1, .max = INT64_MAX, .sample = "1", \
	  .doc = "Number of the schedule." }

static const struct param schedule_id_params[] = { SCHEDULE_ID, { .name = NULL } };

static const struct param preview_params[] = {
	SCHEDULE_ID,
	{ .name = "Count", PARAM_FIELD(struct schedule_id_args, count), .in = PARAM_QUERY, .min = 1, .max = PREVIEW_MAX, .def = "10", .doc = "How many occurrences." },
	{ .name = NULL },
};

static const struct param run_now_params[] = {
	SCHEDULE_ID,
	{ .name = "Parameters", PARAM_FIELD(struct schedule_id_args, parameters), .in = PARAM_BODY, .sample = "{\"DryRun\": true}",
	  .doc = "Parameters of this run, instead of the schedule's; for example {\"DryRun\": true}." },
	{ .name = NULL },
};

static int
find(struct request *r, int64_t id, struct db **db, struct store_schedule **row, struct err *err)
{
	int rc;

	if ((rc = request_db(r, db, err)) < 0 || (rc = store_schedule_find(*db, &r->arena, id, r->access->alias->alias_id, row, err)) < 0)
		return rc;
	return *row == NULL ? err_set(err, ERR_NOT_FOUND, "There is no schedule %" PRId64 ".", id) : 0;
}

static int
show(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct schedule_id_args *in = args;
	struct store_schedule *row;
	struct db *db;
	int rc = find(r, in->schedule_id.value, &db, &row, err);

	if (rc < 0)
		return rc;
	add_schedule(r, &reply->body, row, in->count.value > 0 ? (int)in->count.value : NEXT_RUNS, NULL);
	buf_addc(&reply->body, '\n');
	return 0;
}

static int
erase(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct schedule_id_args *in = args;
	struct store_schedule *row;
	int64_t running;
	struct db *db;
	int rc;

	if ((rc = find(r, in->schedule_id.value, &db, &row, err)) < 0 || (rc = schedule_ops_delete(db, &r->arena, row, r->access->now, by_api, &running, err)) < 0)
		return rc;
	reply->status = 204;
	return 0;
}

typedef int change_fn(struct db *db, struct arena *a, struct store_schedule *row, usec_t now, const char **remark, struct err *err);

static int
change(struct request *r, const void *args, change_fn *how, struct reply *reply, struct err *err)
{
	const struct schedule_id_args *in = args;
	struct store_schedule *row;
	const char *remark;
	struct db *db;
	int rc;

	if ((rc = find(r, in->schedule_id.value, &db, &row, err)) < 0 || (rc = how(db, &r->arena, row, r->access->now, &remark, err)) < 0 ||
	    (rc = find(r, in->schedule_id.value, &db, &row, err)) < 0)
		return rc;
	add_schedule(r, &reply->body, row, NEXT_RUNS, remark);
	buf_addc(&reply->body, '\n');
	return 0;
}

static int
pause_it(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	return change(r, args, schedule_ops_pause, reply, err);
}

static int
resume(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	return change(r, args, schedule_ops_resume, reply, err);
}

static int
run_now(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct schedule_id_args *in = args;
	struct schedule_owner owner = owner_of(r);
	struct store_schedule *row;
	int64_t run_id;
	struct db *db;
	int rc;

	if ((rc = find(r, in->schedule_id.value, &db, &row, err)) < 0 ||
	    (rc = schedule_ops_run(db, &r->arena, &owner, row, in->parameters.value, &run_id, err)) < 0)
		return rc;
	reply->status = 202;
	buf_addf(&reply->body, "{\"RunId\":%" PRId64 ",\"ScheduleId\":%" PRId64 ",\"State\":\"Waiting\"}\n", run_id, row->schedule_id);
	return 0;
}

/* ------------------------------------------------------------------ lists */

struct list_args {
	struct param_text process, state;
	struct param_int after, before, limit, schedule_id;
};

#define LIMIT { .name = "Limit", PARAM_FIELD(struct list_args, limit), .in = PARAM_QUERY, .min = 1, .max = PAGE_MAX, .def = "100", .doc = "How many at most." }
#define PROCESS { .name = "Process", PARAM_FIELD(struct list_args, process), .in = PARAM_QUERY, .max_length = 64, .doc = "Only those of this process." }
#define RUN_STATES "Waiting|Running|Success|Warning|Failed|Lost|Cancelled|TimedOut|Skipped|Missed"

static const struct param list_params[] = {
	PROCESS,
	{ .name = "State", PARAM_FIELD(struct list_args, state), .in = PARAM_QUERY, .max_length = 10, .choices = "Active|Paused|Ended|Faulty", .doc = "Only those in this state." },
	{ .name = "After", PARAM_FIELD(struct list_args, after), .in = PARAM_QUERY, .min = 0, .max = INT64_MAX, .def = "0",
	  .doc = "Only those with a greater number: the last one of the page before." },
	LIMIT,
	{ .name = NULL },
};

#define RUN_LIST_PARAMS \
	PROCESS, \
	{ .name = "State", PARAM_FIELD(struct list_args, state), .in = PARAM_QUERY, .max_length = 10, .choices = RUN_STATES, .doc = "Only those in this state." }, \
	{ .name = "Before", PARAM_FIELD(struct list_args, before), .in = PARAM_QUERY, .min = 1, .max = INT64_MAX, \
	  .doc = "Only those with a smaller number: the last one of the page before." }, \
	LIMIT

static const struct param run_list_params[] = { RUN_LIST_PARAMS, { .name = NULL } };

static const struct param schedule_run_list_params[] = {
	{ .name = "ScheduleId", PARAM_FIELD(struct list_args, schedule_id), .in = PARAM_PATH, .required = 1, .min = 1, .max = INT64_MAX, .sample = "1", .doc = "Number of the schedule." },
	RUN_LIST_PARAMS,
	{ .name = NULL },
};

static int
list(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct list_args *in = args;
	struct store_schedule *rows;
	struct db *db;
	size_t n;
	int rc;

	if ((rc = process_check(&r->arena, "Process", in->process.value, err)) < 0 || (rc = request_db(r, &db, err)) < 0 || (rc = store_schedule_list(db, &r->arena, r->access->alias->alias_id, in->process.value, in->state.value,
	    in->after.value, (int)in->limit.value, &rows, &n, err)) < 0)
		return rc;
	buf_adds(&reply->body, "{\"Schedules\":[");
	for (size_t i = 0; i < n; i++) {
		buf_adds(&reply->body, i > 0 ? ",\n" : "\n");
		add_schedule(r, &reply->body, &rows[i], 1, NULL);
	}
	buf_adds(&reply->body, "]}\n");
	return 0;
}

static int
list_runs(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct list_args *in = args;
	struct store_run_filter f = { .tenant_id = r->access->alias->alias_id, .schedule_id = in->schedule_id.value, .process = in->process.value,
		.state = in->state.value == NULL ? STORE_RUN_UNSET : store_run_state_find(in->state.value), .before_id = in->before.value, .limit = (int)in->limit.value };
	struct store_run *runs;
	int known = 1, rc;
	struct db *db;
	size_t n;

	if ((rc = process_check(&r->arena, "Process", in->process.value, err)) < 0 || (rc = request_db(r, &db, err)) < 0 ||
	    (in->schedule_id.given && (rc = store_schedule_known(db, f.schedule_id, f.tenant_id, &known, err)) < 0))
		return rc;
	if (!known)
		return err_set(err, ERR_NOT_FOUND, "There is no schedule %" PRId64 ".", f.schedule_id);
	if ((rc = store_run_list(db, &r->arena, &f, &runs, &n, err)) < 0)
		return rc;
	buf_adds(&reply->body, "{\"Runs\":[");
	for (size_t i = 0; i < n; i++) {
		buf_adds(&reply->body, i > 0 ? ",\n" : "\n");
		add_run(&reply->body, &runs[i], 0);
	}
	buf_adds(&reply->body, "]}\n");
	return 0;
}

/* ------------------------------------------------------------------ one run */

struct run_id_args { struct param_int run_id; };

static const struct param run_id_params[] = {
	{ .name = "RunId", PARAM_FIELD(struct run_id_args, run_id), .in = PARAM_PATH, .required = 1, .min = 1, .max = INT64_MAX, .sample = "1", .doc = "Number of the run." },
	{ .name = NULL },
};

static int
show_run(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct run_id_args *in = args;
	struct store_run *run;
	struct db *db;
	int rc;

	if ((rc = request_db(r, &db, err)) < 0 || (rc = store_run_find(db, &r->arena, in->run_id.value, r->access->alias->alias_id, &run, err)) < 0)
		return rc;
	if (run == NULL)
		return err_set(err, ERR_NOT_FOUND, "There is no run %" PRId64 ".", in->run_id.value);
	add_run(&reply->body, run, 1);
	buf_addc(&reply->body, '\n');
	return 0;
}

static int
cancel(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct run_id_args *in = args;
	enum store_run_state state;
	struct db *db;
	int rc;

	if ((rc = request_db(r, &db, err)) < 0 || (rc = store_run_cancel(db, in->run_id.value, r->access->alias->alias_id, by_api, &state, err)) < 0)
		return rc;
	if (state == STORE_RUN_RUNNING)
		reply->status = 202;	/* it is asked to end */
	return show_run(r, args, reply, err);
}

/* ------------------------------------------------------------------ replies */

static const struct field next_run_rows[] = {
	FIELD(TEXT, "Local", "In the schedule's zone, with its offset.", .sample = "2026-11-25T02:30:00+01:00"),
	FIELD(TIME, "Utc", "The same instant.", .sample = "2026-11-25T01:30:00.000000Z"),
	FIELD(TIME, "StartsAt", "When the run starts: with JitterMinutes, a while behind.", .optional = 1),
	FIELD_END,
};

static const struct field schedule_reply[] = {
	FIELD(INT, "ScheduleId", "Number of the schedule."),
	FIELD(TEXT, "Process", "Name of the process.", .sample = "ComputeRefAmounts"),
	FIELD(TEXT, "Form", "Which form it has.", .sample = "Daily"),
	FIELD(TEXT, "Label", "What it is for.", .sample = "Nightly"),
	FIELD(TEXT, "State", "Whether it is at work; Faulty: it can no longer be understood, Fault says why.", .choices = "Active|Paused|Ended|Faulty"),
	FIELD(TEXT, "Words", "What it means, in words.", .optional = 1, .sample = "Every day at 02:30 (Europe/Paris)."),
	FIELD(TEXT, "TimeZone", "The zone in which its times are meant.", .sample = "Europe/Paris"),
	FIELD(TEXT, "TzData", "Version of the time-zone data in use.", .sample = "2026b"),
	FIELD(ANY, "Fields", "The form's fields as they were given.", .sample = "{\"Time\": \"02:30\"}"),
	FIELD(ANY, "Parameters", "The process's own parameters."),
	FIELD(TEXT, "Misfire", "See the form.", .optional = 1, .choices = "Once|Skip|All"),
	FIELD(INT, "GraceMinutes", "See the form.", .optional = 1, .sample = "60"),
	FIELD(TEXT, "Overlap", "See the form.", .optional = 1, .choices = "Skip|Queue|Allow"),
	FIELD(INT, "SilenceHours", "See the form; left out when there is no alarm.", .optional = 1, .sample = "26"),
	FIELD(OBJECT, "NextRuns", "When it is due next; of a paused one, when it would be.", .optional = 1, .list = 1, .rows = next_run_rows),
	FIELD(TIME, "NextDueAt", "Null when it is paused or nothing more is due.", .nullable = 1, .sample = "2026-11-25T01:30:00.000000Z"),
	FIELD(TIME, "PausedAt", "Since when it is paused.", .nullable = 1),
	FIELD(TIME, "LastSuccessAt", "When a run of it last succeeded.", .nullable = 1),
	FIELD(TIME, "CreatedAt", "When it was made."),
	FIELD(TEXT, "CreatedBy", "Who made it.", .sample = "API"),
	FIELD(TEXT, "Fault", "Why it is Faulty.", .optional = 1, .sample = ""),
	FIELD(TEXT, "Remark", "What Pause or Resume did besides, or that nothing is due any more.", .optional = 1, .sample = "2 occurrences of the pause are in the history as Missed."),
	FIELD_END,
};

static const struct field progress_rows[] = {
	FIELD(TEXT, "Phase", "What it is at.", .sample = "purchases"),
	FIELD(INT, "Done", "How much is done.", .sample = "5000"),
	FIELD(INT, "Total", "Of how much; 0 = not known.", .sample = "20000"),
	FIELD(INT, "PerSecond", "How fast it goes.", .sample = "900"),
	FIELD_END,
};

#define RUN_FIELDS \
	FIELD(INT, "RunId", "Number of the run."), \
	FIELD(INT, "ScheduleId", "Its schedule, if it belongs to one.", .optional = 1), \
	FIELD(TEXT, "Process", "Name of the process.", .sample = "ComputeRefAmounts"), \
	FIELD(TEXT, "State", "Success and Warning did their work; Lost: its process or host died; Missed: nobody was there for it, or its schedule was paused; Skipped: the one before was not over.", \
	    .choices = RUN_STATES), \
	FIELD(TEXT, "Origin", "Why it runs.", .choices = "Schedule|Manual|Retry"), \
	FIELD(INT, "RetryOf", "The run that it repeats.", .optional = 1, .sample = ""), \
	FIELD(TIME, "DueAt", "The occurrence of its schedule.", .nullable = 1), \
	FIELD(INT, "Occurrences", "This row stands for so many missed or skipped occurrences.", .optional = 1, .sample = ""), \
	FIELD(TIME, "LastDueAt", "The last of them.", .optional = 1, .sample = "", .nullable = 1), \
	FIELD(TIME, "CreatedAt", "When it was put down."), \
	FIELD(TIME, "StartedAt", "When its work began.", .nullable = 1), \
	FIELD(TIME, "EndedAt", "When its work ended.", .nullable = 1), \
	FIELD(TIME, "CancelledAt", "When somebody cancelled it.", .optional = 1, .sample = ""), \
	FIELD(TEXT, "CancelledBy", "Who cancelled it.", .optional = 1, .sample = ""), \
	FIELD(ANY, "Parameters", "The process's parameters in this run."), \
	FIELD(OBJECT, "Progress", "How far it is, once it is at work.", .optional = 1, .rows = progress_rows), \
	FIELD(ANY, "Result", "What the process says of its work; its members depend on the process.", .optional = 1), \
	FIELD(TEXT, "Reason", "Why it ended as it did, or for which missed occurrences it stands.", .sample = "")

static const struct field run_rows[] = { RUN_FIELDS, FIELD_END };
static const struct field run_reply[] = { RUN_FIELDS, FIELD(TEXT, "Log", "The end of its log.", .sample = ""), FIELD_END };
static const struct field schedules_reply[] = { FIELD(OBJECT, "Schedules", "In order of their numbers.", .list = 1, .rows = schedule_reply), FIELD_END };
static const struct field runs_reply[] = { FIELD(OBJECT, "Runs", "The newest first.", .list = 1, .rows = run_rows), FIELD_END };

static const struct field run_now_reply[] = {
	FIELD(INT, "RunId", "Number of the run."),
	FIELD(INT, "ScheduleId", "Number of the schedule."),
	FIELD(TEXT, "State", "Always Waiting.", .choices = "Waiting"),
	FIELD_END,
};

/* ------------------------------------------------------------------ the tables */

#define SCHEDULES "ProcessManagement/Schedules"
#define ROW(action, way, address) .controller = "Schedules", .name = action, .methods = way, .path = address, .access = ACCESS_TOKEN, .area = "process"
#define OK(rows) .status = 200, .reply = rows

const struct action ctl_schedule_actions[] = {
	{ ROW("List", REQUEST_GET, SCHEDULES), .tx = ACTION_TX_NONE, .params = list_params, .args_bytes = sizeof(struct list_args), .run = list,
	  .doc = "Lists the tenant's schedules.", .reply_doc = "200 with Schedules.", OK(schedules_reply), ACTION_ERRORS(ERR_NONE) },
	{ ROW("Runs", REQUEST_GET, SCHEDULES "/Runs"), .tx = ACTION_TX_NONE, .params = run_list_params, .args_bytes = sizeof(struct list_args), .run = list_runs,
	  .doc = "Lists the tenant's runs, the newest first, occurrences that were missed or skipped included.", .reply_doc = "200 with Runs.", OK(runs_reply), ACTION_ERRORS(ERR_NONE) },
	{ ROW("Run", REQUEST_GET, SCHEDULES "/Runs/{RunId}"), .tx = ACTION_TX_NONE, .params = run_id_params, .args_bytes = sizeof(struct run_id_args), .run = show_run,
	  .doc = "Shows a run: its state, progress while it is at work, result and the end of its log.", .reply_doc = "200 with the run.", OK(run_reply), ACTION_ERRORS(ERR_NOT_FOUND) },
	{ ROW("Cancel", REQUEST_POST, SCHEDULES "/Runs/{RunId}/Cancel"), .tx = ACTION_TX_REGISTRY, .params = run_id_params, .args_bytes = sizeof(struct run_id_args),
	  .run = cancel, .doc = "Cancels a run: one that waits at once, one that is at work within a few seconds; what it has not committed is rolled back.",
	  .reply_doc = "200 with the run, or 202 while it is still ending.",
	  OK(run_reply), .status_too = 202, ACTION_ERRORS(ERR_NOT_FOUND) },
	{ ROW("Show", REQUEST_GET, SCHEDULES "/{ScheduleId}"), .tx = ACTION_TX_NONE, .params = schedule_id_params, .args_bytes = sizeof(struct schedule_id_args), .run = show,
	  .doc = "Shows a schedule, in words and with its next runs.", .reply_doc = "200 with the schedule.", OK(schedule_reply), ACTION_ERRORS(ERR_NOT_FOUND) },
	{ ROW("Delete", REQUEST_DELETE, SCHEDULES "/{ScheduleId}"), .tx = ACTION_TX_REGISTRY, .params = schedule_id_params,
	  .args_bytes = sizeof(struct schedule_id_args), .run = erase,
	  .doc = "Deletes a schedule and cancels its runs: those that wait, and are to be tried again, at once, one at work within a few seconds; what it has not committed is rolled back. "
	  "The history stays, Runs still lists it; an occurrence that was due and had not begun is in it as missed.", .reply_doc = "204.", .status = 204, ACTION_ERRORS(ERR_NOT_FOUND) },
	{ ROW("Preview", REQUEST_GET, SCHEDULES "/{ScheduleId}/Preview"), .tx = ACTION_TX_NONE, .params = preview_params, .args_bytes = sizeof(struct schedule_id_args),
	  .run = show, .doc = "Shows when a schedule is due next.", .reply_doc = "200 with the schedule and its NextRuns in local time and UTC.",
	  OK(schedule_reply), ACTION_ERRORS(ERR_NOT_FOUND) },
	{ ROW("ScheduleRuns", REQUEST_GET, SCHEDULES "/{ScheduleId}/Runs"), .tx = ACTION_TX_NONE, .params = schedule_run_list_params,
	  .args_bytes = sizeof(struct list_args), .run = list_runs, .doc = "Lists the runs of a schedule, the newest first; of a deleted one, too.", .reply_doc = "200 with Runs.",
	  OK(runs_reply), ACTION_ERRORS(ERR_NOT_FOUND) },
	{ ROW("Pause", REQUEST_POST, SCHEDULES "/{ScheduleId}/Pause"), .tx = ACTION_TX_REGISTRY, .params = schedule_id_params,
	  .args_bytes = sizeof(struct schedule_id_args), .run = pause_it, .doc = "Pauses a schedule: nothing of it is due until it is resumed, and its silence alarm is off. What was due already and had not begun is in the history "
	  "as missed, but for a one-time schedule within its GraceMinutes. Runs that wait or are at work go on. A schedule that has ended stays as it is.",
	  .reply_doc = "200 with the schedule.", OK(schedule_reply), ACTION_ERRORS(ERR_NOT_FOUND) },
	{ ROW("Resume", REQUEST_POST, SCHEDULES "/{ScheduleId}/Resume"), .tx = ACTION_TX_REGISTRY, .params = schedule_id_params,
	  .args_bytes = sizeof(struct schedule_id_args), .run = resume,
	  .doc = "Resumes a paused schedule with its next occurrence. Those of the pause are not made up for, whatever Misfire says: they are in the history as missed, with the reason "
	  "(above 1000 as one row); only a one-time schedule that is still within its GraceMinutes is due at once. The period of its silence alarm begins anew. A faulty schedule is computed again.",
	  .reply_doc = "200 with the schedule; Remark says what became of the pause's occurrences, and when nothing is due any more. 409 when it cannot be computed.",
	  OK(schedule_reply), ACTION_ERRORS(ERR_NOT_FOUND, ERR_CONFLICT) },
	{ ROW("RunNow", REQUEST_POST, SCHEDULES "/{ScheduleId}/RunNow"), .tx = ACTION_TX_REGISTRY, .params = run_now_params,
	  .args_bytes = sizeof(struct schedule_id_args), .run = run_now,
	  .doc = "Runs a schedule's process once, at once, or when the run that is at work has ended. Its occurrences stay as they are: one that is due meanwhile waits and runs then, "
	  "also with Overlap Skip. It works while paused, too.",
	  .reply_doc = "202 with the RunId. 409 when 100 runs of the schedule that were asked for wait already.", .status = 202, .reply = run_now_reply, ACTION_ERRORS(ERR_NOT_FOUND, ERR_CONFLICT, ERR_NOT_BUILT) },
	{ .name = NULL },
};

struct action ctl_schedule_form_actions[FORMS_MAX * KINDS_MAX + 1];

__attribute__((constructor)) static void
make_form_actions(void)
{
	static struct schedule_subject subjects[FORMS_MAX * KINDS_MAX];
	static const int errors[] = { ERR_CONFLICT, ERR_NONE }, not_built[] = { ERR_NOT_BUILT, ERR_NONE };
	static char paths[FORMS_MAX * KINDS_MAX][PATH_BYTES], names[FORMS_MAX * KINDS_MAX][PATH_BYTES], docs[FORMS_MAX * KINDS_MAX][DOC_BYTES];
	size_t n = 0;

	for (const struct process_kind *k = process_kinds; k->name != NULL; k++)
		for (const struct schedule_form *f = schedule_forms; f->name != NULL && n < FORMS_MAX * KINDS_MAX; f++, n++) {
			subjects[n] = (struct schedule_subject){ .form = f, .kind = k };
			snprintf(paths[n], PATH_BYTES, "ProcessManagement/%s/%s", k->name, f->name);
			snprintf(names[n], PATH_BYTES, "%s%s", strrchr(k->name, '/') == NULL ? k->name : strrchr(k->name, '/') + 1, f->name);
			snprintf(docs[n], DOC_BYTES, "Schedules %s%s. %s %s", k->name, k->built ? "" :
			    " (" PROCESS_NOT_BUILT ": answers 501)", f->doc, k->doc);
			ctl_schedule_form_actions[n] = (struct action){ .controller = strrchr(k->name, '/') == NULL ? k->name : strrchr(k->name, '/') + 1, .name = names[n], .methods = REQUEST_POST, .path = paths[n],
				.access = ACCESS_TOKEN, .tx = ACTION_TX_REGISTRY, .area = "process", .doc = docs[n],
				.reply_doc = "201 with the schedule: its ScheduleId, what it means in words, and its next five runs in local time and UTC.",
				.params = f->params, .args_bytes = sizeof(struct schedule_args), .subject = &subjects[n], .run = create, .status = 201, .reply = schedule_reply,
				.errors = k->built ? errors : not_built, .hidden = k->hidden };
		}
}

const struct schedule_subject *
ctl_schedule_subject(const struct action *action)
{
	return action->run == create ? action->subject : NULL;
}
