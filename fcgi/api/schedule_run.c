#include "config.h"

#include "fcgi/api/schedule_run.h"

#include <inttypes.h>

#include "fcgi/access/auth.h"
#include "fcgi/access/auth_limits.h"
#include "fcgi/api/page.h"
#include "fcgi/api/schedule_reply.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/err.h"
#include "model/process.h"
#include "model/state.h"
#include "store/db.h"
#include "store/schedule/run_row.h"
#include "store/schedule/store_run.h"
#include "store/schedule/store_schedule.h"

enum { PAGE_MAX = 500 };

/* ------------------------------------------------------------------ what is not shown */

/* A token that is limited to zones or brands does not see what runs say that tell of all. */
static int
hide_told(struct request *r, struct store_run *runs, size_t n, struct err *err)
{
	struct limits l;
	int rc = auth_limits(r, NULL, &l, err);

	if (rc < 0 || !limits_any(&l))
		return rc;
	for (size_t i = 0; i < n; i++) {
		const struct process_kind *kind = process_find(runs[i].process);

		if (kind != NULL && kind->tells_all)
			runs[i].result = runs[i].reason = runs[i].log_tail = "";
	}
	return 0;
}

/* ------------------------------------------------------------------ lists */

#define LIMIT PAGE_LIMIT(struct schedule_run_list_args, PAGE_MAX, "100")
#define PROCESS                                                                                    \
	{                                                                                          \
		.name = "Process", PARAM_FIELD(struct schedule_run_list_args, process),            \
		.in = PARAM_QUERY, .max_length = 64, .doc = "Only runs of this process."           \
	}

#define RUN_LIST_PARAMS \
	PROCESS, \
	{ .name = "State", PARAM_FIELD(struct schedule_run_list_args, state), .in = PARAM_QUERY, .max_length = 10, \
	  .choices = STATE_NAMES(STATES_OF_RUN), .doc = "Only runs in this state." }, \
	{ .name = "Before", PARAM_FIELD(struct schedule_run_list_args, before), .in = PARAM_QUERY, .min = 1, .max = INT64_MAX, \
	  .doc = "Only runs with a smaller number. For the next page, give the last number of " \
	  "the page before." }, \
	LIMIT

const struct param schedule_run_list_params[] = { RUN_LIST_PARAMS, { .name = NULL } };

const struct param schedule_run_of_one_params[] = {
	{ .name = "ScheduleId",
	    PARAM_FIELD(struct schedule_run_list_args, schedule_id),
	    .in = PARAM_PATH,
	    .required = 1,
	    .min = 1,
	    .max = INT64_MAX,
	    .sample = "1",
	    .doc = "Number of the schedule." },
	RUN_LIST_PARAMS,
	{ .name = NULL },
};

int
schedule_run_list(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct schedule_run_list_args *in = args;
	struct store_run_filter f = { .tenant_id = r->access->alias->alias_id,
		.schedule_id = in->schedule_id.value,
		.process = in->process.value,
		.state = in->state.value == NULL ?
		    STATE_RUN_UNSET :
		    (enum state_of_run)state_find(states_of_run, in->state.value),
		.before_id = in->before.value,
		.limit = (int)in->limit.value };
	struct run_list shown;
	int known = 1, rc;
	struct db *db;

	if ((rc = process_check(&r->arena, "Process", in->process.value, err)) < 0 ||
	    (rc = request_db(r, &db, err)) < 0)
		return rc;
	if (in->schedule_id.given)
		rc = store_schedule_known(db, f.schedule_id, f.tenant_id, &known, err);
	if (rc < 0)
		return rc;
	if (!known)
		return err_set(
		    err, ERR_NOT_FOUND, "There is no schedule %" PRId64 ".", f.schedule_id);
	if ((rc = store_run_list(db, &r->arena, &f, &shown.rows, &shown.n, err)) < 0 ||
	    (rc = hide_told(r, shown.rows, shown.n, err)) < 0)
		return rc;
	reply_row(reply, schedule_reply_runs, &shown);
	return 0;
}

/* ------------------------------------------------------------------ one run */

const struct param schedule_run_params[] = {
	{ .name = "RunId",
	    PARAM_FIELD(struct schedule_run_args, run_id),
	    .in = PARAM_PATH,
	    .required = 1,
	    .min = 1,
	    .max = INT64_MAX,
	    .sample = "1",
	    .doc = "Number of the run." },
	{ .name = NULL },
};

int
schedule_run_show(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct schedule_run_args *in = args;
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
	if ((rc = hide_told(r, run, 1, err)) == 0)
		reply_row(reply, run_row, run);
	return rc;
}

int
schedule_run_cancel(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct schedule_run_args *in = args;
	enum state_of_run state;
	struct db *db;
	int rc;

	if ((rc = request_db(r, &db, err)) < 0 ||
	    (rc = store_run_cancel(
		 db, in->run_id.value, r->access->alias->alias_id, schedule_reply_by_api, &state,
		 err)) < 0)
		return rc;
	if (state == STATE_RUN_RUNNING)
		reply->status = 202;	/* it is asked to end */
	return schedule_run_show(r, args, reply, err);
}
