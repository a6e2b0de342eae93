/*
 * tick - one pass of the daemon over the schedules that are due, and over all else that has its
 * time: lost runs, forgotten requests about persons, alarms, new zone data, retention.
 *
 * Several daemons may tick at the same time; there is no leader. An occurrence is a row that is
 * unique by schedule and due time. The transaction that writes it also moves the schedule on.
 */
#ifndef SCHEDULER_TICK_H
#define SCHEDULER_TICK_H

#include "lib/clock.h"

struct conf;
struct db;
struct err;

enum { TICK_WORKS = 9 }; /* see tick.c */

struct tick {
	const struct conf *conf;
	struct db *registry;
	usec_t next[TICK_WORKS]; /* when each work is done again; monotonic clock */
	long pause_ms; /* out: until something is due, a second at most */
};

/* *count > 0: there may be more to do at once. */
int tick_step(struct tick *t, int *count, struct err *err);

#endif
