/*
 * store_privacy - requests about persons in the registry: what was asked, by whom, what was done.
 * It is the record that proves an erasure, and holds no personal data: of the person a keyed hash,
 * and, sealed and only while the request is open, who it is.
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

#define STORE_PRIVACY_KIND(kind, number, name, word, meaning) STORE_PRIVACY_##kind = number,
enum store_privacy_kind { STORE_PRIVACY_UNSET, KINDS_OF_REQUEST(STORE_PRIVACY_KIND) };

struct store_privacy {
	int64_t privacy_id, tenant_id;
	enum store_privacy_kind kind;
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

/* An erasure of the same person that was begun and not ended. *privacy_id 0: none. */
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

/* Sees to it that a run of the process Erase begins at an instant, or before: one run ends all
 * requests, so none is added to one that waits. In the transaction of the request, or after it. */
int store_privacy_plan(
    struct db *db, int64_t tenant_id, usec_t not_before, usec_t now, struct err *err);

/* Tenants whose platforms asked before an instant for what is open still, though no run waits for
 * it or is at work. */
int store_privacy_forgotten(struct db *db, struct arena *a, usec_t requested_before, int limit,
    struct rows *out, struct err *err);

/* Ends the runs that wait so: by the run that takes all requests which are open afterwards. */
int store_privacy_plan_end(struct db *db, int64_t tenant_id, usec_t now, struct err *err);

#endif
