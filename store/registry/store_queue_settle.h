/*
 * store_queue_settle - what became of claimed messages, and the history of every attempt.
 */
#ifndef STORE_REGISTRY_STORE_QUEUE_SETTLE_H
#define STORE_REGISTRY_STORE_QUEUE_SETTLE_H

#include "store/registry/store_queue.h"

/* How an attempt ended. */
struct queue_result {
	int64_t id;
	int attempt;
	enum outcome_of_attempt outcome;	/* OUTCOME_RETRY: again at visible_at */
	usec_t visible_at, started_at;
	const char *reason_class;	/* slug of the error, or "" */
	const char
	    *reason; /* any bytes; stored as valid UTF-8, cut at QUEUE_REASON_MAX characters */
	const char *remarks; /* JSON array of sentences (lib/remark.h); NULL or "" = none */
};

/* Settles results in the caller's transaction on any connection that knows the registry: one
 * statement for the messages that ended well at the first try and of which the same is to be
 * said, one for all others, and one for the history of those that failed or were tried before.
 * What the others' history needs is in their rows. ERR_CONFLICT when a lease among them is no
 * longer ours; the transaction must then be rolled back. */
int store_queue_settle(struct db *db, const char *worker,
    const unsigned char lease[QUEUE_LEASE_BYTES], const struct queue_result *results, size_t n,
    usec_t now, struct err *err);

#endif
