/*
 * store_connection - connections in the registry: rows in, structs out. What is right is decided in
 * connection_ops.h.
 */
#ifndef STORE_CONNECTION_STORE_CONNECTION_H
#define STORE_CONNECTION_STORE_CONNECTION_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"

struct arena;
struct db;
struct err;
struct rows;

enum { STORE_CONNECTION_FAILURE_CHARS = 600 };

struct store_connection {
	int64_t connection_id, tenant_id;
	const char *name, *kind, *address;
	int64_t source_id, zone_id, brand_id, address_type_id; /* 0 = not said */
	const char *time_zone;		/* NULL = not said */
	int enabled;
	const char *options;		/* JSON; what has no member here */
	const void *sealed;		/* the secrets, as JSON; NULL = none */
	size_t sealed_bytes;
	const char *secret_names;	/* "Key,Password"; "" = none */
	usec_t created_at, modified_at;
	usec_t last_success_at, last_failure_at; /* of runs; USEC_NONE = never */
	const char *last_failure;	/* "" = none */
	usec_t tested_at;		/* USEC_NONE = never */
	const char *test_failure;	/* "" = the last test found nothing wrong */
};

/* *out NULL: the tenant has none of that name. _lock() locks its row in the open transaction. */
int store_connection_find(struct db *db, struct arena *a, int64_t tenant_id, const char *name,
    struct store_connection **out, struct err *err);
int store_connection_lock(struct db *db, struct arena *a, int64_t tenant_id, const char *name,
    struct store_connection **out, struct err *err);

/* By name; after: only those behind it, NULL = all; at most limit. */
int store_connection_list(struct db *db, struct arena *a, int64_t tenant_id, const char *after,
    int limit, struct store_connection **out, size_t *n, struct err *err);

int store_connection_count(struct db *db, int64_t tenant_id, int64_t *out, struct err *err);

/* *there: the tenant has this Source. */
int store_connection_source(
    struct db *db, int64_t tenant_id, int64_t source_id, int *there, struct err *err);

/* Writes all of s but its secrets, and what runs and tests say. _add() fills connection_id;
 * ERR_DB_DUPLICATE: the tenant has one of that name. */
int store_connection_add(struct db *db, struct store_connection *s, usec_t now, struct err *err);
int store_connection_set(
    struct db *db, const struct store_connection *s, usec_t now, struct err *err);

/* Writes sealed and secret_names of s. */
int store_connection_seal(struct db *db, const struct store_connection *s, struct err *err);

/* What names it, as rows of kind, number and first names (store_removal.h): schedules, and other
 * connections. */
int store_connection_dependents(struct db *db, struct arena *a, int64_t tenant_id,
    const char *name, struct rows *out, struct err *err);

/* *removed 0: it is gone already. */
int store_connection_remove(struct db *db, int64_t connection_id, int *removed, struct err *err);

/* Notes how a test, or a run that used it, ended. failure: a sentence without secrets, cut at
 * STORE_CONNECTION_FAILURE_CHARS; NULL or "" = well. A connection that is gone is no fault. */
int store_connection_tested(struct db *db, struct arena *a, int64_t connection_id,
    const char *failure, usec_t now, struct err *err);
int store_connection_used(struct db *db, struct arena *a, int64_t connection_id,
    const char *failure, usec_t now, struct err *err);

#endif
