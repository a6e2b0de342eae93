/*
 * change_batch - makes and writes the changes of a batch as if one by one in the order of arrival.
 *
 * It works in waves. All mappings of a wave run; what they ask is answered together
 * (store/known/known.h), and those that asked run again. Then all that they made is written at once
 * (store/change_apply.h). Whatever knows of something that an earlier one of its wave changes waits
 * for the next wave, with its fresh answers (store/change_order.h).
 */
#ifndef STORE_CHANGE_BATCH_H
#define STORE_CHANGE_BATCH_H

#include <stddef.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "model/change/change.h"
#include "model/change/known.h"

struct change_marks;
struct db;

/* THERE: by begin(). LEFT: it was told to stop before this item. */
enum change_verdict { CHANGE_NOTHING, CHANGE_WRITE, CHANGE_THERE, CHANGE_LEFT };

struct change_item {
	/* In: called once, before all else; what it writes is taken back by take_back() when the
	 * item writes nothing in the end. Returns 0, 1 = the item is done already, or a negative
	 * code. Both NULL = none. */
	int (*begin)(struct change_item *item, struct err *err);
	int (*take_back)(struct change_item *item, struct err *err);
	/* In: called once, before the first run: reads what it is made of. NULL = none. */
	int (*open)(struct change_item *item, struct err *err);
	/* In: makes item->change in item->arena, which is empty, and asks item->known. Returns an
	 * enum change_verdict or a negative code; ERR_ASKED = again with the answers. */
	int (*map)(struct change_item *item, struct err *err);
	/* In: called when the change is written; may read its rows' keys and fates. NULL = none. */
	void (*conclude)(struct change_item *item);
	/* In: called at the end of the item's wave, with its rc: gives up what open() made. NULL =
	 * none. */
	void (*close)(struct change_item *item);
	const struct consent *consent;	/* In: as in struct change */
	const struct limits *limits;
	const struct entity_guard *guard;
	size_t cost;			/* In: bytes of memory that it may take from open() on */

	struct arena arena;		/* of what map() makes; given up by change_item_done() */
	struct known *known;
	struct known_asker asker;
	struct change change;
	int rc;				/* out: an enum change_verdict, or the item's own failure */
	struct err err;			/* out */

	/* Of the work. */
	int has_begun, is_open, is_settled;
	struct arena marked;		/* of marks */
	struct change_marks *marks;	/* of the last wave in which it was mapped; NULL = none */
	int is_behind;			/* it is not mapped in this wave */
};

/* Frees what the item holds. */
void change_item_done(struct change_item *item);

struct change_batch {
	struct db *db;
	struct change_item **items;	/* in the order of arrival */
	size_t n;
	usec_t now;
	size_t memory;			/* the cost of the items of a wave, together; one item may
					 * cost more. 0 = any */
	int (*go_on)(void *arg);	/* asked before each wave; 0 = stop. NULL = go on */
	void *arg;
};

/* Runs the items in the caller's transaction. Each item's failure is its own: it leaves nothing
 * behind. 0 when each has its rc; negative when nothing can stay (a lock conflict, another writer's
 * row, a lost connection): the caller rolls back and runs the items anew, in halves. */
int change_batch_run(const struct change_batch *b, struct err *err);

#endif
