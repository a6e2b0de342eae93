/*
 * late - a delivery about a person who was erased before: it must not bring the person back.
 */
#ifndef SCHEDULER_LATE_H
#define SCHEDULER_LATE_H

#include <json-c/json.h>

#include "lib/clock.h"
#include "store/registry/store_queue.h"

struct batch;
struct err;
struct queue_result;

/* Loads the tenant's guard into b. The key is read only where somebody was erased. */
int late_guard(struct batch *b, struct err *err);

/* The time that a delivery is about: what its body or headers say, but no later than its arrival.
 * Either may be NULL. */
usec_t late_instant(
    const struct queue_message *m, struct json_object *payload, struct json_object *headers);

/* For a message that wrote no rows. Returns 1 and makes it superseded when it is about a person who
 * was erased, otherwise 0. */
int late_check(
    struct batch *b, const struct queue_message *m, struct queue_result *r, struct err *err);

/* 1: the outcome is that of a late delivery. Only its receipt is kept. */
int late_is(const struct queue_result *r);

#endif
