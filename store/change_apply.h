/*
 * change_apply - writes the changes of a batch (model/change/change.h) to a tenant's database, in
 * the caller's transaction, as if one after the other.
 */
#ifndef STORE_CHANGE_APPLY_H
#define STORE_CHANGE_APPLY_H

#include <stddef.h>

#include "lib/clock.h"

struct arena;
struct change;
struct db;
struct err;

struct change_apply {
	struct db *db;
	struct change **changes;	/* in the order of arrival */
	size_t n;
	usec_t now;
	size_t *culprit;		/* out, of a failure: whose it is, SIZE_MAX = nobody's */
};

/* Writes all rows; each gets its key and fate. Rules: model/row.h. Returns 0, or a negative code;
 * the caller then goes back to where nothing was written. A failure that has a culprit is that
 * change's own: without it the others can be written. What is not: a lock conflict, another
 * writer's row, a lost connection. The arena is for the time of the work. */
int change_apply(const struct change_apply *w, struct arena *a, struct err *err);

#endif
