#include "config.h"

#include "store/registry/store_quota.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "store/db.h"
#include "store/registry/store_message.h"

enum { FORGET_S = 86400 };

const char *
store_quota_name(int64_t quota)
{
	static const char *const names[] = { "?", "requests in flight", "requests a second",
		"bytes waiting", "threads of the pool" };

	return names[quota > 0 && quota < STORE_QUOTAS ? quota : 0];
}

int
store_quota_waiting(struct db *db, int64_t tenant_id, int16_t source_id,
    struct store_quota_waiting *out, struct err *err)
{
	const struct val open = v_int(STORE_MESSAGE_AUTH_OPEN), source = v_int(source_id);
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(
	    db, Q_quota_waiting, DB_ARGS(open, source, v_int(tenant_id)), &a, &r, err);

	*out = (struct store_quota_waiting){ 0 };
	if (rc == 0)
		*out = (struct store_quota_waiting){ .of_tenant = rows_int(
							 &r, 0, C_quota_waiting_of_tenant),
			.of_source = rows_int(&r, 0, C_quota_waiting_of_source),
			.of_strangers = rows_int(&r, 0, C_quota_waiting_of_strangers) };
	arena_done(&a);
	return rc;
}

int
store_quota_add(struct db *db, int64_t tenant_id, int16_t source_id, enum store_quota quota,
    int64_t n, usec_t now, struct err *err)
{
	const usec_t old = now - FORGET_S * USEC_SEC;

	return db_exec(db, Q_quota_add,
		   DB_ARGS(v_int(tenant_id), v_int(source_id), v_int(quota), v_int(n), v_time(now),
		       v_time(old)),
		   err) < 0 ?
	    err->code :
	    0;
}

int
store_quota_set(struct db *db, int64_t tenant_id, int16_t source_id, struct val in_flight,
    struct val per_second, struct val waiting_mb, struct err *err)
{
	return db_exec(db, Q_quota_own_set, DB_ARGS(v_int(tenant_id), v_int(source_id), in_flight,
	    per_second, waiting_mb), err) < 0 ? err->code : 0;
}

int64_t
store_quota_remove(struct db *db, int64_t tenant_id, int16_t source_id, struct err *err)
{
	return db_exec(db, Q_quota_own_remove, DB_ARGS(v_int(tenant_id), v_int(source_id)), err);
}

int
store_quota_own(struct db *db, struct arena *a, int64_t tenant_id, struct rows *out,
    struct err *err)
{
	return db_query(db, Q_quota_own, DB_ARGS(v_int_or_null(tenant_id, tenant_id != 0),
	    v_int(STORE_QUOTA_OWN_MAX)), a, out, err);
}

int
store_quota_list(struct db *db, struct arena *a, int64_t tenant_id, struct rows *out,
    struct err *err)
{
	const struct val tenant = v_int_or_null(tenant_id, tenant_id != 0);

	return db_query(db, Q_quota_list, DB_ARGS(tenant), a, out, err);
}
