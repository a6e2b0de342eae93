/*
 * tick_clock - next due times that are computed anew: after an update of the zone data, and after a
 * clock that ran ahead.
 */
#ifndef SCHEDULER_TICK_CLOCK_H
#define SCHEDULER_TICK_CLOCK_H

#include "lib/clock.h"

struct arena;
struct err;
struct tick;

/* Schedules that were computed with other zone data: their next occurrence keeps its day and gets
 * the instant of today's data. *count grows when there may be more. */
int tick_clock_zones(struct tick *t, struct arena *a, usec_t now, int *count, struct err *err);

/* Schedules that a clock ahead of time moved on to its date: they would be silent until then. Each
 * goes back to now, and the runs that are planned for later are deleted. While the clock is behind
 * the one seen before, nothing happens: all schedules seem ahead, and nothing may be done twice. */
int tick_clock_ahead(struct tick *t, struct arena *a, usec_t now, int *count, struct err *err);

#endif
