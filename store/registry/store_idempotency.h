/*
 * store_idempotency - keeps the results of requests by their idempotency keys, in a tenant's
 * database or in the registry.
 */
#ifndef STORE_REGISTRY_STORE_IDEMPOTENCY_H
#define STORE_REGISTRY_STORE_IDEMPOTENCY_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/secret.h"

struct arena;
struct db;
struct err;

/* Where the key is kept: in the database that the request changes, so that both are stored or
 * neither. */
enum store_idempotency_place {
	STORE_IDEMPOTENCY_UNSET, STORE_IDEMPOTENCY_TENANT, STORE_IDEMPOTENCY_REGISTRY
};

struct store_idempotency {
	unsigned char request_hash[SECRET_SHA256_BYTES];
	int status;
	const char *etag;		/* "" = none */
	int64_t contact_id;		/* the contact that the reply is about; 0 = none */
	const char *reply;
	size_t reply_bytes;
};

/* Inside a transaction: takes the key; waits when another transaction has taken it. Returns 0 when
 * the key is ours; 1 when the request was done before, with its result in *out (in the arena); or a
 * negative code. */
int store_idempotency_take(struct db *db, enum store_idempotency_place place, struct arena *a,
    const unsigned char key[SECRET_SHA256_BYTES], const unsigned char hash[SECRET_SHA256_BYTES],
    struct store_idempotency *out, struct err *err);

/* Stores the request's result, in the same transaction. The registry keeps no contact_id. */
int store_idempotency_done(struct db *db, enum store_idempotency_place place,
    const unsigned char key[SECRET_SHA256_BYTES], const struct store_idempotency *done,
    struct err *err);

/* Deletes a chunk of the keys taken before an instant. *full = 1: there may be more. */
int store_idempotency_forget(struct db *db, enum store_idempotency_place place, usec_t before,
    int *full, struct err *err);

#endif
