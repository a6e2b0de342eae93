/*
 * delivery - what a webhook delivery says about itself: whether it is a repetition, what object it
 * is about, and which of its headers are kept.
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

/* 1 and the key when a repetition of this delivery can be recognised: by the sender's delivery id
 * (Shopify, Standard Webhooks), by its Idempotency-Key with the same content (ignored with a
 * signature of these, which does not cover it), for GET by the request id, or by equal content
 * within the Source's window. Else 0. */
int delivery_dedup_key(const struct delivery *d, unsigned char out[STORE_HASH_BYTES]);

/* The key of a delivery whose sender gives an id that repetitions share. */
void delivery_dedup_key_of(const struct delivery *d, const char *scheme, const char *id,
    unsigned char out[STORE_HASH_BYTES]);

/* 1 and the key of the object that it is about (tenant, platform, entity, external id), or 0 when
 * it names none. The id is looked for in the first part of a body, decompressed, and likewise in a
 * form post or, without a body, in the query. */
int delivery_ordering_key(
    struct arena *a, const struct delivery *d, unsigned char out[STORE_HASH_BYTES]);

/* The sender's event id (X-Shopify-Event-Id), which several deliveries share; NULL when it gives
 * none or no usable one. */
const char *delivery_event_id(const struct delivery *d);

/* The headers worth keeping, as a JSON object with lower-case names: never a signature, a token or
 * a cookie. For a compressed body, the first is "content-encoding", which unpack_kept() needs. */
char *delivery_headers_json(struct arena *a, const struct delivery *d);

#endif
