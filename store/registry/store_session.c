#include "config.h"

#include "store/registry/store_session.h"

#include <stdlib.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/registry/store_access.h"
#include "store/registry/store_message.h"

/* SLACK_S: a session that begins further in the future was made before the clock was set back, and
 * would last too long. */
enum { SLACK_S = 60, EXPIRE_ROWS = 100, STATES = 8, PER_STATE = 20 };

/* ------------------------------------------------------------------ sessions */

int
store_session_add(struct db *db, const unsigned char hash[SECRET_SHA256_BYTES], int64_t alias_id,
    int64_t user_id, usec_t lasts_us, struct err *err)
{
	usec_t now;
	int rc = db_now(db, &now, err);

	if (rc == 0 &&
	    (db_exec(db, Q_session_expire, DB_ARGS(v_time(now), v_int(EXPIRE_ROWS)), err) < 0 ||
		db_exec(db, Q_session_add,
		    DB_ARGS(v_bytes(hash, SECRET_SHA256_BYTES), v_int(alias_id), v_int(user_id),
			v_time(now), v_time(now + lasts_us)),
		    err) < 0))
		rc = err->code;
	return rc;
}

int
store_session_find(struct db *db, struct arena *a, const unsigned char hash[SECRET_SHA256_BYTES],
    struct store_session **out, struct err *err)
{
	struct rows r;
	usec_t now;
	int rc;

	*out = NULL;
	if ((rc = db_now(db, &now, err)) < 0 ||
	    (rc = db_query(db, Q_session_find,
		 DB_ARGS(v_bytes(hash, SECRET_SHA256_BYTES), v_time(now),
		     v_time(now + SLACK_S * USEC_SEC)),
		 a, &r, err)) < 0)
		return rc;
	if (r.n == 0)
		return 0;
	*out = arena_new(a, struct store_session, 1);
	**out = (struct store_session){ .alias_id = rows_int(&r, 0, C_session_find_alias_id),
		.user_id = rows_int(&r, 0, C_session_find_user_id),
		.customer = rows_text(&r, 0, C_session_find_customer),
		.alias = rows_text(&r, 0, C_session_find_alias),
		.time_zone = rows_text(&r, 0, C_session_find_time_zone),
		.login = rows_text(&r, 0, C_session_find_login),
		.rights = store_access_rights(rows_text(&r, 0, C_session_find_rights)),
		.now = now };
	return 0;
}

int
store_session_end(struct db *db, const unsigned char hash[SECRET_SHA256_BYTES], struct err *err)
{
	return db_exec(db, Q_session_end, DB_ARGS(v_bytes(hash, SECRET_SHA256_BYTES)), err) < 0 ?
	    err->code :
	    0;
}

/* ------------------------------------------------------------------ deliveries */

static int
newest_first(const void *x, const void *y)
{
	const struct store_delivery *p = x, *q = y;

	return (p->received_at < q->received_at) - (p->received_at > q->received_at);
}

static struct store_delivery
delivery_read(struct arena *a, const struct rows *r, size_t i, usec_t now)
{
	const struct val *receipt = rows_at(r, i, C_session_deliveries_receipt);

	return (struct store_delivery){ .receipt = text_hex(a, receipt->s, receipt->n),
		.kind = rows_int(r, i, C_session_deliveries_kind) == STORE_MESSAGE_EMAIL ?
		    "EmailProcess" :
		    "QueueProcess",
		.platform = rows_text(r, i, C_session_deliveries_platform),
		.entity = rows_text(r, i, C_session_deliveries_entity),
		.action = rows_text(r, i, C_session_deliveries_action),
		.state = store_message_state_name(rows_int(r, i, C_session_deliveries_state),
		    rows_time(r, i, C_session_deliveries_visible_at), now),
		.reason_class = rows_text(r, i, C_session_deliveries_reason_class),
		.reason = rows_text(r, i, C_session_deliveries_reason),
		.received_at = rows_time(r, i, C_session_deliveries_received_at) };
}

int
store_session_deliveries(struct db *db, struct arena *a, int64_t alias_id, int limit,
    struct store_delivery **out, size_t *n, struct err *err)
{
	usec_t now;
	int rc;

	*n = 0;
	*out = arena_new(a, struct store_delivery, STATES * PER_STATE);
	if ((rc = db_now(db, &now, err)) < 0)
		return rc;
	for (int state = 1; state <= STATES; state++) {
		struct rows r;

		if ((rc = db_query(db, Q_session_deliveries,
			 DB_ARGS(v_int(alias_id), v_int(state), v_int(PER_STATE)), a, &r, err)) < 0)
			return rc;
		for (size_t i = 0; i < r.n; i++)
			(*out)[(*n)++] = delivery_read(a, &r, i, now);
	}
	qsort(*out, *n, sizeof **out, newest_first);
	if (*n > (size_t)limit)
		*n = (size_t)limit;
	return 0;
}

int
store_session_body(struct db *db, struct arena *a, int64_t alias_id, const char *receipt,
    struct store_session_body *out, struct err *err)
{
	unsigned char key[STORE_RECEIPT_BYTES];
	struct rows r;
	int rc;

	*out = (struct store_session_body){ .body = NULL };
	if (text_unhex(receipt, key, sizeof key) < 0)
		return 0;
	if ((rc = db_query(db, Q_session_body,
		 DB_ARGS(v_int(STORE_SESSION_BODY_MAX), v_bytes(key, sizeof key), v_int(alias_id)),
		 a, &r, err)) < 0)
		return rc;
	if (r.n > 0 && rows_int(&r, 0, C_session_body_body_bytes) > 0)
		*out = (struct store_session_body){ .body = rows_text(&r, 0, C_session_body_body),
			.bytes = (size_t)rows_int(&r, 0, C_session_body_body_bytes),
			.headers = rows_text(&r, 0, C_session_body_headers) };
	return 0;
}
