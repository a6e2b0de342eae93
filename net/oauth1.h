/*
 * oauth1 - signs requests by OAuth 1.0a with HMAC-SHA256 (RFC 5849 §3.4), as Magento's REST API
 * takes them. Sends nothing.
 */
#ifndef NET_OAUTH1_H
#define NET_OAUTH1_H

#include <stdint.h>

struct arena;
struct err;

/* All four are needed; borrowed. */
struct oauth1_keys {
	const char *consumer_key, *consumer_secret;
	const char *token, *token_secret;
};

enum { OAUTH1_NONCE_CHARS = 32 };

/* The value of the header Authorization for a request without a form in its body. url: as it is
 * sent, with its query percent-encoded. nonce: of OAUTH1_NONCE_CHARS letters and digits, another
 * for each request; seconds since 1970. In a. NULL and ERR_BAD_REQUEST: the url cannot be read. */
const char *oauth1_authorization(struct arena *a, const struct oauth1_keys *keys,
    const char *method, const char *url, const char *nonce, int64_t seconds, struct err *err);

#endif
