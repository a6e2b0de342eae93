#include "config.h"

#include "model/word.h"

#include <glib.h>
#include <stddef.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"

enum { ACCENT_FIRST = 0x300, ACCENT_LAST = 0x36f, POINT = '.' };

/* Letters that Unicode does not decompose. */
static const struct {
	gunichar letter;
	const char *plain;
} plain_letters[] = {
	{ 0xe6, "ae" },
	{ 0xf0, "d" },
	{ 0xf8, "o" },
	{ 0xfe, "th" },
	{ 0x111, "d" },
	{ 0x131, "i" },
	{ 0x142, "l" },
	{ 0x153, "oe" },
};

static const char *
plain(gunichar c)
{
	for (size_t i = 0; i < sizeof plain_letters / sizeof plain_letters[0]; i++)
		if (plain_letters[i].letter == c)
			return plain_letters[i].plain;
	return NULL;
}

/* 1 for accents, points and format characters, which are removed; marks that act as letters of
 * their script stay. */
static int
is_left_out(gunichar c)
{
	const int is_accent = c >= ACCENT_FIRST && c <= ACCENT_LAST;

	return is_accent || c == POINT || g_unichar_type(c) == G_UNICODE_FORMAT;
}

static void
add(struct buf *b, gunichar c)
{
	const char *letters = plain(c);
	char utf8[6];

	if (letters != NULL)
		buf_adds(b, letters);
	else
		buf_add(b, utf8, (size_t)g_unichar_to_utf8(c, utf8));
}

static void
add_word(struct buf *b, const char *folded)
{
	int gap = 0;

	for (const char *p = folded; *p != '\0'; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		if (is_left_out(c))
			continue;
		if (!g_unichar_isalnum(c) && !g_unichar_ismark(c)) {
			gap = 1;
			continue;
		}
		if (gap && b->len > 0)
			buf_addc(b, ' ');
		gap = 0;
		add(b, c);
	}
}

char *
word_of(struct arena *a, const char *text)
{
	const char *valid = text_utf8_fit(a, text, WORD_CHARACTERS);
	gchar *apart = g_utf8_normalize(valid, -1, G_NORMALIZE_ALL),
	      *folded = apart == NULL ? NULL : g_utf8_casefold(apart, -1);
	struct buf b;

	buf_init(&b, a);
	if (folded != NULL)
		add_word(&b, folded);
	g_free(folded);
	g_free(apart);
	text_utf8_cut(b.data, WORD_CHARACTERS);
	return b.data;
}
