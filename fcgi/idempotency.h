/*
 * idempotency - the header Idempotency-Key of POSTs that make or change something: the first
 * request with a key is done, every other gets the first one's reply.
 *
 * The key is stored where the change is (the tenant's database, or the registry), in the
 * transaction of the change, with a hash of the request (method, address, query, If-Match, body),
 * so the change and its key are there together or not at all. A second request with the key waits
 * for the first one's end; then it gets its reply again (header Idempotency-Replayed: true), or
 * ERR_KEY_REUSED when it asks for something else. A request that failed leaves no key: it may be
 * sent again. Keys are kept for idempotency_keep_hours.
 */
#ifndef FCGI_IDEMPOTENCY_H
#define FCGI_IDEMPOTENCY_H

#include "lib/clock.h"
#include "lib/secret.h"
#include "store/registry/store_idempotency.h"

struct db;
struct err;
struct reply;
struct request;

enum { IDEMPOTENCY_KEY_MAX = 255 };

struct idempotency {
	int given;
	enum store_idempotency_place place;
	unsigned char key[SECRET_SHA256_BYTES];
};

/* 0, or ERR_BAD_REQUEST: a key came to a POST that keeps none. Who sent it would believe that the
 * request is safe to send again. */
int idempotency_check_untaken(struct request *r, struct err *err);

/* Inside the transaction, before the action. 0: do it; 1: *reply is the first one's reply, do
 * nothing; ERR_BAD_REQUEST for a malformed key, ERR_KEY_REUSED, or a database error. */
int idempotency_begin(
    struct idempotency *i, struct request *r, struct db *db, struct reply *reply, struct err *err);

/* Inside the transaction, after the action: keeps its reply. */
int idempotency_end(
    const struct idempotency *i, struct db *db, const struct reply *reply, struct err *err);

#endif
