#include "config.h"

#include "store/connection/store_connection.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "store/db.h"

static int
done(int64_t rows, const struct err *err)
{
	return rows < 0 ? err->code : 0;
}

static struct val
v_id(int64_t id)
{
	return v_int_or_null(id, id != 0);
}

/* ------------------------------------------------------------------ rows */

static struct store_connection
connection_of(const struct rows *r, size_t i)
{
	const struct val *sealed = rows_at(r, i, C_connection_secrets);

	return (struct store_connection){
		.connection_id = rows_int(r, i, C_connection_connection_id),
		.tenant_id = rows_int(r, i, C_connection_tenant_id),
		.name = rows_text(r, i, C_connection_name),
		.kind = rows_text(r, i, C_connection_kind),
		.address = rows_text(r, i, C_connection_address),
		.source_id = rows_int(r, i, C_connection_source_id),
		.zone_id = rows_int(r, i, C_connection_zone_id),
		.brand_id = rows_int(r, i, C_connection_brand_id),
		.address_type_id = rows_int(r, i, C_connection_address_type_id),
		.time_zone = rows_text(r, i, C_connection_time_zone),
		.enabled = rows_int(r, i, C_connection_enabled) != 0,
		.options = rows_text(r, i, C_connection_options),
		.sealed = sealed->kind == VAL_NULL ? NULL : sealed->s,
		.sealed_bytes = sealed->kind == VAL_NULL ? 0 : sealed->n,
		.secret_names = rows_text(r, i, C_connection_secret_names),
		.created_at = rows_time(r, i, C_connection_created_at),
		.modified_at = rows_time(r, i, C_connection_modified_at),
		.last_success_at = rows_time(r, i, C_connection_last_success_at),
		.last_failure_at = rows_time(r, i, C_connection_last_failure_at),
		.last_failure = rows_text(r, i, C_connection_last_failure),
		.tested_at = rows_time(r, i, C_connection_tested_at),
		.test_failure = rows_text(r, i, C_connection_test_failure),
	};
}

static int
list_of(struct db *db, struct arena *a, enum query q, const struct val *args, size_t nargs,
    struct store_connection **out, size_t *n, struct err *err)
{
	struct rows r = { 0 };
	int rc = db_query(db, q, args, nargs, a, &r, err);

	*n = rc < 0 ? 0 : r.n;
	*out = *n == 0 ? NULL : arena_new(a, struct store_connection, *n);
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = connection_of(&r, i);
	return rc;
}

int
store_connection_find(struct db *db, struct arena *a, int64_t tenant_id, const char *name,
    struct store_connection **out, struct err *err)
{
	size_t n;

	return list_of(db, a, Q_connection_find, DB_ARGS(v_int(tenant_id), v_text(name)), out, &n,
	    err);
}

int
store_connection_lock(struct db *db, struct arena *a, int64_t tenant_id, const char *name,
    struct store_connection **out, struct err *err)
{
	size_t n;

	return list_of(db, a, Q_connection_lock, DB_ARGS(v_int(tenant_id), v_text(name)), out, &n,
	    err);
}

int
store_connection_list(struct db *db, struct arena *a, int64_t tenant_id, const char *after,
    int limit, struct store_connection **out, size_t *n, struct err *err)
{
	return list_of(db, a, Q_connection_list,
	    DB_ARGS(v_int(tenant_id), v_text(after == NULL ? "" : after), v_int(limit)), out, n,
	    err);
}

int
store_connection_count(struct db *db, int64_t tenant_id, int64_t *out, struct err *err)
{
	return db_query_int(db, Q_connection_count, DB_ARGS(v_int(tenant_id)), out, err);
}

int
store_connection_source(
    struct db *db, int64_t tenant_id, int64_t source_id, int *there, struct err *err)
{
	int64_t id = 0;
	int rc = db_query_int(
	    db, Q_connection_source, DB_ARGS(v_int(tenant_id), v_int(source_id)), &id, err);

	*there = rc == 0 && id != 0;
	return rc;
}

/* ------------------------------------------------------------------ writing */

int
store_connection_add(struct db *db, struct store_connection *s, usec_t now, struct err *err)
{
	if (db_exec(db, Q_connection_add,
		DB_ARGS(v_int(s->tenant_id), v_text(s->name), v_text(s->kind), v_text(s->address),
		    v_id(s->source_id), v_id(s->zone_id), v_id(s->brand_id),
		    v_id(s->address_type_id), v_text(s->time_zone), v_int(s->enabled),
		    v_text(s->options), v_time(now)),
		err) < 0)
		return err->code;
	s->connection_id = db_insert_id(db);
	s->created_at = s->modified_at = now;
	return 0;
}

int
store_connection_set(
    struct db *db, const struct store_connection *s, usec_t now, struct err *err)
{
	return done(db_exec(db, Q_connection_set,
	    DB_ARGS(v_text(s->address), v_id(s->source_id), v_id(s->zone_id), v_id(s->brand_id),
		v_id(s->address_type_id), v_text(s->time_zone), v_int(s->enabled),
		v_text(s->options), v_time(now), v_int(s->connection_id)),
	    err), err);
}

int
store_connection_seal(struct db *db, const struct store_connection *s, struct err *err)
{
	return done(db_exec(db, Q_connection_seal,
	    DB_ARGS(v_bytes(s->sealed, s->sealed_bytes), v_text(s->secret_names),
		v_int(s->connection_id)),
	    err), err);
}

int
store_connection_dependents(struct db *db, struct arena *a, int64_t tenant_id, const char *name,
    struct rows *out, struct err *err)
{
	return db_query(
	    db, Q_connection_dependents, DB_ARGS(v_int(tenant_id), v_text(name)), a, out, err);
}

int
store_connection_remove(struct db *db, int64_t connection_id, int *removed, struct err *err)
{
	int64_t n = db_exec(db, Q_connection_remove, DB_ARGS(v_int(connection_id)), err);

	*removed = n > 0;
	return done(n, err);
}

int
store_connection_tested(struct db *db, struct arena *a, int64_t connection_id,
    const char *failure, usec_t now, struct err *err)
{
	const char *text = text_utf8_fit(a, failure, STORE_CONNECTION_FAILURE_CHARS);

	return done(db_exec(db, Q_connection_tested,
	    DB_ARGS(v_time(now), v_text(text), v_int(connection_id)), err), err);
}

int
store_connection_used(struct db *db, struct arena *a, int64_t connection_id, const char *failure,
    usec_t now, struct err *err)
{
	const char *text = text_utf8_fit(a, failure, STORE_CONNECTION_FAILURE_CHARS);

	if (text[0] == '\0')
		return done(db_exec(db, Q_connection_success,
		    DB_ARGS(v_time(now), v_int(connection_id)), err), err);
	return done(db_exec(db, Q_connection_failure,
	    DB_ARGS(v_time(now), v_text(text), v_int(connection_id)), err), err);
}
