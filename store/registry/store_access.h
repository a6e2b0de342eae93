/*
 * store_access - who may do what: aliases, tokens, users, Sources with their secrets, mail
 * allow-lists. Reads only.
 *
 * All results live in the arena that is passed in. A row that does not exist gives 0 with *out
 * NULL, so that the caller decides what to tell the client. Names are compared without ASCII case;
 * disabled rows count as not existing.
 */
#ifndef STORE_REGISTRY_STORE_ACCESS_H
#define STORE_REGISTRY_STORE_ACCESS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/secret.h"

struct arena;
struct db;
struct err;

/* KEEP: how long the web program uses what it has read. */
enum { STORE_ACCESS_NAME_MAX = 64, STORE_ACCESS_KEEP_S = 2 };

/* One database of a customer: "the tenant". */
struct store_alias {
	int64_t alias_id;
	const char *customer, *alias;		/* as registered */
	const char *database_name;
	const char *socket, *host; /* both "": the registry's own server, as the service's user */
	unsigned port;
	const char *db_user;			/* of another server; "" otherwise */
	const char *db_password_sealed;	/* sealed under "alias:<alias_id>", or NULL */
	size_t db_password_bytes;
	const char *reference_currency, *time_zone;
	int32_t zone_id, brand_id;		/* defaults for requests that name none */
	int16_t address_type_id;
};

/* Rights as bits; "admin" in the registry gives all. */
enum store_right {
	STORE_RIGHT_DATA = 1,
	STORE_RIGHT_PROCESS = 2,
	STORE_RIGHT_WEBHOOK = 4,
	STORE_RIGHT_CLUB = 8,
	STORE_RIGHT_ADMIN = 16
};

struct store_token {
	int64_t token_id, alias_id;
	int64_t user_id;			/* 0 = belongs to no user */
	unsigned rights;			/* of enum store_right */
	char customer[STORE_ACCESS_NAME_MAX + 1], alias[STORE_ACCESS_NAME_MAX + 1]; /* whose */
};

struct store_user {
	int64_t user_id;
	const char *password_hash,
	    *login; /* login: as it is stored; it is compared without regard to case and accents */
	unsigned rights;
	const char *allow_ips; /* comma separated; "" = may sign in from any address */
};

struct store_sealed {
	const char *p;
	size_t n;
};

/* A Source as the webhook actions see it. */
struct store_source {
	int64_t api_source_id;
	int16_t source_id;
	const char *scheme, *sig_header, *sig_hash, *sig_encoding, *sig_prefix, *shop_domain;
	int sig_tolerance_s;
	int has_key;
	unsigned char key_hash[SECRET_SHA256_BYTES];
	int is_open;
	const char *open_ips;			/* comma separated; "" = any address */
	int timestamp_tolerance_s;	/* of the timestamp in a body (Adictiz); 0 = any */
	const char *zones, *brands;		/* to which it is limited: limit_read() */
	int content_dedup_s; /* 0 = a delivery without an id is never a duplicate */
	const struct store_sealed *sealed;	/* secrets, context "source:<api_source_id>" */
	size_t nsealed;
};

struct store_ids {
	const int32_t *ids;
	size_t n;				/* 0 = all are allowed */
};

int store_access_alias_find(struct db *db, struct arena *a, const char *customer, const char *alias,
    struct store_alias **out, struct err *err);

/* The same, disabled or not: for the command line. */
int store_access_alias_find_any(struct db *db, struct arena *a, const char *customer,
    const char *alias, struct store_alias **out, struct err *err);

/* A token that is not expired at now, not revoked, and whose user (if any) is enabled. The rights
 * of a user's token are those of both. */
int store_access_token_find(struct db *db, struct arena *a,
    const unsigned char hash[SECRET_SHA256_BYTES], usec_t now, struct store_token **out,
    struct err *err);

int store_access_source_find(struct db *db, struct arena *a, int64_t alias_id, int16_t source_id,
    struct store_source **out, struct err *err);

int store_access_user_find(struct db *db, struct arena *a, int64_t alias_id, const char *login,
    struct store_user **out, struct err *err);

/* Zones (brands) a user is limited to. */
int store_access_user_zones(
    struct db *db, struct arena *a, int64_t user_id, struct store_ids *out, struct err *err);
int store_access_user_brands(
    struct db *db, struct arena *a, int64_t user_id, struct store_ids *out, struct err *err);

/* *allowed = 1 when the address matches the tenant's list: the whole address, or "@" and its
 * domain, ASCII case ignored. */
int store_access_mail_allowed(struct db *db, struct arena *a, int64_t alias_id, const char *address,
    int *allowed, struct err *err);

/* "data, webhook" as bits; unknown words give none. */
unsigned store_access_rights(const char *list);

#endif
