/*
 * store_retention - empties old settled messages and later deletes them: a chunk at a time, by any
 * worker.
 */
#ifndef STORE_REGISTRY_STORE_RETENTION_H
#define STORE_REGISTRY_STORE_RETENTION_H

#include <stdint.h>

#include "lib/clock.h"

struct db;
struct err;

struct store_retention_rules {
	long keep_body_days;	/* of done, superseded, ignored and cancelled messages */
	long keep_days;		/* of their rows: repeated deliveries are recognised for as long */
	long keep_dead_days;	/* of dead and unrouted ones, bodies and rows alike */
	usec_t believed;	/* nothing is deleted by a later clock than this (store_clock.h) */
};

struct store_retention_done {
	int64_t tenant_id; /* 0 = nothing was due: every tenant was looked at within the hour */
	int has_receipts; /* its database is on another server: see store_retention_receipts() */
	int is_last; /* the tenant's turn is over, once an hour: now the rows in its own database
		      * can be deleted */
	int chunk_was_full;	/* there may be more of this tenant and state */
	usec_t as_of;		/* the instant from which days were counted back */
};

/* Takes the next tenant and state and deletes and empties up to a chunk of its messages, in a
 * transaction of its own on the registry. It skips what another process works on. A message whose
 * mail is not sent yet stays, and so do the messages settled after it. */
int store_retention_step(struct db *db, const struct store_retention_rules *rules,
    struct store_retention_done *out, struct err *err);

/* Deletes a chunk of the receipts in a tenant's database on another server, once none of their
 * messages can be delivered again. *full = 1: there may be more. */
int store_retention_receipts(struct db *tenant_db, const struct store_retention_rules *rules,
    usec_t as_of, int *full, struct err *err);

#endif
