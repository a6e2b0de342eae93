/*
 * signature - checks whether a delivery is signed with one of the Source's secrets.
 *
 * Works on the raw bytes, before any decoding. It knows neither the request nor the database; a
 * function gives the headers. Every given signature is decoded and the digests are compared in
 * constant time; all secrets of the Source are tried (rotation).
 *
 * Schemes: "shopify" (X-Shopify-Hmac-SHA256 and Shopify-Hmac-Sha256: HMAC-SHA256, base64),
 * "standard" (Standard Webhooks v1 and v1a, also under svix-* names), "adobe" (RSA over the base64
 * text of the body), "github" (X-Hub-Signature-256: sha256=hex), "hmac" (header, hash, encoding and
 * prefix as the Source says). "none" looks at nothing.
 */
#ifndef FCGI_ACCESS_SIGNATURE_H
#define FCGI_ACCESS_SIGNATURE_H

#include <stddef.h>

#include "lib/clock.h"

struct arena;

enum signature_result {
	SIGNATURE_UNSET,
	SIGNATURE_ABSENT, /* the scheme's header is not there (or the scheme has none) */
	SIGNATURE_GOOD,
	SIGNATURE_WRONG /* there, but not right: also a stale timestamp, a foreign shop, no secret
			   to check with */
};

struct signature_secret {
	const char *s;		/* opened; may hold any bytes (PEM text for "adobe") */
	size_t n;
};

/* How a Source's deliveries are signed. */
struct signature_rule {
	const char *scheme;
	const char *header, *hash, *encoding,
	    *prefix; /* "hmac": name, sha1|sha256|sha512, hex|base64, text in front of the digest */
	int tolerance_s; /* "standard": how far the timestamp may be from now, either way */
	const char *shop_domain;	/* "shopify": "" or what X-Shopify-Shop-Domain must say */
	const struct signature_secret *secrets;
	size_t nsecrets;
};

/* The delivery. */
struct signature_input {
	const char *(*header)(
	    const void *arg, const char *name); /* value or NULL; names in any case */
	const void *arg;
	const void *body;
	size_t body_bytes;
	usec_t now;
};

enum signature_result signature_check(
    struct arena *a, const struct signature_rule *rule, const struct signature_input *in);

#endif
