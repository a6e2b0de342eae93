#include "config.h"

#include "process/export/export_keys.h"

#include <stdio.h>
#include <stdlib.h>

enum { BITS = 64, WORDS = EXPORT_KEYS_BLOCK / BITS };

void
export_keys_add(struct export_keys *k, int64_t key)
{
	uint64_t **block, bit;

	if (key < 0 || key > INT32_MAX)
		return;
	block = &k->blocks[key / EXPORT_KEYS_BLOCK];
	if (*block == NULL && (*block = calloc(WORDS, sizeof **block)) == NULL) {
		fputs("customerapi: out of memory\n", stderr);
		abort();
	}
	bit = UINT64_C(1) << key % BITS;
	k->n += ((*block)[key % EXPORT_KEYS_BLOCK / BITS] & bit) == 0;
	(*block)[key % EXPORT_KEYS_BLOCK / BITS] |= bit;
}

/* The first bit of a block from one on; EXPORT_KEYS_BLOCK = none. */
static int64_t
first_of(const uint64_t *block, int64_t from)
{
	while (from < EXPORT_KEYS_BLOCK) {
		const uint64_t word = block[from / BITS] >> from % BITS;

		if (word != 0)
			return from + __builtin_ctzll(word);
		from = (from / BITS + 1) * BITS;
	}
	return EXPORT_KEYS_BLOCK;
}

int64_t
export_keys_next(const struct export_keys *k, int64_t after)
{
	int64_t from = after + 1;

	for (int64_t b = from / EXPORT_KEYS_BLOCK; b < EXPORT_KEYS_BLOCKS; b++) {
		const int64_t found = k->blocks[b] == NULL ? EXPORT_KEYS_BLOCK :
		    first_of(k->blocks[b], from % EXPORT_KEYS_BLOCK);

		if (found < EXPORT_KEYS_BLOCK)
			return b * EXPORT_KEYS_BLOCK + found;
		from = 0;
	}
	return -1;
}

void
export_keys_done(struct export_keys *k)
{
	for (size_t i = 0; i < EXPORT_KEYS_BLOCKS; i++)
		free(k->blocks[i]);
	*k = (struct export_keys){ .n = 0 };
}
