#include "config.h"

#include "store/registry/store_idempotency.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "store/db.h"

enum { CHUNK = 500 };

static int
in_registry(enum store_idempotency_place place)
{
	return place == STORE_IDEMPOTENCY_REGISTRY;
}

int
store_idempotency_take(struct db *db, enum store_idempotency_place place, struct arena *a,
    const unsigned char key[SECRET_SHA256_BYTES], const unsigned char hash[SECRET_SHA256_BYTES],
    struct store_idempotency *out, struct err *err)
{
	struct rows r;
	usec_t now;
	int rc;

	*out = (struct store_idempotency){ 0 };
	if ((rc = db_now(db, &now, err)) < 0)
		return rc;
	if (db_exec(db, in_registry(place) ? Q_request_key_take : Q_idempotency_take,
		DB_ARGS(v_bytes(key, SECRET_SHA256_BYTES), v_bytes(hash, SECRET_SHA256_BYTES),
		    v_time(now)),
		err) >= 0)
		return 0;
	if (err->code != ERR_DB_DUPLICATE)
		return err->code;
	err_clear(err);
	if ((rc = db_query(db, in_registry(place) ? Q_request_key_find : Q_idempotency_find,
	    DB_ARGS(v_bytes(key, SECRET_SHA256_BYTES)), a, &r, err)) < 0)
		return rc;
	if (r.n == 0)	/* retention has deleted it meanwhile */
		return err_set(err, ERR_DB_RETRY, "The key went away meanwhile.");
	memcpy(out->request_hash, rows_at(&r, 0, C_idempotency_find_request_hash)->s,
	    SECRET_SHA256_BYTES);
	out->status = (int)rows_int(&r, 0, C_idempotency_find_status);
	out->etag = rows_text(&r, 0, C_idempotency_find_etag);
	out->contact_id = rows_int(&r, 0, C_idempotency_find_contact_id);
	out->reply = rows_at(&r, 0, C_idempotency_find_reply)->s;
	out->reply_bytes = rows_at(&r, 0, C_idempotency_find_reply)->n;
	return 1;
}

int
store_idempotency_done(struct db *db, enum store_idempotency_place place,
    const unsigned char key[SECRET_SHA256_BYTES], const struct store_idempotency *done,
    struct err *err)
{
	const struct val status = v_int(done->status), etag = v_text(done->etag),
	    reply = v_bytes(done->reply, done->reply_bytes), k = v_bytes(key, SECRET_SHA256_BYTES);
	int64_t n = in_registry(place) ?
	    db_exec(db, Q_request_key_done, DB_ARGS(status, etag, reply, k), err) :
	    db_exec(db, Q_idempotency_done, DB_ARGS(status, etag,
	    v_int_or_null(done->contact_id, done->contact_id != 0), reply, k), err);

	return n < 0 ? (int)n : 0;
}

int
store_idempotency_forget(struct db *db, enum store_idempotency_place place, usec_t before,
    int *full, struct err *err)
{
	int64_t n = db_exec(db, in_registry(place) ? Q_request_key_forget : Q_idempotency_forget,
	    DB_ARGS(v_time(before), v_int(CHUNK)), err);

	*full = n == CHUNK;
	return n < 0 ? (int)n : 0;
}
