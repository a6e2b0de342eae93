/*
 * store_queue - the workers' side of the queue: claims under a lease, and what is given back.
 */
#ifndef STORE_REGISTRY_STORE_QUEUE_H
#define STORE_REGISTRY_STORE_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "model/state.h"

struct arena;
struct db;
struct err;
struct rows;

enum {
	QUEUE_LEASE_BYTES = 16,
	QUEUE_BATCH_MODE_MAX = 500,
	QUEUE_DEATHS_MAX = 2,
	QUEUE_SKIP_MAX = 8,
	QUEUE_REASON_MAX = 600
};

struct queue_claim {
	unsigned char lease[QUEUE_LEASE_BYTES];
	int64_t tenant_id;	/* 0 = no tenant has due work */
	size_t n;		/* messages leased; 0 = the due messages wait for others with their
				 * keys */
	int64_t ids[QUEUE_BATCH_MODE_MAX];
	int lapsed;		/* a lease had ended: it and its messages, which are ready again */
};

/* slot: random, and another one than before as long as something that the worker claimed before may
 * be leased still. */
struct queue_holder {
	const char *name;	/* in leases and history */
	unsigned char slot[QUEUE_LEASE_BYTES];
	usec_t lease_us;
};

/* Limits of a claim. */
struct queue_bounds {
	int messages;
	int64_t bytes;		/* of all bodies; one message is taken in any case */
};

/* Claims messages of the tenant with due work that was served least recently and is not in skip (0
 * = unused place). It takes as many as the bounds allow (BatchMode: up to 500 of one platform,
 * entity and action, when no other is due). It takes at most one per ordering key, and none whose
 * key is leased (or, where the Source is strict about order, blocked by an earlier message). A
 * message whose lease lapsed is claimed alone. Runs and commits its own transaction. db: the
 * registry. */
int store_queue_claim(struct db *db, const struct queue_holder *holder,
    const struct queue_bounds *most, const int64_t skip[QUEUE_SKIP_MAX], struct queue_claim *out,
    struct err *err);

/* Gives back the messages that are still leased, as if they had not been claimed. alone = 1: from
 * now on each is claimed alone. */
int store_queue_give_back(struct db *db, const unsigned char lease[QUEUE_LEASE_BYTES], int alone,
    usec_t now, struct err *err);

/* Gives back the messages of a dead worker. For a message that was leased alone it counts a death.
 * At QUEUE_DEATHS_MAX deaths the message becomes dead ("poison"), and its mail is put, to be given
 * up after mail_give_up_us. */
int store_queue_release(
    struct db *db, const char *dead_worker, usec_t mail_give_up_us, struct err *err);

/* The mail that goes with a message. */
struct queue_mail {
	int64_t message_id, tenant_id;
	const unsigned char *receipt;	/* 16 bytes */
	const char *customer;
	const char *email;		/* addresses, comma separated; "" = no mail is wanted */
};

/* Puts the mails of one tenant's messages, each once, however often its message is tried. In the
 * caller's transaction, on any connection that knows the registry. Two statements, or none when
 * no mail is wanted. */
int store_queue_put_mails(struct db *db, struct arena *a, const struct queue_mail *mails, size_t n,
    usec_t now, usec_t give_up_at, struct err *err);

struct queue_message {
	int64_t id, tenant_id;
	unsigned char receipt[16];
	int is_email;			/* EmailProcess */
	const char *platform, *entity, *action;
	int16_t source_id;
	int32_t zone_id, brand_id;	/* 0 = not said */
	int16_t address_type_id;
	const char *email, *method, *headers, *uri;
	const char *body; /* as it came; headers say how it is packed: unpack_kept() */
	size_t body_bytes;
	usec_t received_at;
	int attempts;			/* this one included */
	int takes_test_orders;
	int auth;			/* enum store_message_auth */
	const char *may_write;	/* of the Source, or NULL when there is none any more */
	const char *limits;		/* under which it came: limits_read() */
	const unsigned char *body_hash;	/* SHA-256 of a body that was signed, or NULL */
};

/* The claimed messages that are still under the claim's lease, with their bodies. */
int store_queue_load(struct db *db, struct arena *a, const struct queue_claim *claim,
    struct queue_message **out, size_t *n, struct err *err);

/* queue_same_body: the tenant's first message with a signature over the same bytes, for each of 1
 * to QUEUE_SAME_MAX hashes of bodies. It may be of any Source, because two Sources can share a
 * secret. On any connection that knows the registry. */
enum { QUEUE_SAME_MAX = 128 };
int store_queue_same_bodies(struct db *db, struct arena *a, int64_t tenant_id,
    const unsigned char *const *hashes, size_t n, struct rows *out, struct err *err);

/* Moves the end of a lease. */
int store_queue_extend(
    struct db *db, const unsigned char lease[QUEUE_LEASE_BYTES], usec_t until, struct err *err);

#endif
