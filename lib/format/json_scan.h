/*
 * json_scan - a walk through the bytes of a JSON text by RFC 8259, for json.c.
 */
#ifndef LIB_FORMAT_JSON_SCAN_H
#define LIB_FORMAT_JSON_SCAN_H

#include <stddef.h>

#include "lib/format/json.h"

struct json_scan {
	const char *p, *end, *start;
	const char *fault;		/* static sentence, NULL while all is well */
	size_t members;			/* names met, to find duplicates after parsing */
	size_t cost;			/* memory that json-c will take for it, in bytes
					 * (estimated) */
	size_t depth;
	char open[JSON_MAX_DEPTH];	/* the closing characters awaited */
	/* Only for finding a duplicate name: the names met at each depth, and the duplicate's
	 * source text. */
	struct json_object **seen;
	const char *twice;
	size_t twice_len;
};

/* Begins a walk at the first of n bytes, and walks to the end. 0 or ERR_PERMANENT. */
int json_scan_text(struct json_scan *s, const char *p, size_t n, struct err *err);

/* Each reads on from the current place and returns 0, or -1 with s->fault. json_scan_all(): one
 * value with nothing after it. json_scan_value(): one value of any kind. json_scan_scalar(): a
 * scalar; not at the end of the text. json_scan_name(): a member's name and its colon. */
int json_scan_all(struct json_scan *s);
int json_scan_value(struct json_scan *s);
int json_scan_scalar(struct json_scan *s);
int json_scan_name(struct json_scan *s);
void json_scan_space(struct json_scan *s);

#endif
