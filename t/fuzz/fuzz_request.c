/* Fuzz door: path and query of a request. Input: one byte (raw path or not), the path, a line feed,
 * the query. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/request.h"
#include "lib/err.h"
#include "lib/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* What was accepted must keep the promises of request.h. */
static void
check(const struct request *r)
{
	for (size_t i = 0; i < r->nsegments; i++)
		if (!text_is_utf8(r->segments[i], strlen(r->segments[i])) ||
		    strcmp(r->segments[i], "..") == 0 || strcmp(r->segments[i], ".") == 0)
			abort();
	for (size_t i = 0; i < r->nparameters; i++)
		if (!text_is_utf8(r->parameters[i].name, strlen(r->parameters[i].name)) ||
		    !text_is_utf8(r->parameters[i].value, strlen(r->parameters[i].value)))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct request r = { 0 };
	struct err err = { 0 };
	char *path, *query;

	if (n == 0)
		return 0;
	query = path = arena_strndup(&r.arena, (const char *)p + 1, n - 1);
	path = strsep(&query, "\n");
	if (request_parse_path(&r, path, p[0] & 1, &err) == 0 &&
	    request_parse_query(&r, query == NULL ? "" : query, &err) == 0)
		check(&r);
	request_done(&r);
	return 0;
}
