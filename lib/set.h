/*
 * set - a set of byte strings, each with a number. It keeps walks over client input from comparing
 * every item with every other.
 *
 * It lives in an arena and is freed with it. A lookup takes constant time, even when somebody chose
 * the strings to make it slow: the hash has a key that is new in each process.
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

/* Adds the n bytes at p with a value and returns 1. The bytes are not copied and must stay valid.
 * Returns 0 when they are in the set already; *there (may be NULL) then gets their value, and
 * nothing changes. */
int set_add(struct set *s, const void *p, size_t n, size_t value, size_t *there);

/* The same for a string without its NUL. */
int set_add_text(struct set *s, const char *text, size_t value, size_t *there);

/* 1 when the bytes are in the set, with their value (the pointer may be NULL); else 0. */
int set_find(const struct set *s, const void *p, size_t n, size_t *value);
int set_find_text(const struct set *s, const char *text, size_t *value);

#endif
