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
	struct err **faults;		/* out, of a failure: of each change its own, in the
					 * arena; NULL = none */
};

/* Writes all rows; each gets its key and fate. Rules: model/row.h. Returns 0, or a negative code;
 * the caller then goes back to where nothing was written. Where faults are said, the others may be
 * tried again without these changes: as many as can be known are said at once. What is nobody's: a
 * lock conflict, another writer's row, a lost connection. The arena is for the time of the work
 * and of the faults. */
int change_apply(const struct change_apply *w, struct arena *a, struct err *err);

#endif
