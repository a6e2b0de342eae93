#include "lib/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
	struct arena_block *next;
	size_t size, used;
	max_align_t data[];
};

enum { BLOCK_BYTES = 16384, PRINT_BYTES = 256 };

/* No process gets this much memory, and sanitizers abort on larger requests. */
#define MOST_BYTES ((size_t)1 << 38)

static _Noreturn void
arena_out_of_memory(size_t size)
{
	fprintf(stderr, "customerapi: out of memory (%zu bytes asked)\n", size);
	abort();
}

void
arena_init(struct arena *a)
{
	*a = (struct arena){ 0 };
}

static void
arena_free_blocks(struct arena_block *b)
{
	while (b != NULL) {
		struct arena_block *next = b->next;

		free(b);
		b = next;
	}
}

void
arena_done(struct arena *a)
{
	arena_free_blocks(a->head);
	arena_init(a);
}

void
arena_reset(struct arena *a)
{
	struct arena_block *b = a->head;

	if (b == NULL)
		return;
	if (b->size > 4 * BLOCK_BYTES) {	/* do not keep one huge body's block for ever */
		arena_free_blocks(b);
		*a = (struct arena){ .limit = a->limit };
		return;
	}
	arena_free_blocks(b->next);
	b->next = NULL;
	b->used = 0;
	a->total = b->size;
}

/* NULL when there is no more memory. */
static struct arena_block *
arena_grow(struct arena *a, size_t size)
{
	size_t want = size > BLOCK_BYTES ? size : BLOCK_BYTES;
	struct arena_block *b;

	if (want > MOST_BYTES || (b = malloc(sizeof *b + want)) == NULL)
		return NULL;
	b->size = want;
	b->used = 0;
	b->next = a->head;
	a->head = b;
	a->total += want;
	return b;
}

/* NULL when there is no more memory. */
static void *
arena_take(struct arena *a, size_t size)
{
	size_t align = _Alignof(max_align_t), need;
	struct arena_block *b = a->head;
	void *p;

	if (size > SIZE_MAX - align)
		return NULL;
	need = (size + align - 1) / align * align;
	if ((b == NULL || b->size - b->used < need) && (b = arena_grow(a, need)) == NULL)
		return NULL;
	p = (char *)b->data + b->used;
	b->used += need;
	return memset(p, 0, need);
}

void *
arena_alloc(struct arena *a, size_t size)
{
	void *p = arena_take(a, size);

	if (p == NULL)
		arena_out_of_memory(size);
	return p;
}

int
arena_is_over(const struct arena *a)
{
	return a->limit != 0 && a->total > a->limit;
}

void *
arena_try(struct arena *a, size_t size)
{
	if (a->limit != 0 && (a->total > a->limit || size > a->limit - a->total))
		return NULL;
	return arena_take(a, size);
}

void *
arena_alloc_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		arena_out_of_memory(SIZE_MAX);
	return arena_alloc(a, bytes);
}

char *
arena_strndup(struct arena *a, const char *p, size_t n)
{
	char *s = arena_alloc(a, n + 1);

	if (n > 0)
		memcpy(s, p, n);
	return s;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return s == NULL ? NULL : arena_strndup(a, s, strlen(s));
}

char *
arena_join(struct arena *a, const char *x, const char *y, const char *z)
{
	const size_t nx = strlen(x), ny = strlen(y), nz = strlen(z);
	char *s = arena_alloc(a, nx + ny + nz + 1);

	memcpy(s, x, nx);
	memcpy(s + nx, y, ny);
	memcpy(s + nx + ny, z, nz);
	return s;
}

char *
arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	char most[PRINT_BYTES];
	va_list again;
	int n;
	char *s;

	va_copy(again, ap);
	n = vsnprintf(most, sizeof most, fmt, again);
	va_end(again);
	if (n < 0)
		arena_out_of_memory(0);
	if ((size_t)n < sizeof most)
		return arena_strndup(a, most, (size_t)n);
	s = arena_alloc(a, (size_t)n + 1);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	return s;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}
