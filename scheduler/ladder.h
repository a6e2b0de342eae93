/*
 * ladder - how long to wait before something is tried again.
 */
#ifndef SCHEDULER_LADDER_H
#define SCHEDULER_LADDER_H

#include "lib/clock.h"

/* The wait after attempt number attempt (from 1): that step of the ladder (setting queue_ladder:
 * seconds, blank separated; its last step goes on for ever), 20 % more or less by chance, so that
 * messages that failed together are not tried again together. */
usec_t ladder_wait(const char *ladder, int attempt);

#endif
