/*
 * request - one request, copied into its arena and bounded: method, path segments, query, headers,
 * body, peer.
 */
#ifndef FCGI_REQUEST_H
#define FCGI_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "fcgi/access/refused.h"
#include "fcgi/quota.h"
#include "fcgi/tenant_db.h"
#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/format/unpack.h"
#include "store/registry/store_message.h"

struct access;
struct action;
struct conf;
struct connections;
struct db;
struct err;
struct json_object;
struct secret_box;
struct store_session;
struct transport;

enum {
	REQUEST_PATH_MAX = 4096,
	REQUEST_QUERY_MAX = 8192,
	REQUEST_SEGMENTS_MAX = 32,
	REQUEST_PARAMETERS_MAX = 64,
	REQUEST_HEADERS_MAX = 64,
	REQUEST_HEADER_BYTES_MAX = 32768
};

enum request_method {
	REQUEST_METHOD_UNSET,
	REQUEST_GET = 1,
	REQUEST_POST = 2,
	REQUEST_HEAD = 4,
	REQUEST_OPTIONS = 8,
	REQUEST_DELETE = 16,
	REQUEST_OTHER = 32,
	REQUEST_PUT = 64,
	REQUEST_WITH_BODY = REQUEST_POST | REQUEST_PUT
};

struct request_header {
	const char *name, *value;
}; /* name in lower case with dashes: "x-shopify-topic" */
struct request_parameter { const char *name, *value; };		/* decoded; both valid UTF-8 */

/* What a worker thread has at hand for its requests. */
struct request_thread {
	const struct conf *conf;
	const struct secret_box *box;	/* loaded key file, or one with loaded = 0 */
	struct connections *own;	/* connections to databases that it has taken, or NULL */
};

struct request {
	struct arena arena;
	struct request_thread *thread;
	enum request_method method;
	const char *method_name;
	const char *path;			/* decoded, "/" in front, for messages and logs */
	const char *raw_uri_path;		/* as the client sent it, without query */
	const char *segments[REQUEST_SEGMENTS_MAX];	/* decoded, without slashes */
	size_t nsegments;
	const char *query;			/* raw query string, "" when there is none */
	struct request_parameter parameters[REQUEST_PARAMETERS_MAX];
	size_t nparameters;
	struct request_header headers[REQUEST_HEADERS_MAX];
	size_t nheaders;
	const char *body;			/* NUL behind it; never NULL */
	size_t body_bytes;
	size_t body_max; /* what the body may have, see request_read_body() */
	enum unpack_coding coding;		/* of body; unset when that is empty */
	int https; /* the client came by TLS, as far as the front server says */
	const struct store_session
	    *session; /* set before request_read() for a request that a help page makes for who is
			 signed in; it then has that user's rights. NULL else */
	const char *peer;			/* REMOTE_ADDR, "unix:" when there is none */
	const char *request_id;			/* never NULL: the front server's, or made here */
	int request_id_given;			/* 1 when the front server gave it */
	struct json_object *json; /* the parsed body of actions with PARAM_BODY rows, else NULL;
				     freed by request_done() */
	const struct action *action;		/* the row that answers; NULL until it is found */
	struct access *access; /* filled by auth_check(); NULL for public actions */
	struct quota_seat seat;			/* held until request_done() */
	const struct store_message *message;	/* what run() puts into the queue; or NULL */
	struct store_put put;			/* what became of it, for the action's stored() */
	struct refused refused;			/* why it is refused, see refused.h */
	usec_t started;				/* monotonic */
};

/* Besides three times its body a request takes no more memory than this: its arena's limit. */
enum { REQUEST_MEMORY_BESIDE = 16 << 20 };

/* Reads a request but for its body. r must be zeroed. On failure r holds what could be read
 * (request_id always), the arena is the caller's to free, and err says 400 or 414. Path rules: with
 * CUSTOMERAPI_RAW_PATH=1 PATH_INFO decides, else REQUEST_URI less its query and fcgi_base_path; it
 * is split at "/" first, each segment decoded once. PATH_INFO as it is only when there is no
 * REQUEST_URI. "." and "..", NUL, invalid UTF-8 are 400. */
int request_read(
    struct request *r, const struct transport *t, struct request_thread *thread, struct err *err);

/* Reads its body of at most max bytes. 0, or err says 400, 413 or 503 (there is no memory for it).
 */
int request_read_body(struct request *r, const struct transport *t, size_t max, struct err *err);

/* Frees everything of it. */
void request_done(struct request *r);

/* The body as its sender wrote it: unpacked, in the request's arena, to at most body_max bytes.
 * 0, ERR_BAD_REQUEST (it is damaged), or ERR_TOO_LARGE. */
int request_text(struct request *r, const char **text, size_t *bytes, struct err *err);

/* A header's value (name in any case) or NULL. */
const char *request_header_find(const struct request *r, const char *name);

/* The registry connection of the thread's set (connections.h), proven alive when it has not been
 * used for a while; it is the request's until that is over. ERR_DB_GONE with retry_after_s when the
 * database does not answer, ERR_UNAVAILABLE when all connections are in use. */
int request_db(struct request *r, struct db **out, struct err *err);

/* The two parsers, open to tests and fuzzing. Both keep their results in r and its arena. */
int request_parse_path(struct request *r, const char *path, int raw, struct err *err);
int request_parse_query(struct request *r, const char *query, struct err *err);

#endif
