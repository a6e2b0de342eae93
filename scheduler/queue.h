/*
 * queue - one batch of messages: from the lease to effects and outcomes in one transaction.
 */
#ifndef SCHEDULER_QUEUE_H
#define SCHEDULER_QUEUE_H

#include "scheduler/tenants.h"
#include "store/registry/store_queue.h"

struct conf;
struct db;
struct err;

/* A tenant that this worker leaves alone for a moment: what is due there waits for other messages,
 * or its database cannot be reached. */
struct queue_parked {
	int64_t tenant_id;		/* 0 = unused */
	usec_t until;			/* monotonic clock */
	long pause_ms; /* the last pause for a database that cannot be reached, 0 = none */
};

struct queue {
	const struct conf *conf;
	const char *worker;		/* name in leases and history */
	int (*go_on)(
	    void *arg); /* called between messages: 0 = stop, give back what is not begun */
	void *arg;
	struct db *registry;
	struct tenants tenants;
	struct queue_parked parked[QUEUE_SKIP_MAX];
};

/* Opens the registry when that is needed. */
int queue_connect(struct queue *q, struct err *err);

/* Claims a batch and works it off. *count > 0: there may be more to do; 0 = nothing is due.
 * Negative when the database fails: leases then end by themselves. */
int queue_step(struct queue *q, int *count, struct err *err);

#endif
