#include "config.h"

#include "store/registry/store_orphan.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "model/state.h"
#include "store/db.h"

int
store_orphans(struct db *db, struct arena *a, int64_t tenant_id, int64_t limit, struct rows *out,
    struct err *err)
{
	return db_query(db, Q_queue_orphans, DB_ARGS(v_int(tenant_id), v_int(limit)), a, out, err);
}

/* 1 when the locked message is leased and no lease holds it. */
static int
is_orphan(struct db *db, struct arena *a, const struct rows *m, struct err *err)
{
	struct rows lease;

	if (m->n == 0 || rows_int(m, 0, C_queue_orphan_lock_state) != STATE_MESSAGE_LEASED)
		return 0;
	if (db_query(db, Q_queue_lease_find, DB_ARGS(*rows_at(m, 0, C_queue_orphan_lock_lease)), a,
	    &lease, err) < 0)
		return err->code;
	return lease.n == 0;
}

int
store_orphan_return(struct db *db, struct arena *a, int64_t message_id, usec_t now,
    struct err *err)
{
	static const char class[] = "lease-lapsed", reason[] = "Its lease was gone.";
	struct rows m;
	usec_t place;
	int rc = db_query(db, Q_queue_orphan_lock, DB_ARGS(v_int(message_id)), a, &m, err);

	if (rc < 0 || (rc = is_orphan(db, a, &m, err)) <= 0)
		return rc;
	place = rows_time(&m, 0, C_queue_orphan_lock_received_at);
	if (db_exec(db, Q_queue_return,
		DB_ARGS(v_int(STATE_MESSAGE_READY), v_time(place < now ? place : now),
		    v_int(rows_int(&m, 0, C_queue_orphan_lock_deaths)), v_text(class),
		    v_text(reason), v_time(USEC_NONE), v_int(message_id)),
		err) < 0 ||
	    db_exec(db, Q_queue_attempt,
		DB_ARGS(v_int(message_id), v_int(rows_int(&m, 0, C_queue_orphan_lock_attempts)),
		    v_text(""), v_time(now), v_time(now), v_text(outcome_word(OUTCOME_LAPSED)),
		    v_text(class), v_text(reason), v_text("")),
		err) < 0)
		return err->code;
	return 1;
}
