/*
 * store_privacy - requests about persons in the registry: what was requested, by whom, and what was
 * done. The row proves the erasure and holds no personal data: only a keyed hash of the person and,
 * while the request is open, the sealed identity.
 */
#ifndef STORE_REGISTRY_STORE_PRIVACY_H
#define STORE_REGISTRY_STORE_PRIVACY_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "model/state.h"

struct arena;
struct db;
struct err;
struct rows;

struct store_privacy {
	int64_t privacy_id, tenant_id;
	enum kind_of_request kind;
	enum state_of_request state;
	int16_t source_id;			/* 0 = none */
	const char *request;			/* the platform's own number, or "" */
	const unsigned char *receipt; /* 16 bytes of the message that asked, or NULL; in */
	const unsigned char *subject_hash;	/* 32 bytes, or NULL */
	const void *sealed;			/* or NULL */
	size_t sealed_bytes;
	const char *requested_by;
	usec_t requested_at, erased_at, done_at;
	const char *counts;			/* JSON object */
};

/* Adds a request at requested_at; a message asks once. *privacy_id gets its number. */
int store_privacy_put(
    struct db *db, const struct store_privacy *p, int64_t *privacy_id, struct err *err);

/* *out NULL: the tenant has none of this number. */
int store_privacy_find(struct db *db, struct arena *a, int64_t privacy_id, int64_t tenant_id,
    struct store_privacy **out, struct err *err);

/* An erasure of the same person that has begun and not ended. *privacy_id 0: none. */
int store_privacy_open_of(struct db *db, int64_t tenant_id, const unsigned char subject_hash[32],
    int64_t *privacy_id, struct err *err);

/* Numbers of the open erasures of a tenant, the oldest first. */
int store_privacy_open_all(
    struct db *db, struct arena *a, int64_t tenant_id, struct rows *out, struct err *err);

int store_privacy_begin(struct db *db, int64_t privacy_id, usec_t erased_at, const void *sealed,
    size_t n, struct err *err);
int store_privacy_done(
    struct db *db, int64_t privacy_id, usec_t now, const char *counts, struct err *err);

/* Newest first; columns as in privacy_list. state 0 = any. */
int store_privacy_list(struct db *db, struct arena *a, int64_t tenant_id, int state, int limit,
    struct rows *out, struct err *err);

/* Makes sure that a run of the process Erase begins at an instant, or before. One run ends all
 * requests, so no second run is added while one waits. In the transaction of the request, or after
 * it. */
int store_privacy_plan(
    struct db *db, int64_t tenant_id, usec_t not_before, usec_t now, struct err *err);

/* Tenants with an open request that a platform made before an instant, and for which no run waits
 * or works. */
int store_privacy_forgotten(struct db *db, struct arena *a, usec_t requested_before, int limit,
    struct rows *out, struct err *err);

/* Ends the waiting runs. The run that calls it handles all requests that are open afterwards. */
int store_privacy_plan_end(struct db *db, int64_t tenant_id, usec_t now, struct err *err);

#endif
