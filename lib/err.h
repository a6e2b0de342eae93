/*
 * err - the closed list of failures, and the value that carries one to the edge.
 *
 * Functions return 0 or a negative ERR_ code and fill the struct err that is their last parameter.
 * lib/, store/ and net/ never log: whoever ends the work (a request, a message, a command) writes
 * the one line.
 */
#ifndef LIB_ERR_H
#define LIB_ERR_H

#include <stddef.h>

struct arena;

/* X(name, value, HTTP status, slug of the problem type, sentence for a reader who knows nothing of
 * the inside) */
#define ERR_LIST(X)                                                                                \
	X(ERR_INTERNAL, -1, 500, "internal", "Something went wrong inside the service.")           \
	X(ERR_BAD_REQUEST, -2, 400, "bad-request", "The request is not valid.")                    \
	X(ERR_AUTH, -3, 401, "unauthorized", "The credentials are missing or wrong.")              \
	X(ERR_FORBIDDEN, -4, 403, "forbidden", "These credentials do not allow this.")             \
	X(ERR_NOT_FOUND, -5, 404, "not-found", "There is nothing at this address.")                \
	X(ERR_METHOD, -6, 405, "method-not-allowed", "This address does not take this method.")    \
	X(ERR_CONFLICT, -7, 409, "conflict", "The request conflicts with what is stored.")         \
	X(ERR_TOO_LARGE, -8, 413, "too-large", "The request body is too large.")                   \
	X(ERR_URI_TOO_LONG, -9, 414, "uri-too-long", "The request address is too long.")           \
	X(ERR_THROTTLED, -10, 429, "too-many-requests", "Too many attempts; try again later.")     \
	X(ERR_NOT_BUILT, -11, 501, "not-implemented", "This part of the API is not built yet.")    \
	X(ERR_UNAVAILABLE, -12, 503, "unavailable",                                                \
	    "The service cannot do this at the moment; try again.")                                \
	X(ERR_DB_GONE, -13, 503, "database-unavailable",                                           \
	    "The database does not answer; try again.")                                            \
	X(ERR_DB_RETRY, -14, 503, "database-busy",                                                 \
	    "The database is busy with a conflicting change; try again.")                          \
	X(ERR_DB_UNCERTAIN, -15, 503, "outcome-unknown",                                           \
	    "The connection was lost while the change was being committed.")                       \
	X(ERR_DB_DUPLICATE, -16, 409, "duplicate", "A row with this key exists already.")          \
	X(ERR_DB_VALUE, -17, 400, "bad-value", "The database refuses this value.")                 \
	X(ERR_DB, -18, 500, "database-error", "The database reported an error.")                   \
	X(ERR_PERMANENT, -19, 422, "unprocessable",                                                \
	    "The content cannot be processed, now or later.")                                      \
	X(ERR_TRANSIENT, -20, 503, "transient",                                                    \
	    "This failed for the moment; it will be tried again.")                                 \
	X(ERR_CONFIG, -21, 500, "configuration", "The configuration is not valid.")                \
	X(ERR_USAGE, -22, 400, "usage", "The command line is not valid.")                          \
	X(ERR_IO, -23, 500, "input-output", "Reading or writing failed.")                          \
	X(ERR_TIMEOUT, -24, 503, "timeout", "This took too long.")                                 \
	X(ERR_LENGTH_REQUIRED, -25, 400, "truncated-body",                                         \
	    "The request body is shorter than announced.")                                         \
	X(ERR_PRECONDITION, -26, 412, "precondition-failed",                                       \
	    "What is stored is not in the state that the request asks for.")                       \
	X(ERR_KEY_REUSED, -27, 422, "idempotency-key-reused",                                      \
	    "This Idempotency-Key was sent with another request.")                                 \
	X(ERR_ERASED, -28, 410, "erased", "The person that this is about was erased.")             \
	X(ERR_ENCODING, -29, 415, "unsupported-encoding",                                          \
	    "The request body is encoded in a way that cannot be unpacked here.")                  \
	X(ERR_DB_CLOSED, -30, 503, "database-takes-no-changes",                                    \
	    "The database takes no changes at the moment; try again.")                             \
	X(ERR_QUOTA, -31, 429, "quota", "A quota is used up; try again later.")                    \
	X(ERR_ASKED, -32, 500, "asked", "What is stored is not known yet.")

enum err_code {
	ERR_NONE = 0,
#define X(name, value, status, slug, sentence) name = (value),
	ERR_LIST(X)
#undef X
};

/* At most this many faults are listed; one more entry counts the others ("…: and 7 more"). */
enum { ERR_FAULTS_MAX = 50 };

/* One fault of one named field; the list lives in the arena given to err_fault(). */
struct err_fault {
	struct err_fault *next;
	const char *field; /* the parameter or property as the client writes it; "…" of the last */
	const char *message;	/* what is wrong and what would be right */
};

struct err {
	int code;			/* ERR_NONE or a negative ERR_ code */
	char detail[512]; /* one sentence for the log and, unless the status is 5xx, for the client
			   */
	char inside[400]; /* what the log and this machine's admin may see beside it, see
			     err_inside(); "" = nothing */
	struct err_fault *faults; /* NULL, or in order of discovery; at most ERR_FAULTS_MAX + 1 */
	struct err_fault *last;		/* of them; err.c's own, as are the next two */
	size_t nfaults;			/* all there were */
	char *more;			/* the message that counts those beyond ERR_FAULTS_MAX */
	int retry_after_s;		/* 0, or seconds for Retry-After */
	unsigned
	    native; /* the foreign code behind it (MariaDB errno, SMTP reply, curl code) or 0 */
};

/* Fills *e with code and a printf sentence and returns code, so that callers can write "return
 * err_set(...)". Bytes below 0x20 in the result become '?' (no log injection). e may be NULL. Keeps
 * faults and retry_after_s; inside is empty then. */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Adds details for the log and for the machine's admin: names of files, hosts, users and
 * statements, and a driver's message. They never go to a client, a receipt or the history. Returns
 * e->code; e may be NULL. */
int err_inside(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* detail and inside in one text: for the command line, never for a reply. */
const char *err_whole(struct arena *a, const struct err *e);

/* Appends a field fault. e->code becomes ERR_BAD_REQUEST if it was ERR_NONE. field and message are
 * copied into a. The cost of each fault is the same however many there are; beyond ERR_FAULTS_MAX
 * they are only counted. */
int err_fault(struct err *e, struct arena *a, const char *field, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* For callers whose fault messages are costly to make. When the list is full, counts one more fault
 * and returns 1. Otherwise does nothing and returns 0; the caller then calls err_fault(). */
int err_fault_is_one_more(struct err *e, struct arena *a);

/* Takes back the faults that *e got since *before was copied from it. */
void err_back(struct err *e, const struct err *before);

/* Makes *e empty. */
void err_clear(struct err *e);

/* Facts of a code; for an unknown code those of ERR_INTERNAL. */
int err_status(int code);
const char *err_slug(int code);
const char *err_sentence(int code);
const char *err_name(int code);

/* 1 when trying the same again may help (lost connection, lock conflict, time-out …), else 0. */
int err_is_transient(int code);

#endif
