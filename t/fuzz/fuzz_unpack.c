/* Fuzz door: packed bodies in every coding. Whatever comes, what is given is within the limit and
 * ends with a NUL, and a lower limit gives the head of the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/unpack.h"

enum { MOST = 1 << 16, FEW = 100 };

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
give(enum unpack_coding coding, const char *p, size_t n)
{
	struct arena a = { 0 };
	struct err err = { 0 };
	const char *text, *head;
	size_t bytes, head_bytes;
	int rc = unpack(&a, coding, p, n, MOST, &text, &bytes, &err);

	if (bytes > MOST || text[bytes] != '\0' || (rc < 0) != (err.detail[0] != '\0'))
		abort();
	unpack(&a, coding, p, n, FEW, &head, &head_bytes, NULL);
	if (head_bytes != (bytes < FEW ? bytes : FEW) || memcmp(head, text, head_bytes) != 0)
		abort();
	arena_done(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena a = { 0 };

	if (n == 0)
		return 0;
	give(UNPACK_GZIP, (const char *)p, n);
	give(UNPACK_DEFLATE, (const char *)p, n);
	unpack_coding_of(arena_strndup(&a, (const char *)p, n));
	unpack_coding_kept(arena_strndup(&a, (const char *)p, n));
	arena_done(&a);
	return 0;
}
