#include "config.h"

#include "store/registry/store_removal.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "store/db.h"

enum { RUNS_MAX = 500 };

static int
code(int64_t n)
{
	return n < 0 ? (int)n : 0;
}

/* ------------------------------------------------------------------ what depends on it */

int
store_removal_of_customer(struct db *db, struct arena *a, int64_t customer_id, struct rows *out,
    struct err *err)
{
	return db_query(db, Q_removal_of_customer, DB_ARGS(v_int(customer_id)), a, out, err);
}

int
store_removal_of_alias(struct db *db, struct arena *a, int64_t alias_id, struct rows *out,
    struct err *err)
{
	return db_query(db, Q_removal_of_alias, DB_ARGS(v_int(alias_id)), a, out, err);
}

int
store_removal_of_user(struct db *db, struct arena *a, int64_t user_id, struct rows *out,
    struct err *err)
{
	return db_query(db, Q_removal_of_user, DB_ARGS(v_int(user_id)), a, out, err);
}

int
store_removal_of_source(struct db *db, struct arena *a, int64_t alias_id, int16_t source_id,
    struct rows *out, struct err *err)
{
	return db_query(db, Q_removal_of_source,
	    DB_ARGS(v_int(alias_id), v_int(source_id)), a, out,
	    err);
}

int
store_removal_of_pattern(struct db *db, struct arena *a, int64_t alias_id, const char *pattern,
    struct rows *mails, struct rows *messages, struct err *err)
{
	int rc = db_query(
	    db, Q_removal_of_pattern, DB_ARGS(v_text(pattern), v_int(alias_id)), a, mails, err);

	return rc < 0 ? rc : db_query(db, Q_removal_of_pattern_messages,
	    DB_ARGS(v_text(pattern), v_int(alias_id)), a, messages, err);
}

int
store_removal_at_work(struct db *db, struct arena *a, int64_t alias_id, struct rows *out,
    struct err *err)
{
	return db_query(db, Q_removal_at_work, DB_ARGS(v_int(alias_id)), a, out,
	    err);
}

int
store_removal_of_admin_email(struct db *db, struct arena *a, int64_t alias_id, struct rows *out,
    struct err *err)
{
	return db_query(db, Q_removal_of_admin_email, DB_ARGS(v_int(alias_id)), a, out, err);
}

int
store_removal_of_currency(struct db *tenant_db, struct arena *a, struct rows *out, struct err *err)
{
	return db_query(tenant_db, Q_removal_of_currency, DB_NONE, a, out, err);
}

int
store_removal_history(struct db *db, struct arena *a, int64_t alias_id, struct rows *out,
    struct err *err)
{
	return db_query(db, Q_removal_history,
	    DB_ARGS(v_int(alias_id)), a, out, err);
}

int
store_removal_left(struct db *tenant_db, struct arena *a, int64_t *contacts, int64_t *purchases,
    struct err *err)
{
	struct rows r;
	int rc = db_query(tenant_db, Q_removal_left, DB_NONE, a, &r, err);

	*contacts = rc < 0 ? 0 : rows_int(&r, 0, C_removal_left_contacts);
	*purchases = rc < 0 ? 0 : rows_int(&r, 0, C_removal_left_purchases);
	return rc;
}

/* ------------------------------------------------------------------ removing */

static int
all_of(struct db *db, const enum query *list, size_t n, int64_t id, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = code(db_exec(db, list[i], DB_ARGS(v_int(id)), err));
	return rc;
}

/* The row itself, which must still be there. */
static int
one(struct db *db, enum query q, int64_t id, struct err *err)
{
	int64_t n = db_exec(db, q, DB_ARGS(v_int(id)), err);

	return n == 0 ? err_set(err, ERR_NOT_FOUND,
	    "It was removed at this moment, by another command.") : code(n);
}

int
store_removal_customer(struct db *db, int64_t customer_id, struct err *err)
{
	return one(db, Q_removal_customer, customer_id, err);
}

int
store_removal_user(struct db *db, int64_t user_id, struct err *err)
{
	static const enum query own[] = { Q_admin_user_zones_clear, Q_admin_user_brands_clear,
	    Q_session_end_user };
	int rc = all_of(db, own, sizeof own / sizeof own[0], user_id, err);

	return rc < 0 ? rc : one(db, Q_admin_user_delete, user_id, err);
}

int
store_removal_source(struct db *db, int64_t api_source_id, struct err *err)
{
	static const enum query own[] = { Q_removal_quota_of_source,
	    Q_removal_quota_own_of_source, Q_removal_refusals_of_source,
	    Q_admin_source_secrets_delete };
	int rc = all_of(db, own, sizeof own / sizeof own[0], api_source_id, err);

	return rc < 0 ? rc : one(db, Q_admin_source_delete, api_source_id, err);
}

int
store_removal_token(struct db *db, struct arena *a, int64_t alias_id, int64_t token_id, usec_t now,
    int dry_run, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_admin_token_lock,
	    DB_ARGS(v_time(now), v_int(token_id), v_int(alias_id)), a, &r, err);

	if (rc < 0)
		return rc;
	if (r.n == 0)
		return err_set(err, ERR_NOT_FOUND, "This tenant has no token with the id %lld.",
		    (long long)token_id);
	if (rows_int(&r, 0, C_admin_token_lock_is_valid) != 0)
		return err_set(err, ERR_CONFLICT,
		    "Token %lld is valid: customerapi token revoke ends it, then it can be "
		    "removed.", (long long)token_id);
	return dry_run ? 0 : code(db_exec(db, Q_admin_token_delete,
	    DB_ARGS(v_int(token_id), v_int(alias_id)), err));
}

int
store_removal_alias(struct db *db, int64_t alias_id, struct err *err)
{
	static const enum query own[] = { Q_removal_tokens, Q_removal_schedules, Q_removal_seen,
	    Q_removal_refusals, Q_removal_retention, Q_removal_leases, Q_removal_queue,
	    Q_removal_quota, Q_removal_quota_own, Q_removal_connections };
	int rc = all_of(db, own, sizeof own / sizeof own[0], alias_id, err);

	return rc < 0 ? rc : one(db, Q_removal_alias, alias_id, err);
}

static int
runs_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const int64_t *alias_id = arg;

	(void)a;
	return (int)db_exec(db, Q_removal_runs, DB_ARGS(v_int(*alias_id), v_int(RUNS_MAX)), err);
}

int64_t
store_removal_runs(struct db *db, int64_t alias_id, struct err *err)
{
	return db_transact(db, runs_work, &alias_id, err);
}

int64_t
store_removal_mails(struct db *db, int64_t alias_id, struct err *err)
{
	return db_exec(db, Q_removal_mails, DB_ARGS(v_int(alias_id)), err);
}
