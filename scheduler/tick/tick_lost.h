/*
 * tick_lost - runs whose process ended without an outcome: their lease has lapsed.
 */
#ifndef SCHEDULER_TICK_LOST_H
#define SCHEDULER_TICK_LOST_H

#include "lib/clock.h"

struct arena;
struct err;
struct tick;

/* Marks them as lost, or as cancelled when that was asked for, and puts the next try of each down
 * as its kind of process says. *count grows when there may be more. */
int tick_lost(struct tick *t, struct arena *a, usec_t now, int *count, struct err *err);

#endif
