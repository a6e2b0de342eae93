/*
 * entity_put_inside - rows on their way. Private to store/entity/put*.c.
 */
#ifndef STORE_ENTITY_PUT_INSIDE_H
#define STORE_ENTITY_PUT_INSIDE_H

#include <stddef.h>

#include "lib/arena.h"
#include "lib/set.h"
#include "lib/text.h"
#include "model/entity.h"
#include "store/db.h"
#include "store/entity/erased.h"
#include "store/entity/put.h"
#include "store/entity/settle.h"

/* A row. */
struct put_item {
	struct row *row;
	const struct change *change;
	size_t who;			/* the change's number */
	struct val *values;		/* of all columns, as they are written; NULL: not said */
	unsigned char *said;
	const struct consent *consent;
};

/* All that is written together. */
struct put {
	const struct entity_put *w;
	struct arena *a;
	struct val *history;		/* ENTITY_HISTORY values each */
	size_t nhistory, history_cap;
	struct set added;		/* pointers to rows that it added, which got a new key */
	struct entity_erased_asked asked;
};

/* A row as it is stored, or as it is after the items so far. */
struct put_image {
	struct val *values, key;
	unsigned char *written;		/* columns that are written; NULL: none */
	const struct put_item *maker;	/* who adds it; NULL: it is stored */
	const struct put_item *by;	/* who changed it last */
	int is_changed, is_gone;
};

/* A change of an opt-in. */
struct put_note { size_t image; struct val history[ENTITY_HISTORY]; };

/* The last image of each name. */
struct put_index { struct set names; size_t *last, n; };

/* Rows of an entity that are read and written together. */
struct put_chunk {
	struct put *put;
	const struct entity *e;
	struct arena *a;		/* for the time of the chunk */
	struct put_item *const *items;
	size_t n;
	struct entity_settle settle;
	int is_parted;			/* a change has rows of the entity here and elsewhere */
	int key, adds;			/* adds: some items are of ROW_ADD */
	int ident[ENTITY_NATURAL_MAX];	/* columns that name a row */
	size_t nident;
	struct buf *names;		/* of each item: the bytes of what names it; empty: a new
					 * row */
	struct put_image *images;
	size_t nimages;
	struct put_index by_name, by_key;
	size_t *image_of;		/* of each item; SIZE_MAX = none */
	struct put_note *notes;
	size_t nnotes;
};

/* Reads and locks what is stored of the items, and decides: images, fates, notes. */
int put_chunk_decide(struct put_chunk *c, struct err *err);

/* Whether the sender's limits allow it. */
int put_chunk_allow(const struct put_chunk *c, struct err *err);

/* Writes the images. *again: in, whether all may be done once more; out, 1 when that is due, for
 * another writer added one of the rows, and nothing was added. */
int put_chunk_write(struct put_chunk *c, int *again, struct err *err);

/* The failure is the item's own, unless it is nobody's. Returns its code. */
int put_blame(const struct put *p, const struct put_item *item, const struct err *err);

/* 0, or the first of the failures that were blamed on items. */
int put_faults(const struct put *p, struct err *err);

#endif
