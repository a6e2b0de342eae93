/*
 * retention - between two batches a worker empties and deletes what was settled long ago.
 */
#ifndef SCHEDULER_RETENTION_H
#define SCHEDULER_RETENTION_H

#include "lib/clock.h"

struct err;
struct queue;

struct retention {
	usec_t not_before;	/* monotonic clock */
	usec_t files_not_before;	/* the same; of the files of this machine */
};

/* Works one chunk when one is due (see store_retention.h), on the queue's connections. *more = 1:
 * there may be another. Call it after every step of the queue: mostly it does nothing. */
int retention_step(struct retention *r, struct queue *q, int *more, struct err *err);

#endif
