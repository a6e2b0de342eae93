/*
 * connection_http - requests to the shop of a connection, and what is said when an answer is none
 * of its API's.
 */
#ifndef PROCESS_CONNECTION_CONNECTION_HTTP_H
#define PROCESS_CONNECTION_CONNECTION_HTTP_H

#include <stddef.h>

#include "net/http.h"

struct arena;
struct connection;
struct err;

/* The connection's address with path behind it: one "/" between them. In a. */
const char *connection_http_url(struct arena *a, const struct connection *c, const char *path);

/* A GET of url (which may hold secrets in its query) as the connection says: reach, authorities,
 * time limits, and reply_max. The caller adds headers. Borrows url and the connection. */
struct http_request connection_http_request(
    const struct connection *c, const char *url, size_t reply_max);

/* http_send(), with a sentence that names the address (without its query) and says how to mend what
 * went wrong. Codes are those of http_send(). */
int connection_http_send(
    struct arena *a, const struct http_request *q, struct http_reply *out, struct err *err);

enum connection_http_credentials { CONNECTION_HTTP_WITHOUT, CONNECTION_HTTP_WITH };

/* What an answer says that is not one of the API's own: a redirect, a web page with 200, and the
 * errors 401, 403, 404, 405, 429 and 5xx. 0 for all others: the caller reads them. With
 * CONNECTION_HTTP_WITHOUT, a 401 or 403 is 0, too. ERR_PERMANENT, or ERR_TRANSIENT for 429 and
 * 5xx; the sentence names the address without its query. */
int connection_http_judge(struct arena *a, const struct http_request *q,
    const struct http_reply *r, enum connection_http_credentials with, struct err *err);

#endif
