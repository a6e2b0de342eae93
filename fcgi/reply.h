/*
 * reply - what goes back: status, headers, a JSON body or a problem document (RFC 9457).
 */
#ifndef FCGI_REPLY_H
#define FCGI_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/text.h"
#include "store/field.h"

struct err;
struct request;
struct rows;
struct transport;

struct reply {
	int status;			/* 0 = 200 */
	const char *content_type;	/* NULL = application/json */
	struct buf body;		/* made by reply_init() in the request's arena */
	const char *allow;		/* Allow header, or NULL */
	const char *etag;		/* ETag header with its quotes, or NULL */
	int64_t contact_id; /* the contact of the tenant whom the reply tells about; 0 = nobody */
	int replayed; /* 1: the stored reply to an earlier request with the same Idempotency-Key */
	int retry_after_s;
	const char *headers; /* further header lines, each with CR LF, or NULL; nothing of the
				client's may get in unchecked */
	int max_age_s;			/* how long it may be kept; 0 = not at all */
};

void reply_init(struct reply *reply, struct request *r);

/* Writes the body as the action's rows say, from the struct that they are of. */
#define reply_row(reply, rows, from) reply_row_of(reply, rows, from, sizeof *(from))
void reply_row_of(struct reply *reply, const struct field *rows, const void *from, size_t bytes);

/* The same for an array with an element for each row of a result. */
void reply_rows(struct reply *reply, const struct field *rows, const struct rows *all);

/* Replaces the reply by the problem document of err. Of a status from 500 on nothing of err->detail
 * is shown, and of none err->inside. */
void reply_problem(struct reply *reply, const struct request *r, const struct err *err);

/* The members of a problem document. */
extern const struct field reply_problem_rows[];

/* 0 for a status that has no body; whatever is in reply->body is not sent then (RFC 9110, 15.3.5
 * and 15.4.5). */
int reply_has_content(const struct reply *reply);

/* Sends it (HEAD without body). 0, or -1 when the peer is gone. */
int reply_send(const struct reply *reply, const struct request *r, const struct transport *t);

#endif
