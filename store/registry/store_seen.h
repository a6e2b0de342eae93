/*
 * store_seen - keeps the last answer of each action of a tenant, in the registry.
 */
#ifndef STORE_REGISTRY_STORE_SEEN_H
#define STORE_REGISTRY_STORE_SEEN_H

#include "lib/clock.h"

#include <stdint.h>

struct arena;
struct db;
struct err;

struct store_seen {
	usec_t last_at, error_at;		/* error_at USEC_NONE = there was none */
	int64_t last_status, error_status;
	const char *error; /* kind and fields, no values; in: NULL = a success */
	const char *payload; /* masked; NULL = none. In: NULL leaves the one that is stored */
};

/* Stores an answer given now. action: "Controller/Name". Takes last_status, error and payload of
 * s. */
int store_seen_put(struct db *db, int64_t alias_id, const char *action, const struct store_seen *s,
    struct err *err);

/* *out NULL when the action was never called. */
int store_seen_find(struct db *db, struct arena *a, int64_t alias_id, const char *action,
    struct store_seen **out, struct err *err);

#endif
