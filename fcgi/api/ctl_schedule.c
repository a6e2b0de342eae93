#include "config.h"

#include "fcgi/api/ctl_schedule.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "fcgi/access/auth.h"
#include "fcgi/api/precondition.h"
#include "fcgi/api/sample.h"
#include "fcgi/api/schedule_reply.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/calendar.h"
#include "lib/err.h"
#include "lib/format/name.h"
#include "model/process.h"
#include "model/schedule_body.h"
#include "model/schedule.h"
#include "model/state.h"
#include "store/db.h"
#include "store/schedule/schedule_ops.h"
#include "store/schedule/store_run.h"
#include "store/schedule/store_schedule.h"

enum { FORMS_MAX = 8, KINDS_MAX = 16, PATH_BYTES = 120, DOC_BYTES = 500, NEXT_RUNS = 5,
	PREVIEW_MAX = 100, PAGE_MAX = 500, SET_PARAMS_MAX = 50 };

static const char by_api[] = "API";

/* ------------------------------------------------------------------ create: a form of a process */

static struct schedule_owner
owner_of(const struct request *r)
{
	return (struct schedule_owner){ .tenant_id = r->access->alias->alias_id,
		.time_zone = r->access->alias->time_zone,
		.by = by_api,
		.now = r->access->now };
}

static int
create(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct schedule_subject *what = r->action->subject;
	struct schedule_owner owner = owner_of(r);
	const struct schedule_body body = { .kind = what->kind, .form = what->form,
		.json = r->json, .in = args };
	struct store_schedule row;
	struct db *db;
	int rc;

	if ((rc = request_db(r, &db, err)) < 0 ||
	    (rc = schedule_ops_add(db, &r->arena, &owner, &body, &row, err)) < 0)
		return rc;
	reply->status = 201;
	reply->etag = schedule_reply_etag(r, &row);
	schedule_reply_add(&r->arena, r->access->now, &reply->body, &row, NEXT_RUNS, NULL);
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
find(struct request *r, int64_t id, struct db **db, struct store_schedule **row, struct err *err)
{
	int rc;

	if ((rc = request_db(r, db, err)) < 0 ||
	    (rc = store_schedule_find(*db, &r->arena, id, r->access->alias->alias_id, row, err)) <
		0)
		return rc;
	return *row == NULL ? err_set(err, ERR_NOT_FOUND, "There is no schedule %" PRId64 ".", id) :
			      0;
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
	reply->etag = schedule_reply_etag(r, row);
	schedule_reply_add(&r->arena, r->access->now, &reply->body, row,
	    in->count.value > 0 ? (int)in->count.value : NEXT_RUNS, NULL);
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

	if ((rc = find(r, in->schedule_id.value, &db, &row, err)) < 0 ||
	    (rc = schedule_ops_delete(db, &r->arena, row, r->access->now, by_api, &running, err)) <
		0)
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

	if ((rc = find(r, in->schedule_id.value, &db, &row, err)) < 0 ||
	    (rc = how(db, &r->arena, row, r->access->now, &remark, err)) < 0 ||
	    (rc = find(r, in->schedule_id.value, &db, &row, err)) < 0)
		return rc;
	reply->etag = schedule_reply_etag(r, row);
	schedule_reply_add(&r->arena, r->access->now, &reply->body, row, NEXT_RUNS, remark);
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
	    (rc = schedule_ops_run(
		 db, &r->arena, &owner, row, in->parameters.value, &run_id, err)) < 0)
		return rc;
	reply->status = 202;
	buf_addf(&reply->body,
	    "{\"RunId\":%" PRId64 ",\"ScheduleId\":%" PRId64 ",\"State\":\"Waiting\"}\n", run_id,
	    row->schedule_id);
	return 0;
}

/* ------------------------------------------------------------------ a form by its name */

struct set_args {
	struct schedule_args fields;	/* bound again by the form's own rows; but name */
	struct param_text process, form, cron;
	struct param_int count;
};

#define SET_PROCESS \
	{ .name = "Process", PARAM_FIELD(struct set_args, process), .in = PARAM_BODY, .required = 1, \
	  .max_length = 64, .sample = "ComputeRefAmounts", .doc = "Name of the process." }
#define SET_FORM \
	{ .name = "Form", PARAM_FIELD(struct set_args, form), .in = PARAM_BODY, .max_length = 20, \
	  .choices = SCHEDULE_FORM_NAMES, .doc = "Which form the other fields are of; Cron says it, too, and " \
	  "After alone is enough for that one. Each form takes the fields of its own page." }
#define SET_CRON \
	{ .name = "Cron", PARAM_FIELD(struct set_args, cron), .in = PARAM_BODY, .max_length = 300, \
	  .sample = "30 2 * * *", \
	  .doc = "The five fields of a line of crontab, in place of Form and the fields that say when: " \
	  "minute, hour, day of the month, month, day of the week; with lists, ranges, steps, names " \
	  "(MON, JAN) and words such as @daily. It is stored as the form that says the same, and " \
	  "refused with the reason when none does." }

static struct param set_params[SET_PARAMS_MAX], body_preview_params[SET_PARAMS_MAX];

static const struct param name_params[] = {
	{ .name = "Name", PARAM_FIELD(struct set_args, fields.name), .in = PARAM_PATH, .required = 1,
	  .max_length = 64, .sample = "nightly", .doc = "Name of the schedule." },
	{ .name = NULL },
};

/* The fields that the body's form takes, bound. *body->json is the caller's to put, in any case,
 * and outlives what was bound. */
static int
read_body(struct request *r, const struct set_args *given, struct schedule_args *in,
    struct schedule_body *body, struct err *err)
{
	*body = (struct schedule_body){ .in = in };
	process_check(&r->arena, "Process", given->process.value, err);
	if (schedule_body_form(&r->arena, r->json, &body->form, &body->json, err) < 0 ||
	    err->code < 0)
		return err->code;
	body->kind = process_find(given->process.value);
	param_defaults(&r->arena, body->form->params, in);
	param_bind_json(&r->arena, body->form->params, "", body->json, in, err);
	if (given->fields.name.value != NULL)
		in->name.value = given->fields.name.value;
	return err->code;
}

static int
set_allowed(const struct store_schedule *there, void *arg, struct err *err)
{
	struct request *r = arg;

	return precondition_check(r, there == NULL ? NULL : schedule_reply_etag(r, there), err);
}

static int
set_with(struct request *r, const struct schedule_body *body, struct reply *reply, struct err *err)
{
	struct schedule_owner owner = owner_of(r);
	struct store_schedule row;
	const char *remark;
	struct db *db;
	int made, rc;

	if ((rc = request_db(r, &db, err)) < 0 || (rc = schedule_ops_set(db, &r->arena, &owner,
	    body, set_allowed, r, &row, &made, &remark, err)) < 0)
		return rc;
	reply->status = made ? 201 : 200;
	reply->etag = schedule_reply_etag(r, &row);
	schedule_reply_add(&r->arena, r->access->now, &reply->body, &row, NEXT_RUNS, remark);
	buf_addc(&reply->body, '\n');
	return 0;
}

static int
set(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	struct schedule_args in = { 0 };
	struct schedule_body body;
	int rc = read_body(r, args, &in, &body, err);

	if (rc == 0)
		rc = set_with(r, &body, reply, err);
	json_object_put(body.json);
	return rc;
}

static int
find_named(struct request *r, const char *name, struct store_schedule **row, struct err *err)
{
	struct store_schedule_link link;
	struct db *db;
	int rc;

	if ((rc = request_db(r, &db, err)) < 0 || (rc = store_schedule_link_find(db, &r->arena,
	    r->access->alias->alias_id, 0, name, &link, err)) < 0)
		return rc;
	if (link.id == 0)
		return err_set(err, ERR_NOT_FOUND, "There is no schedule of that name.");
	return find(r, link.id, &db, row, err);
}

static int
show_named(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct set_args *in = args;
	struct store_schedule *row;
	int rc = find_named(r, in->fields.name.value, &row, err);

	if (rc < 0)
		return rc;
	reply->etag = schedule_reply_etag(r, row);
	schedule_reply_add(&r->arena, r->access->now, &reply->body, row, NEXT_RUNS, NULL);
	buf_addc(&reply->body, '\n');
	return 0;
}

/* ------------------------------------------------------------------ a body, not saved */

static int
preview_body(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct set_args *given = args;
	struct schedule_owner owner = owner_of(r);
	struct schedule_args in = { 0 };
	struct schedule_body body;
	struct store_schedule row;
	struct db *db;
	int rc = read_body(r, given, &in, &body, err);

	if (rc == 0 && (rc = request_db(r, &db, err)) == 0 &&
	    (rc = schedule_ops_draft(db, &r->arena, &owner, &body, &row, err)) == 0)
		schedule_reply_add_preview(r, &reply->body, &row, (int)given->count.value);
	json_object_put(body.json);
	return rc;
}

/* ------------------------------------------------------------------ a run without a schedule */

struct start_args { struct param_object parameters; };

static const struct param start_params[] = {
	{ .name = "Parameters", PARAM_FIELD(struct start_args, parameters), .in = PARAM_BODY,
	  .sample = "{\"DryRun\": true}",
	  .doc = "The process's own parameters, an object; for example {\"DryRun\": true}." },
	{ .name = NULL },
};

static int
start(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct start_args *in = args;
	const struct schedule_subject *what = r->action->subject;
	struct schedule_owner owner = owner_of(r);
	int64_t run_id;
	struct db *db;
	int rc;

	if ((rc = request_db(r, &db, err)) < 0 || (rc = schedule_ops_start(db, &r->arena, &owner,
	    what->kind, in->parameters.value, &run_id, err)) < 0)
		return rc;
	reply->status = 202;
	buf_addf(&reply->body, "{\"RunId\":%" PRId64, run_id);
	reply_add_text(&reply->body, "Process", what->kind->name);
	buf_adds(&reply->body, ",\"State\":\"Waiting\"}\n");
	return 0;
}

/* ------------------------------------------------------------------ lists */

struct list_args {
	struct param_text process, state;
	struct param_int after, before, limit, schedule_id;
};

#define LIMIT { .name = "Limit", PARAM_FIELD(struct list_args, limit), .in = PARAM_QUERY, .min = 1, .max = PAGE_MAX, .def = "100", .doc = "How many at most." }
#define PROCESS { .name = "Process", PARAM_FIELD(struct list_args, process), .in = PARAM_QUERY, .max_length = 64, .doc = "Only those of this process." }

static const struct param list_params[] = {
	PROCESS,
	{ .name = "State",
	    PARAM_FIELD(struct list_args, state),
	    .in = PARAM_QUERY,
	    .max_length = 10,
	    .choices = STATE_NAMES(STATES_OF_SCHEDULE),
	    .doc = "Only those in this state." },
	{ .name = "After",
	    PARAM_FIELD(struct list_args, after),
	    .in = PARAM_QUERY,
	    .min = 0,
	    .max = INT64_MAX,
	    .def = "0",
	    .doc = "Only those with a greater number: the last one of the page before." },
	LIMIT,
	{ .name = NULL },
};

#define RUN_LIST_PARAMS \
	PROCESS, \
	{ .name = "State", PARAM_FIELD(struct list_args, state), .in = PARAM_QUERY, .max_length = 10, .choices = STATE_NAMES(STATES_OF_RUN), .doc = "Only those in this state." }, \
	{ .name = "Before", PARAM_FIELD(struct list_args, before), .in = PARAM_QUERY, .min = 1, .max = INT64_MAX, \
	  .doc = "Only those with a smaller number: the last one of the page before." }, \
	LIMIT

static const struct param run_list_params[] = { RUN_LIST_PARAMS, { .name = NULL } };

static const struct param schedule_run_list_params[] = {
	{ .name = "ScheduleId",
	    PARAM_FIELD(struct list_args, schedule_id),
	    .in = PARAM_PATH,
	    .required = 1,
	    .min = 1,
	    .max = INT64_MAX,
	    .sample = "1",
	    .doc = "Number of the schedule." },
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

	if ((rc = process_check(&r->arena, "Process", in->process.value, err)) < 0 ||
	    (rc = request_db(r, &db, err)) < 0 ||
	    (rc = store_schedule_list(db, &r->arena, r->access->alias->alias_id, in->process.value,
		 in->state.value, in->after.value, (int)in->limit.value, &rows, &n, err)) < 0)
		return rc;
	buf_adds(&reply->body, "{\"Schedules\":[");
	for (size_t i = 0; i < n; i++) {
		buf_adds(&reply->body, i > 0 ? ",\n" : "\n");
		schedule_reply_add(&r->arena, r->access->now, &reply->body, &rows[i], 1, NULL);
	}
	buf_adds(&reply->body, "]}\n");
	return 0;
}

static int
list_runs(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct list_args *in = args;
	struct store_run_filter f = { .tenant_id = r->access->alias->alias_id,
		.schedule_id = in->schedule_id.value,
		.process = in->process.value,
		.state = in->state.value == NULL ?
		    STATE_RUN_UNSET :
		    (enum state_of_run)state_find(states_of_run, in->state.value),
		.before_id = in->before.value,
		.limit = (int)in->limit.value };
	struct store_run *runs;
	int known = 1, rc;
	struct db *db;
	size_t n;

	if ((rc = process_check(&r->arena, "Process", in->process.value, err)) < 0 ||
	    (rc = request_db(r, &db, err)) < 0 ||
	    (in->schedule_id.given &&
		(rc = store_schedule_known(db, f.schedule_id, f.tenant_id, &known, err)) < 0))
		return rc;
	if (!known)
		return err_set(
		    err, ERR_NOT_FOUND, "There is no schedule %" PRId64 ".", f.schedule_id);
	if ((rc = store_run_list(db, &r->arena, &f, &runs, &n, err)) < 0)
		return rc;
	buf_adds(&reply->body, "{\"Runs\":[");
	for (size_t i = 0; i < n; i++) {
		buf_adds(&reply->body, i > 0 ? ",\n" : "\n");
		schedule_reply_add_run(&reply->body, &runs[i], 0);
	}
	buf_adds(&reply->body, "]}\n");
	return 0;
}

/* ------------------------------------------------------------------ one run */

struct run_id_args { struct param_int run_id; };

static const struct param run_id_params[] = {
	{ .name = "RunId",
	    PARAM_FIELD(struct run_id_args, run_id),
	    .in = PARAM_PATH,
	    .required = 1,
	    .min = 1,
	    .max = INT64_MAX,
	    .sample = "1",
	    .doc = "Number of the run." },
	{ .name = NULL },
};

static int
show_run(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct run_id_args *in = args;
	struct store_run *run;
	struct db *db;
	int rc;

	if ((rc = request_db(r, &db, err)) < 0 ||
	    (rc = store_run_find(
		 db, &r->arena, in->run_id.value, r->access->alias->alias_id, &run, err)) < 0)
		return rc;
	if (run == NULL)
		return err_set(
		    err, ERR_NOT_FOUND, "There is no run %" PRId64 ".", in->run_id.value);
	schedule_reply_add_run(&reply->body, run, 1);
	buf_addc(&reply->body, '\n');
	return 0;
}

static int
cancel(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct run_id_args *in = args;
	enum state_of_run state;
	struct db *db;
	int rc;

	if ((rc = request_db(r, &db, err)) < 0 ||
	    (rc = store_run_cancel(
		 db, in->run_id.value, r->access->alias->alias_id, by_api, &state, err)) < 0)
		return rc;
	if (state == STATE_RUN_RUNNING)
		reply->status = 202;	/* it is asked to end */
	return show_run(r, args, reply, err);
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
	const struct param *name = param_find(action->params, "Name");

	return schedule_reply_sample(a, "ComputeRefAmounts", schedule_form_find("Daily"),
	    arena_printf(a, "{\"Time\": \"02:30\", \"Name\": \"%s\"}", name->sample), 0);
}

static const char *
cancelled_sample(struct arena *a, const struct action *action)
{
	(void)action;
	return schedule_reply_cancelled_sample(a);
}

static const char *
form_sample(struct arena *a, const struct action *action)
{
	const struct schedule_subject *what = action->subject;
	const struct sample s = { .arena = a, .action = action, .method = REQUEST_POST };

	return schedule_reply_sample(a, what->kind->name, what->form, sample_body(&s), 0);
}

static const char *
start_sample(struct arena *a, const struct action *action)
{
	const struct schedule_subject *what = action->subject;

	return arena_printf(a, "{\n  \"RunId\": 1,\n  \"Process\": \"%s\",\n"
	    "  \"State\": \"Waiting\"\n}", what->kind->name);
}

#define KEY_DOC " A header Idempotency-Key makes it safe to send again."
#define SCHEDULES "ProcessManagement/Schedules"
#define ROW(action, way, address) .controller = "Schedules", .name = action, .methods = way, .path = address, .access = ACCESS_TOKEN, .area = "process", \
	.limits = ((way) == REQUEST_GET ? ACTION_LIMITS_NONE : ACTION_LIMITS_WHOLE)
#define OK(rows) .status = 200, .reply = rows
#define OK_ONE OK(schedule_reply_one), .etag = 1
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
	    .params = run_list_params, .args_bytes = sizeof(struct list_args), .run = list_runs,
	    .doc = "Lists the tenant's runs, the newest first, occurrences that were missed or "
		   "skipped included.",
	    .reply_doc = "200 with Runs.", OK(schedule_reply_runs), ACTION_ERRORS(ERR_NONE) },
	{ ROW("Run", REQUEST_GET, SCHEDULES "/Runs/{RunId}"), .tx = ACTION_TX_NONE,
	    .params = run_id_params, .args_bytes = sizeof(struct run_id_args), .run = show_run,
	    .doc = "Shows a run: its state, progress while it is at work, result and the end of "
		   "its log.",
	    .reply_doc = "200 with the run.", OK(schedule_reply_run),
	    ACTION_ERRORS(ERR_NOT_FOUND) },
	{ ROW("Cancel", REQUEST_POST, SCHEDULES "/Runs/{RunId}/Cancel"), .tx = ACTION_TX_REGISTRY,
	    .params = run_id_params, .args_bytes = sizeof(struct run_id_args), .run = cancel,
	    .doc = "Cancels a run: one that waits at once, one that is at work within a few "
		   "seconds; what it has not committed is rolled back.",
	    .reply_doc = "200 with the run, or 202 while it is still ending.",
	    OK(schedule_reply_run), .reply_sample = cancelled_sample, .status_too = 202,
	    .keyless = 1, ACTION_ERRORS(ERR_NOT_FOUND) },
	{ ROW("PreviewBody", REQUEST_POST, SCHEDULES "/Preview"), .tx = ACTION_TX_NONE,
	    .params = body_preview_params, .args_bytes = sizeof(struct set_args),
	    .run = preview_body, .keyless = 1,
	    .doc = "Shows what a schedule would mean and when it would be due. Nothing is saved: "
		   "the body "
		   "is checked as if it were.",
	    .reply_doc = "200 with the words and NextRuns.", OK(schedule_reply_preview),
	    ACTION_ERRORS(ERR_NOT_BUILT) },
	{ ROW("ShowByName", REQUEST_GET, SCHEDULES "/ByName/{Name}"), .tx = ACTION_TX_NONE,
	    .params = name_params, .args_bytes = sizeof(struct set_args), .run = show_named,
	    .doc = "Shows a schedule by its name.",
	    .reply_doc = "200 with the schedule and its ETag.", OK_ONE,
	    .reply_sample = named_sample, ACTION_ERRORS(ERR_NOT_FOUND) },
	{ ROW("SetByName", REQUEST_PUT, SCHEDULES "/ByName/{Name}"), .tx = ACTION_TX_REGISTRY,
	    .params = set_params, .args_bytes = sizeof(struct set_args), .run = set,
	    .doc = "Makes the schedule of a name, or changes it to what the body says; the same "
		   "request "
		   "again changes nothing. The body has Process, Form (or Cron, or After) and the "
		   "form's fields; "
		   "what it leaves out has its default, but Enabled stays as it is. With the same "
		   "times what is "
		   "due stays due; with other times the schedule begins anew, and what was due and "
		   "had not begun "
		   "is in the history as missed. Runs that wait or are at work go on. If-Match "
		   "with the "
		   "schedule's ETag changes only that state of it, If-None-Match: * only makes a "
		   "new one, else "
		   "412.",
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
	    .doc = "Deletes a schedule and cancels its runs: those that wait, and are to be tried "
		   "again, at once, one at work within a few seconds; what it has not committed is "
		   "rolled back. "
		   "The history stays, Runs still lists it; an occurrence that was due and had not "
		   "begun is in it as missed.",
	    .reply_doc = "204. 409 while another schedule runs after it.", .status = 204,
	    ACTION_ERRORS(ERR_NOT_FOUND, ERR_CONFLICT) },
	{ ROW_OF_ONE("Preview", REQUEST_GET, "Preview"), .tx = ACTION_TX_NONE,
	    .params = preview_params, .args_bytes = sizeof(struct schedule_id_args), .run = show,
	    .doc = "Shows when a schedule is due next.",
	    .reply_doc = "200 with the schedule and its NextRuns in local time and UTC.", OK_ONE,
	    .reply_sample = daily_sample, ACTION_ERRORS(ERR_NOT_FOUND) },
	{ ROW_OF_ONE("ScheduleRuns", REQUEST_GET, "Runs"), .tx = ACTION_TX_NONE,
	    .params = schedule_run_list_params, .args_bytes = sizeof(struct list_args),
	    .run = list_runs,
	    .doc = "Lists the runs of a schedule, the newest first; of a deleted one, too.",
	    .reply_doc = "200 with Runs.", OK(schedule_reply_runs), ACTION_ERRORS(ERR_NOT_FOUND) },
	{ ROW_OF_ONE("Pause", REQUEST_POST, "Pause"), .tx = ACTION_TX_REGISTRY,
	    .params = schedule_id_params, .args_bytes = sizeof(struct schedule_id_args),
	    .run = pause_it,
	    .doc = "Pauses a schedule: nothing of it is due until it is resumed, and its silence "
		   "alarm is off. What was due already and had not begun is in the history "
		   "as missed, but for a one-time schedule within its GraceMinutes. Runs that wait "
		   "or are at work go on. A schedule that has ended stays as it is.",
	    .reply_doc = "200 with the schedule.", OK_ONE, .reply_sample = daily_sample,
	    ACTION_ERRORS(ERR_NOT_FOUND, ERR_KEY_REUSED) },
	{ ROW_OF_ONE("Resume", REQUEST_POST, "Resume"), .tx = ACTION_TX_REGISTRY,
	    .params = schedule_id_params, .args_bytes = sizeof(struct schedule_id_args),
	    .run = resume,
	    .doc = "Resumes a paused schedule with its next occurrence. Those of the pause are not "
		   "made up for, whatever Misfire says: they are in the history as missed, with "
		   "the reason "
		   "(above 1000 as one row); only a one-time schedule that is still within its "
		   "GraceMinutes is due at once. The period of its silence alarm begins anew. A "
		   "faulty schedule is computed again.",
	    .reply_doc =
		"200 with the schedule; Remark says what became of the pause's occurrences, and "
		"when nothing is due any more. 409 when it cannot be computed.",
	    OK_ONE, .reply_sample = daily_sample,
	    ACTION_ERRORS(ERR_NOT_FOUND, ERR_CONFLICT, ERR_KEY_REUSED) },
	{ ROW_OF_ONE("RunNow", REQUEST_POST, "RunNow"), .tx = ACTION_TX_REGISTRY,
	    .params = run_now_params, .args_bytes = sizeof(struct schedule_id_args), .run = run_now,
	    .doc = "Runs a schedule's process once, at once, or when the run that is at work has "
		   "ended. Its occurrences stay as they are: one that is due meanwhile waits and "
		   "runs then, "
		   "also with Overlap Skip. It works while paused, too." KEY_DOC,
	    .reply_doc = "202 with the RunId. 409 when 100 runs of the schedule that were asked "
			 "for wait already.",
	    .status = 202, .reply = schedule_reply_run_now,
	    ACTION_ERRORS(ERR_NOT_FOUND, ERR_CONFLICT, ERR_NOT_BUILT, ERR_KEY_REUSED) },
	{ .name = NULL },
};

const char *
ctl_schedule_word(const struct schedule_subject *subject)
{
	return subject->form == NULL ? "RunNow" : subject->form->name;
}

enum { GENERATED_MAX = (FORMS_MAX + 1) * KINDS_MAX };

struct action ctl_schedule_form_actions[GENERATED_MAX + 1];

static const char *
last_word(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash == NULL ? name : slash + 1;
}

/* What both kinds of generated rows have. form NULL: a run without a schedule. */
static void
make_row(size_t n, const struct process_kind *k, const struct schedule_form *f)
{
	static struct schedule_subject subjects[GENERATED_MAX];
	static const int errors[] = { ERR_CONFLICT, ERR_KEY_REUSED, ERR_NONE },
	    not_built[] = { ERR_NOT_BUILT, ERR_KEY_REUSED, ERR_NONE };
	static char paths[GENERATED_MAX][PATH_BYTES], names[GENERATED_MAX][PATH_BYTES],
	    docs[GENERATED_MAX][DOC_BYTES];
	const char *word;

	subjects[n] = (struct schedule_subject){ .form = f, .kind = k };
	word = ctl_schedule_word(&subjects[n]);
	snprintf(paths[n], PATH_BYTES, "ProcessManagement/%s/%s", k->name, word);
	snprintf(names[n], PATH_BYTES, "%s%s", last_word(k->name), word);
	snprintf(docs[n], DOC_BYTES,
	    f == NULL ? "Runs %s%s once, without a schedule.%s %s" KEY_DOC :
			"Schedules %s%s. %s %s" KEY_DOC,
	    k->name, k->built ? "" : " (" PROCESS_NOT_BUILT ": answers 501)",
	    f == NULL ? "" : f->doc, k->doc);
	ctl_schedule_form_actions[n] = (struct action){ .controller = last_word(k->name),
		.name = names[n], .methods = REQUEST_POST, .path = paths[n], .access = ACCESS_TOKEN,
		.tx = ACTION_TX_REGISTRY, .limits = ACTION_LIMITS_WHOLE, .area = "process",
		.doc = docs[n], .about = k->doc,
		.subject = &subjects[n],
		.errors = k->built ? errors : not_built, .hidden = k->hidden };
}

static void
make_form_row(size_t n, const struct process_kind *k, const struct schedule_form *f)
{
	struct action *a = &ctl_schedule_form_actions[n];

	make_row(n, k, f);
	a->reply_doc =
	    "201 with the schedule: its ScheduleId, what it means in words, and its next "
	    "five runs in local time and UTC.";
	a->params = f->params;
	a->args_bytes = sizeof(struct schedule_args);
	a->run = create;
	a->status = 201;
	a->reply = schedule_reply_one;
	a->etag = 1;
	a->reply_sample = form_sample;
}

static void
make_start_row(size_t n, const struct process_kind *k)
{
	struct action *a = &ctl_schedule_form_actions[n];

	make_row(n, k, NULL);
	a->reply_doc = "202 with the RunId; Runs and Run show it. 409 when 100 runs of the process "
	    "that were asked for wait already.";
	a->params = start_params;
	a->args_bytes = sizeof(struct start_args);
	a->run = start;
	a->status = 202;
	a->reply = schedule_reply_start;
	a->reply_sample = start_sample;
}

/* The forms differ in this one. */
static const char start_date_doc[] =
    "Of OneTime when it is due; else nothing is due before it, and "
    "every N counts from it. A date, or a date and time, of TimeZone unless it has an offset.";

/* Name, or Count, in front; then what says the form, and the fields of all forms. */
static void
make_set_params(struct param *out, const struct param *first, int with_name)
{
	static const struct param head[] = { SET_PROCESS, SET_FORM, SET_CRON };
	size_t n = 0;

	out[n++] = *first;
	for (size_t i = 0; i < sizeof head / sizeof head[0]; i++)
		out[n++] = head[i];
	for (const struct param *p = schedule_all_params(); p->name != NULL; p++)
		if ((with_name || strcmp(p->name, "Name") != 0) && n < SET_PARAMS_MAX - 1) {
			out[n] = *p;
			if (strcmp(p->name, "StartDate") == 0)
				out[n].doc = start_date_doc;
			n++;
		}
}

__attribute__((constructor)) static void
make_form_actions(void)
{
	static const struct param count = { .name = "Count",
		PARAM_FIELD(struct set_args, count),
		.in = PARAM_QUERY,
		.min = 1,
		.max = PREVIEW_MAX,
		.def = "10",
		.doc = "How many occurrences." };
	struct param name = name_params[0];
	size_t n = 0;

	name.check = name_schedule_fault;
	make_set_params(set_params, &name, 0);
	make_set_params(body_preview_params, &count, 1);
	for (const struct process_kind *k = process_kinds; k->name != NULL; k++) {
		for (const struct schedule_form *f = schedule_forms; f->name != NULL; f++)
			if (n < GENERATED_MAX)
				make_form_row(n++, k, f);
		if (n < GENERATED_MAX)
			make_start_row(n++, k);
	}
}

const struct schedule_subject *
ctl_schedule_subject(const struct action *action)
{
	return action->run == create || action->run == start ? action->subject : NULL;
}
