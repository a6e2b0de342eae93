/*
 * remark - what was understood otherwise than it was sent: texts cut, values left out, words
 * unknown.
 *
 * A list of sentences beside a success. It is bounded: of many remarks the first are kept, and
 * how many more there were. A remark names the field; of its value it holds words of closed lists
 * only (a status, a country), for remarks are shown to people who may not see persons.
 */
#ifndef LIB_REMARK_H
#define LIB_REMARK_H

#include <stddef.h>

struct arena;

enum { REMARKS_MAX = 20, REMARK_CHARACTERS = 300 };

/* A zeroed struct is an empty list. */
struct remarks {
	const char *said[REMARKS_MAX];
	size_t n;			/* all, also those that are not kept */
};

/* Adds a sentence, in arena a; one that is there already is not added again. Invalid UTF-8 becomes
 * U+FFFD, what is longer than REMARK_CHARACTERS is cut. */
void remark_add(struct remarks *r, struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The list as a JSON array of strings, in arena a; "" when it is empty. */
const char *remark_json(struct arena *a, const struct remarks *r);

#endif
