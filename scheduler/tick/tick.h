/*
 * tick - from schedules to occurrences: what is due becomes a run, or a row that says why not; and
 * what else has its time: lost runs, requests about persons whose run came to nothing, silence, new
 * zone data, retention.
 *
 * Any number of daemons may tick at once; there is no leader. An occurrence is a row that is unique
 * by schedule and due time, written in the transaction that moves the schedule on.
 */
#ifndef SCHEDULER_TICK_H
#define SCHEDULER_TICK_H

#include "lib/clock.h"

struct conf;
struct db;
struct err;

struct tick {
	const struct conf *conf;
	struct db *registry;
	usec_t next_zones, next_ahead, next_silence, next_retention, next_keys,
	    next_requests; /* monotonic clock */
	long pause_ms; /* out: until something is due, a second at most */
};

/* *count > 0: there may be more to do at once. */
int tick_step(struct tick *t, int *count, struct err *err);

#endif
