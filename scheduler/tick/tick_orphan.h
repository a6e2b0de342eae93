/*
 * tick_orphan - takes back messages that are leased and that no lease holds
 * (store/registry/store_orphan.h).
 */
#ifndef SCHEDULER_TICK_TICK_ORPHAN_H
#define SCHEDULER_TICK_TICK_ORPHAN_H

#include "lib/clock.h"

struct arena;
struct err;
struct tick;

/* In a transaction. Adds to *count when there may be more. */
int tick_orphan(struct tick *t, struct arena *a, usec_t now, int *count, struct err *err);

#endif
