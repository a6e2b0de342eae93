/*
 * mapping - a message of a batch as an item of changes (store/change_batch.h): its body is read,
 * its platform's mapping runs, and what it says goes to the message's result.
 */
#ifndef SCHEDULER_MAPPING_H
#define SCHEDULER_MAPPING_H

#include "lib/clock.h"

struct batch;
struct change_item;
struct mapping;
struct platform_row;
struct queue_message;

/* In the arena of the batch; mapping_done() frees what it holds beside. */
struct mapping *mapping_new(
    struct batch *b, const struct queue_message *m, const struct platform_row *row);

/* For a run of the message's batch, in a transaction that began now. Its result is set when the
 * item has been closed without a failure. */
struct change_item *mapping_begin(struct mapping *g, usec_t now);

void mapping_done(struct mapping *g);

#endif
