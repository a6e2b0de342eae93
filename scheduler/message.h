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
struct err;

/* The body as its sender wrote it, unpacked into a. ERR_PERMANENT: it cannot be unpacked. */
int message_body(const struct batch *b, struct arena *a, const struct queue_message *m,
    const char **text, size_t *n, struct err *err);

/* The message with this body, as the reader of contents wants it. */
struct content_text message_text(const struct queue_message *m, const char *body, size_t n);

/* The outcome of an EmailProcess message. A mail takes any content that can be unpacked. */
void message_mail(struct batch *b, const struct queue_message *m, struct queue_result *r);

/* Runs message i of the batch in the tenant's open transaction and sets its result. Negative only
 * for what spoils the transaction: a lock conflict or a lost connection. */
int message_run(struct batch *b, size_t i, usec_t now, struct err *err);

#endif
