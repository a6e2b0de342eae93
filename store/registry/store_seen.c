#include "config.h"

#include "store/registry/store_seen.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "store/db.h"

int
store_seen_put(struct db *db, int64_t alias_id, const char *action, const struct store_seen *s,
    struct err *err)
{
	int failed = s->error != NULL;
	usec_t now;
	int rc = db_now(db, &now, err);

	if (rc == 0 &&
	    db_exec(db, Q_seen_put,
		DB_ARGS(v_int(alias_id), v_text(action), v_time(now), v_int(s->last_status),
		    v_time(failed ? now : USEC_NONE), v_int_or_null(s->last_status, failed),
		    v_text(s->error), v_text(s->payload)),
		err) < 0)
		rc = err->code;
	return rc;
}

int
store_seen_find(struct db *db, struct arena *a, int64_t alias_id, const char *action,
    struct store_seen **out, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_seen_find, DB_ARGS(v_int(alias_id), v_text(action)), a, &r, err);

	*out = NULL;
	if (rc < 0 || r.n == 0)
		return rc;
	*out = arena_new(a, struct store_seen, 1);
	**out = (struct store_seen){ .last_at = rows_time(&r, 0, C_seen_find_last_at),
		.last_status = rows_int(&r, 0, C_seen_find_last_status),
		.error_at = rows_time(&r, 0, C_seen_find_error_at),
		.error_status = rows_int(&r, 0, C_seen_find_error_status),
		.error = rows_text(&r, 0, C_seen_find_error),
		.payload = rows_text(&r, 0, C_seen_find_payload) };
	return 0;
}
