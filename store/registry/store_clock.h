/*
 * store_clock - as of when may something be deleted, or expire for good?
 *
 * The database's clock counts, and it can be wrong: set years ahead it would empty every
 * message, forget every key and take every point at once. So what cannot be undone goes by the
 * believed instant: the database's clock, but no further than the last instant that was seen
 * plus twice the time that really went by since. That time is this machine's uptime (suspended
 * time included), which no clock sets. After a machine stood still for a week, the believed
 * instant is a week behind and catches up within a week; a clock that is ahead gains no more
 * than the time for which nobody puts it right.
 *
 * Kept in the registry, a row per start of a machine; the first row ever believes what it sees.
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

/* *behind = 1 when now is more than a day before what was seen: the clock was set back, and what
 * seems to lie ahead may be right. */
int store_clock_is_behind(struct db *db, struct arena *a, usec_t now, int *behind, struct err *err);

#endif
