#include "config.h"

#include "store/registry/store_retention.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "store/db.h"
#include "store/registry/store_queue.h"

enum { CHUNK = 500, INTERVAL_S = 3600 };

#define DAY (86400 * USEC_SEC)

/* A range of messages in the order in which they were settled. */
struct range {
	usec_t after_at, last_at;
	int64_t after_id, last_id;
	int full;		/* the range ends because the chunk is full */
	size_t n;
};

struct unit {
	int64_t tenant_id, state;
	usec_t forgotten_at;
	int64_t forgotten_id;
};

static int
is_dead(const struct unit *u)
{
	return u->state == STATE_MESSAGE_DEAD || u->state == STATE_MESSAGE_UNROUTED;
}

/* Locks the messages after the range's start that were settled before an instant, up to the first
 * that still has a mail to send. */
static int
take_range(struct db *db, struct arena *a, const struct unit *u, usec_t before, struct range *range,
    struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_retention_range,
	    DB_ARGS(v_int(u->tenant_id), v_int(u->state), v_time(range->after_at),
		v_int(range->after_id), v_time(before), v_int(CHUNK)),
	    a, &r, err);

	range->full = r.n == CHUNK;
	for (range->n = 0; range->n < r.n && rc == 0; range->n++) {
		if (rows_int(&r, range->n, C_retention_range_mail_waits) != 0) {
			range->full = 0;
			break;
		}
		range->last_id = rows_int(&r, range->n, C_retention_range_id);
		range->last_at = rows_time(&r, range->n, C_retention_range_visible_at);
	}
	return rc;
}

static int
delete_chunk(
    struct db *db, struct arena *a, const struct unit *u, usec_t before, int *full, struct err *err)
{
	static const enum query deletes[] = { Q_retention_delete_attempts, Q_retention_delete_mails,
		Q_retention_delete_messages };
	struct range range = { .after_at = 0 };
	int rc = take_range(db, a, u, before, &range, err);

	*full = range.full;
	for (size_t i = 0; rc == 0 && range.n > 0 && i < sizeof deletes / sizeof deletes[0]; i++)
		if (db_exec(db, deletes[i],
			DB_ARGS(v_int(u->tenant_id), v_int(u->state), v_time(range.last_at),
			    v_int(range.last_id)),
			err) < 0)
			rc = err->code;
	return rc;
}

static int
forget_chunk(
    struct db *db, struct arena *a, struct unit *u, usec_t before, int *full, struct err *err)
{
	struct range range = { .after_at = u->forgotten_at, .after_id = u->forgotten_id };
	int rc = take_range(db, a, u, before, &range, err);

	*full |= range.full;
	if (rc < 0 || range.n == 0)
		return rc;
	if (db_exec(db, Q_retention_forget,
		DB_ARGS(v_int(u->tenant_id), v_int(u->state), v_time(range.after_at),
		    v_int(range.after_id), v_time(range.last_at), v_int(range.last_id)),
		err) < 0)
		return err->code;
	u->forgotten_at = range.last_at;
	u->forgotten_id = range.last_id;
	return 0;
}

static int
work_unit(struct db *db, struct arena *a, const struct store_retention_rules *rules, struct unit *u,
    usec_t now, usec_t as_of, int *full, struct err *err)
{
	int rc = delete_chunk(db, a, u,
	    as_of - (is_dead(u) ? rules->keep_dead_days : rules->keep_days) * DAY, full, err);

	if (rc == 0 && u->state == STATE_MESSAGE_DONE &&
	    db_exec(db, Q_retention_delete_digests,
		DB_ARGS(v_int(u->tenant_id), v_time(as_of - rules->keep_days * DAY)), err) < 0)
		rc = err->code;
	if (rc == 0 && !is_dead(u))
		rc = forget_chunk(db, a, u, as_of - rules->keep_body_days * DAY, full, err);
	if (rc < 0)
		return rc;
	return db_exec(db, Q_retention_mark,
		   DB_ARGS(v_time(*full ? now : now + INTERVAL_S * USEC_SEC),
		       v_time(u->forgotten_at), v_int(u->forgotten_id), v_int(u->tenant_id),
		       v_int(u->state)),
		   err) < 0 ?
	    err->code :
	    0;
}

static int
find_due(struct db *db, struct arena *a, usec_t now, struct rows *out, struct err *err)
{
	return db_query(db, Q_retention_due,
	    DB_ARGS(v_time(now), v_time(now + INTERVAL_S * USEC_SEC)), a, out, err);
}

static int
step(struct db *db, struct arena *a, const struct store_retention_rules *rules,
    struct store_retention_done *out, struct err *err)
{
	struct unit u;
	struct rows r;
	usec_t now;
	int rc;

	if ((rc = db_now(db, &now, err)) < 0)
		return rc;
	out->as_of = now < rules->believed ? now : rules->believed;
	rc = find_due(db, a, now, &r, err);
	if (rc == 0 && r.n == 0) {	/* nothing is due: add rows for new tenants */
		if (db_exec(db, Q_retention_rows, DB_ARGS(v_time(now)), err) < 0)
			return err->code;
		rc = find_due(db, a, now, &r, err);
	}
	if (rc < 0 || r.n == 0)
		return rc;
	u = (struct unit){ .tenant_id = rows_int(&r, 0, C_retention_due_tenant_id),
		.state = rows_int(&r, 0, C_retention_due_state),
		.forgotten_at = rows_time(&r, 0, C_retention_due_forgotten_at),
		.forgotten_id = rows_int(&r, 0, C_retention_due_forgotten_id) };
	out->tenant_id = u.tenant_id;
	out->has_receipts = rows_int(&r, 0, C_retention_due_is_remote) != 0 &&
	    u.state == STATE_MESSAGE_DONE;
	if ((rc = work_unit(db, a, rules, &u, now, out->as_of, &out->chunk_was_full, err)) < 0)
		return rc;
	out->is_last = u.state == STATE_MESSAGE_DONE && !out->chunk_was_full;
	return 0;
}

struct stepping {
	const struct store_retention_rules *rules;
	struct store_retention_done *out;
};

static int
step_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const struct stepping *s = arg;

	*s->out = (struct store_retention_done){ 0 };
	return step(db, a, s->rules, s->out, err);
}

int
store_retention_step(struct db *db, const struct store_retention_rules *rules,
    struct store_retention_done *out, struct err *err)
{
	struct stepping s = { .rules = rules, .out = out };

	return db_transact(db, step_work, &s, err);
}

int
store_retention_receipts(struct db *tenant_db, const struct store_retention_rules *rules,
    usec_t as_of, int *full, struct err *err)
{
	int64_t n = db_exec(tenant_db, Q_applied_forget,
	    DB_ARGS(v_time(as_of - (rules->keep_days + rules->keep_dead_days) * DAY), v_int(CHUNK)),
	    err);

	*full = n == CHUNK;
	return n < 0 ? (int)n : 0;
}
