/*
 * erasure_trace - what an erasure does with each message, mail and run that it finds: empties it,
 * or waits for who has it.
 */
#ifndef PRIVACY_ERASURE_TRACE_H
#define PRIVACY_ERASURE_TRACE_H

#include "lib/clock.h"

struct erasure;
struct err;

/* Makes e->trace ready for the walk: of a person, of a whole Source. */
int erasure_trace_init(struct erasure *e, struct err *err);
void erasure_trace_init_source(struct erasure *e);

/* Waits until workers have let go of the messages that the walk found with them; begun: since when,
 * by the monotonic clock. ERR_TRANSIENT when it takes too long. */
int erasure_trace_wait(struct erasure *e, usec_t begun, struct err *err);

#endif
