#include "config.h"

#include "model/entity_external.h"

#include <string.h>

#include "lib/arena.h"
#include "model/entity.h"

int
entity_has_external(const struct entity *e)
{
	return strcmp(e->name, "Contact") == 0;
}

const struct entity *
entity_named_by(const struct entity *e)
{
	if (entity_has_external(e))
		return entity_find("ContactIdentifier");
	return e->natural[0] != NULL ? e : NULL;
}

const struct entity *
entity_external_of(const struct entity_column *c)
{
	const struct entity *to = c->refers == NULL ? NULL : entity_find(c->refers);

	return to == NULL ? NULL : entity_named_by(to);
}

char *
entity_external_name(struct arena *a, const struct entity_column *c)
{
	size_t n = strlen(c->name);

	if (n > 2 && strcmp(c->name + n - 2, "Id") == 0)
		n -= 2;
	return arena_join(a, arena_strndup(a, c->name, n), ENTITY_EXTERNAL, "");
}
