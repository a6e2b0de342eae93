#include "config.h"

#include "model/change.h"

void
change_init(struct change *change, struct arena *a)
{
	*change = (struct change){ .arena = a, .end = &change->first };
}

void
change_add(struct change *change, struct row *row)
{
	*change->end = row;
	change->end = &row->next;
	change->n++;
}

struct row *
change_row(struct change *change, enum entity_id id, enum row_rule rule)
{
	struct row *row = row_new(change->arena, id, rule);

	change_add(change, row);
	return row;
}
