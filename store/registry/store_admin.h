/*
 * store_admin - writes and lists what an admin keeps in the registry: customers, aliases, users,
 * tokens, Sources and their secrets, mail allow-lists.
 *
 * Lists are rows as read, in the arena; the columns are those of the "-- out:" line of the named
 * statement in sql/queries.sql. A name that is taken gives ERR_CONFLICT with a sentence. now is
 * db_now(). Functions that write several rows run in the caller's transaction.
 */
#ifndef STORE_REGISTRY_STORE_ADMIN_H
#define STORE_REGISTRY_STORE_ADMIN_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/secret.h"
#include "store/registry/store_owner.h"

struct arena;
struct db;
struct err;
struct rows;

/* Creates a database, utf8mb4, unless it is there. */
int store_admin_database_create(struct db *db, const char *name, struct err *err);

int store_admin_customer_add(
    struct db *db, const char *name, const char *label, usec_t now, struct err *err);
int store_admin_customer_find(struct db *db, struct arena *a, const char *name, int64_t *id,
    struct err *err); /* *id 0 = unknown */
int store_admin_customers(
    struct db *db, struct arena *a, struct rows *out, struct err *err); /* admin_customers */

/* An alias. No string may be NULL but admin_email. */
struct store_admin_alias {
	int64_t alias_id;			/* 0 = to be added */
	int64_t customer_id;
	const char *name, *database_name;
	const char *socket, *host;		/* both "": the registry's own server */
	unsigned port;
	const char *db_user;
	const char *reference_currency, *time_zone;
	int64_t zone_id, brand_id, address_type_id;
	const char *admin_email;
	int has_uid, shared;			/* see store_owner.h */
	int reply_to;	/* a webhook may say where answers to its mail go */
	unsigned char database_uid[STORE_UID_BYTES];
	int enabled;				/* store_admin_alias_set() only */
	usec_t disabled_at;			/* since when it is not enabled, or USEC_NONE */
};

/* Adds the alias and its row in the tenants' queue. */
int store_admin_alias_add(
    struct db *db, const struct store_admin_alias *t, usec_t now, int64_t *id, struct err *err);

/* _lock() reads an alias and locks its row; ERR_NOT_FOUND when it no longer exists. _set() changes
 * all of it except customer, name and password. */
int store_admin_alias_lock(struct db *db, struct arena *a, int64_t alias_id,
    struct store_admin_alias *t, struct err *err);
int store_admin_alias_set(struct db *db, const struct store_admin_alias *t, struct err *err);

/* Keeps the alias from being removed until the transaction ends, for callers that add something to
 * it. ERR_NOT_FOUND when it is gone. */
int store_admin_alias_hold(struct db *db, struct arena *a, int64_t alias_id, struct err *err);

/* sealed under "alias:<id>"; NULL: no password any more. */
int store_admin_alias_password(
    struct db *db, int64_t id, const void *sealed, size_t n, struct err *err);

/* admin_aliases; customer NULL = of all customers. Disabled ones too. */
int store_admin_aliases(
    struct db *db, struct arena *a, const char *customer, struct rows *out, struct err *err);

/* admin_time_zones: two at most. */
int store_admin_time_zones(struct db *db, struct arena *a, struct rows *out, struct err *err);
int store_admin_alias_counts(struct db *db, struct arena *a, int64_t id, struct rows *out,
    struct err *err); /* admin_alias_counts, one row */

struct store_admin_user {
	int64_t user_id;				/* 0 = to be added */
	int64_t alias_id;
	const char *login, *password_hash, *rights;	/* rights: comma list, "" = none */
	const char *allow_ips;				/* comma list, "" = any address */
	int enabled;					/* store_admin_user_set() only */
	const int32_t *zones, *brands; /* without duplicates; none = all are allowed */
	size_t nzones, nbrands;
	int set_zones, set_brands; /* store_admin_user_set(): 0 = the stored lists stay */
};
int store_admin_user_add(
    struct db *db, const struct store_admin_user *u, usec_t now, struct err *err);

/* Reads a user and locks its row; zones and brands are not read. u->user_id 0 = the tenant has none
 * of this name. */
int store_admin_user_lock(struct db *db, struct arena *a, int64_t alias_id, const char *login,
    struct store_admin_user *u, struct err *err);
int store_admin_user_set(struct db *db, const struct store_admin_user *u, struct err *err);
int store_admin_users(struct db *db, struct arena *a, int64_t alias_id, struct rows *out,
    struct err *err); /* admin_users */

struct store_admin_token {
	int64_t alias_id;
	int64_t user_id;			/* 0 = no user's */
	unsigned char hash[SECRET_SHA256_BYTES];
	const char *label, *rights;
	usec_t expires_at;			/* or USEC_NONE */
};
int store_admin_token_add(
    struct db *db, const struct store_admin_token *t, usec_t now, int64_t *id, struct err *err);
int store_admin_tokens(struct db *db, struct arena *a, int64_t alias_id, struct rows *out,
    struct err *err); /* admin_tokens */

/* Revoking a revoked token changes nothing. ERR_NOT_FOUND when the tenant has no such token. */
int store_admin_token_revoke(
    struct db *db, int64_t alias_id, int64_t token_id, usec_t now, struct err *err);

struct store_admin_source {
	int64_t api_source_id;			/* 0 = to be added */
	int64_t alias_id;
	int16_t source_id;
	const char *label, *scheme, *sig_header, *sig_hash, *sig_encoding, *sig_prefix,
	    *shop_domain, *open_ips, *may_write;
	const char *zones, *brands;		/* "2,3"; "" = all */
	int64_t sig_tolerance_s, content_dedup_s, timestamp_tolerance_s;
	int has_key, is_open, test_orders, enabled;
	unsigned char key_hash[SECRET_SHA256_BYTES];
	int64_t secrets;			/* how many are stored; read only */
};

/* Reads a Source and locks its row. s->api_source_id 0 = the tenant has none with this id. */
int store_admin_source_lock(struct db *db, struct arena *a, int64_t alias_id, int16_t source_id,
    struct store_admin_source *s, struct err *err);

/* Adds or changes it; fills api_source_id. */
int store_admin_source_put(
    struct db *db, struct store_admin_source *s, usec_t now, struct err *err);
int store_admin_sources(struct db *db, struct arena *a, int64_t alias_id, struct rows *out,
    struct err *err); /* admin_sources */

/* sealed under "source:<api_source_id>". */
int store_admin_source_secret_add(struct db *db, int64_t api_source_id, const void *sealed,
    size_t n, usec_t now, struct err *err);
int store_admin_source_secrets_delete(struct db *db, int64_t api_source_id, struct err *err);

int store_admin_mail_allow_add(
    struct db *db, int64_t alias_id, const char *pattern, usec_t now, struct err *err);
int store_admin_mail_allow_list(struct db *db, struct arena *a, int64_t alias_id, struct rows *out,
    struct err *err); /* admin_mail_allow_list */
int store_admin_mail_allow_remove(
    struct db *db, int64_t alias_id, const char *pattern, struct err *err); /* ERR_NOT_FOUND */

#endif
