#include "config.h"

#include "model/entity_person.h"

#include <string.h>

#include "model/entity.h"

static int
is_contact(const char *entity)
{
	return entity != NULL && strcmp(entity, "Contact") == 0;
}

/* Computed from the table, once per process. Threads that compute it at the same time get the same
 * result. */
static void
find_personal(signed char *personal)
{
	int more = 1;

	for (size_t i = 0; entities[i].name != NULL; i++)
		personal[i] = (signed char)is_contact(entities[i].name);
	while (more) {
		more = 0;
		for (size_t i = 0; entities[i].name != NULL; i++)
			for (const struct entity_column *c = entities[i].columns;
			     !personal[i] && c->name != NULL; c++)
				if (c->refers != NULL &&
				    personal[entity_find(c->refers) - entities])
					more = personal[i] = 1;
	}
}

int
entity_is_personal(const struct entity *e)
{
	static _Thread_local signed char personal[ENTITY_COUNT_MAX], known;

	if (!known) {
		find_personal(personal);
		known = 1;
	}
	return personal[e - entities];
}

static int
refers_to_person(const struct entity_column *c)
{
	return c->refers != NULL && entity_is_personal(entity_find(c->refers));
}

static int
is_free_field(const struct entity_column *c)
{
	return strncmp(c->name, "FreeField", 9) == 0;
}

int
entity_is_kept(const struct entity *e)
{
	int amounts = 0;

	if (!entity_is_personal(e) || is_contact(e->name))
		return 0;
	for (const struct entity_column *c = e->columns; c->name != NULL; c++) {
		amounts |= c->type == ENTITY_DECIMAL && !is_free_field(c);
		if (!c->required || !refers_to_person(c))
			continue;
		if (is_contact(c->refers) || !entity_is_kept(entity_find(c->refers)))
			return 0;	/* a required reference to a person: the row cannot stay
					 * without the person */
	}
	return amounts;
}

int
entity_column_is_kept(const struct entity *e, const struct entity_column *c)
{
	if (strcmp(c->name, e->key) == 0 || strcmp(c->name, "DeletionFlag") == 0)
		return 1;
	if (is_free_field(c))
		return 0;
	if (c->refers != NULL)
		return !refers_to_person(c) || c->required;
	return c->type == ENTITY_DECIMAL || c->type == ENTITY_DATETIME;
}
