/*
 * delivery - what a webhook delivery says about itself: is it a repetition, what is it about, which
 * of its headers are kept.
 *
 * Keys are SHA-256 over a scope and the parts, each closed by a NUL, so that no two lists of parts
 * look alike.
 */
#ifndef FCGI_API_DELIVERY_H
#define FCGI_API_DELIVERY_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/format/unpack.h"
#include "store/registry/store_message.h"

struct arena;

enum { DELIVERY_EVENT_ID_MAX = 128 };

struct delivery_header {
	const char *name, *value;	/* name in lower case */
};

struct delivery {
	int64_t tenant_id;
	enum store_message_kind kind;
	int16_t source_id;
	const char *platform, *entity, *action;
	const char *scheme;		/* the Source's signature scheme */
	int is_signed;			/* a signature of that scheme showed who sends */
	const struct delivery_header *headers;
	size_t nheaders;
	const char *method, *uri;	/* uri as it is stored, secrets masked */
	const void *body;
	size_t body_bytes;
	enum unpack_coding coding;	/* of the body */
	const char *request_id; /* of the front server; it stays the same when it sends a GET again.
				   NULL = it gave none */
	int content_dedup_s;		/* 0 = equal content is not a repetition */
	usec_t now;
};

/* The value of a header, or NULL. name in any case. */
const char *delivery_header_find(const struct delivery *d, const char *name);

/* 1 and the key when a repetition of this delivery can be told: by the sender's delivery id
 * (Shopify, Standard Webhooks), by its Idempotency-Key with the same content (not beside a
 * signature of these, which does not cover it), for GET by the request id, or by equal content
 * within the Source's window. Else 0. */
int delivery_dedup_key(const struct delivery *d, unsigned char out[STORE_HASH_BYTES]);

/* The key of a delivery whose sender names itself an id that repetitions share. */
void delivery_dedup_key_of(const struct delivery *d, const char *scheme, const char *id,
    unsigned char out[STORE_HASH_BYTES]);

/* 1 and the key of the thing it is about (tenant, platform, entity, external id), or 0 when it does
 * not say. A packed body is unpacked for it, as far as an id is looked for in any body; a query
 * without a body, and a form post, say it as JSON does. */
int delivery_ordering_key(
    struct arena *a, const struct delivery *d, unsigned char out[STORE_HASH_BYTES]);

/* The sender's event id (X-Shopify-Event-Id), which several deliveries share; NULL when it gives
 * none or no usable one. */
const char *delivery_event_id(const struct delivery *d);

/* The headers worth keeping, as a JSON object with lower-case names: never a signature, a token or
 * a cookie. That of a packed body begins with its "content-encoding", which unpack_kept() needs. */
char *delivery_headers_json(struct arena *a, const struct delivery *d);

#endif
