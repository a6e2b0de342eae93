/*
 * change - what one delivery writes: rows in the order of writing, in an arena.
 *
 * A mapping makes it without a database. store/change_apply.h writes the changes of a batch
 * together. A change is written as a whole or not at all.
 */
#ifndef MODEL_CHANGE_CHANGE_H
#define MODEL_CHANGE_CHANGE_H

#include <stddef.h>

#include "model/change/contact_key.h"
#include "model/row.h"

struct consent;
struct entity_guard;
struct limits;

/* Since when a customer is gone from a Source, or that he is back. */
struct change_end {
	const char *identifier;
	int16_t source_id;
	const struct row *contact;	/* NULL: he is back */
	usec_t at;			/* gone: since when. Back: only if he went before;
					 * USEC_NONE = in any case */
	struct change_end *next;
};

/* Two contacts become one (store/contact_merge.h), after the rows and before the ends. */
struct change_merge {
	const struct row *kept, *merged;
	int16_t only_source;		/* only what came from this Source moves; 0 = all */
	int16_t source_id;		/* who says so */
	const char *by;
	usec_t at;
	int64_t moved, filled;		/* out: rows */
};

struct change {
	struct arena *arena;
	struct row *first, **end;
	size_t n;
	struct row **people;		/* contacts that the delivery is about: the sender's limits
					 * must allow each */
	size_t npeople, people_cap;
	struct change_merge *merge;	/* NULL = none */
	struct change_end *ends;

	/* Under what it is written; set by who applies it. NULL = no limits, nobody was erased, a
	 * statement of nobody. */
	const struct consent *consent;
	const struct limits *limits;
	const struct entity_guard *guard;
};

/* No rows yet. The arena must live as long as the change. */
void change_init(struct change *change, struct arena *a);

/* Adds a row of which nothing is said yet. */
struct row *change_row(struct change *change, enum entity_id id, enum row_rule rule);

/* Adds a row that was made elsewhere. One that is in the change already stays where it is. */
void change_add(struct change *change, struct row *row);

void change_person(struct change *change, struct row *contact);

/* Copies end; its texts are not copied. */
void change_end_identifier(struct change *change, const struct change_end *end);

#endif
