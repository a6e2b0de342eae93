/*
 * arena - memory with a lifetime: everything a request or a job allocates goes at once.
 *
 * An arena hands out zeroed memory that stays valid until arena_reset() or arena_done(). Nothing is
 * freed singly. Out of memory ends the process with a sentence on stderr: the master restarts it,
 * and no caller has to handle a NULL. Inputs are bounded before they reach an arena, so its size is
 * bounded too. An arena belongs to one thread at a time.
 *
 * An arena may have a limit. arena_alloc() does not fail beyond it, so no caller has to stop
 * half-way. Code that walks client input checks arena_is_over() on its way and stops when it is 1.
 * A block whose size a client chooses is requested with arena_try().
 */
#ifndef LIB_ARENA_H
#define LIB_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *head;	/* newest block; NULL while nothing was allocated */
	size_t total;			/* bytes asked of the system, for tests and metrics */
	size_t limit;			/* 0 = none; see arena_is_over() */
};

/* Makes *a an empty arena. Allocates nothing. A zeroed struct arena is an empty arena too. */
void arena_init(struct arena *a);

/* Frees all memory of *a; *a is then an empty arena. */
void arena_done(struct arena *a);

/* Forgets all allocations but keeps the first block for reuse (a loop's scratch memory). */
void arena_reset(struct arena *a);

/* Returns size bytes, zeroed, aligned for any type. Never NULL; size 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t size);

/* 1 when the arena took more of the system than its limit. */
int arena_is_over(const struct arena *a);

/* As arena_alloc(), but NULL when that would go beyond the limit, or the system has no more memory.
 */
void *arena_try(struct arena *a, size_t size);

/* Copies n bytes of p and adds a NUL. p may be NULL when n is 0. */
char *arena_strndup(struct arena *a, const char *p, size_t n);

/* Copies the string s; NULL gives NULL. */
char *arena_strdup(struct arena *a, const char *s);

/* The three texts as one. */
char *arena_join(struct arena *a, const char *x, const char *y, const char *z);

/* printf into the arena. */
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* Allocates n objects of a type: struct row *r = arena_new(a, struct row, 10); */
#define arena_new(a, type, n) ((type *)arena_alloc_array((a), (n), sizeof(type)))

/* As arena_alloc() for n * size bytes; a product that overflows ends the process. */
void *arena_alloc_array(struct arena *a, size_t n, size_t size);

#endif
