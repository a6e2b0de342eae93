#include "config.h"

#include "fcgi/api/schedule_named.h"

#include <inttypes.h>
#include <string.h>

#include <json-c/json.h>

#include "fcgi/access/auth.h"
#include "fcgi/api/precondition.h"
#include "fcgi/api/schedule_reply.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/err.h"
#include "lib/format/name.h"
#include "model/process.h"
#include "model/schedule_body.h"
#include "store/db.h"
#include "store/schedule/schedule_ops.h"
#include "store/schedule/schedule_row.h"
#include "store/schedule/store_schedule.h"

enum { PREVIEW_MAX = 100 };

/* ------------------------------------------------------------------ what they take */

#define IN_BODY(name_, field) \
	.name = name_, PARAM_FIELD(struct schedule_named_args, field), .in = PARAM_BODY
#define SET_PROCESS \
	{ IN_BODY("Process", process), .required = 1, .max_length = 64, \
	  .sample = "ComputeRefAmounts", .doc = "Name of the process." }
#define SET_FORM \
	{ IN_BODY("Form", form), .max_length = 20, .choices = SCHEDULE_FORM_NAMES, \
	  .doc = "The form that the other fields belong to. It is not needed with Cron or " \
	  "After. Each form takes the fields of its own page." }
#define SET_CRON \
	{ IN_BODY("Cron", cron), .max_length = 300, .sample = "30 2 * * *", \
	  .doc = "The five fields of a crontab line: minute, hour, day of the month, month, " \
	  "day of the week. Lists, ranges, steps, names (MON, JAN) and words such as @daily " \
	  "are allowed. It replaces Form and the form's fields for times. It is stored as the " \
	  "form with the same meaning, and refused with the reason if there is none." }

struct param schedule_named_set_params[SCHEDULE_NAMED_PARAMS_MAX],
    schedule_named_preview_params[SCHEDULE_NAMED_PARAMS_MAX];

const struct param schedule_named_params[] = {
	{ .name = "Name", PARAM_FIELD(struct schedule_named_args, fields.name), .in = PARAM_PATH, .required = 1,
	  .max_length = 64, .sample = "nightly", .doc = "Name of the schedule." },
	{ .name = NULL },
};

/* The forms differ in this one. */
static const char start_date_doc[] =
    "Of OneTime when it is due; else nothing is due before it, and "
    "every N counts from it. A date, or a date and time, of TimeZone unless it has an offset.";

/* First Name or Count, then the parameters that name the form, then the fields of all forms. */
static void
make_set_params(struct param *out, const struct param *first, int with_name)
{
	static const struct param head[] = { SET_PROCESS, SET_FORM, SET_CRON };
	size_t n = 0;

	out[n++] = *first;
	for (size_t i = 0; i < sizeof head / sizeof head[0]; i++)
		out[n++] = head[i];
	for (const struct param *p = schedule_all_params(); p->name != NULL; p++)
		if ((with_name || strcmp(p->name, "Name") != 0) &&
		    n < SCHEDULE_NAMED_PARAMS_MAX - 1) {
			out[n] = *p;
			if (strcmp(p->name, "StartDate") == 0)
				out[n].doc = start_date_doc;
			n++;
		}
}

__attribute__((constructor)) static void
make_all_set_params(void)
{
	static const struct param count = { .name = "Count",
		PARAM_FIELD(struct schedule_named_args, count),
		.in = PARAM_QUERY,
		.min = 1,
		.max = PREVIEW_MAX,
		.def = "10",
		.doc = "How many occurrences." };
	struct param name = schedule_named_params[0];

	name.check = name_schedule_fault;
	make_set_params(schedule_named_set_params, &name, 0);
	make_set_params(schedule_named_preview_params, &count, 1);
}

/* ------------------------------------------------------------------ by its name */

/* Binds the fields of the body's form. The caller puts body->json in any case, after the last use
 * of what was bound. */
static int
read_body(struct request *r, const struct schedule_named_args *given, struct schedule_args *in,
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
	struct schedule_owner owner = schedule_reply_owner(r);
	struct store_schedule row;
	struct schedule_setting set = { .check = set_allowed, .arg = r, .row = &row };
	struct db *db;
	int rc;

	if ((rc = request_db(r, &db, err)) < 0 ||
	    (rc = schedule_ops_set(db, &r->arena, &owner, body, &set, err)) < 0)
		return rc;
	reply->status = set.made ? 201 : 200;
	schedule_reply(r, &row, SCHEDULE_REPLY_NEXT, set.remark, reply);
	return 0;
}

int
schedule_named_set(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	struct schedule_args in = { 0 };
	struct schedule_body body;
	int rc = read_body(r, args, &in, &body, err);

	if (rc == 0)
		rc = set_with(r, &body, reply, err);
	json_object_put(body.json);
	return rc;
}

int
schedule_named_find(struct request *r, int64_t id, struct db **db, struct store_schedule **row,
    struct err *err)
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
	return schedule_named_find(r, link.id, &db, row, err);
}

int
schedule_named_show(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct schedule_named_args *in = args;
	struct store_schedule *row;
	int rc = find_named(r, in->fields.name.value, &row, err);

	if (rc < 0)
		return rc;
	schedule_reply(r, row, SCHEDULE_REPLY_NEXT, NULL, reply);
	return 0;
}

/* ------------------------------------------------------------------ a body, not saved */

int
schedule_named_preview(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct schedule_named_args *given = args;
	struct schedule_owner owner = schedule_reply_owner(r);
	struct schedule_args in = { 0 };
	struct schedule_body body;
	struct schedule_row shown;
	struct store_schedule row;
	struct db *db;
	int rc = read_body(r, given, &in, &body, err);

	if (rc == 0 && (rc = request_db(r, &db, err)) == 0 &&
	    (rc = schedule_ops_draft(db, &r->arena, &owner, &body, &row, err)) == 0) {
		schedule_row_fill_draft(&r->arena, &row, (int)given->count.value, &shown);
		reply_row(reply, schedule_row_preview, &shown);
	}
	json_object_put(body.json);
	return rc;
}
