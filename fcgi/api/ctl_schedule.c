#include "config.h"

#include "fcgi/api/ctl_schedule.h"

#include <inttypes.h>
#include <string.h>

#include <json-c/json.h>

#include "fcgi/access/auth.h"
#include "fcgi/api/page.h"
#include "fcgi/api/precondition.h"
#include "fcgi/api/schedule_named.h"
#include "fcgi/api/schedule_reply.h"
#include "fcgi/api/schedule_run.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/err.h"
#include "lib/format/name.h"
#include "lib/format/writer.h"
#include "lib/text.h"
#include "model/process.h"
#include "model/schedule.h"
#include "model/state.h"
#include "store/db.h"
#include "store/schedule/run_row.h"
#include "store/schedule/schedule_ops.h"
#include "store/schedule/schedule_row.h"
#include "store/schedule/store_run.h"
#include "store/schedule/store_schedule.h"

enum { PREVIEW_MAX = 100, PAGE_MAX = 500 };

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
	{ .name = "Count",
	    PARAM_FIELD(struct schedule_id_args, count),
	    .in = PARAM_QUERY,
	    .min = 1,
	    .max = PREVIEW_MAX,
	    .def = "10",
	    .doc = "How many occurrences." },
	{ .name = NULL },
};

static const struct param run_now_params[] = {
	SCHEDULE_ID,
	{ .name = "Parameters",
	    PARAM_FIELD(struct schedule_id_args, parameters),
	    .in = PARAM_BODY,
	    .sample = "{\"DryRun\": true}",
	    .doc = "Parameters of this run, instead of the schedule's; for example {\"DryRun\": "
		   "true}." },
	{ .name = NULL },
};

static int
show(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct schedule_id_args *in = args;
	struct store_schedule *row;
	struct db *db;
	int rc = schedule_named_find(r, in->schedule_id.value, &db, &row, err);

	if (rc < 0)
		return rc;
	schedule_reply(r, row, in->count.value > 0 ? (int)in->count.value : SCHEDULE_REPLY_NEXT,
	    NULL, reply);
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

	if ((rc = schedule_named_find(r, in->schedule_id.value, &db, &row, err)) < 0 ||
	    (rc = schedule_ops_delete(db, &r->arena, row, r->access->now, schedule_reply_by_api,
		 &running, err)) < 0)
		return rc;
	reply->status = 204;
	return 0;
}

typedef int change_fn(struct db *db, struct arena *a, struct store_schedule *row, usec_t now,
    const char **remark, struct err *err);

static int
change(struct request *r, const void *args, change_fn *how, struct reply *reply, struct err *err)
{
	const struct schedule_id_args *in = args;
	struct store_schedule *row;
	const char *remark;
	struct db *db;
	int rc;

	if ((rc = schedule_named_find(r, in->schedule_id.value, &db, &row, err)) < 0 ||
	    (rc = how(db, &r->arena, row, r->access->now, &remark, err)) < 0 ||
	    (rc = schedule_named_find(r, in->schedule_id.value, &db, &row, err)) < 0)
		return rc;
	schedule_reply(r, row, SCHEDULE_REPLY_NEXT, remark, reply);
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
	struct schedule_owner owner = schedule_reply_owner(r);
	struct store_schedule *row;
	struct run_asked asked;
	struct db *db;
	int rc;

	if ((rc = schedule_named_find(r, in->schedule_id.value, &db, &row, err)) < 0 ||
	    (rc = schedule_ops_run(
		 db, &r->arena, &owner, row, in->parameters.value, &asked.run_id, err)) < 0)
		return rc;
	asked.schedule_id = row->schedule_id;
	reply->status = 202;
	reply_row(reply, schedule_reply_run_now, &asked);
	return 0;
}

/* ------------------------------------------------------------------ lists */

struct list_args {
	struct param_text process, state;
	struct param_int after, limit;
};

#define LIMIT PAGE_LIMIT(struct list_args, PAGE_MAX, "100")
#define PROCESS                                                                                    \
	{                                                                                          \
		.name = "Process", PARAM_FIELD(struct list_args, process), .in = PARAM_QUERY,      \
		.max_length = 64, .doc = "Only schedules of this process."                         \
	}

static const struct param list_params[] = {
	PROCESS,
	{ .name = "State",
	    PARAM_FIELD(struct list_args, state),
	    .in = PARAM_QUERY,
	    .max_length = 10,
	    .choices = STATE_NAMES(STATES_OF_SCHEDULE),
	    .doc = "Only schedules in this state." },
	{ .name = "After",
	    PARAM_FIELD(struct list_args, after),
	    .in = PARAM_QUERY,
	    .min = 0,
	    .max = INT64_MAX,
	    .def = "0",
	    .doc = "Only schedules with a greater number. For the next page, give the last number "
		   "of the page before." },
	LIMIT,
	{ .name = NULL },
};

static int
list(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct list_args *in = args;
	const struct store_schedule_filter f = { .tenant_id = r->access->alias->alias_id,
		.process = in->process.value,
		.state = in->state.value,
		.after_id = in->after.value,
		.limit = (int)in->limit.value };
	struct schedule_list shown = { .n = 0 };
	struct store_schedule *rows;
	struct db *db;
	int rc;

	if ((rc = process_check(&r->arena, "Process", in->process.value, err)) < 0 ||
	    (rc = request_db(r, &db, err)) < 0 ||
	    (rc = store_schedule_list(db, &r->arena, &f, &rows, &shown.n, err)) < 0)
		return rc;
	shown.rows = arena_new(&r->arena, struct schedule_row, shown.n);
	for (size_t i = 0; i < shown.n; i++)
		schedule_row_fill(&r->arena, &rows[i], r->access->now, 1, &shown.rows[i]);
	reply_row(reply, schedule_reply_list, &shown);
	return 0;
}

/* ------------------------------------------------------------------ the tables */

/* A daily one, as its own page makes it. */
static const char *
daily_sample(struct arena *a, const struct action *action)
{
	return schedule_reply_sample(a, "ComputeRefAmounts", schedule_form_find("Daily"),
	    "{\"Time\": \"02:30\"}", action->run == pause_it);
}

static const char *
named_sample(struct arena *a, const struct action *action)
{
	struct writer w;
	struct buf b;

	buf_init(&b, a);
	writer_init_block(&w, &b, 0);
	writer_object_flat(&w);
	writer_put_text(&w, "Time", "02:30");
	writer_put_text(&w, "Name", param_find(action->params, "Name")->sample);
	writer_end(&w);
	return schedule_reply_sample(
	    a, "ComputeRefAmounts", schedule_form_find("Daily"), b.data, 0);
}

#define KEY_DOC " An Idempotency-Key header makes it safe to send again."
#define SCHEDULES "ProcessManagement/Schedules"
#define ROW(action, way, address)                                                                  \
	.controller = "Schedules", .name = action, .methods = way, .path = address,                \
	.access = ACCESS_TOKEN, .area = "process",                                                 \
	.limits = ((way) == REQUEST_GET ? ACTION_LIMITS_NONE : ACTION_LIMITS_WHOLE)
#define OK(rows) .status = 200, .reply = rows
#define OK_ONE OK(schedule_row), .etag = 1
/* {ScheduleId}/Verb could be Runs/{RunId}, too. */
#define ROW_OF_ONE(action, way, verb)                                                              \
	ROW(action, way, SCHEDULES "/{ScheduleId}/" verb),                                         \
	    .also = SCHEDULES "/ById/{ScheduleId}/" verb

const struct action ctl_schedule_actions[] = {
	{ ROW("List", REQUEST_GET, SCHEDULES),
	    .about = "When processes run, and what became of their runs.", .tx = ACTION_TX_NONE,
	    .params = list_params, .args_bytes = sizeof(struct list_args), .run = list,
	    .doc = "Lists the tenant's schedules.", .reply_doc = "200 with Schedules.",
	    OK(schedule_reply_list), ACTION_ERRORS(ERR_NONE) },
	{ ROW("Runs", REQUEST_GET, SCHEDULES "/Runs"), .tx = ACTION_TX_NONE,
	    .params = schedule_run_list_params,
	    .args_bytes = sizeof(struct schedule_run_list_args), .run = schedule_run_list,
	    .doc = "Lists the tenant's runs, the newest first. The list includes missed and "
		   "skipped occurrences.",
	    .reply_doc = "200 with Runs.", OK(schedule_reply_runs), ACTION_ERRORS(ERR_NONE) },
	{ ROW("Run", REQUEST_GET, SCHEDULES "/Runs/{RunId}"), .tx = ACTION_TX_NONE,
	    .params = schedule_run_params, .args_bytes = sizeof(struct schedule_run_args),
	    .run = schedule_run_show,
	    .doc = "Shows a run: its state, its progress while it is running, its result and the "
		   "end of its log. Of TestConnection, a token that is limited to zones or brands "
		   "sees no Result, Reason and Log.",
	    .reply_doc = "200 with the run.", OK(run_row),
	    ACTION_ERRORS(ERR_NOT_FOUND) },
	{ ROW("Cancel", REQUEST_POST, SCHEDULES "/Runs/{RunId}/Cancel"), .tx = ACTION_TX_REGISTRY,
	    .params = schedule_run_params, .args_bytes = sizeof(struct schedule_run_args),
	    .run = schedule_run_cancel,
	    .doc = "Cancels a run. A waiting run ends at once. A running one ends within a few "
		   "seconds, and its uncommitted changes are rolled back.",
	    .reply_doc = "200 with the run, or 202 if it has not ended yet.",
	    OK(run_row), .reply_sample = schedule_reply_cancelled_sample, .status_too = 202,
	    .keyless = 1, ACTION_ERRORS(ERR_NOT_FOUND) },
	{ ROW("PreviewBody", REQUEST_POST, SCHEDULES "/Preview"), .tx = ACTION_TX_NONE,
	    .params = schedule_named_preview_params,
	    .args_bytes = sizeof(struct schedule_named_args),
	    .run = schedule_named_preview, .keyless = 1,
	    .doc = "Shows in words what a schedule means, and when it is due. The body is checked "
		   "as for a new schedule, but nothing is saved.",
	    .reply_doc = "200 with the schedule in words and NextRuns.", OK(schedule_row_preview),
	    ACTION_ERRORS(ERR_NOT_BUILT) },
	{ ROW("ShowByName", REQUEST_GET, SCHEDULES "/ByName/{Name}"), .tx = ACTION_TX_NONE,
	    .params = schedule_named_params, .args_bytes = sizeof(struct schedule_named_args),
	    .run = schedule_named_show,
	    .doc = "Shows a schedule by its name.",
	    .reply_doc = "200 with the schedule and its ETag.", OK_ONE,
	    .reply_sample = named_sample, ACTION_ERRORS(ERR_NOT_FOUND) },
	{ ROW("SetByName", REQUEST_PUT, SCHEDULES "/ByName/{Name}"), .tx = ACTION_TX_REGISTRY,
	    .params = schedule_named_set_params,
	    .args_bytes = sizeof(struct schedule_named_args), .run = schedule_named_set,
	    .doc = "Creates the schedule of a name, or replaces it. The same request again "
		   "changes nothing. The body has Process, Form (or Cron, or After) and the "
		   "form's fields. A field that is left out gets its default, but Enabled stays "
		   "as it is. If the times stay the same, a due occurrence stays due. If they "
		   "change, the schedule starts anew, and a due occurrence that has not begun is "
		   "recorded as missed. Waiting and running runs go on. With If-Match, the "
		   "schedule is changed only if it still has that ETag, else 412. With "
		   "If-None-Match: *, it is only created, else 412.",
	    .reply_doc = "201 with a new schedule, 200 with a changed one, and its ETag.", OK_ONE,
	    .reply_sample = named_sample, .status_too = 201,
	    ACTION_ERRORS(ERR_CONFLICT, ERR_PRECONDITION, ERR_NOT_BUILT) },
	{ ROW("Show", REQUEST_GET, SCHEDULES "/{ScheduleId}"), .tx = ACTION_TX_NONE,
	    .params = schedule_id_params, .args_bytes = sizeof(struct schedule_id_args),
	    .run = show, .doc = "Shows a schedule, in words and with its next runs.",
	    .reply_doc = "200 with the schedule.", OK_ONE, .reply_sample = daily_sample,
	    ACTION_ERRORS(ERR_NOT_FOUND) },
	{ ROW("Delete", REQUEST_DELETE, SCHEDULES "/{ScheduleId}"), .tx = ACTION_TX_REGISTRY,
	    .params = schedule_id_params, .args_bytes = sizeof(struct schedule_id_args),
	    .run = erase,
	    .doc = "Deletes a schedule and cancels its runs. Runs that wait, also for a retry, "
		   "end at once. A running one ends within a few seconds, and its uncommitted "
		   "changes are rolled back. Runs still lists the history. A due occurrence that "
		   "has not begun is recorded as missed.",
	    .reply_doc = "204. 409 if another schedule runs after this one.", .status = 204,
	    ACTION_ERRORS(ERR_NOT_FOUND, ERR_CONFLICT) },
	{ ROW_OF_ONE("Preview", REQUEST_GET, "Preview"), .tx = ACTION_TX_NONE,
	    .params = preview_params, .args_bytes = sizeof(struct schedule_id_args), .run = show,
	    .doc = "Shows when a schedule is due next.",
	    .reply_doc = "200 with the schedule and its NextRuns in local time and UTC.", OK_ONE,
	    .reply_sample = daily_sample, ACTION_ERRORS(ERR_NOT_FOUND) },
	{ ROW_OF_ONE("ScheduleRuns", REQUEST_GET, "Runs"), .tx = ACTION_TX_NONE,
	    .params = schedule_run_of_one_params,
	    .args_bytes = sizeof(struct schedule_run_list_args), .run = schedule_run_list,
	    .doc = "Lists the runs of a schedule, the newest first. It also works for a deleted "
		   "schedule.",
	    .reply_doc = "200 with Runs.", OK(schedule_reply_runs), ACTION_ERRORS(ERR_NOT_FOUND) },
	{ ROW_OF_ONE("Pause", REQUEST_POST, "Pause"), .tx = ACTION_TX_REGISTRY,
	    .params = schedule_id_params, .args_bytes = sizeof(struct schedule_id_args),
	    .run = pause_it,
	    .doc = "Pauses a schedule. It has no due occurrences until it is resumed, and its "
		   "silence alarm is off. An occurrence that is already due and has not begun is "
		   "recorded as missed, except for a one-time schedule within its GraceMinutes. "
		   "Waiting and running runs go on. A schedule that has ended stays as it is.",
	    .reply_doc = "200 with the schedule.", OK_ONE, .reply_sample = daily_sample,
	    ACTION_ERRORS(ERR_NOT_FOUND, ERR_KEY_REUSED) },
	{ ROW_OF_ONE("Resume", REQUEST_POST, "Resume"), .tx = ACTION_TX_REGISTRY,
	    .params = schedule_id_params, .args_bytes = sizeof(struct schedule_id_args),
	    .run = resume,
	    .doc = "Resumes a paused schedule at its next occurrence. The occurrences of the "
		   "pause do not run, whatever Misfire says. They are recorded as missed, with "
		   "the reason; more than 1000 are recorded as one row. Only a one-time schedule "
		   "that is still within its GraceMinutes is due at once. The period of the "
		   "silence alarm starts anew. The times of a faulty schedule are computed again.",
	    .reply_doc =
		"200 with the schedule. Remark says what became of the occurrences of the pause, "
		"and whether the schedule has no more. 409 if the next occurrence cannot be "
		"computed.",
	    OK_ONE, .reply_sample = daily_sample,
	    ACTION_ERRORS(ERR_NOT_FOUND, ERR_CONFLICT, ERR_KEY_REUSED) },
	{ ROW_OF_ONE("RunNow", REQUEST_POST, "RunNow"), .tx = ACTION_TX_REGISTRY,
	    .params = run_now_params, .args_bytes = sizeof(struct schedule_id_args), .run = run_now,
	    .doc = "Runs a schedule's process once: now, or after the current run. The "
		   "occurrences stay as they are. One that is due in the meantime waits and then "
		   "runs, even with Overlap Skip. It also works for a paused schedule." KEY_DOC,
	    .reply_doc = "202 with the RunId. 409 if 100 requested runs of the schedule are "
			 "already waiting.",
	    .status = 202, .reply = schedule_reply_run_now,
	    ACTION_ERRORS(ERR_NOT_FOUND, ERR_CONFLICT, ERR_NOT_BUILT, ERR_KEY_REUSED) },
	{ .name = NULL },
};
