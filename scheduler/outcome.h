/*
 * outcome - what became of one message: its next state, and the sentence that says why.
 */
#ifndef SCHEDULER_OUTCOME_H
#define SCHEDULER_OUTCOME_H

#include "model/state.h"
#include "store/registry/store_queue_settle.h"

struct batch;
struct err;

/* class is the reason's slug ("" = none). The texts must live as long as r. */
void outcome_set(struct queue_result *r, enum outcome_of_attempt outcome,
    const char *class, const char *reason);

/* A failure. The message is dead when the error is permanent or it was its last attempt; otherwise
 * it is tried again after a step of the ladder. Data of an erased person is superseded. */
void outcome_failed(struct batch *b, struct queue_result *r, const struct err *err);

/* No platform handles the message. */
void outcome_unrouted(struct batch *b, const struct queue_message *m, struct queue_result *r);

/* A handler did not fail: said is what it returned (PLATFORM_SUPERSEDED, PLATFORM_IGNORED, else
 * done), reason its sentence. */
void outcome_said(struct queue_result *r, int said, const char *reason);

#endif
