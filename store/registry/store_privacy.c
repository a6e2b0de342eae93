#include "config.h"

#include "store/registry/store_privacy.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "model/process.h"
#include "model/state.h"
#include "store/db.h"
#include "store/schedule/store_run.h"

int
store_privacy_put(
    struct db *db, const struct store_privacy *p, int64_t *privacy_id, struct err *err)
{
	if (db_exec(db, Q_privacy_put,
		DB_ARGS(v_int(p->tenant_id), v_int(p->kind), v_int(p->state),
		    v_int_or_null(p->source_id, p->source_id != 0), v_text(p->request),
		    v_bytes(p->receipt, 16), v_bytes(p->subject_hash, 32),
		    v_bytes(p->sealed, p->sealed_bytes), v_text(p->requested_by),
		    v_time(p->requested_at),
		    v_time(p->state == STATE_REQUEST_DONE ? p->requested_at : USEC_NONE),
		    v_text(p->counts == NULL ? "{}" : p->counts)),
		err) < 0)
		return err->code;
	*privacy_id = db_insert_id(db);
	return 0;
}

int
store_privacy_find(struct db *db, struct arena *a, int64_t privacy_id, int64_t tenant_id,
    struct store_privacy **out, struct err *err)
{
	struct rows r;
	int rc = db_query(
	    db, Q_privacy_get, DB_ARGS(v_int(privacy_id), v_int(tenant_id)), a, &r, err);

	*out = NULL;
	if (rc < 0 || r.n == 0)
		return rc;
	*out = arena_new(a, struct store_privacy, 1);
	**out = (struct store_privacy){ .privacy_id = rows_int(&r, 0, C_privacy_get_privacy_id),
		.tenant_id = tenant_id,
		.kind = (enum kind_of_request)rows_int(&r, 0, C_privacy_get_kind),
		.state = (enum state_of_request)rows_int(&r, 0, C_privacy_get_state),
		.source_id = (int16_t)rows_int(&r, 0, C_privacy_get_source_id),
		.request = rows_text(&r, 0, C_privacy_get_request),
		.subject_hash = (const unsigned char *)rows_text(&r, 0, C_privacy_get_subject_hash),
		.sealed = rows_text(&r, 0, C_privacy_get_subject_sealed),
		.sealed_bytes = rows_at(&r, 0, C_privacy_get_subject_sealed)->n,
		.requested_by = rows_text(&r, 0, C_privacy_get_requested_by),
		.requested_at = rows_time(&r, 0, C_privacy_get_requested_at),
		.erased_at = rows_time(&r, 0, C_privacy_get_erased_at),
		.done_at = rows_time(&r, 0, C_privacy_get_done_at),
		.counts = rows_text(&r, 0, C_privacy_get_counts) };
	return 0;
}

int
store_privacy_open_of(struct db *db, int64_t tenant_id, const unsigned char subject_hash[32],
    int64_t *privacy_id, struct err *err)
{
	return db_query_int(db, Q_privacy_open_of,
	    DB_ARGS(v_int(tenant_id), v_bytes(subject_hash, 32)), privacy_id, err);
}

int
store_privacy_begin(struct db *db, int64_t privacy_id, usec_t erased_at, const void *sealed,
    size_t n, struct err *err)
{
	return db_exec(db, Q_privacy_begin,
		   DB_ARGS(v_time(erased_at), v_bytes(sealed, n), v_int(privacy_id)), err) < 0 ?
	    err->code :
	    0;
}

int
store_privacy_done(
    struct db *db, int64_t privacy_id, usec_t now, const char *counts, struct err *err)
{
	return db_exec(db, Q_privacy_done, DB_ARGS(v_time(now), v_text(counts), v_int(privacy_id)),
		   err) < 0 ?
	    err->code :
	    0;
}

int
store_privacy_list(struct db *db, struct arena *a, int64_t tenant_id, int state, int limit,
    struct rows *out, struct err *err)
{
	return db_query(db, Q_privacy_list,
	    DB_ARGS(
		v_int(tenant_id), v_int_or_null(state, state != 0), v_int(INT64_MAX), v_int(limit)),
	    a, out, err);
}

int
store_privacy_open_all(
    struct db *db, struct arena *a, int64_t tenant_id, struct rows *out, struct err *err)
{
	return db_query(db, Q_privacy_open_erasures, DB_ARGS(v_int(tenant_id)), a, out, err);
}

static const char planned_by[] = "a request about a person";

/* Looks for a run that waits already, and moves it forward to not_before if it is due later. It
 * cannot begin before this transaction ends, so it sees the request made here. */
static int
planned(struct db *db, int64_t tenant_id, const struct process_kind *kind, usec_t not_before,
    int *there, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(db, Q_privacy_planned,
	    DB_ARGS(v_int(tenant_id), v_text(kind->name), v_text(planned_by)), &a, &r, err);

	*there = rc == 0 && r.n > 0;
	if (*there && rows_time(&r, 0, C_privacy_planned_not_before) > not_before &&
	    db_exec(db, Q_privacy_plan_sooner,
		DB_ARGS(v_time(not_before), *rows_at(&r, 0, C_privacy_planned_run_id)), err) < 0)
		rc = err->code;
	arena_done(&a);
	return rc;
}

int
store_privacy_forgotten(struct db *db, struct arena *a, usec_t requested_before, int limit,
    struct rows *out, struct err *err)
{
	return db_query(db, Q_privacy_forgotten,
	    DB_ARGS(v_time(requested_before), v_text(process_find("Erase")->name), v_int(limit)), a,
	    out, err);
}

int
store_privacy_plan_end(struct db *db, int64_t tenant_id, usec_t now, struct err *err)
{
	return db_exec(db, Q_privacy_plan_end,
		   DB_ARGS(v_time(now), v_int(tenant_id), v_text(process_find("Erase")->name),
		       v_text(planned_by)),
		   err) < 0 ?
	    err->code :
	    0;
}

int
store_privacy_plan(struct db *db, int64_t tenant_id, usec_t not_before, usec_t now, struct err *err)
{
	const struct process_kind *kind = process_find("Erase");
	struct store_run run = store_run_new(tenant_id, kind->name);
	int64_t run_id;
	int there, rc = planned(db, tenant_id, kind, not_before, &there, err);

	run.origin = STORE_RUN_BY_HAND;
	run.not_before = not_before;
	run.exclusive = kind->exclusive;
	run.created_by = planned_by;
	return rc < 0 || there ? rc : store_run_put(db, &run, now, &run_id, err);
}
