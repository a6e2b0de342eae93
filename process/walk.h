/*
 * walk - lets a process work through the rows of a table in chunks by key. Each chunk is a
 * transaction, which is tried again when its locks collide with the queue's.
 */
#ifndef PROCESS_WALK_H
#define PROCESS_WALK_H

#include <stddef.h>
#include <stdint.h>

#include "process/run.h"
#include "store/db.h"

/* Returns the first cell of the first row, or otherwise when there is no row. */
int walk_int(struct run *run, enum query q, const struct val *args, size_t nargs, int64_t otherwise,
    int64_t *out, struct err *err);

/* Runs a statement, again while locks collide. Returns the number of rows, or a negative ERR_. */
int64_t walk_exec(
    struct run *run, enum query q, const struct val *args, size_t nargs, struct err *err);

/* Works on the rows with keys above after and up to last, within the chunk's transaction. It is
 * called again for the same rows when locks collided. */
typedef int walk_fn(struct run *run, int64_t after, int64_t last, void *tally, struct err *err);

struct walk {
	const char *phase;		/* for the run's progress */
	enum query last;		/* (after, rows): the key that many rows after "after" */
	int64_t max;			/* the last key */
	int64_t chunk_rows;
	walk_fn *fn;
	void *tally;			/* what fn counts in; it is restored when a chunk is rolled
					 * back */
	size_t tally_bytes;
};

/* Walks through all rows with keys from 1 to max. */
int walk(struct run *run, const struct walk *w, struct err *err);

#endif
