#include "config.h"

#include "store/schedule/schedule_parts.h"

#include <inttypes.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "model/process.h"
#include "model/state.h"
#include "store/schedule/occurrences.h"
#include "store/schedule/store_run.h"

enum { ASKED_MAX = 100 };

static int
check_asked(struct arena *a, const struct process_kind *kind, const char *process, int64_t asked,
    struct json_object *parameters, const char *of, struct err *err)
{
	void *ignored;
	int rc;

	if (kind == NULL || !kind->built)
		return err_set(err, ERR_NOT_BUILT,
		    "%s cannot run: this version does not have the process.", process);
	if (parameters != NULL &&
	    (rc = schedule_parameters(a, kind, parameters, &ignored, err)) < 0)
		return rc;
	if (asked >= ASKED_MAX)
		return err_set(err, ERR_CONFLICT,
		    "%d runs of %s that were asked for wait already; it can be run again when one "
		    "of them has begun or is cancelled.",
		    ASKED_MAX, of);
	return 0;
}

static struct store_run
asked_run(const struct schedule_owner *owner, const struct process_kind *kind, int64_t schedule_id,
    const char *parameters)
{
	struct store_run r = store_run_new(owner->tenant_id, kind->name);

	r.schedule_id = schedule_id;
	r.parameters = parameters;
	r.origin = STORE_RUN_BY_HAND;
	r.not_before = owner->now;
	r.exclusive = kind->exclusive;
	r.created_by = owner->by;
	return r;
}

int
schedule_ops_run(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct store_schedule *row, struct json_object *parameters, int64_t *run_id,
    struct err *err)
{
	const struct process_kind *kind = process_find(row->process);
	struct store_run run;
	int64_t asked;
	int rc;

	if ((rc = schedule_ops_lock(db, row, err)) < 0 ||
	    (rc = store_run_asked(db, row->schedule_id, &asked, err)) < 0 ||
	    (rc = check_asked(a, kind, row->process, asked, parameters,
	    arena_printf(a, "schedule %" PRId64, row->schedule_id), err)) < 0)
		return rc;
	run = asked_run(owner, kind, row->schedule_id,
	    parameters != NULL ? json_document(a, parameters) : row->parameters);
	return store_run_put(db, &run, owner->now, run_id, err);
}

int
schedule_ops_start(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct process_kind *kind, struct json_object *parameters, int64_t *run_id,
    struct err *err)
{
	struct store_run run;
	int64_t asked;
	int rc;

	if ((rc = store_run_asked_of_process(db, owner->tenant_id, kind->name, &asked, err)) < 0 ||
	    (rc = check_asked(a, kind, kind->name, asked, parameters, kind->name, err)) < 0)
		return rc;
	run = asked_run(owner, kind, 0, json_document(a, parameters));
	return store_run_put(db, &run, owner->now, run_id, err);
}
