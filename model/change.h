/*
 * change - what one delivery brings: rows in an arena, in the order in which they are written.
 *
 * Mapping code makes it; store/entity/put.h writes it. Rows that stand beside one another and are
 * of one entity and rule, with the same columns said, are written together.
 */
#ifndef MODEL_CHANGE_H
#define MODEL_CHANGE_H

#include <stddef.h>

#include "model/row.h"

struct change {
	struct arena *arena;
	struct row *first, **end;
	size_t n;
};

/* No rows yet. The arena must live as long as the change. */
void change_init(struct change *change, struct arena *a);

/* A row more, of which nothing is said. */
struct row *change_row(struct change *change, enum entity_id id, enum row_rule rule);

/* A row that was made elsewhere, which is of no other change. */
void change_add(struct change *change, struct row *row);

#endif
