/* Prints CREATE TABLE text for every entity: sql/tenant/0001-entities.sql was made with it, and
 * t/20-entity.t compares. "lint" as argument: only the table's lint. */
#include "config.h"

#include <stdio.h>

#include "lib/arena.h"
#include "model/entity.h"

int
main(int argc, char **argv)
{
	struct arena a = { 0 };
	const char *fault = entity_lint();

	(void)argv;
	if (fault != NULL)
		printf("%s\n", fault);
	else if (argc == 1)
		for (const struct entity *e = entities; e->name != NULL; e++)
			printf("%s;\n\n", entity_ddl(&a, e));
	arena_done(&a);
	return fault != NULL;
}
