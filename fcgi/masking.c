#include "config.h"

#include "fcgi/masking.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/content.h"
#include "lib/format/json.h"
#include "lib/format/writer.h"
#include "lib/text.h"

enum { SHOWN_MAX = 40, NAME_MAX = 64, ELEMENTS_MAX = 50, ENCODED_MAX = 4 };

/* 1: what ends at the "=", and begins at from or after it, is a secret parameter's name. */
static int
names_secret(const char *from, const char *equals)
{
	for (size_t i = 0; content_secrets[i] != NULL; i++) {
		size_t n = strlen(content_secrets[i]);

		if ((size_t)(equals - from) >= n &&
		    strncasecmp(equals - n, content_secrets[i], n) == 0)
			return 1;
	}
	return 0;
}

const char *
masking_text(struct arena *a, const char *text)
{
	const char *p = text, *from = text;
	struct buf b;

	if ((p = strchr(p, '=')) == NULL)
		return text;
	buf_init(&b, a);
	for (; p != NULL; p = strchr(p, '=')) {
		p++;
		if (!names_secret(from, p - 1))
			continue;
		buf_add(&b, from, (size_t)(p - from));
		buf_adds(&b, "***");
		from = p += strcspn(p, ";&?#/ \t");
	}
	if (from == text)
		return text;
	buf_adds(&b, from);
	return b.data;
}

/* The same for a text that is percent-encoded, perhaps several times. A text with a secret is shown
 * decoded as far as needed to find the last secret. */
static const char *
masked_encoded(struct arena *a, const char *text)
{
	const char *plain = text, *shown = text;
	size_t len;

	for (int i = 0; i < ENCODED_MAX && plain != NULL; i++) {
		const char *masked = masking_text(a, plain);

		if (strcmp(masked, plain) != 0)
			shown = masked;
		if (strchr(masked, '%') == NULL)
			break;
		plain = text_url_decode(a, masked, strlen(masked), 0, &len);
	}
	return shown;
}

/* Adds a text as it may stand in a URI. */
static void
add_encoded(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++) {
		const unsigned char c = (unsigned char)*text;

		if (c <= 0x20 || c >= 0x7f || strchr("\"<>\\^`{|}", c) != NULL)
			buf_addf(b, "%%%02X", c);
		else
			buf_addc(b, (char)c);
	}
}

/* Adds n bytes of a URI, masked. */
static void
add_masked_part(struct buf *b, const char *p, size_t n)
{
	const char *text = arena_strndup(b->arena, p, n), *shown = masked_encoded(b->arena, text);

	if (shown == text)
		buf_add(b, p, n);
	else
		add_encoded(b, shown);
}

/* A name that does not decode is no parameter: it was refused or is data. A name that is cut at a
 * NUL could only look more like a secret. */
static int
is_secret(struct arena *a, const char *name, size_t n)
{
	size_t len;
	const char *decoded = text_url_decode(a, name, n, 1, &len);

	if (decoded == NULL)
		decoded = arena_strndup(a, name, n);
	decoded = text_trim(arena_strdup(a, decoded));
	for (size_t i = 0; content_secrets[i] != NULL; i++)
		if (text_ieq(decoded, content_secrets[i]))
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
			if (mask == NULL)
				buf_add(b, p, n);
			else if (secret)
				buf_addf(b, "%.*s%s", (int)name, p, mask);
			else
				add_masked_part(b, p, n);
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

const char *
masking_query_kept(struct arena *a, const char *query)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "");
	pairs_add(&b, masking_query_drop(a, query), "=***");
	return b.data;
}

char *
masking_uri(struct arena *a, const char *path, const char *query)
{
	struct buf b;

	buf_init(&b, a);
	add_masked_part(&b, path, strlen(path));
	if (query != NULL && *query != '\0') {
		buf_addc(&b, '?');
		pairs_add(&b, query, "=***");
	}
	return b.data;
}

/* ------------------------------------------------------------------ payloads */

/* text with its letters and digits masked; what is beyond ASCII counts as letters. */
static const char *
masked(struct arena *a, const char *text)
{
	struct buf b;
	size_t n = 0;

	buf_init(&b, a);
	buf_adds(&b, "");
	for (; *text != '\0' && n < SHOWN_MAX; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c & 0xc0) == 0x80)	/* within a character */
			continue;
		if (isdigit(c))
			c = '9';
		else if (isupper(c))
			c = 'X';
		else if (isalpha(c) || c >= 0x80)
			c = 'x';
		buf_addc(&b, (char)c);
		n++;
	}
	if (*text != '\0')
		buf_adds(&b, "…");
	return b.data;
}

static void write_masked(struct writer *w, struct json_object *o);

static void
write_masked_object(struct writer *w, struct json_object *o)
{
	writer_object(w);
	json_object_object_foreach(o, name, value) {
		writer_name(w, text_is_name(name) ? name : masked(w->b->arena, name));
		write_masked(w, value);
	}
	writer_end(w);
}

static void
write_masked_array(struct writer *w, struct json_object *o)
{
	size_t n = json_object_array_length(o);

	writer_array(w);
	for (size_t i = 0; i < n && i < ELEMENTS_MAX; i++)
		write_masked(w, json_object_array_get_idx(o, i));
	if (n > ELEMENTS_MAX)
		writer_note(w, arena_printf(w->b->arena, "… %zu more", n - ELEMENTS_MAX));
	writer_end(w);
}

static void
write_masked(struct writer *w, struct json_object *o)
{
	switch (json_object_get_type(o)) {
	case json_type_object:
		write_masked_object(w, o);
		break;
	case json_type_array:
		write_masked_array(w, o);
		break;
	case json_type_string:
		writer_text(w, masked(w->b->arena, json_object_get_string(o)));
		break;
	case json_type_int:
	case json_type_double:
		writer_json(w, masked(w->b->arena, json_object_get_string(o)));
		break;
	case json_type_boolean:
		writer_flag(w, json_object_get_boolean(o));
		break;
	case json_type_null:
		writer_null(w);
	}
}

static int
is_query(const char *body, size_t bytes)
{
	size_t name = strcspn(body, "=");

	if (bytes == 0 || name >= bytes || name > NAME_MAX)
		return 0;
	return text_is_utf8(body, bytes) && strcspn(body, " \t\r\n<>{}[]\"") == bytes;
}

/* Pairs with their names unchanged. */
static void
add_masked_query(struct buf *b, const char *query)
{
	char *rest = arena_strdup(b->arena, query), *pair;

	while ((pair = strsep(&rest, "&")) != NULL) {
		char *value = strchr(pair, '=');

		if (value != NULL)
			*value++ = '\0';
		buf_adds(b, text_is_name(pair) ? pair : masked(b->arena, pair));
		if (value != NULL)
			buf_addf(b, "=%s", masked(b->arena, value));
		buf_adds(b, rest != NULL ? "&\n" : "");
	}
}

const char *
masking_payload(struct arena *a, const char *body, size_t bytes)
{
	struct json_object *o = NULL;
	struct writer w;
	struct buf b;
	size_t repaired;

	buf_init(&b, a);
	writer_init_block(&w, &b, 0);
	if (json_parse_repaired(a, body, bytes, &o, &repaired, NULL) == 0)
		write_masked(&w, o);
	else if (is_query(body, bytes))
		add_masked_query(&b, body);
	else
		buf_addf(&b, "%zu %s neither JSON nor a query string", bytes,
		    text_form((int64_t)bytes, "byte that is", "bytes that are"));
	json_object_put(o);
	return b.data;
}
