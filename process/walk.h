/*
 * walk - a process's way through the rows of a table, in chunks by key. Each chunk is a
 * transaction. It is tried again when its locks collide with the queue's.
 */
#ifndef PROCESS_WALK_H
#define PROCESS_WALK_H

#include <stddef.h>
#include <stdint.h>

#include "process/run.h"
#include "store/db.h"

/* The first cell of the first row; otherwise when there is no row. */
int walk_int(struct run *run, enum query q, const struct val *args, size_t nargs, int64_t otherwise,
    int64_t *out, struct err *err);

/* A statement that is tried again while locks collide. Rows, or a negative ERR_. */
int64_t walk_exec(
    struct run *run, enum query q, const struct val *args, size_t nargs, struct err *err);

/* Works on the rows whose keys are above after and up to last, within a transaction that is the
 * chunk's. Called again for the same ones when locks collided. */
typedef int walk_fn(struct run *run, int64_t after, int64_t last, void *tally, struct err *err);

struct walk {
	const char *phase;		/* for the run's progress */
	enum query last;		/* (after, rows): the key so many rows behind after */
	int64_t max;			/* the last key */
	int64_t chunk_rows;
	walk_fn *fn;
	void *tally;			/* what fn counts in: what it held before a chunk comes back
					   when the chunk is rolled back */
	size_t tally_bytes;
};

/* Walks through all rows with keys from 1 to max. */
int walk(struct run *run, const struct walk *w, struct err *err);

#endif
