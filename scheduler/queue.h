/*
 * queue - what a worker does again and again: it claims a batch of messages and works it off.
 */
#ifndef SCHEDULER_QUEUE_H
#define SCHEDULER_QUEUE_H

#include "scheduler/parked.h"
#include "scheduler/tenants.h"
#include "store/registry/store_queue.h"

struct conf;
struct db;
struct err;

struct queue {
	const struct conf *conf;
	/* Called between messages: 0 = stop, and give back what is not begun. */
	int (*go_on)(void *arg);
	void *arg;
	struct queue_holder holder;	/* its name and how long leases last are the caller's */
	int is_settled;		/* nothing is leased any more of what the holder claimed */
	struct db *registry;
	struct tenants tenants;
	struct parked parked;
};

/* Opens the registry when that is needed. */
int queue_connect(struct queue *q, struct err *err);

/* Claims a batch and works it off. *count > 0: there may be more to do; 0 = nothing is due.
 * Negative when the database fails: leases then end by themselves. */
int queue_step(struct queue *q, int *count, struct err *err);

#endif
