#include "config.h"

#include "fcgi/help/form.h"

#include <string.h>

#include "fcgi/request.h"
#include "lib/text.h"

const char *
form_value(struct request *r, const char *name)
{
	const char *end = r->body + r->body_bytes;
	size_t length = strlen(name);

	for (const char *p = r->body; p < end;) {
		const char *stop = memchr(p, '&', (size_t)(end - p));
		size_t n = (size_t)((stop == NULL ? end : stop) - p), got;

		if (n > length && strncmp(p, name, length) == 0 && p[length] == '=') {
			char *value = text_url_decode(
			    &r->arena, p + length + 1, n - length - 1, 1, &got);

			return value != NULL && text_is_utf8(value, got) ? value : NULL;
		}
		p += n + 1;
	}
	return NULL;
}
