/*
 * store_idempotency - requests that were done, by their keys: in a tenant's database, or in the
 * registry.
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

/* Where the key is kept: where the request's change is, for both are there or neither. */
enum store_idempotency_place {
	STORE_IDEMPOTENCY_UNSET, STORE_IDEMPOTENCY_TENANT, STORE_IDEMPOTENCY_REGISTRY
};

struct store_idempotency {
	unsigned char request_hash[SECRET_SHA256_BYTES];
	int status;
	const char *etag;		/* "" = none */
	int64_t contact_id;		/* whom the reply tells about; 0 = nobody */
	const char *reply;
	size_t reply_bytes;
};

/* Inside a transaction: takes the key, waiting for another transaction that has taken it. 0: it is
 * ours; 1: it was done before, *out says what came of it (in the arena); or a negative code. */
int store_idempotency_take(struct db *db, enum store_idempotency_place place, struct arena *a,
    const unsigned char key[SECRET_SHA256_BYTES], const unsigned char hash[SECRET_SHA256_BYTES],
    struct store_idempotency *out, struct err *err);

/* Keeps what came of it, in the same transaction. The registry keeps no contact_id. */
int store_idempotency_done(struct db *db, enum store_idempotency_place place,
    const unsigned char key[SECRET_SHA256_BYTES], const struct store_idempotency *done,
    struct err *err);

/* Deletes a chunk of the keys taken before an instant. *full = 1: there may be more. */
int store_idempotency_forget(struct db *db, enum store_idempotency_place place, usec_t before,
    int *full, struct err *err);

#endif
