/*
 * queue - one batch of messages: from the lease to effects and outcomes in one transaction.
 */
#ifndef SCHEDULER_QUEUE_H
#define SCHEDULER_QUEUE_H

#include "scheduler/tenants.h"
#include "store/store_queue.h"

struct conf;
struct db;
struct err;

struct queue {
	const struct conf *conf;
	const char *worker;		/* name in leases and history */
	struct db *registry;
	struct tenants tenants;
};

/* Claims a batch and works it off. *count = messages settled, given back or tried; 0 = nothing is due. Negative when the database fails: leases then end by themselves. */
int queue_step(struct queue *q, int *count, struct err *err);

#endif
