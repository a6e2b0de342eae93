/*
 * tick_due - the schedules that are due: each occurrence becomes a run, or a history row that says
 * why it is none.
 */
#ifndef SCHEDULER_TICK_DUE_H
#define SCHEDULER_TICK_DUE_H

#include "lib/clock.h"

struct arena;
struct err;
struct schedule;
struct store_schedule;
struct tick;

enum { TICK_ROWS_MAX = 1000 }; /* rows that one transaction of a tick writes or deletes */

/* Fires what is due, in the open transaction, until TICK_ROWS_MAX rows are written: what is left is
 * still due. *count grows by the schedules that were fired. */
int tick_due(struct tick *t, struct arena *a, usec_t now, int *count, struct err *err);

/* Reads a stored schedule; the caller calls schedule_done(). Returns 1, or 0 when it cannot be
 * read: it is then set aside with the reason, so that it does not hold up the others. */
int tick_due_read(struct tick *t, struct arena *a, const struct store_schedule *row,
    struct schedule *s, struct err *err);

#endif
