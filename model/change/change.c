#include "config.h"

#include "model/change/change.h"

#include <string.h>

#include "lib/arena.h"

void
change_init(struct change *change, struct arena *a)
{
	*change = (struct change){ .arena = a, .end = &change->first };
}

void
change_add(struct change *change, struct row *row)
{
	if (row->is_of_change)
		return;
	row->is_of_change = 1;
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

void
change_person(struct change *change, struct row *contact)
{
	if (change->npeople == change->people_cap) {
		struct row **more;

		change->people_cap = change->people_cap == 0 ? 4 : change->people_cap * 2;
		more = arena_new(change->arena, struct row *, change->people_cap);
		if (change->npeople > 0)
			memcpy(more, change->people, change->npeople * sizeof(*more));
		change->people = more;
	}
	change->people[change->npeople++] = contact;
}

void
change_end_identifier(struct change *change, const struct change_end *end)
{
	struct change_end *e = arena_new(change->arena, struct change_end, 1), **last;

	*e = *end;
	e->next = NULL;
	for (last = &change->ends; *last != NULL; last = &(*last)->next)
		;
	*last = e;
}
