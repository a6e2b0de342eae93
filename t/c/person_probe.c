/*
 * person_probe - for t/46-privacy.t: prints the entity table, a line for each column: entity, key,
 * natural key, column, type, length, required, refers.
 */
#include "config.h"

#include <stdio.h>

#include "model/entity.h"

int
main(void)
{
	static const char *const types[] = { "?", "int16", "int32", "string", "code", "text",
		"decimal", "datetime", "boolean" };

	for (const struct entity *e = entities; e->name != NULL; e++)
		for (const struct entity_column *c = e->columns; c->name != NULL; c++) {
			printf("%s %s %d ", e->name, e->key, e->key_auto);
			for (size_t i = 0; e->natural[i] != NULL; i++)
				printf("%s%s", i > 0 ? "," : "", e->natural[i]);
			printf("%s %s %s %d %d %s\n", e->natural[0] == NULL ? "-" : "", c->name,
			    types[c->type], c->length, c->required,
			    c->refers == NULL ? "-" : c->refers);
		}
	return 0;
}
