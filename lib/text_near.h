/*
 * text_near - which of some names somebody may have meant, and names in a sentence.
 */
#ifndef LIB_TEXT_NEAR_H
#define LIB_TEXT_NEAR_H

#include <stddef.h>

struct arena;

/* "A, B and 3 more": names (ending with NULL) in a sentence, each once, of some bytes at most. */
const char *text_names(struct arena *a, const char *const *names, size_t most_bytes);

/* The candidate that s may be a slip of: the least edit distance (ASCII case ignored), of 1 up to 3
 * letters, 2 up to 8, 3 above. Of words with slashes each part must be that near, when both have as
 * many. NULL when none is. The list ends with NULL. */
const char *text_nearest(const char *s, const char *const *candidates);

/* 1 when s is t but for one typing error (ASCII case ignored): a letter too many, missing, or
 * another, or two neighbours that changed places. 1 too when they are the same. */
int text_is_typo(const char *s, const char *t);

#endif
