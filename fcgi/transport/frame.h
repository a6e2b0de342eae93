/*
 * frame - FastCGI's records, from bytes that come in pieces: FastCGI Specification 1.0,
 * §3.3 (records), §3.4 (name-value pairs), §5 (application records). Knows no socket.
 */
#ifndef FCGI_FRAME_H
#define FCGI_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum {
	FRAME_BEGIN = 1,
	FRAME_ABORT = 2,
	FRAME_END = 3,
	FRAME_PARAMS = 4,
	FRAME_STDIN = 5,
	FRAME_STDOUT = 6,
	FRAME_GET_VALUES = 9,
	FRAME_GET_VALUES_RESULT = 10,
	FRAME_UNKNOWN_TYPE = 11,
	FRAME_HEADER_BYTES = 8,
	FRAME_CONTENT_MAX = 65535
};

enum frame_end { FRAME_COMPLETE = 0, FRAME_CANT_MULTIPLEX = 1, FRAME_UNKNOWN_ROLE = 3 };

/* What a request may hold before its function is asked, and what of its body is waited for. */
enum { FRAME_PARAMS_MAX = 256 << 10, FRAME_BODY_AWAITED = 64 << 10 };

/* Bytes that grow. */
struct frame_bytes { char *data; size_t len, cap; };

/* The request of one connection; zeroed, it waits for a BEGIN_REQUEST. */
struct frame_request {
	/* The record that is being read. */
	unsigned char header[FRAME_HEADER_BYTES];
	size_t header_bytes;
	size_t left, padding;		/* of its content, of what follows that */
	unsigned char begin[8];		/* content of a BEGIN_REQUEST */
	/* The request. */
	int is_open, keeps, has_params, has_body, is_aborted;
	uint16_t id;
	size_t length;			/* CONTENT_LENGTH; 0 when there is none */
	size_t awaits;			/* of a body; 0: FRAME_BODY_AWAITED. The caller's */
	struct frame_bytes params;	/* as they came; after the last, "NAME=value" strings */
	struct frame_bytes body;	/* what of it came and was not taken */
	size_t body_at;			/* so much of it was taken */
	char **env;			/* into params, ends with NULL; NULL until has_params */
	/* Records that answer the peer at once; the caller sends and empties them. */
	struct frame_bytes answer;
};

/* Reads bytes; *used says how many. It stops when a request is ready to be served: 1. 0: all were
 * read and more are needed. -1: what came is no FastCGI, or too much; close the connection. */
int frame_read(struct frame_request *r, const char *bytes, size_t n, size_t *used);

/* As frame_read(), for a request that is being served and whose body still comes. 1: some of the
 * body, or its end, is there. */
int frame_read_body(struct frame_request *r, const char *bytes, size_t n, size_t *used);

/* Forgets the request, ready for the next of its connection. */
void frame_next(struct frame_request *r);

/* Frees all. */
void frame_done(struct frame_request *r);

/* Writes a record's header. content is at most FRAME_CONTENT_MAX bytes. */
void frame_header(
    unsigned char out[FRAME_HEADER_BYTES], int type, uint16_t id, size_t content);

/* Adds n bytes. 0, or -1 when there is no memory. */
int frame_add(struct frame_bytes *b, const void *p, size_t n);

/* Adds an END_REQUEST. */
int frame_add_end(struct frame_bytes *b, uint16_t id, enum frame_end how);

#endif
