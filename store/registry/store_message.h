/*
 * store_message - the intake's side of the queue: it puts messages and returns receipts. (The
 * workers' side is store_queue.)
 *
 * The receipt is made before the insert and is unique, so putting the same message twice leaves one
 * row: a put whose outcome is unknown is simply put again.
 */
#ifndef STORE_REGISTRY_STORE_MESSAGE_H
#define STORE_REGISTRY_STORE_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "model/state.h"

struct arena;
struct db;
struct err;

enum { STORE_RECEIPT_BYTES = 16, STORE_HASH_BYTES = 32 };

/* What is put together at most; a larger message is put alone. */
enum { STORE_MESSAGE_GROUP_MAX = 64, STORE_MESSAGE_GROUP_BYTES = 4 << 20 };

#define STORE_MESSAGE_KIND(kind, number, name, word, meaning) STORE_MESSAGE_##kind = number,
enum store_message_kind { STORE_MESSAGE_KIND_UNSET, KINDS_OF_MESSAGE(STORE_MESSAGE_KIND) };

#define STORE_MESSAGE_AUTH(auth, number, name, word, meaning) STORE_MESSAGE_AUTH_##auth = number,
enum store_message_auth { STORE_MESSAGE_AUTH_UNSET, AUTHS_OF_MESSAGE(STORE_MESSAGE_AUTH) };

/* A message to put. Nothing is copied. */
struct store_message {
	unsigned char receipt[STORE_RECEIPT_BYTES];
	int64_t tenant_id;
	enum store_message_kind kind;
	enum store_message_auth auth;
	int batch_mode;
	int64_t invisible_s;			/* 0 … 604800 */
	int16_t source_id;
	int32_t zone_id, brand_id;		/* 0 = not said */
	int16_t address_type_id;
	const char *limits;			/* of limits_stored(): NULL = none */
	const char *platform, *entity, *action;	/* at most 64 characters each */
	const char *email;			/* "" or addresses */
	int has_dedup, has_ordering, has_body_hash;
	unsigned char dedup_key[STORE_HASH_BYTES], ordering_key[STORE_HASH_BYTES];
	unsigned char body_hash[STORE_HASH_BYTES];	/* SHA-256 of a body that was signed */
	const char *event_id;			/* or NULL; at most 128 characters */
	const char *method, *uri, *headers;	/* headers: a JSON object */
	const void *body;
	size_t body_bytes;
};

/* What is stored for a message: under its receipt or, for a duplicate, under its de-dup key. */
struct store_put {
	unsigned char receipt[STORE_RECEIPT_BYTES];	/* the first delivery's */
	int duplicate;
	usec_t visible_at;
};

/* The bytes of its texts and its body. */
size_t store_message_bytes(const struct store_message *m);

/* The ordering key of the thing with this id: SHA-256 over a scope and the parts, each closed by a
 * NUL. The case of platform and entity does not count. */
void store_message_ordering_key(int64_t tenant_id, const char *platform, const char *entity,
    const char *id, unsigned char out[STORE_HASH_BYTES]);

/* The largest size of a group that has at most n messages, n from 1: a statement is prepared for
 * each size, so there are few. */
size_t store_message_group(size_t n);

/* Puts 1 … STORE_MESSAGE_GROUP_MAX messages in one statement; out has as many places. Outside of a
 * transaction they are committed with it; then ERR_DB_GONE leaves open whether they were. Equal
 * de-dup keys within the group give the first one's receipt to all. */
int store_message_put(struct db *db, struct arena *a, const struct store_message *const *m,
    size_t n, struct store_put *out, struct err *err);

/* Tests whether a message can be put now: puts one that belongs to no tenant and rolls back.
 * Outside of a transaction. */
int store_message_try(struct db *db, struct err *err);

/* "Token", "Login", "Session", "Signature", "Key", "Open"; "Unknown" for any other. */
const char *store_message_auth_name(int64_t auth);

/* 1 for a credential of the tenant, not only of a Source. */
int store_message_auth_is_tenants(int64_t auth);

/* 1 for any credential; 0 when there was none, or nothing was noted. */
int store_message_auth_is_proof(int64_t auth);

/* The name of a state of api_message (model/state.h), or STATE_DELAYED. */
const char *store_message_state_name(int64_t state, usec_t visible_at, usec_t now);

/* A receipt as shown to its sender. */
struct store_receipt {
	const char *state;			/* of model/state.h, or STATE_DELAYED */
	usec_t received_at, visible_at;
	usec_t settled_at;			/* or USEC_NONE */
	int64_t attempts;
	int16_t source_id;
	const char *reason;			/* of the last attempt; "" when there is none */
	const char *remarks;			/* JSON array of sentences, or "" */
};

/* *out NULL when the tenant has no such receipt. */
int store_message_receipt_find(struct db *db, struct arena *a, int64_t tenant_id,
    const unsigned char receipt[STORE_RECEIPT_BYTES], struct store_receipt **out, struct err *err);

#endif
