#include "config.h"

#include "fcgi/masking.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"

/* A name that does not decode is none of ours: binding has refused it or it is data. Cut at a NUL it could only look more like a secret. */
static int
is_secret(struct arena *a, const char *name, size_t n)
{
	static const char *const names[] = { "key", "login", "password" };
	size_t len;
	const char *decoded = text_url_decode(a, name, n, 1, &len);

	if (decoded == NULL)
		decoded = arena_strndup(a, name, n);
	decoded = text_trim(arena_strdup(a, decoded));
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (text_ieq(decoded, names[i]))
			return 1;
	return 0;
}

/* Adds the pairs of the query; a secret one is left out, or keeps its name when mask is given. */
static void
pairs_add(struct buf *b, const char *query, const char *mask)
{
	int first = 1;

	for (const char *p = query; *p != '\0';) {
		size_t n = strcspn(p, "&"), name = strcspn(p, "&=");
		int secret = is_secret(b->arena, p, name);

		if (!secret || mask != NULL) {
			if (!first)
				buf_addc(b, '&');
			buf_add(b, p, secret ? name : n);
			if (secret)
				buf_adds(b, mask);
			first = 0;
		}
		p += n;
		p += *p == '&';
	}
}

char *
masking_query_drop(struct arena *a, const char *query)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "");
	pairs_add(&b, query == NULL ? "" : query, NULL);
	return b.data;
}

char *
masking_uri(struct arena *a, const char *path, const char *query)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, path);
	if (query != NULL && *query != '\0') {
		buf_addc(&b, '?');
		pairs_add(&b, query, "=***");
	}
	return b.data;
}
