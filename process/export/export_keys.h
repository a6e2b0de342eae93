/*
 * export_keys - the keys of rows that changed: a bit for each, so that they come in order and once,
 * and take little memory.
 */
#ifndef PROCESS_EXPORT_EXPORT_KEYS_H
#define PROCESS_EXPORT_EXPORT_KEYS_H

#include <stddef.h>
#include <stdint.h>

enum { EXPORT_KEYS_BLOCK = 1 << 16, EXPORT_KEYS_BLOCKS = 1 << 15 };

/* Zeroed: none. Blocks are on the heap. */
struct export_keys {
	uint64_t *blocks[EXPORT_KEYS_BLOCKS];
	int64_t n;
};

/* Keys from 0 to INT32_MAX; one that is there already is not added again. */
void export_keys_add(struct export_keys *k, int64_t key);

/* The smallest key above after; -1 = none. */
int64_t export_keys_next(const struct export_keys *k, int64_t after);

void export_keys_done(struct export_keys *k);

#endif
