/* Prints the OpenAPI description of this build's actions: doc/openapi.json is made with it. */
#include "config.h"

#include <stdio.h>

#include "fcgi/help/openapi.h"
#include "lib/arena.h"
#include "lib/text.h"

int
main(void)
{
	struct arena a = { 0 };
	struct buf b;

	buf_init(&b, &a);
	openapi_write(&b, "");
	fputs(b.data, stdout);
	arena_done(&a);
	return 0;
}
