/*
 * shop_fetch - GET requests to the shop of a connection: so many a minute as it says, and again
 * after failures that pass.
 *
 * A request is tried SHOP_FETCH_TRIES times when the shop does not answer in time or in full,
 * cannot be reached, or answers 429 or 5xx. Between tries it waits longer each time, by chance up
 * to twice as long, and at least as long as Retry-After says (at most SHOP_FETCH_WAIT_MAX_S).
 * A wait ends with the process, so a run that is cancelled does not wait on.
 *
 * Redirects are not followed; bodies may come by gzip. What is unpacked is bounded.
 */
#ifndef PROCESS_CONNECTOR_SHOP_FETCH_H
#define PROCESS_CONNECTOR_SHOP_FETCH_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "net/http.h"

struct arena;
struct connection;
struct err;

enum {
	SHOP_FETCH_TRIES = 6,
	SHOP_FETCH_WAIT_MAX_S = 300,
	SHOP_FETCH_REPLY_MAX = 32 << 20		/* bytes */
};

/* One per thread. Zeroed but for what the caller says. */
struct shop_fetch {
	/* In. */
	const struct connection *connection;
	int tries;			/* at most; 0 = SHOP_FETCH_TRIES */
	size_t reply_max;		/* bytes; 0 = SHOP_FETCH_REPLY_MAX */
	/* 1 when an answer of 429 or 5xx says itself that another try is of no use. NULL = none
	 * does. */
	int (*is_final)(const struct http_reply *r);
	/* Hears why a request is tried again, and after how many milliseconds. The sentence names
	 * the address without its query. It may run in another thread than the run's. NULL = nobody
	 * does. */
	void (*waits)(void *arg, const char *why, int64_t ms);
	void *arg;
	/* Makes one more header, anew for each try, since a signature holds once. NULL = none. */
	int (*sign)(void *signer, struct arena *a, const char *url, struct http_header *out,
	    struct err *err);
	void *signer;

	/* Of the work. */
	struct http_session session;
	atomic_int stops;		/* nobody waits for it any more */
	usec_t next;			/* monotonic clock: the next request is not sooner */
	int64_t requests, again, bytes;	/* sent, sent again, taken in */
};

/* Gets url, with headers of the caller's. The answer is in a: of any status but a redirect, 429 and
 * 5xx (unless is_final) and a web page with 200. The caller reads others, and gives those that it
 * does not understand to connection_http_judge(). A negative code when there is none: a sentence
 * that names the address without its query and says how to mend it. */
int shop_fetch_get(struct shop_fetch *f, struct arena *a, const char *url,
    const struct http_header *headers, size_t nheaders, struct http_reply *out, struct err *err);

/* From another thread: the request under way is the last, and its waits end. */
void shop_fetch_stop(struct shop_fetch *f);

void shop_fetch_done(struct shop_fetch *f);

#endif
