#include "config.h"

#include "store/registry/store_owner.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "store/db.h"

enum { NO_SUCH_TABLE = 1146 };

static int
code(int64_t n)
{
	return n < 0 ? (int)n : 0;
}

static void
uid_read(const struct rows *r, size_t column, unsigned char out[STORE_UID_BYTES])
{
	const struct val *v = rows_at(r, 0, column);

	memset(out, 0, STORE_UID_BYTES);
	if (v->kind != VAL_NULL && v->n == STORE_UID_BYTES)
		memcpy(out, v->s, STORE_UID_BYTES);
}

/* ------------------------------------------------------------------ in a tenant's database */

int
store_owner_create(struct db *db, struct err *err)
{
	return code(db_exec(db, Q_owner_create, DB_NONE, err));
}

int
store_owner_get(struct db *db, struct arena *a, struct store_owner *out, struct err *err)
{
	struct err own = { 0 };
	struct rows r;
	int rc = db_query(db, Q_owner_get, DB_NONE, a, &r, &own);

	*out = (struct store_owner){ 0 };
	if (rc < 0 && own.native == NO_SUCH_TABLE)
		return 0;
	if (rc < 0) {
		*err = own;
		return rc;
	}
	if (r.n == 0)
		return 0;
	out->there = 1;
	uid_read(&r, 0, out->database_uid);
	uid_read(&r, 1, out->registry_uid);
	out->customer = rows_text(&r, 0, C_owner_get_customer);
	out->alias = rows_text(&r, 0, C_owner_get_alias);
	uid_read(&r, 4, out->probe);
	return 0;
}

int
store_owner_put(struct db *db, const struct store_owner *o, usec_t now, struct err *err)
{
	return code(db_exec(db, Q_owner_put,
	    DB_ARGS(v_bytes(o->database_uid, STORE_UID_BYTES),
	    v_bytes(o->registry_uid, STORE_UID_BYTES),
	    v_text(o->customer), v_text(o->alias), v_time(now)), err));
}

int
store_owner_replace(struct db *db, const struct store_owner *o,
    const unsigned char old[STORE_UID_BYTES], usec_t now, int *changed, struct err *err)
{
	int64_t n = db_exec(db, Q_owner_replace,
	    DB_ARGS(v_bytes(o->database_uid, STORE_UID_BYTES),
	    v_bytes(o->registry_uid, STORE_UID_BYTES),
	    v_text(o->customer), v_text(o->alias), v_time(now), v_bytes(old, STORE_UID_BYTES)),
	    err);

	*changed = n > 0;
	return code(n);
}

static int
probe(struct db *db, const struct val *v, struct err *err)
{
	return code(db_exec(db, Q_owner_probe, v, 1, err));
}

int
store_owner_same(struct db *x, struct db *y, struct arena *a, struct err *err)
{
	unsigned char nonce[STORE_UID_BYTES];
	const struct val none = v_null(), set = v_bytes(nonce, sizeof nonce);
	struct store_owner seen;
	int rc;

	secret_random(nonce, sizeof nonce);
	if ((rc = probe(x, &set, err)) < 0 || (rc = store_owner_get(y, a, &seen, err)) < 0 ||
	    (rc = probe(x, &none, err)) < 0)
		return rc;
	return seen.there && memcmp(seen.probe, nonce, sizeof nonce) == 0;
}

int
store_owner_place(struct db *db, struct arena *a, const char **database, const char **server,
    struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_owner_place, DB_NONE, a, &r, err);

	*database = rc < 0 ? "" : rows_text(&r, 0, C_owner_place_database);
	*server = rc < 0 ? "" : rows_text(&r, 0, C_owner_place_server);
	return rc;
}

/* ------------------------------------------------------------------ in the registry */

static const char lost[] =
    "The registry has lost its row of api_registry: run its migration 23 again.";

int
store_owner_hold(struct db *db, struct err *err)
{
	int64_t n = db_exec(db, Q_owner_hold, DB_NONE, err);

	return n == 0 ? err_set(err, ERR_CONFIG, "%s", lost) : code(n);
}

int
store_owner_registry(struct db *db, struct arena *a, unsigned char out[STORE_UID_BYTES],
    struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_owner_registry, DB_NONE, a, &r, err);

	if (rc == 0 && r.n == 0)
		return err_set(err, ERR_CONFIG, "%s", lost);
	if (rc == 0)
		uid_read(&r, 0, out);
	return rc;
}

int
store_owner_bearers(struct db *db, struct arena *a, const unsigned char uid[STORE_UID_BYTES],
    int64_t alias_id, struct rows *out, struct err *err)
{
	return db_query(db, Q_owner_bearers,
	    DB_ARGS(v_bytes(uid, STORE_UID_BYTES), v_int(alias_id)), a, out, err);
}

int
store_owner_unmarked(struct db *db, struct arena *a, const char *database, int64_t alias_id,
    struct rows *out, struct err *err)
{
	return db_query(db, Q_owner_unmarked, DB_ARGS(v_text(database), v_int(alias_id)), a, out,
	    err);
}

int
store_owner_note(struct db *db, int64_t alias_id, const unsigned char uid[STORE_UID_BYTES],
    struct err *err)
{
	return code(db_exec(db, Q_owner_note,
	    DB_ARGS(v_bytes(uid, STORE_UID_BYTES), v_int(alias_id)), err));
}

int
store_owner_alias(struct db *db, struct arena *a, int64_t alias_id, int *known,
    unsigned char uid[STORE_UID_BYTES], int *shared, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_owner_alias, DB_ARGS(v_int(alias_id)), a, &r, err);

	*known = rc == 0 && r.n > 0 && !rows_null(&r, 0, C_owner_alias_database_uid);
	*shared = rc == 0 && r.n > 0 && rows_int(&r, 0, C_owner_alias_shared) != 0;
	if (*known)
		uid_read(&r, 0, uid);
	return rc;
}
