/*
 * store_session - sessions of users on the help pages, and the deliveries that these pages show.
 */
#ifndef STORE_REGISTRY_STORE_SESSION_H
#define STORE_REGISTRY_STORE_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/secret.h"

struct arena;
struct db;
struct err;

enum { STORE_SESSION_BODY_MAX = 65536 };

struct store_session {
	int64_t alias_id, user_id;
	const char *customer, *alias, *login, *time_zone;
	unsigned rights; /* of enum store_right: the user's, as they are now */
	usec_t now;				/* the database's clock */
};

/* hash: of the cookie's value. Each call also deletes some ended sessions. */
int store_session_add(struct db *db, const unsigned char hash[SECRET_SHA256_BYTES],
    int64_t alias_id, int64_t user_id, usec_t lasts_us, struct err *err);

/* *out NULL when there is none, it ended, or its user or tenant is no longer enabled. */
int store_session_find(struct db *db, struct arena *a,
    const unsigned char hash[SECRET_SHA256_BYTES], struct store_session **out, struct err *err);

int store_session_end(
    struct db *db, const unsigned char hash[SECRET_SHA256_BYTES], struct err *err);

/* A delivery as the pages show it. */
struct store_delivery {
	const char *receipt, *kind, *platform, *entity, *action, *state, *reason_class,
	    *reason; /* receipt in hex; kind "QueueProcess" or "EmailProcess" */
	usec_t received_at;
};

/* Up to limit of the tenant's deliveries, the newest first. (Of each state it reads those that
 * became visible last, by an index.) */
int store_session_deliveries(struct db *db, struct arena *a, int64_t alias_id, int limit,
    struct store_delivery **out, size_t *n, struct err *err);

/* The body of a delivery as it came, and its headers, which say whether it is packed. */
struct store_session_body {
	const char *body;	/* NULL = there is none (any more) */
	size_t bytes;		/* its whole size; at most STORE_SESSION_BODY_MAX bytes are read */
	const char *headers;
};

int store_session_body(struct db *db, struct arena *a, int64_t alias_id, const char *receipt,
    struct store_session_body *out, struct err *err);

#endif
