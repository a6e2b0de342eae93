/*
 * request - a message asked for something about a person: noted in the registry, with what follows
 * from it.
 */
#ifndef SCHEDULER_REQUEST_H
#define SCHEDULER_REQUEST_H

#include "lib/clock.h"

struct db;
struct err;
struct platform_request;
struct queue;
struct queue_message;
struct tenant;

/* In the transaction on db (which knows the registry) that settles the message: the request, once
 * per message; a run of the process Erase, or the mail to the tenant's admin. */
int request_note(struct queue *q, struct db *db, const struct tenant *tenant,
    const struct queue_message *m, const struct platform_request *asks, usec_t now,
    struct err *err);

#endif
