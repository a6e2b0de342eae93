/*
 * store_admin_queue - the queue as an admin sees it: lists, one message with its history, retries, purges, health.
 *
 * Lists are rows as read, in the arena; the columns are those of the "-- out:" line of the named statement in sql/queries.sql.
 */
#ifndef STORE_STORE_ADMIN_QUEUE_H
#define STORE_STORE_ADMIN_QUEUE_H

#include <stdint.h>

#include "lib/clock.h"
#include "store/store_message.h"

struct arena;
struct db;
struct err;
struct rows;

/* As in api_message.state. */
enum store_admin_queue_state { STORE_ADMIN_QUEUE_UNSET, STORE_ADMIN_QUEUE_READY, STORE_ADMIN_QUEUE_LEASED, STORE_ADMIN_QUEUE_DONE, STORE_ADMIN_QUEUE_DEAD,
	STORE_ADMIN_QUEUE_UNROUTED, STORE_ADMIN_QUEUE_SUPERSEDED, STORE_ADMIN_QUEUE_CANCELLED, STORE_ADMIN_QUEUE_IGNORED };

/* "dead" -> STORE_ADMIN_QUEUE_DEAD, in any case; UNSET when it is none. And back: "Dead". */
enum store_admin_queue_state store_admin_queue_state_find(const char *name);
const char *store_admin_queue_state_name(int64_t state);

/* 0 or NULL lets everything pass. */
struct store_admin_queue_filter {
	int64_t tenant_id;
	enum store_admin_queue_state state;
	const char *platform, *entity, *action, *reason_class;
	usec_t from, until;		/* received at or after, before; USEC_NONE = any */
};

/* admin_queue_list, newest first, ids below before_id (0 = from the newest). */
int store_admin_queue_list(struct db *db, struct arena *a, const struct store_admin_queue_filter *f, int64_t before_id, int64_t limit,
    struct rows *out, struct err *err);

/* admin_queue_summary; tenant_id 0 = all. */
int store_admin_queue_summary(struct db *db, struct arena *a, int64_t tenant_id, usec_t now, struct rows *out, struct err *err);

/* *id 0 = there is none. Looks for the receipt when it is not NULL, else for the id given in *id. */
int store_admin_queue_find(struct db *db, struct arena *a, const unsigned char *receipt, int64_t *id, struct err *err);

/* admin_queue_get (body cut at body_head bytes), admin_queue_attempts, admin_queue_mail. */
int store_admin_queue_get(struct db *db, struct arena *a, int64_t id, int64_t body_head, struct rows *out, struct err *err);
int store_admin_queue_attempts(struct db *db, struct arena *a, int64_t id, struct rows *out, struct err *err);
int store_admin_queue_mail(struct db *db, struct arena *a, int64_t id, struct rows *out, struct err *err);

/* Makes one settled message ready again with no attempts counted; its history stays. Done messages and waiting ones are left. In the caller's transaction. Returns 1, 0 = left, or a code. */
int store_admin_queue_retry_one(struct db *db, int64_t id, usec_t now, struct err *err);

/* A chunk of a retry or purge: at most 500 messages above *after_id, in one transaction; *after_id moves on. With dry_run they are only counted.
 * Returns how many, 0 = all chunks are done, or a code. A message whose mail is still to be sent is not purged. */
int64_t store_admin_queue_retry_chunk(struct db *db, struct arena *a, const struct store_admin_queue_filter *f, int dry_run, int64_t *after_id, struct err *err);
int64_t store_admin_queue_purge_chunk(struct db *db, struct arena *a, int64_t tenant_id, enum store_admin_queue_state state, usec_t before, int dry_run,
    int64_t *after_id, struct err *err);

/* admin_queue_health, one row. */
int store_admin_queue_health(struct db *db, struct arena *a, usec_t now, struct rows *out, struct err *err);

#endif
