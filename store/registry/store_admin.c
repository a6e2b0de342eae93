#include "store/registry/store_admin.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "store/db.h"

/* 0 or a code; a taken name becomes a sentence. */
static int
added(int64_t n, struct err *err, const char *what, const char *name)
{
	if (n >= 0)
		return 0;
	if (n == ERR_DB_DUPLICATE)
		return err_set(err, ERR_CONFLICT, "%s %s exists already.", what, name);
	return (int)n;
}

static int
code(int64_t n)
{
	return n < 0 ? (int)n : 0;
}

/* ------------------------------------------------------------------ customers and aliases */

int
store_admin_database_create(struct db *db, const char *name, struct err *err)
{
	struct arena a = { 0 };
	char *sql = arena_printf(&a,
	    "CREATE DATABASE IF NOT EXISTS %s CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci",
	    db_quote_name(&a, name));
	int rc = db_run_sql(db, sql, strlen(sql), err);

	arena_done(&a);
	return rc;
}

int
store_admin_customer_add(
    struct db *db, const char *name, const char *label, usec_t now, struct err *err)
{
	return added(db_exec(db, Q_admin_customer_add,
			 DB_ARGS(v_text(name), v_text(label), v_time(now)), err),
	    err, "The customer", name);
}

int
store_admin_customer_find(
    struct db *db, struct arena *a, const char *name, int64_t *id, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_admin_customer_find, DB_ARGS(v_text(name)), a, &r, err);

	*id = rc == 0 && r.n > 0 ? rows_int(&r, 0, C_admin_customer_find_customer_id) : 0;
	return rc;
}

int
store_admin_customers(struct db *db, struct arena *a, struct rows *out, struct err *err)
{
	return db_query(db, Q_admin_customers, DB_NONE, a, out, err);
}

static struct val
uid_of(const struct store_admin_alias *t)
{
	return t->has_uid ? v_bytes(t->database_uid, STORE_UID_BYTES) : v_null();
}

int
store_admin_alias_add(
    struct db *db, const struct store_admin_alias *t, usec_t now, int64_t *id, struct err *err)
{
	int64_t n = db_exec(db, Q_admin_alias_add,
	    DB_ARGS(v_int(t->customer_id), v_text(t->name), v_text(t->database_name),
		v_text(t->socket), v_text(t->host), v_int(t->port), v_text(t->db_user),
		v_text(t->reference_currency), v_text(t->time_zone), v_int(t->zone_id),
		v_int(t->brand_id), v_int(t->address_type_id), v_text(t->admin_email), uid_of(t),
		v_int(t->shared), v_int(t->reply_to), v_time(now)),
	    err);

	if (n < 0)
		return added(n, err, "The alias", t->name);
	*id = db_insert_id(db);
	return code(db_exec(db, Q_admin_tenant_queue_add, DB_ARGS(v_int(*id), v_time(now)), err));
}

int
store_admin_alias_lock(struct db *db, struct arena *a, int64_t alias_id,
    struct store_admin_alias *t, struct err *err)
{
	const struct val *uid;
	struct rows r;
	int rc = db_query(db, Q_admin_alias_lock, DB_ARGS(v_int(alias_id)), a, &r, err);

	if (rc < 0)
		return rc;
	if (r.n == 0)
		return err_set(err, ERR_NOT_FOUND, "The alias was removed at this moment.");
	*t = (struct store_admin_alias){ .alias_id = alias_id,
		.customer_id = rows_int(&r, 0, C_admin_alias_lock_customer_id),
		.name = rows_text(&r, 0, C_admin_alias_lock_name),
		.database_name = rows_text(&r, 0, C_admin_alias_lock_database_name),
		.socket = rows_text(&r, 0, C_admin_alias_lock_socket),
		.host = rows_text(&r, 0, C_admin_alias_lock_host),
		.port = (unsigned)rows_int(&r, 0, C_admin_alias_lock_port),
		.db_user = rows_text(&r, 0, C_admin_alias_lock_db_user),
		.reference_currency = rows_text(&r, 0, C_admin_alias_lock_reference_currency),
		.time_zone = rows_text(&r, 0, C_admin_alias_lock_time_zone),
		.zone_id = rows_int(&r, 0, C_admin_alias_lock_zone_id),
		.brand_id = rows_int(&r, 0, C_admin_alias_lock_brand_id),
		.address_type_id = rows_int(&r, 0, C_admin_alias_lock_address_type_id),
		.admin_email = rows_text(&r, 0, C_admin_alias_lock_admin_email),
		.shared = rows_int(&r, 0, C_admin_alias_lock_shared) != 0,
		.enabled = rows_int(&r, 0, C_admin_alias_lock_enabled) != 0,
		.disabled_at = rows_time(&r, 0, C_admin_alias_lock_disabled_at),
		.reply_to = rows_int(&r, 0, C_admin_alias_lock_reply_to) != 0 };
	uid = rows_at(&r, 0, C_admin_alias_lock_database_uid);
	if ((t->has_uid = uid->kind != VAL_NULL && uid->n == STORE_UID_BYTES))
		memcpy(t->database_uid, uid->s, STORE_UID_BYTES);
	return 0;
}

int
store_admin_alias_set(struct db *db, const struct store_admin_alias *t, struct err *err)
{
	return code(db_exec(db, Q_admin_alias_update,
	    DB_ARGS(v_text(t->database_name), v_text(t->socket), v_text(t->host), v_int(t->port),
	    v_text(t->db_user),
	    v_text(t->reference_currency), v_text(t->time_zone), v_int(t->zone_id),
	    v_int(t->brand_id), v_int(t->address_type_id), v_text(t->admin_email), uid_of(t),
	    v_int(t->shared), v_int(t->enabled), v_time(t->disabled_at), v_int(t->reply_to),
	    v_int(t->alias_id)), err));
}

int
store_admin_alias_hold(struct db *db, struct arena *a, int64_t alias_id, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_admin_alias_hold, DB_ARGS(v_int(alias_id)), a, &r, err);

	return rc == 0 && r.n == 0 ?
	    err_set(err, ERR_NOT_FOUND, "The alias was removed at this moment.") : rc;
}

int
store_admin_alias_password(struct db *db, int64_t id, const void *sealed, size_t n, struct err *err)
{
	return code(db_exec(db, Q_admin_alias_password,
	    DB_ARGS(sealed == NULL ? v_null() : v_bytes(sealed, n), v_int(id)), err));
}

int
store_admin_aliases(
    struct db *db, struct arena *a, const char *customer, struct rows *out, struct err *err)
{
	return db_query(db, Q_admin_aliases, DB_ARGS(v_text(customer)), a, out, err);
}

int
store_admin_time_zones(struct db *db, struct arena *a, struct rows *out, struct err *err)
{
	return db_query(db, Q_admin_time_zones, DB_NONE, a, out, err);
}

int
store_admin_alias_counts(
    struct db *db, struct arena *a, int64_t id, struct rows *out, struct err *err)
{
	return db_query(db, Q_admin_alias_counts, DB_ARGS(v_int(id)), a, out, err);
}

/* ------------------------------------------------------------------ users and tokens */

static int
add_ids(struct db *db, enum query q, int64_t user_id, const int32_t *ids, size_t n, struct err *err)
{
	int64_t rc = 0;

	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = db_exec(db, q, DB_ARGS(v_int(user_id), v_int(ids[i])), err);
	return code(rc);
}

int
store_admin_user_add(struct db *db, const struct store_admin_user *u, usec_t now, struct err *err)
{
	int64_t n = db_exec(db, Q_admin_user_add,
		    DB_ARGS(v_int(u->alias_id), v_text(u->login), v_text(u->password_hash),
			v_text(u->rights), v_text(u->allow_ips), v_time(now)),
		    err),
		id;
	int rc;

	if (n < 0)
		return added(n, err, "The user", u->login);
	id = db_insert_id(db);
	if ((rc = add_ids(db, Q_admin_user_zone_add, id, u->zones, u->nzones, err)) < 0)
		return rc;
	return add_ids(db, Q_admin_user_brand_add, id, u->brands, u->nbrands, err);
}

int
store_admin_user_lock(struct db *db, struct arena *a, int64_t alias_id, const char *login,
    struct store_admin_user *u, struct err *err)
{
	struct rows r;
	int rc = db_query(
	    db, Q_admin_user_lock, DB_ARGS(v_int(alias_id), v_text(login)), a, &r, err);

	*u = (struct store_admin_user){ .alias_id = alias_id, .login = login };
	if (rc == 0 && r.n > 0)
		*u = (struct store_admin_user){ .user_id = rows_int(
						    &r, 0, C_admin_user_lock_user_id),
			.alias_id = alias_id,
			.login = rows_text(&r, 0, C_admin_user_lock_login),
			.password_hash = rows_text(&r, 0, C_admin_user_lock_password_hash),
			.rights = rows_text(&r, 0, C_admin_user_lock_rights),
			.allow_ips = rows_text(&r, 0, C_admin_user_lock_allow_ips),
			.enabled = rows_int(&r, 0, C_admin_user_lock_enabled) != 0 };
	return rc;
}

/* Replaces the stored list. */
static int
change_ids(struct db *db, enum query clear, enum query add, int64_t user_id, const int32_t *ids,
    size_t n, struct err *err)
{
	int rc = code(db_exec(db, clear, DB_ARGS(v_int(user_id)), err));

	return rc < 0 ? rc : add_ids(db, add, user_id, ids, n, err);
}

int
store_admin_user_set(struct db *db, const struct store_admin_user *u, struct err *err)
{
	int rc = code(db_exec(db, Q_admin_user_update,
	    DB_ARGS(v_text(u->password_hash), v_text(u->rights), v_text(u->allow_ips),
		v_int(u->enabled), v_int(u->user_id)),
	    err));

	/* The user's sessions end: they may have begun with the old password, or from an address
	 * that is no longer allowed. */
	if (rc == 0 && db_exec(db, Q_session_end_user, DB_ARGS(v_int(u->user_id)), err) < 0)
		rc = err->code;
	if (rc == 0 && u->set_zones)
		rc = change_ids(db, Q_admin_user_zones_clear, Q_admin_user_zone_add, u->user_id,
		    u->zones, u->nzones, err);
	if (rc == 0 && u->set_brands)
		rc = change_ids(db, Q_admin_user_brands_clear, Q_admin_user_brand_add, u->user_id,
		    u->brands, u->nbrands, err);
	return rc;
}

int
store_admin_users(
    struct db *db, struct arena *a, int64_t alias_id, struct rows *out, struct err *err)
{
	return db_query(db, Q_admin_users, DB_ARGS(v_int(alias_id)), a, out, err);
}

int
store_admin_token_add(
    struct db *db, const struct store_admin_token *t, usec_t now, int64_t *id, struct err *err)
{
	int64_t n = db_exec(db, Q_admin_token_add,
	    DB_ARGS(v_int(t->alias_id), v_int_or_null(t->user_id, t->user_id != 0),
		v_bytes(t->hash, sizeof t->hash), v_text(t->label), v_text(t->rights), v_time(now),
		v_time(t->expires_at)),
	    err);

	*id = n < 0 ? 0 : db_insert_id(db);
	return code(n);
}

int
store_admin_tokens(
    struct db *db, struct arena *a, int64_t alias_id, struct rows *out, struct err *err)
{
	return db_query(db, Q_admin_tokens, DB_ARGS(v_int(alias_id)), a, out, err);
}

int
store_admin_token_revoke(
    struct db *db, int64_t alias_id, int64_t token_id, usec_t now, struct err *err)
{
	int64_t n = db_exec(
	    db, Q_admin_token_revoke, DB_ARGS(v_time(now), v_int(token_id), v_int(alias_id)), err);

	return n == 0 ? err_set(err, ERR_NOT_FOUND, "This tenant has no token with the id %lld.",
			    (long long)token_id) :
			code(n);
}

/* ------------------------------------------------------------------ Sources */

static void
source_read(struct store_admin_source *s, const struct rows *r)
{
	const struct val *key = rows_at(r, 0, C_admin_source_lock_key_hash);

	s->api_source_id = rows_int(r, 0, C_admin_source_lock_api_source_id);
	s->label = rows_text(r, 0, C_admin_source_lock_label);
	s->scheme = rows_text(r, 0, C_admin_source_lock_scheme);
	s->sig_header = rows_text(r, 0, C_admin_source_lock_sig_header);
	s->sig_hash = rows_text(r, 0, C_admin_source_lock_sig_hash);
	s->sig_encoding = rows_text(r, 0, C_admin_source_lock_sig_encoding);
	s->sig_prefix = rows_text(r, 0, C_admin_source_lock_sig_prefix);
	s->sig_tolerance_s = rows_int(r, 0, C_admin_source_lock_sig_tolerance_s);
	s->shop_domain = rows_text(r, 0, C_admin_source_lock_shop_domain);
	s->is_open = rows_int(r, 0, C_admin_source_lock_is_open) != 0;
	s->open_ips = rows_text(r, 0, C_admin_source_lock_open_ips);
	s->test_orders = rows_int(r, 0, C_admin_source_lock_test_orders) != 0;
	s->content_dedup_s = rows_int(r, 0, C_admin_source_lock_content_dedup_s);
	s->timestamp_tolerance_s = rows_int(r, 0, C_admin_source_lock_timestamp_tolerance_s);
	s->enabled = rows_int(r, 0, C_admin_source_lock_enabled) != 0;
	s->secrets = rows_int(r, 0, C_admin_source_lock_secrets);
	s->may_write = rows_text(r, 0, C_admin_source_lock_may_write);
	s->zones = rows_text(r, 0, C_admin_source_lock_zones);
	s->brands = rows_text(r, 0, C_admin_source_lock_brands);
	if (key->kind != VAL_NULL && key->n == SECRET_SHA256_BYTES) {
		s->has_key = 1;
		memcpy(s->key_hash, key->s, SECRET_SHA256_BYTES);
	}
}

int
store_admin_source_lock(struct db *db, struct arena *a, int64_t alias_id, int16_t source_id,
    struct store_admin_source *s, struct err *err)
{
	struct rows r;
	int rc = db_query(
	    db, Q_admin_source_lock, DB_ARGS(v_int(alias_id), v_int(source_id)), a, &r, err);

	*s = (struct store_admin_source){ .alias_id = alias_id,
		.source_id = source_id,
		.label = "",
		.scheme = "none",
		.sig_header = "",
		.sig_hash = "sha256",
		.sig_encoding = "base64",
		.sig_prefix = "",
		.shop_domain = "",
		.open_ips = "",
		.may_write = "own",
		.zones = "",
		.brands = "",
		.sig_tolerance_s = 300,
		.enabled = 1 };
	if (rc == 0 && r.n > 0)
		source_read(s, &r);
	return rc;
}

int
store_admin_source_put(struct db *db, struct store_admin_source *s, usec_t now, struct err *err)
{
	struct val key = s->has_key ? v_bytes(s->key_hash, sizeof s->key_hash) : v_null();
	int64_t n;

	if (s->api_source_id != 0)
		return code(db_exec(db, Q_admin_source_update,
		    DB_ARGS(v_text(s->label), v_text(s->scheme), v_text(s->sig_header),
			v_text(s->sig_hash), v_text(s->sig_encoding), v_text(s->sig_prefix),
			v_int(s->sig_tolerance_s), v_text(s->shop_domain), key, v_int(s->is_open),
			v_text(s->may_write), v_text(s->open_ips), v_int(s->test_orders),
			v_int(s->content_dedup_s), v_int(s->timestamp_tolerance_s),
			v_int(s->enabled), v_text(s->zones), v_text(s->brands),
			v_int(s->api_source_id)),
		    err));
	n = db_exec(db, Q_admin_source_add,
	    DB_ARGS(v_int(s->alias_id), v_int(s->source_id), v_text(s->label), v_text(s->scheme),
		v_text(s->sig_header), v_text(s->sig_hash), v_text(s->sig_encoding),
		v_text(s->sig_prefix), v_int(s->sig_tolerance_s), v_text(s->shop_domain), key,
		v_int(s->is_open), v_text(s->may_write), v_text(s->open_ips), v_int(s->test_orders),
		v_int(s->content_dedup_s), v_int(s->timestamp_tolerance_s), v_int(s->enabled),
		v_text(s->zones), v_text(s->brands), v_time(now)),
	    err);
	s->api_source_id = n < 0 ? 0 : db_insert_id(db);
	return added(n, err, "The Source", "with this id");
}

int
store_admin_sources(
    struct db *db, struct arena *a, int64_t alias_id, struct rows *out, struct err *err)
{
	return db_query(db, Q_admin_sources, DB_ARGS(v_int(alias_id)), a, out, err);
}

int
store_admin_source_secret_add(
    struct db *db, int64_t api_source_id, const void *sealed, size_t n, usec_t now, struct err *err)
{
	return code(db_exec(db, Q_admin_source_secret_add,
	    DB_ARGS(v_int(api_source_id), v_bytes(sealed, n), v_time(now)), err));
}

int
store_admin_source_secrets_delete(struct db *db, int64_t api_source_id, struct err *err)
{
	return code(db_exec(db, Q_admin_source_secrets_delete, DB_ARGS(v_int(api_source_id)), err));
}

/* ------------------------------------------------------------------ mail allow-list */

int
store_admin_mail_allow_add(
    struct db *db, int64_t alias_id, const char *pattern, usec_t now, struct err *err)
{
	return added(db_exec(db, Q_admin_mail_allow_add,
			 DB_ARGS(v_int(alias_id), v_text(pattern), v_time(now)), err),
	    err, "The pattern", pattern);
}

int
store_admin_mail_allow_list(
    struct db *db, struct arena *a, int64_t alias_id, struct rows *out, struct err *err)
{
	return db_query(db, Q_admin_mail_allow_list, DB_ARGS(v_int(alias_id)), a, out, err);
}

int
store_admin_mail_allow_remove(struct db *db, int64_t alias_id, const char *pattern, struct err *err)
{
	int64_t n = db_exec(
	    db, Q_admin_mail_allow_remove, DB_ARGS(v_int(alias_id), v_text(pattern)), err);

	return n == 0 ? err_set(err, ERR_NOT_FOUND, "The allow-list does not hold %s.", pattern) :
			code(n);
}
