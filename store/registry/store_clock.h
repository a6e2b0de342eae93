/*
 * store_clock - the instant by which data is deleted or expires for good.
 *
 * The database's clock can be wrong: set years ahead, it would empty every message, forget every
 * key and take every point at once. So irreversible steps use the believed instant: the database's
 * clock, but no later than the last noted instant plus twice the time that really passed since
 * then. That time is measured by this machine's uptime (suspended time included), which setting a
 * clock does not change. After a machine was off for a week, the believed instant is a week behind
 * and catches up within a week. A clock that is ahead moves the believed instant ahead by no more
 * than the time until somebody corrects it.
 *
 * The registry keeps a row per start of a machine. The very first row takes the database's clock as
 * it is.
 */
#ifndef STORE_REGISTRY_STORE_CLOCK_H
#define STORE_REGISTRY_STORE_CLOCK_H

#include "lib/clock.h"

struct arena;
struct db;
struct err;

/* Notes what is seen; *believed is now, or earlier. In or outside of a transaction on a connection
 * that knows the registry. */
int store_clock_believe(struct db *db, struct arena *a, usec_t now, usec_t *believed,
    struct err *err);

/* The same without noting it: for looks. */
int store_clock_look(struct db *db, struct arena *a, usec_t now, usec_t *believed, struct err *err);

/* *behind = 1 when now is more than a day before the noted instant: the clock was set back, and
 * instants that seem to be in the future may be right. */
int store_clock_is_behind(struct db *db, struct arena *a, usec_t now, int *behind, struct err *err);

#endif
