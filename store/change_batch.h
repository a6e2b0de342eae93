/*
 * change_batch - makes and writes the changes of a batch: asks what their mappings ask, runs them
 * again with the answers, and writes all that they made together.
 */
#ifndef STORE_CHANGE_BATCH_H
#define STORE_CHANGE_BATCH_H

#include <stddef.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "model/change/change.h"
#include "model/change/known.h"

struct db;

enum change_verdict { CHANGE_NOTHING, CHANGE_WRITE, CHANGE_THERE };	/* THERE: by begin() */

struct change_item {
	/* In: called before the first run; what it writes is taken back if the item fails. Returns
	 * 0, 1 = the item is done already, or a negative code. NULL = none. */
	int (*begin)(struct change_item *item, struct err *err);
	/* In: makes item->change in item->arena, which is empty, and asks item->known. Returns an
	 * enum change_verdict or a negative code; ERR_ASKED = again with the answers. */
	int (*map)(struct change_item *item, struct err *err);
	/* In: called when the change is written; may read its rows' keys and fates. NULL = none. */
	void (*conclude)(struct change_item *item);
	const struct consent *consent;	/* In: as in struct change */
	const struct limits *limits;
	const struct entity_guard *guard;

	struct arena arena;		/* of what map() makes; given up by change_item_done() */
	struct known *known;
	struct known_asker asker;
	struct change change;
	int rc;				/* out: an enum change_verdict, or the item's own failure */
	struct err err;			/* out */
};

/* Frees what the item holds. */
void change_item_done(struct change_item *item);

struct change_batch {
	struct db *db;
	struct change_item **items;	/* in the order of arrival; at most ENTITY_CHUNK * 2 */
	size_t n;
	usec_t now;
};

/* Runs the items in the caller's transaction, as if one by one in their order. Each item's failure
 * is its own: it leaves nothing behind. 0 when each has its rc; negative when nothing can stay (a
 * lock conflict, another writer's row, a lost connection): the caller rolls back and runs the items
 * anew, in halves. */
int change_batch_run(const struct change_batch *b, struct err *err);

#endif
