#include "config.h"

#include "store/schedule/store_tick.h"

#include "lib/err.h"
#include "store/db.h"

int
store_tick_put(struct db *db, const char *kind, struct err *err)
{
	usec_t now;
	int rc = db_now(db, &now, err);

	if (rc == 0 && db_exec(db, Q_tick_put, DB_ARGS(v_text(kind), v_time(now)), err) < 0)
		rc = err->code;
	return rc;
}

int
store_ticks(struct db *db, struct arena *a, struct rows *out, struct err *err)
{
	usec_t now;
	int rc = db_now(db, &now, err);

	return rc < 0 ? rc : db_query(db, Q_ticks, DB_ARGS(v_time(now)), a, out, err);
}
