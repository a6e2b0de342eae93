/*
 * lease - a thread that moves the end of a lease while its batch is worked on.
 */
#ifndef SCHEDULER_LEASE_H
#define SCHEDULER_LEASE_H

#include <pthread.h>

#include "store/registry/store_queue.h"

struct conf;

struct lease_keeper {
	const struct conf *conf;
	unsigned char lease[QUEUE_LEASE_BYTES];
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	int running, stop;
};

/* Starts keeping: at each third of the lease its end is moved, on a connection of its own. Failures
 * are left to the fencing at settling. */
void lease_keep(
    struct lease_keeper *k, const struct conf *conf, const struct queue_claim *claim);

/* Stops and waits for the thread. */
void lease_let_go(struct lease_keeper *k);

#endif
