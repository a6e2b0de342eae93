/*
 * set - byte strings that were met, each with a number: for walks over what a client sent that
 * would otherwise compare everything with everything.
 *
 * It lives in an arena and is gone with it. Looking one up costs the same however many there are,
 * also when somebody chose the strings to make it slow: the hash has a key that is new in each
 * process.
 */
#ifndef LIB_SET_H
#define LIB_SET_H

#include <stddef.h>
#include <stdint.h>

struct arena;

struct set_slot {
	uint64_t hash;
	const void *p;			/* NULL = free */
	size_t n, value;
};

struct set {
	struct arena *arena;
	struct set_slot *slots;		/* NULL while it is empty */
	size_t nslots, n;		/* a power of two; how many are in use */
};

/* Makes *s an empty set. Allocates nothing. */
void set_init(struct set *s, struct arena *a);

/* Adds the n bytes at p with a value: 1. They are not copied and must stay. 0 when they are there
 * already: then *there (may be NULL) gets the value that they have, and nothing is changed. */
int set_add(struct set *s, const void *p, size_t n, size_t value, size_t *there);

/* The same for a string without its NUL. */
int set_add_text(struct set *s, const char *text, size_t value, size_t *there);

/* 1 and their value (may be NULL) when the bytes are in the set, else 0. */
int set_find(const struct set *s, const void *p, size_t n, size_t *value);
int set_find_text(const struct set *s, const char *text, size_t *value);

#endif
