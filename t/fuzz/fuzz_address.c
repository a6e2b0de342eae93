/* Fuzz door: the normal form of a mail address. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/format/mail_normal.h"
#include "lib/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* Bounded, text when it was made of text, and its own normal form. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena a = { 0 };
	const char *text = arena_strndup(&a, (const char *)p, n), *normal = mail_normal(&a, text);

	if (normal != NULL) {
		const char *again = mail_normal(&a, normal);

		if (again == NULL || strcmp(normal, again) != 0)
			abort();
		if (text_utf8_length(normal) > MAIL_NORMAL_MAX)
			abort();
		if (text_is_utf8(text, strlen(text)) && !text_is_utf8(normal, strlen(normal)))
			abort();
	}
	arena_done(&a);
	return 0;
}
