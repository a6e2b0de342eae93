#include "config.h"

#include "model/entity_owner.h"

#include <string.h>

#include "lib/text.h"

enum { STEPS_MAX = 8 };

#define SOURCE "SourceId"

static int
is_of_all(const struct entity *e)
{
	return strcmp(e->owner, ENTITY_OF_ALL) == 0;
}

static int
is_of_source(const struct entity *e)
{
	return strcmp(e->owner, SOURCE) == 0;
}

const struct entity *
entity_owner_parent(const struct entity *e)
{
	int column = entity_column_find(e, e->owner);

	return is_of_source(e) || column < 0 || e->columns[column].refers == NULL ?
	    NULL :
	    entity_find(e->columns[column].refers);
}

const struct entity *
entity_owner_holder(const struct entity *e)
{
	return is_of_all(e) || entity_column_find(e, e->owner) >= 0 ? NULL : entity_find(e->owner);
}

enum entity_reach
entity_reach_find(const char *word)
{
	if (word != NULL && text_ieq(word, "all"))
		return ENTITY_REACH_ALL;
	return word != NULL && text_ieq(word, "shared") ? ENTITY_REACH_SHARED : ENTITY_REACH_OWN;
}

int
entity_is_shared(const struct entity *e)
{
	for (; e != NULL; e = entity_owner_parent(e))
		if (e->grants || is_of_all(e))
			return 1;
	return 0;
}

int
entity_is_of_all(const struct entity *e)
{
	while (entity_owner_parent(e) != NULL)
		e = entity_owner_parent(e);
	return is_of_all(e);
}

/* The same for an entity without a parent. */
static const char *
root_fault(const struct entity *e)
{
	const struct entity *holder;

	if (is_of_all(e) || (is_of_source(e) && entity_column_find(e, SOURCE) >= 0))
		return NULL;
	holder = entity_owner_holder(e);
	if (holder == NULL || !is_of_source(holder) || entity_column_find(holder, e->key) < 0)
		return "is no owner";
	return NULL;
}

const char *
entity_owner_fault(const struct entity *e)
{
	for (int steps = 0; e->owner != NULL; steps++) {
		const struct entity *parent = entity_owner_parent(e);

		if (steps == STEPS_MAX)
			return "as an owner leads round in a circle";
		if (parent == NULL)
			return root_fault(e);
		e = parent;
	}
	return "it, or what it refers to, does not say of which Source its rows are";
}
