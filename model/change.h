/*
 * change - the rows that one delivery writes: in an arena, in the order of writing.
 *
 * Mapping code makes it; store/entity/put.h writes it. Neighbouring rows of one entity and rule
 * that say the same columns are written together.
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

/* Adds a row of which nothing is said yet. */
struct row *change_row(struct change *change, enum entity_id id, enum row_rule rule);

/* Adds a row that was made elsewhere and belongs to no other change. */
void change_add(struct change *change, struct row *row);

#endif
