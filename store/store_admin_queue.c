#include "store/store_admin_queue.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "store/db.h"

enum { CHUNK = 500 };

static const char *const states[] = { "?", "Ready", "Leased", "Done", "Dead", "Unrouted", "Superseded", "Cancelled", "Ignored" };
enum { STATES = sizeof states / sizeof states[0] };

enum store_admin_queue_state
store_admin_queue_state_find(const char *name)
{
	for (int i = 1; i < STATES; i++)
		if (text_ieq(states[i], name))
			return (enum store_admin_queue_state)i;
	return STORE_ADMIN_QUEUE_UNSET;
}

const char *
store_admin_queue_state_name(int64_t state)
{
	return states[state > 0 && state < STATES ? state : 0];
}

#define FILTER(f) v_int_or_null((f)->tenant_id, (f)->tenant_id != 0), v_int_or_null((f)->state, (f)->state != STORE_ADMIN_QUEUE_UNSET), \
	v_text((f)->platform), v_text((f)->entity), v_text((f)->action), v_text((f)->reason_class), v_time((f)->from), v_time((f)->until)

int
store_admin_queue_list(struct db *db, struct arena *a, const struct store_admin_queue_filter *f, int64_t before_id, int64_t limit,
    struct rows *out, struct err *err)
{
	return db_query(db, Q_admin_queue_list, DB_ARGS(FILTER(f), v_int(before_id == 0 ? INT64_MAX : before_id), v_int(limit)), a, out, err);
}

int
store_admin_queue_summary(struct db *db, struct arena *a, int64_t tenant_id, usec_t now, struct rows *out, struct err *err)
{
	return db_query(db, Q_admin_queue_summary, DB_ARGS(v_time(now), v_int_or_null(tenant_id, tenant_id != 0)), a, out, err);
}

int
store_admin_queue_find(struct db *db, struct arena *a, const unsigned char *receipt, int64_t *id, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_admin_queue_find, DB_ARGS(v_int_or_null(*id, receipt == NULL), v_bytes(receipt, STORE_RECEIPT_BYTES)), a, &r, err);

	*id = rc == 0 && r.n > 0 ? rows_int(&r, 0, 0) : 0;
	return rc;
}

int
store_admin_queue_get(struct db *db, struct arena *a, int64_t id, int64_t body_head, struct rows *out, struct err *err)
{
	return db_query(db, Q_admin_queue_get, DB_ARGS(v_int(body_head), v_int(id)), a, out, err);
}

int
store_admin_queue_attempts(struct db *db, struct arena *a, int64_t id, struct rows *out, struct err *err)
{
	return db_query(db, Q_admin_queue_attempts, DB_ARGS(v_int(id)), a, out, err);
}

int
store_admin_queue_mail(struct db *db, struct arena *a, int64_t id, struct rows *out, struct err *err)
{
	return db_query(db, Q_admin_queue_mail, DB_ARGS(v_int(id)), a, out, err);
}

int
store_admin_queue_retry_one(struct db *db, int64_t id, usec_t now, struct err *err)
{
	int64_t n = db_exec(db, Q_admin_queue_retry_one_history, DB_ARGS(v_int(id)), err);

	return n < 0 ? (int)n : (int)db_exec(db, Q_admin_queue_retry_one, DB_ARGS(v_time(now), v_int(id)), err);
}

/* Ends a chunk's transaction: n is a count or a code. */
static int64_t
settle(struct db *db, int64_t n, struct err *err)
{
	int rc;

	if (n < 0) {
		db_rollback(db);
		return n;
	}
	return (rc = db_commit(db, err)) < 0 ? rc : n;
}

int64_t
store_admin_queue_retry_chunk(struct db *db, struct arena *a, const struct store_admin_queue_filter *f, int dry_run, int64_t *after_id, struct err *err)
{
	struct rows r;
	int64_t n, last;
	usec_t now;
	int rc;

	if ((rc = db_query(db, Q_admin_queue_retry_chunk, DB_ARGS(FILTER(f), v_int(*after_id), v_int(CHUNK)), a, &r, err)) < 0)
		return rc;
	n = rows_int(&r, 0, 1);
	last = rows_int(&r, 0, 0);
	if (n > 0 && !dry_run) {
		if ((rc = db_begin(db, err)) < 0)
			return rc;
		if ((n = db_now(db, &now, err)) == 0)
			n = db_exec(db, Q_admin_queue_retry_history, DB_ARGS(FILTER(f), v_int(*after_id), v_int(last)), err);
		if (n >= 0)
			n = db_exec(db, Q_admin_queue_retry, DB_ARGS(v_time(now), FILTER(f), v_int(*after_id), v_int(last)), err);
		n = settle(db, n, err);
	}
	if (n >= 0)
		*after_id = last;
	return n;
}

int64_t
store_admin_queue_purge_chunk(struct db *db, struct arena *a, int64_t tenant_id, enum store_admin_queue_state state, usec_t before, int dry_run,
    int64_t *after_id, struct err *err)
{
	const struct val tenant = v_int_or_null(tenant_id, tenant_id != 0);
	struct rows r;
	int64_t n, last;
	int rc;

	if ((rc = db_query(db, Q_admin_queue_purge_chunk, DB_ARGS(tenant, v_int(state), v_time(before), v_int(*after_id), v_int(CHUNK)), a, &r, err)) < 0)
		return rc;
	n = rows_int(&r, 0, 1);
	last = rows_int(&r, 0, 0);
	if (n > 0 && !dry_run) {
		int64_t done;

		if ((rc = db_begin(db, err)) < 0)
			return rc;
		done = db_exec(db, Q_admin_queue_purge_attempts, DB_ARGS(tenant, v_int(state), v_time(before), v_int(*after_id), v_int(last)), err);
		if (done >= 0)
			done = db_exec(db, Q_admin_queue_purge_messages, DB_ARGS(tenant, v_int(state), v_time(before), v_int(*after_id), v_int(last)), err);
		done = settle(db, done, err);
		if (done < 0)
			return done;
	}
	*after_id = last;
	return n;
}

int
store_admin_queue_health(struct db *db, struct arena *a, usec_t now, struct rows *out, struct err *err)
{
	return db_query(db, Q_admin_queue_health, DB_ARGS(v_time(now)), a, out, err);
}
