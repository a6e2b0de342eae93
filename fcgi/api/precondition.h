/*
 * precondition - If-Match and If-None-Match (RFC 9110 13.1.1, 13.1.2) against the ETag of what an
 * action is about.
 *
 * A precondition that fails is 412: RFC 9110 13.1.1 says so for the headers, and clients and
 * proxies count on it. The other optimistic conflict, a body that was made of an older state (its
 * ModificationDate is no longer what is stored), is 409: there the request itself contradicts what
 * is stored.
 */
#ifndef FCGI_API_PRECONDITION_H
#define FCGI_API_PRECONDITION_H

#include <stddef.h>

struct arena;
struct err;
struct request;

/* The strong entity tag of n bytes, with its quotes, in the arena. */
char *precondition_etag(struct arena *a, const void *p, size_t n);

/* For requests that change: 0, or ERR_PRECONDITION. etag NULL = there is nothing yet. */
int precondition_check(const struct request *r, const char *etag, struct err *err);

/* For GET: 1 when the client has this already (304). */
int precondition_not_modified(const struct request *r, const char *etag);

#endif
