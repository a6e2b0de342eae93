#include "store/registry/store_admin_queue.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/state.h"
#include "store/db.h"
#include "store/registry/store_orphan.h"

enum { CHUNK = 100 };	/* the number of places in the statements that take a list of ids */

/* ------------------------------------------------------------------ reading */

#define TENANT(id) v_int_or_null((id), (id) != 0)
#define FILTER(f) v_int_or_null((f)->source_id, (f)->source_id != 0), \
	v_text((f)->platform), v_text((f)->entity), v_text((f)->action), \
	v_text((f)->reason_class), v_time((f)->from), v_time((f)->until)

/* The states of a set in eight places; unused ones repeat the first. */
static void
places(unsigned set, int64_t at[STATE_MESSAGE_END - 1])
{
	int first = 1;

	while (first < STATE_MESSAGE_END - 1 && (set & (1U << first)) == 0)
		first++;
	for (int i = 1; i < STATE_MESSAGE_END; i++)
		at[i - 1] = (set & (1U << i)) != 0 ? i : first;
}

#define EIGHT(s) v_int((s)[0]), v_int((s)[1]), v_int((s)[2]), v_int((s)[3]), v_int((s)[4]), \
	v_int((s)[5]), v_int((s)[6]), v_int((s)[7])

/* Both have the same phases, see sql/registry/0028-leases.sql. */
enum { OPEN = 1 << STATE_MESSAGE_READY | 1 << STATE_MESSAGE_LEASED };

int
store_admin_queue_list(struct db *db, struct arena *a, const struct store_admin_queue_filter *f,
    int64_t limit, struct rows *out, struct err *err)
{
	int64_t s[STATE_MESSAGE_END - 1], p[STATE_MESSAGE_END - 1];

	if (f->states == 0)
		return db_query(db, Q_admin_queue_list,
		    DB_ARGS(TENANT(f->tenant_id), FILTER(f), v_int(limit)), a, out, err);
	places(f->states, s);
	places((f->states & OPEN) != 0 ? f->states | OPEN : f->states, p);
	return db_query(db, Q_admin_queue_list_states,
	    DB_ARGS(EIGHT(p), EIGHT(s), TENANT(f->tenant_id), FILTER(f), v_int(limit)),
	    a, out, err);
}

int
store_admin_queue_summary(struct db *db, struct arena *a, int64_t tenant_id, usec_t now,
    struct rows *out, struct err *err)
{
	return db_query(
	    db, Q_admin_queue_summary, DB_ARGS(v_time(now), TENANT(tenant_id)), a, out, err);
}

int
store_admin_queue_find(struct db *db, struct arena *a,
    const unsigned char receipt[STORE_RECEIPT_BYTES], int64_t *id, struct err *err)
{
	struct rows r;
	int rc = db_query(
	    db, Q_admin_queue_find, DB_ARGS(v_bytes(receipt, STORE_RECEIPT_BYTES)), a, &r, err);

	*id = rc == 0 && r.n > 0 ? rows_int(&r, 0, C_admin_queue_find_id) : 0;
	return rc;
}

int
store_admin_queue_get(struct db *db, struct arena *a, int64_t id, int64_t body_head,
    struct rows *out, struct err *err)
{
	return db_query(db, Q_admin_queue_get, DB_ARGS(v_int(body_head), v_int(id)), a, out, err);
}

int
store_admin_queue_attempts(
    struct db *db, struct arena *a, int64_t id, struct rows *out, struct err *err)
{
	return db_query(db, Q_admin_queue_attempts, DB_ARGS(v_int(id)), a, out, err);
}

int
store_admin_queue_mail(
    struct db *db, struct arena *a, int64_t id, struct rows *out, struct err *err)
{
	return db_query(db, Q_admin_queue_mail, DB_ARGS(v_int(id)), a, out, err);
}

int
store_admin_queue_health(
    struct db *db, struct arena *a, usec_t now, struct rows *out, struct err *err)
{
	return db_query(db, Q_admin_queue_health, DB_ARGS(v_time(now)), a, out, err);
}

int
store_admin_queue_mail_health(
    struct db *db, struct arena *a, usec_t now, struct rows *out, struct err *err)
{
	return db_query(db, Q_admin_mail_health, DB_ARGS(v_time(now)), a, out, err);
}

int
store_admin_queue_tenants(
    struct db *db, struct arena *a, int64_t tenant_id, struct rows *out, struct err *err)
{
	return db_query(db, Q_admin_queue_tenants, DB_ARGS(TENANT(tenant_id)), a, out, err);
}

static int64_t
count(struct db *db, enum query q, const struct val *args, size_t nargs, struct arena *a,
    struct err *err)
{
	struct rows r;
	int rc = db_query(db, q, args, nargs, a, &r, err);

	return rc < 0 ? rc : rows_int(&r, 0, ROWS_ONLY);
}

/* ------------------------------------------------------------------ many at once, by id */

/* The ids of r after an optional first value; unused places repeat the last id. */
struct ids {
	struct val values[CHUNK + 1];
	size_t n;
};

static void
ids_fill(struct ids *l, const struct rows *r)
{
	for (size_t i = 0; i < CHUNK; i++)
		l->values[l->n++] = v_int(
		    rows_int(r, i < r->n ? i : r->n - 1, C_admin_queue_retry_lock_id));
}

static int64_t
for_ids(struct db *db, enum query q, const struct rows *r, struct err *err)
{
	struct ids l = { .n = 0 };

	ids_fill(&l, r);
	return db_exec(db, q, l.values, l.n, err);
}

/* Returns how many became ready. */
static int64_t
retry_ids(struct db *db, const struct rows *r, struct err *err)
{
	struct ids l = { .n = 1 };
	int64_t rc;
	usec_t now;

	if ((rc = db_now(db, &now, err)) < 0 ||
	    (rc = for_ids(db, Q_admin_queue_retry_once, r, err)) < 0 ||
	    (rc = for_ids(db, Q_admin_queue_retry_history, r, err)) < 0)
		return rc;
	l.values[0] = v_time(now);
	ids_fill(&l, r);
	return db_exec(db, Q_admin_queue_retry, l.values, l.n, err);
}

static int64_t
purge_ids(struct db *db, const struct rows *r, struct err *err)
{
	static const enum query before[] = { Q_admin_queue_purge_attempts,
		Q_admin_queue_purge_recipients, Q_admin_queue_purge_mails };
	int64_t rc;

	for (size_t i = 0; i < sizeof before / sizeof before[0]; i++)
		if ((rc = for_ids(db, before[i], r, err)) < 0)
			return rc;
	return for_ids(db, Q_admin_queue_purge_messages, r, err);
}

struct picking {
	enum query pick;
	const struct val *args;
	size_t nargs;
	int64_t (*work)(struct db *db, const struct rows *r, struct err *err);
};

static int
pick_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const struct picking *p = arg;
	struct rows r;
	int rc = db_query(db, p->pick, p->args, p->nargs, a, &r, err);

	return rc < 0 || r.n == 0 ? rc : (int)p->work(db, &r, err);
}

/* Selects and locks ids and works on them, in a transaction. */
static int64_t
chunk(struct db *db, enum query pick, const struct val *args, size_t nargs,
    int64_t (*work)(struct db *db, const struct rows *r, struct err *err), struct err *err)
{
	struct picking p = { .pick = pick, .args = args, .nargs = nargs, .work = work };

	return db_transact(db, pick_work, &p, err);
}

#define RETRY_ARGS(f, state, settled) \
	v_int((f)->tenant_id), v_int(state), v_time(settled), FILTER(f)

int64_t
store_admin_queue_retry_chunk(struct db *db, const struct store_admin_queue_filter *f,
    enum state_of_message state, usec_t settled, struct err *err)
{
	return chunk(db, Q_admin_queue_retry_pick,
	    DB_ARGS(RETRY_ARGS(f, state, settled), v_int(CHUNK)), retry_ids, err);
}

int64_t
store_admin_queue_retry_count(struct db *db, struct arena *a,
    const struct store_admin_queue_filter *f, enum state_of_message state, usec_t settled,
    struct err *err)
{
	return count(db, Q_admin_queue_retry_count, DB_ARGS(RETRY_ARGS(f, state, settled)), a, err);
}

int64_t
store_admin_queue_purge_chunk(struct db *db, int64_t tenant_id, enum state_of_message state,
    usec_t before, struct err *err)
{
	return chunk(db, Q_admin_queue_purge_pick,
	    DB_ARGS(v_int(tenant_id), v_int(state), v_time(before), v_int(CHUNK)), purge_ids, err);
}

int64_t
store_admin_queue_purge_count(struct db *db, struct arena *a, int64_t tenant_id,
    enum state_of_message state, usec_t before, struct err *err)
{
	return count(db, Q_admin_queue_purge_count,
	    DB_ARGS(v_int(tenant_id), v_int(state), v_time(before)), a, err);
}

static int
retry_orphan(struct db *db, struct arena *a, int64_t id, struct err *err)
{
	usec_t now;
	int rc = db_now(db, &now, err);

	return rc < 0 ? rc : store_orphan_return(db, a, id, now, err);
}

int
store_admin_queue_retry_one(struct db *db, struct arena *a,
    const unsigned char receipt[STORE_RECEIPT_BYTES], int64_t *state, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_admin_queue_retry_lock,
	    DB_ARGS(v_bytes(receipt, STORE_RECEIPT_BYTES)), a, &r, err);

	*state = STATE_MESSAGE_UNSET;
	if (rc < 0)
		return rc;
	if (r.n == 0)
		return err_set(err, ERR_NOT_FOUND, "There is no message with this receipt.");
	*state = rows_int(&r, 0, C_admin_queue_retry_lock_state);
	if (*state == STATE_MESSAGE_LEASED)
		return retry_orphan(db, a, rows_int(&r, 0, C_admin_queue_retry_lock_id), err);
	return rows_int(&r, 0, C_admin_queue_retry_lock_retryable) == 0 ?
	    0 :
	    (int)retry_ids(db, &r, err);
}
