/*
 * tick_alarm - the mail about a schedule that has not succeeded for its SilenceHours.
 */
#ifndef SCHEDULER_TICK_ALARM_H
#define SCHEDULER_TICK_ALARM_H

#include "lib/clock.h"

struct arena;
struct err;
struct tick;

/* Queues the mails that are due: once a day for a schedule, or once in its own period when that is
 * longer. *count grows when there may be more. */
int tick_alarm(struct tick *t, struct arena *a, usec_t now, int *count, struct err *err);

#endif
