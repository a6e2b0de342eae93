/*
 * message - the effect of one message of a batch: its body is read, its platform's handler runs,
 * and its outcome is set.
 */
#ifndef SCHEDULER_MESSAGE_H
#define SCHEDULER_MESSAGE_H

#include <stddef.h>

#include "lib/clock.h"
#include "lib/format/content.h"
#include "store/registry/store_queue.h"

struct arena;
struct batch;
struct change_item;
struct err;
struct queue_result;

/* The body as its sender wrote it, unpacked into a. ERR_PERMANENT: it cannot be unpacked. */
int message_body(const struct batch *b, struct arena *a, const struct queue_message *m,
    const char **text, size_t *n, struct err *err);

/* The message with this body, as the reader of contents wants it. */
struct content_text message_text(const struct queue_message *m, const char *body, size_t n);

/* The outcome of an EmailProcess message. A mail takes any content that can be unpacked. */
void message_mail(struct batch *b, const struct queue_message *m, struct queue_result *r);

/* Message i at the beginning of a run of its batch, in a transaction that began now. Its item of
 * changes, or NULL when it has no effect in the tenant's database: its result is then set. */
struct change_item *message_begin(struct batch *b, size_t i, usec_t now);

/* Behind the changes of the batch: sets the result of one whose item failed, and of one that is
 * about a person who was erased. Negative only when the database fails. */
int message_end(struct batch *b, size_t i, const struct change_item *item, struct err *err);

/* Finds, for messages whose platform wants to know, the first ones with the same bytes: b->seen. */
int message_seen(struct batch *b, struct err *err);

#endif
