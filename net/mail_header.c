#include "config.h"

#include "net/mail_header.h"

#include <string.h>

#include <glib.h>

#include "lib/arena.h"
#include "lib/text.h"

/* RFC 2047 §2: the longest line with an encoded word. A line begins with a blank or the header's
 * name, so no encoded word has more than 75 bytes. */
enum { LINE_BYTES = 76 };

#define BEGIN "=?UTF-8?"
#define END "?="

/* The bytes around the encoded text, including the encoding's letter and its "?". */
enum { FRAME = sizeof BEGIN - 1 + 2 + sizeof END - 1 };

enum {
	ZERO_WIDTH_NON_JOINER = 0x200c, ZERO_WIDTH_JOINER = 0x200d,
	SKIN_FIRST = 0x1f3fb, SKIN_LAST = 0x1f3ff,
	TAG_FIRST = 0xe0020, TAG_LAST = 0xe007f, FLAG_FIRST = 0x1f1e6, FLAG_LAST = 0x1f1ff,
	THAI_AM = 0xe33, LAO_AM = 0xeb3	/* vowels, though no marks (UAX #29) */
};

struct header {
	struct buf out;
	size_t column;			/* bytes on the line */
	int by_letters;			/* 1 = Q encoding, 0 = B */
};

/* ------------------------------------------------------------------ what must stay together */

static int
is_between(gunichar c, gunichar first, gunichar last)
{
	return c >= first && c <= last;
}

static int
is_flag(gunichar c)
{
	return is_between(c, FLAG_FIRST, FLAG_LAST);
}

/* 1 when c belongs to the character in front of it. */
static int
joins(gunichar c)
{
	GUnicodeBreakType kind = g_unichar_break_type(c);

	if (is_between(c, SKIN_FIRST, SKIN_LAST) || is_between(c, TAG_FIRST, TAG_LAST))
		return 1;
	if (kind == G_UNICODE_BREAK_HANGUL_V_JAMO || kind == G_UNICODE_BREAK_HANGUL_T_JAMO)
		return 1;
	if (c == THAI_AM || c == LAO_AM)
		return 1;
	if (c == ZERO_WIDTH_NON_JOINER || c == ZERO_WIDTH_JOINER)
		return 1;
	return g_unichar_ismark(c);
}

/* Bytes of the first character as a reader sees it: a letter with its marks, joined emoji, a flag
 * of two letters. */
static size_t
cluster_bytes(const char *s, const char *end)
{
	gunichar last = g_utf8_get_char(s);
	const char *p = g_utf8_next_char(s);
	int flags = is_flag(last);

	for (; p < end; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		if (flags != 1 || !is_flag(c))
			if (!joins(c) && last != ZERO_WIDTH_JOINER)
				break;
		flags += is_flag(c);
		last = c;
	}
	return (size_t)(p - s);
}

/* ------------------------------------------------------------------ encodings */

/* 1 when the byte needs no escape in the Q encoding, at any place of a header (RFC 2047 §5 (3)). */
static int
is_plain(unsigned char c)
{
	return g_ascii_isalnum((char)c) || (c != '\0' && strchr("!*+-/", c) != NULL);
}

static size_t
letters_bytes(const char *s, size_t n)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += is_plain((unsigned char)s[i]) || s[i] == ' ' ? 1 : 3;
	return bytes;
}

static size_t
encoded_bytes(const struct header *h, const char *s, size_t n)
{
	return FRAME + (h->by_letters ? letters_bytes(s, n) : (n + 2) / 3 * 4);
}

static void
add_letters(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] == ' ')
			buf_addc(b, '_');
		else if (is_plain((unsigned char)s[i]))
			buf_addc(b, s[i]);
		else
			buf_addf(b, "=%02X", (unsigned char)s[i]);
}

static void
add_encoded(struct header *h, const char *s, size_t n)
{
	buf_addf(&h->out, BEGIN "%c?", h->by_letters ? 'Q' : 'B');
	if (h->by_letters)
		add_letters(&h->out, s, n);
	else
		buf_adds(&h->out, text_base64(h->out.arena, s, n));
	buf_adds(&h->out, END);
	h->column += encoded_bytes(h, s, n);
}

/* ------------------------------------------------------------------ lines */

static void
fold(struct header *h)
{
	buf_adds(&h->out, "\n ");
	h->column = 1;
}

static void
add_blank(struct header *h)
{
	buf_addc(&h->out, ' ');
	h->column++;
}

/* How much of s fits into an encoded word that begins at column: whole clusters, or whole
 * characters when no cluster fits. */
static size_t
fitting(const struct header *h, const char *s, const char *end, size_t column, int clusters)
{
	size_t room = column < LINE_BYTES ? LINE_BYTES - column : 0, n = 0;

	while (s + n < end) {
		const char *p = s + n;
		size_t step = clusters ? cluster_bytes(p, end) : (size_t)(g_utf8_next_char(p) - p);

		if (encoded_bytes(h, s, n + step) > room)
			break;
		n += step;
	}
	return n;
}

/* Writes a run as encoded words, with a blank before it unless it is first. Readers ignore the
 * blanks between encoded words. The first line of a header is not left empty. */
static void
add_run(struct header *h, const char *s, const char *end, int first)
{
	size_t n = (size_t)(end - s);

	h->by_letters = letters_bytes(s, n) <= (n + 2) / 3 * 4;
	for (; s < end; s += n, first = 0) {
		n = fitting(h, s, end, h->column + !first, 1);
		if (!first && n > 0)
			add_blank(h);
		else if (!first) {
			fold(h);
			n = fitting(h, s, end, h->column, 1);
		}
		if (n == 0)
			n = fitting(h, s, end, h->column, 0);
		add_encoded(h, s, n);
	}
}

/* Writes words that are not encoded, each with the blank before it. */
static void
add_words(struct header *h, const char *s, const char *end, int first)
{
	while (s < end) {
		size_t n = strcspn(s, " ");

		if (!first && h->column + 1 + n > LINE_BYTES)
			fold(h);
		else if (!first)
			add_blank(h);
		buf_add(&h->out, s, n);
		h->column += n;
		s += n + 1;
		first = 0;
	}
}

/* ------------------------------------------------------------------ all */

static int
must_encode(const char *s, size_t n, size_t most)
{
	if (n == 0 || n > most || memmem(s, n, "=?", 2) != NULL)
		return 1;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] > '~')
			return 1;
	return 0;
}

/* Finds where the words that must be encoded begin and end; an empty range when there are none. */
static void
find_run(const char *s, size_t most, const char **begin, const char **end)
{
	for (;;) {
		size_t n = strcspn(s, " ");

		if (must_encode(s, n, most)) {
			if (*begin == NULL)
				*begin = s;
			*end = s + n;
		}
		if (s[n] == '\0')
			return;
		s += n + 1;
	}
}

/* A run that is only the empty place between two blanks is extended by a neighbouring word, because
 * no encoded word may be empty. */
static void
widen_run(const char *s, const char **begin, const char **end)
{
	if (*begin == NULL || *begin < *end)
		return;
	if (*begin == s)
		*end += 1 + strcspn(*end + 1, " ");
	else
		for (--*begin; *begin > s && (*begin)[-1] != ' ';)
			--*begin;
}

char *
mail_header_text(struct arena *a, const char *name, const char *text)
{
	const char *s = text_shown(a, text, 0), *all = s + strlen(s), *begin = NULL, *end = NULL;
	struct header h = { .column = strlen(name) + 2 };

	buf_init(&h.out, a);
	buf_addc(&h.out, ' ');
	if (s < all)
		find_run(s, LINE_BYTES - h.column, &begin, &end);
	widen_run(s, &begin, &end);
	if (begin == NULL)
		add_words(&h, s, all, 1);
	else {
		if (begin > s)
			add_words(&h, s, begin - 1, 1);
		add_run(&h, begin, end, begin == s);
		add_words(&h, end + (end < all), all, 0);
	}
	buf_addc(&h.out, '\n');
	return h.out.data;
}
