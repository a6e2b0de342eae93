/*
 * http - one HTTP request to another server, by libcurl. Knows no SQL.
 *
 * Bounded in time and size; http and https only; certificates are checked. A redirect is returned
 * like any other answer and never followed, so that body and headers go to no other server. What
 * the caller sends (headers, body, query) never appears in an error.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <stddef.h>

#include "lib/clock.h"

struct arena;
struct err;

/* Which addresses may be connected to. The address is checked when connecting, so that a name
 * cannot resolve to another one after the check. */
enum http_reach {
	HTTP_REACH_UNSET,
	HTTP_ANYWHERE,
	HTTP_PUBLIC_ONLY /* no loopback, private, link-local or multicast address */
};

struct http_header { const char *name, *value; };

struct http_request {
	const char *method;			/* "GET" */
	const char *url;			/* with scheme; no user or password in it */
	const struct http_header
	    *headers; /* of ours; names and values without control characters */
	size_t nheaders;
	const void *body;			/* NULL = none */
	size_t body_bytes;
	int chunked;				/* 1: it goes in chunks, without a length */
	enum http_reach reach;
	const char *ca; /* PEM file instead of the system's authorities; NULL or "" = those */
	const char *ca_pem;			/* the same as text; NULL = as ca says */
	long connect_s, total_s;		/* both above 0 */
	size_t reply_max; /* a longer body, unpacked, is ERR_TOO_LARGE */
	int packed;				/* 1: the body may come by gzip; it is unpacked */
	struct http_session *session; /* NULL = a connection of its own */
};

/* Keeps connections to servers open between the requests of one thread. Zeroed: none is open. */
struct http_session { void *curl; };

void http_session_close(struct http_session *s);

/* Why there is no answer, for who says how to mend it. */
enum http_failure {
	HTTP_FAILURE_UNSET,
	HTTP_NO_NAME,			/* the host's name has no address */
	HTTP_NO_CONNECTION,
	HTTP_NOT_PUBLIC,		/* see http_reach */
	HTTP_CERTIFICATE,		/* not valid, or not known */
	HTTP_SILENT,			/* no whole answer in time */
	HTTP_TOO_LONG,
	HTTP_OTHER
};

struct http_reply {
	enum http_failure failure;		/* when http_send() fails */
	int status;
	const char *content_type;		/* "" when there is none */
	long retry_after_s; /* Retry-After, as seconds or as a date; 0 = none */
	usec_t date;			/* by the server's clock; USEC_NONE = it says none */
	const char *location; /* of a redirect, absolute, without query and fragment; "" = none */
	const char *body;			/* NUL behind it */
	size_t bytes;
	usec_t certificate_until; /* https: when the server's certificate ends; else USEC_NONE */
};

/* Sends it and reads the answer, whatever its status, into the arena. ERR_BAD_REQUEST: the request
 * itself cannot be sent (an invalid address or header, a forbidden destination); ERR_TIMEOUT;
 * ERR_TOO_LARGE; ERR_TRANSIENT: no connection, no valid certificate or no whole answer. err->native
 * is libcurl's code. */
int http_send(
    struct arena *a, const struct http_request *q, struct http_reply *out, struct err *err);

#endif
