/*
 * remark - notes on input that was not stored as sent: texts that were cut, values that were left
 * out, words that are unknown.
 *
 * A list of sentences that goes with a success. It is bounded: the first remarks are kept, the
 * others are counted. A remark names the field. It repeats a value only when that is a word of a
 * closed list (a status, a country), because people who may not see personal data read remarks.
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
