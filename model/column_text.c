#include "config.h"

#include "model/column_text.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/format/mail_normal.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "model/read.h"

enum { HASH_BYTES = 16, HASH_CHARACTERS = 2 * HASH_BYTES + 1 };

int
column_text_fits(const struct entity_column *c, const char *text)
{
	return c->type == ENTITY_TEXT ? strlen(text) <= COLUMN_TEXT_BYTES :
					text_utf8_length(text) <= (size_t)c->length;
}

int
column_text_is_broken(const struct reader *r, const char *text)
{
	return r->is_repaired && strstr(text, TEXT_REPLACEMENT) != NULL;
}

/* 1 for a column whose normal form the entity keeps in another column. */
static int
is_of_addresses(const struct entity *e, const struct entity_column *c)
{
	for (const struct entity_column *made = e->columns; made->name != NULL; made++)
		if (made->made_from != NULL && strcmp(made->made_from, c->name) == 0)
			return 1;
	return 0;
}

int
column_text_is_sound(struct reader *r, const struct entity *e, const struct entity_column *c,
    const char *prefix, const char *name, const char *text)
{
	if (!is_of_addresses(e, c) || *text == '\0' || mail_normal(r->arena, text) != NULL)
		return 1;
	read_remark(r, "%s%s left out: it is no mail address.", prefix, name);
	return 0;
}

/* The length of the longest beginning of at most n bytes that cuts no character. */
static size_t
whole_characters(const char *text, size_t n)
{
	while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return n;
}

struct val
column_text_cut(struct reader *r, const struct entity_column *c, const char *prefix,
    const char *name, const char *text)
{
	char *cut;

	if (c->type == ENTITY_CODE || c->whole) {
		read_remark(r, "%s%s left out: it is longer than %d %s.", prefix, name, c->length,
		    text_form(c->length, "character", "characters"));
		return v_null();
	}
	if (c->type == ENTITY_TEXT) {
		read_remark(r, "%s%s cut to %d bytes.", prefix, name, COLUMN_TEXT_BYTES);
		return v_text(
		    arena_strndup(r->arena, text, whole_characters(text, COLUMN_TEXT_BYTES)));
	}
	read_remark(r, "%s%s cut to %d %s.", prefix, name, c->length,
	    text_form(c->length, "character", "characters"));
	cut = arena_strdup(r->arena, text);
	text_utf8_cut(cut, (size_t)c->length);
	return v_text(cut);
}

const char *
column_text_key(struct arena *a, const char *text, size_t length)
{
	unsigned char digest[SECRET_SHA256_BYTES];
	char *head;

	if (text_utf8_length(text) <= length)
		return text;
	secret_sha256(text, strlen(text), digest);
	head = arena_strdup(a, text);
	text_utf8_cut(head, length - HASH_CHARACTERS);
	return arena_printf(a, "%s~%s", head, text_hex(a, digest, HASH_BYTES));
}
