#include "config.h"

#include "store/schedule/store_run.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/state.h"
#include "store/db.h"

enum { CLAIM_TRIES = 20, CLAIM_TENANTS = 50, CANCEL_ROUNDS = 2 };

struct store_run
store_run_new(int64_t tenant_id, const char *process)
{
	return (struct store_run){ .tenant_id = tenant_id,
		.process = process,
		.parameters = "",
		.tries = 1,
		.due_at = USEC_NONE,
		.last_due_at = USEC_NONE,
		.occurrences = 1,
		.state = STATE_RUN_WAITING,
		.ended_at = USEC_NONE,
		.reason_class = "",
		.reason = "",
		.created_by = "" };
}

int
store_run_put(
    struct db *db, const struct store_run *r, usec_t now, int64_t *run_id, struct err *err)
{
	int64_t n = db_exec(db, Q_run_put,
	    DB_ARGS(v_int(r->tenant_id), v_int_or_null(r->schedule_id, r->schedule_id != 0),
		v_text(r->process), v_text(r->parameters), v_int(r->origin),
		v_int_or_null(r->retry_of, r->retry_of != 0), v_int(r->tries), v_time(r->due_at),
		v_int(r->occurrences), v_time(r->last_due_at), v_int(r->state),
		v_time(r->not_before), v_int(r->allow_overlap), v_text(r->exclusive),
		v_time(r->ended_at), v_text(r->reason_class), v_text(r->reason),
		v_text(r->created_by), v_time(now)),
	    err);

	*run_id = n < 0 ? 0 : db_insert_id(db);
	if (n < 0 && err->code == ERR_DB_DUPLICATE) {
		err_clear(err);
		return 0;
	}
	return n < 0 ? err->code : 0;
}

int
store_run_open(
    struct db *db, int64_t schedule_id, usec_t now, struct store_run_open *out, struct err *err)
{
	struct arena a = { 0 };
	struct rows r = { 0 };
	int rc = db_query(db, Q_run_open, DB_ARGS(v_int(schedule_id), v_time(now)), &a, &r, err);

	*out = (struct store_run_open){ .since = USEC_NONE };
	for (size_t i = 0; i < r.n && rc == 0; i++)
		if (rows_int(&r, i, C_run_open_state) == STATE_RUN_RUNNING) {
			out->running++;
			out->since = rows_time(&r, i, C_run_open_started_at);
		} else
			out->waiting++;
	arena_done(&a);
	return rc;
}

int
store_run_asked(struct db *db, int64_t schedule_id, int64_t *out, struct err *err)
{
	return db_query_int(db, Q_run_asked, DB_ARGS(v_int(schedule_id)), out, err);
}

int
store_run_state(struct db *db, int64_t run_id, enum state_of_run *out, struct err *err)
{
	int64_t state;
	int rc = db_query_int(db, Q_run_state, DB_ARGS(v_int(run_id)), &state, err);

	*out = (enum state_of_run)state;
	return rc;
}

int
store_run_asked_of_process(struct db *db, int64_t tenant_id, const char *process, int64_t *out,
    struct err *err)
{
	return db_query_int(db, Q_run_asked_of_process,
	    DB_ARGS(v_int(tenant_id), v_text(process)), out, err);
}

struct claiming {
	const unsigned char *lease;	/* STORE_RUN_LEASE_BYTES */
	const char *worker;
	usec_t lease_us, now;
	int64_t run_id;			/* out */
};

/* The unique keys refuse a run that has just begun elsewhere. */
static int
claim_first(struct db *db, const struct rows *due, struct claiming *c, struct err *err)
{
	for (size_t i = 0; i < due->n; i++) {
		int64_t n = db_exec(db, Q_run_claim,
		    DB_ARGS(v_bytes(c->lease, STORE_RUN_LEASE_BYTES),
			v_time(c->now + c->lease_us), v_text(c->worker), v_time(c->now),
			v_int(rows_int(due, i, C_run_due_run_id))),
		    err);

		if (n > 0) {
			c->run_id = rows_int(due, i, C_run_due_run_id);
			return 0;
		}
		if (n < 0 && err->code != ERR_DB_DUPLICATE)
			return err->code;
		err_clear(err);
	}
	return 0;
}

/* Tenants take turns, so that none waits for all runs of another. */
static int
claim_in_turn(struct db *db, struct arena *a, struct claiming *c, struct err *err)
{
	struct rows tenants, due;
	int rc = db_query(db, Q_run_any_due, DB_ARGS(v_time(c->now)), a, &due, err);

	if (rc < 0 || due.n == 0)
		return rc;
	rc = db_query(db, Q_run_tenants_due, DB_ARGS(v_time(c->now), v_int(CLAIM_TENANTS)), a,
	    &tenants, err);
	for (size_t i = 0; rc == 0 && c->run_id == 0 && i < tenants.n; i++)
		if ((rc = db_query(db, Q_run_due,
			 DB_ARGS(v_int(rows_int(&tenants, i, C_run_tenants_due_alias_id)),
			     v_time(c->now), v_int(CLAIM_TRIES)),
			 a, &due, err)) == 0)
			rc = claim_first(db, &due, c, err);
	return rc;
}

static int
claim_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct claiming *c = arg;
	int rc = db_now(db, &c->now, err);

	c->run_id = 0;
	return rc < 0 ? rc : claim_in_turn(db, a, c, err);
}

int
store_run_claim(struct db *db, const unsigned char lease[STORE_RUN_LEASE_BYTES], const char *worker,
    usec_t lease_us, int64_t *run_id, struct err *err)
{
	struct claiming c = { .lease = lease, .worker = worker, .lease_us = lease_us };
	int rc = db_transact(db, claim_work, &c, err);

	*run_id = rc < 0 ? 0 : c.run_id;
	return rc;
}

int
store_run_load(
    struct db *db, struct arena *a, int64_t run_id, struct store_run **out, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_run_load, DB_ARGS(v_int(run_id)), a, &r, err);

	*out = NULL;
	if (rc < 0 || r.n == 0)
		return rc;
	*out = arena_new(a, struct store_run, 1);
	**out = (struct store_run){ .run_id = rows_int(&r, 0, C_run_load_run_id),
		.tenant_id = rows_int(&r, 0, C_run_load_tenant_id),
		.schedule_id = rows_int(&r, 0, C_run_load_schedule_id),
		.process = rows_text(&r, 0, C_run_load_process),
		.parameters = rows_text(&r, 0, C_run_load_parameters),
		.origin = (enum store_run_origin)rows_int(&r, 0, C_run_load_origin),
		.tries = rows_int(&r, 0, C_run_load_tries),
		.due_at = rows_time(&r, 0, C_run_load_due_at),
		.reason_class = rows_text(&r, 0, C_run_load_reason_class),
		.reason = rows_text(&r, 0, C_run_load_reason) };
	return 0;
}

static struct store_run *
runs_of(struct arena *a, const struct rows *r, int64_t tenant_id)
{
	struct store_run *list = arena_new(a, struct store_run, r->n);

	for (size_t i = 0; i < r->n; i++) {
		list[i] = (struct store_run){ .tenant_id = tenant_id,
			.run_id = rows_int(r, i, C_run_run_id),
			.schedule_id = rows_int(r, i, C_run_schedule_id),
			.process = rows_text(r, i, C_run_process),
			.parameters = rows_text(r, i, C_run_parameters),
			.origin = (enum store_run_origin)rows_int(r, i, C_run_origin),
			.retry_of = rows_int(r, i, C_run_retry_of),
			.tries = rows_int(r, i, C_run_tries),
			.due_at = rows_time(r, i, C_run_due_at),
			.occurrences = rows_int(r, i, C_run_occurrences),
			.last_due_at = rows_time(r, i, C_run_last_due_at),
			.state = (enum state_of_run)rows_int(r, i, C_run_state),
			.started_at = rows_time(r, i, C_run_started_at),
			.ended_at = rows_time(r, i, C_run_ended_at),
			.cancel_at = rows_time(r, i, C_run_cancel_at),
			.cancel_by = rows_text(r, i, C_run_cancel_by),
			.phase = rows_text(r, i, C_run_phase),
			.done = rows_int(r, i, C_run_done),
			.total = rows_int(r, i, C_run_total),
			.rate = rows_int(r, i, C_run_rate),
			.result = rows_text(r, i, C_run_result),
			.reason_class = rows_text(r, i, C_run_reason_class),
			.reason = rows_text(r, i, C_run_reason),
			.created_by = rows_text(r, i, C_run_created_by),
			.created_at = rows_time(r, i, C_run_created_at),
			.worker = rows_text(r, i, C_run_worker),
			.log_tail = rows_text(r, i, C_run_get_log_tail) };
		list[i].several = list[i].occurrences > 1 ? list[i].occurrences : 0;
	}
	return list;
}

int
store_run_find(struct db *db, struct arena *a, int64_t run_id, int64_t tenant_id,
    struct store_run **out, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_run_get, DB_ARGS(v_int(run_id), v_int(tenant_id)), a, &r, err);

	*out = rc < 0 || r.n == 0 ? NULL : runs_of(a, &r, tenant_id);
	return rc;
}

int
store_run_list(struct db *db, struct arena *a, const struct store_run_filter *f,
    struct store_run **out, size_t *n, struct err *err)
{
	struct val state = v_int_or_null(f->state, f->state != STATE_RUN_UNSET),
		   before = v_int(f->before_id == 0 ? INT64_MAX : f->before_id);
	struct rows r;
	int rc;

	if (f->schedule_id != 0)
		rc = db_query(db, Q_run_list_of_schedule,
		    DB_ARGS(v_int(f->tenant_id), v_int(f->schedule_id), state, v_text(f->process),
			before, v_int(f->limit)),
		    a, &r, err);
	else if (f->state != STATE_RUN_UNSET)
		rc = db_query(db, Q_run_list_in_state,
		    DB_ARGS(
			v_int(f->tenant_id), state, v_text(f->process), before, v_int(f->limit)),
		    a, &r, err);
	else
		rc = db_query(db, Q_run_list,
		    DB_ARGS(v_int(f->tenant_id), v_text(f->process), before, v_int(f->limit)), a,
		    &r, err);
	*out = rc < 0 ? NULL : runs_of(a, &r, f->tenant_id);
	*n = rc < 0 ? 0 : r.n;
	return rc;
}

int
store_run_keep(struct db *db, const struct store_run *r,
    const unsigned char lease[STORE_RUN_LEASE_BYTES], usec_t lease_us, int *kept, struct err *err)
{
	usec_t now;
	int64_t n;
	int rc;

	*kept = 0;
	if ((rc = db_now(db, &now, err)) < 0)
		return rc;
	n = db_exec(db, Q_run_keep,
	    DB_ARGS(v_time(now + lease_us), v_time(now), v_text(r->phase), v_int(r->done),
		v_int(r->total), v_int(r->rate), v_text(r->log_tail), v_int(r->run_id),
		v_bytes(lease, STORE_RUN_LEASE_BYTES)),
	    err);
	*kept = n > 0;
	return n < 0 ? err->code : 0;
}

int
store_run_settle(struct db *db, const struct store_run *r,
    const unsigned char lease[STORE_RUN_LEASE_BYTES], int *kept, struct err *err)
{
	int64_t n = db_exec(db, Q_run_settle,
	    DB_ARGS(v_int(r->state), v_time(r->ended_at), v_text(r->phase), v_int(r->done),
		v_int(r->total), v_int(r->rate), v_text(r->result), v_text(r->reason_class),
		v_text(r->reason), v_text(r->log_tail), v_int(r->run_id),
		v_bytes(lease, STORE_RUN_LEASE_BYTES)),
	    err);

	*kept = n > 0;
	return n < 0 ? err->code : 0;
}

int
store_run_give_back(struct db *db, int64_t run_id, const unsigned char lease[STORE_RUN_LEASE_BYTES],
    const char *reason, struct err *err)
{
	usec_t now;
	int rc = db_now(db, &now, err);

	if (rc == 0 &&
	    db_exec(db, Q_run_give_back,
		DB_ARGS(v_time(now), v_text(reason), v_int(run_id),
		    v_bytes(lease, STORE_RUN_LEASE_BYTES)),
		err) < 0)
		rc = err->code;
	return rc;
}

int
store_run_cancelled(
    struct db *db, struct arena *a, int64_t run_id, const char **by, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_run_cancelled, DB_ARGS(v_int(run_id)), a, &r, err);

	*by = rc < 0 || r.n == 0 ? NULL : rows_text(&r, 0, C_run_cancelled_cancel_by);
	return rc;
}

int
store_run_cancel(struct db *db, int64_t run_id, int64_t tenant_id, const char *by,
    enum state_of_run *state, struct err *err)
{
	usec_t now;
	int64_t n;
	int rc;

	*state = STATE_RUN_UNSET;
	if ((rc = db_now(db, &now, err)) < 0)
		return rc;
	if ((n = db_exec(db, Q_run_cancel_waiting,
		 DB_ARGS(v_time(now), v_text(by), v_int(run_id), v_int(tenant_id)), err)) > 0)
		*state = STATE_RUN_WAITING;
	else if (n == 0 &&
	    (n = db_exec(db, Q_run_cancel_running,
		 DB_ARGS(v_time(now), v_text(by), v_int(run_id), v_int(tenant_id)), err)) > 0)
		*state = STATE_RUN_RUNNING;
	return n < 0 ? err->code : 0;
}

/* At least twice: between the two statements a run can begin, or be lost and wait again. */
int
store_run_cancel_of(struct db *db, int64_t schedule_id, const char *by, usec_t now,
    int64_t *running, struct err *err)
{
	int64_t waited = 0, worked = 0;

	*running = 0;
	for (int i = 0; i < CANCEL_ROUNDS || waited + worked > 0; i++) {
		if ((waited = db_exec(db, Q_run_cancel_waiting_of,
			 DB_ARGS(v_time(now), v_text(by), v_int(schedule_id)), err)) < 0 ||
		    (worked = db_exec(db, Q_run_cancel_running_of,
			 DB_ARGS(v_time(now), v_text(by), v_int(schedule_id)), err)) < 0)
			return err->code;
		*running += worked;
	}
	return 0;
}

int
store_run_lapsed(struct db *db, struct arena *a, usec_t now, int limit, struct store_run **out,
    size_t *n, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_run_lapsed, DB_ARGS(v_time(now), v_int(limit)), a, &r, err);

	*n = rc < 0 ? 0 : r.n;
	*out = arena_new(a, struct store_run, *n);
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = (struct store_run){ .run_id = rows_int(&r, i, C_run_lapsed_run_id),
			.tenant_id = rows_int(&r, i, C_run_lapsed_tenant_id),
			.schedule_id = rows_int(&r, i, C_run_lapsed_schedule_id),
			.process = rows_text(&r, i, C_run_lapsed_process),
			.parameters = rows_text(&r, i, C_run_lapsed_parameters),
			.tries = rows_int(&r, i, C_run_lapsed_tries),
			.allow_overlap = (int)rows_int(&r, i, C_run_lapsed_allow_overlap),
			.exclusive = rows_text(&r, i, C_run_lapsed_exclusive),
			.cancel_at = rows_time(&r, i, C_run_lapsed_cancel_at),
			.worker = rows_text(&r, i, C_run_lapsed_worker),
			.created_by = rows_text(&r, i, C_run_lapsed_created_by) };
	return rc;
}

int
store_run_lose(struct db *db, int64_t run_id, enum state_of_run state, const char *class,
    const char *reason, usec_t now, struct err *err)
{
	return db_exec(db, Q_run_lose,
		   DB_ARGS(v_int(state), v_time(now), v_text(class), v_text(reason), v_int(run_id)),
		   err) < 0 ?
	    err->code :
	    0;
}

int64_t
store_run_forget(struct db *db, usec_t before, int limit, struct err *err)
{
	return db_exec(db, Q_run_forget, DB_ARGS(v_time(before), v_int(limit)), err);
}
