/*
 * store_admin_queue - the queue for the admin: lists, one message with its history, retries,
 * purges, health.
 *
 * Lists are rows as read, in the arena; the columns are those of the "-- out:" line of the named
 * statement in sql/queries.sql.
 */
#ifndef STORE_REGISTRY_STORE_ADMIN_QUEUE_H
#define STORE_REGISTRY_STORE_ADMIN_QUEUE_H

#include <stdint.h>

#include "lib/clock.h"
#include "model/state.h"
#include "store/registry/store_message.h"

struct arena;
struct db;
struct err;
struct rows;

/* 0 or NULL lets everything pass. */
struct store_admin_queue_filter {
	int64_t tenant_id;
	unsigned states;		/* bit 1 << state each; 0 = any */
	int64_t source_id;
	const char *platform, *entity, *action, *reason_class;
	usec_t from, until;		/* received at or after, before; USEC_NONE = any */
};

/* admin_queue_list, newest first. */
int store_admin_queue_list(struct db *db, struct arena *a, const struct store_admin_queue_filter *f,
    int64_t limit, struct rows *out, struct err *err);

/* admin_queue_summary; tenant_id 0 = all. */
int store_admin_queue_summary(struct db *db, struct arena *a, int64_t tenant_id, usec_t now,
    struct rows *out, struct err *err);

/* *id 0 = there is no such receipt. */
int store_admin_queue_find(struct db *db, struct arena *a,
    const unsigned char receipt[STORE_RECEIPT_BYTES], int64_t *id, struct err *err);

/* admin_queue_get (body cut at body_head bytes), admin_queue_attempts, admin_queue_mail. */
int store_admin_queue_get(struct db *db, struct arena *a, int64_t id, int64_t body_head,
    struct rows *out, struct err *err);
int store_admin_queue_attempts(
    struct db *db, struct arena *a, int64_t id, struct rows *out, struct err *err);
int store_admin_queue_mail(
    struct db *db, struct arena *a, int64_t id, struct rows *out, struct err *err);

/* Makes one settled message ready again and resets its count of attempts; its history stays. One
 * that is leased, but that no lease holds, becomes ready, too (store_orphan.h). In the caller's
 * transaction. *state gets its previous state. Returns 1; 0 when it is left as it is (it waits, is
 * being worked on, is done, or its body was emptied); ERR_NOT_FOUND, or another code. */
int store_admin_queue_retry_one(struct db *db, struct arena *a,
    const unsigned char receipt[STORE_RECEIPT_BYTES], int64_t *state, struct err *err);

/* A retry or purge of many messages goes tenant by tenant and state by state, so that it locks only
 * matching rows. admin_queue_tenants; tenant_id 0 = all. */
int store_admin_queue_tenants(
    struct db *db, struct arena *a, int64_t tenant_id, struct rows *out, struct err *err);

/* A chunk of a retry or purge: at most 100 messages in a transaction of its own. f names the
 * tenant; its states are ignored. Rows that another command has locked are skipped. Returns how
 * many, 0 when none is left, or a code. A message whose mail is still to be sent is not purged.
 * settled, before: when the message was settled, so that a retried message that dies again is not
 * taken twice. */
int64_t store_admin_queue_retry_chunk(struct db *db, const struct store_admin_queue_filter *f,
    enum state_of_message state, usec_t settled, struct err *err);
int64_t store_admin_queue_purge_chunk(struct db *db, int64_t tenant_id, enum state_of_message state,
    usec_t before, struct err *err);

/* How many messages the chunks would take in all. */
int64_t store_admin_queue_retry_count(struct db *db, struct arena *a,
    const struct store_admin_queue_filter *f, enum state_of_message state, usec_t settled,
    struct err *err);
int64_t store_admin_queue_purge_count(struct db *db, struct arena *a, int64_t tenant_id,
    enum state_of_message state, usec_t before, struct err *err);

/* admin_queue_health, admin_mail_health: one row each. */
int store_admin_queue_health(
    struct db *db, struct arena *a, usec_t now, struct rows *out, struct err *err);
int store_admin_queue_mail_health(
    struct db *db, struct arena *a, usec_t now, struct rows *out, struct err *err);

#endif
