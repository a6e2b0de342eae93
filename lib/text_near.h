/*
 * text_near - finds the name that somebody may have meant, and lists names in a sentence.
 */
#ifndef LIB_TEXT_NEAR_H
#define LIB_TEXT_NEAR_H

#include <stddef.h>

struct arena;

/* "A, B and 3 more": names (ending with NULL) for a sentence, each once; the length is bounded. */
const char *text_names(struct arena *a, const char *const *names, size_t most_bytes);

/* The candidate that s may be a misspelling of: the one with the smallest edit distance (ASCII case
 * ignored). The distance may be 1 for up to 3 letters, 2 for up to 8, 3 above. When both words have
 * the same number of parts between slashes, each part must be that near. NULL when no candidate is
 * near. The list ends with NULL. */
const char *text_nearest(const char *s, const char *const *candidates);

/* 1 when s is t with at most one typing error (ASCII case ignored): a letter added, missing or
 * replaced, or two neighbours swapped. */
int text_is_typo(const char *s, const char *t);

#endif
