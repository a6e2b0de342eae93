#include "config.h"

#include "store/exchange/store_cursor.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "store/db.h"

/* Who has the connection; no row when nobody had it yet. */
static int
lock(struct db *db, struct arena *a, const char *connection, struct rows *r, struct err *err)
{
	return db_query(db, Q_cursor_lock, DB_ARGS(v_text(connection)), a, r, err);
}

int
store_cursor_take(struct db *db, const char *connection,
    const unsigned char worker[STORE_CURSOR_WORKER], const char *about, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = lock(db, &a, connection, &r, err);
	const int is_other = rc == 0 && r.n > 0 &&
	    strcmp(rows_text(&r, 0, C_cursor_lock_about), about) != 0;

	arena_done(&a);
	if (rc < 0)
		return rc;
	if (is_other && db_exec(db, Q_cursor_forget, DB_ARGS(v_text(connection)), err) < 0)
		return err->code;
	return db_exec(db, Q_cursor_take,
		   DB_ARGS(v_text(connection), v_bytes(worker, STORE_CURSOR_WORKER),
		       v_text(about)),
		   err) < 0 ?
	    err->code :
	    0;
}

int
store_cursor_hold(struct db *db, const char *connection,
    const unsigned char worker[STORE_CURSOR_WORKER], struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = lock(db, &a, connection, &r, err);
	const int is_ours = rc == 0 && r.n > 0 &&
	    memcmp(rows_at(&r, 0, C_cursor_lock_worker)->s, worker, STORE_CURSOR_WORKER) == 0;

	arena_done(&a);
	if (rc < 0 || is_ours)
		return rc;
	return err_set(err, ERR_CONFLICT, "Another run has taken the connection %s over. It goes "
	    "on from where this one stood.", connection);
}

int
store_cursor_get(struct db *db, struct store_cursor *out, struct err *err)
{
	struct store_cursor at = { .connection = out->connection, .resource = out->resource,
		.scope = out->scope, .seen_at = USEC_NONE, .pass_at = USEC_NONE,
		.pass_from = USEC_NONE, .swept_at = USEC_NONE };
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(db, Q_cursor_get,
	    DB_ARGS(v_text(at.connection), v_text(at.resource), v_text(at.scope)), &a, &r, err);

	if (rc == 0 && r.n > 0) {
		at.seen_at = rows_time(&r, 0, C_cursor_get_seen_at);
		at.pass_at = rows_time(&r, 0, C_cursor_get_pass_at);
		at.pass_from = rows_time(&r, 0, C_cursor_get_pass_from);
		at.pass_id = rows_int(&r, 0, C_cursor_get_pass_id);
		at.swept_at = rows_time(&r, 0, C_cursor_get_swept_at);
	}
	*out = at;
	arena_done(&a);
	return rc;
}

int
store_cursor_set(struct db *db, const struct store_cursor *at,
    const unsigned char worker[STORE_CURSOR_WORKER], struct err *err)
{
	int rc = store_cursor_hold(db, at->connection, worker, err);

	if (rc < 0)
		return rc;
	return db_exec(db, Q_cursor_set,
		   DB_ARGS(v_text(at->connection), v_text(at->resource), v_text(at->scope),
		       v_time(at->seen_at), v_time(at->pass_from), v_time(at->pass_at),
		       v_int(at->pass_id), v_time(at->swept_at)),
		   err) < 0 ?
	    err->code :
	    0;
}
