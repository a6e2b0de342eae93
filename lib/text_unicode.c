#include "config.h"

#include <string.h>

#include <glib.h>

#include "lib/arena.h"
#include "lib/text.h"

size_t
text_utf8_sequence(const char *p, size_t n)
{
	const gunichar c = g_utf8_get_char_validated(p, (gssize)n);

	if (*p == '\0')
		return 1;
	return c >= (gunichar)-2 ? 0 : (size_t)g_unichar_to_utf8(c, NULL);
}

int
text_is_utf8(const char *p, size_t n)
{
	return n == 0 || g_utf8_validate_len(p, n, NULL);
}

size_t
text_utf8_length(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

int
text_utf8_cut(char *s, size_t max)
{
	for (; *s != '\0'; s++) {
		if (((unsigned char)*s & 0xc0) != 0x80 && max-- == 0) {
			*s = '\0';
			return 1;
		}
	}
	return 0;
}

/* Bytes of a character that the end of the string cut off. */
static int
cut_off(const char *p, size_t n)
{
	const unsigned char first = (unsigned char)p[0];

	return g_utf8_get_char_validated(p, (gssize)n) == (gunichar)-2 && first >= 0xc2 &&
	    first <= 0xf4;
}

char *
text_utf8_fit(struct arena *a, const char *s, size_t max)
{
	const char *p = s == NULL ? "" : s;
	size_t n = strlen(p), len;
	struct buf b;

	buf_init(&b, a);
	for (; n > 0 && max > 0 && !cut_off(p, n); p += len, n -= len, max--) {
		len = text_utf8_sequence(p, n);
		if (len > 0)
			buf_add(&b, p, len);
		else
			buf_adds(&b, TEXT_REPLACEMENT);
		len = len == 0 ? 1 : len;
	}
	return b.data;
}

char *
text_utf8_repaired(struct arena *a, const char *p, size_t n, size_t *count)
{
	const char *bad;
	struct buf b;

	buf_init(&b, a);
	while (n > 0 && !g_utf8_validate_len(p, n, &bad)) {
		buf_add(&b, p, (size_t)(bad - p));
		buf_adds(&b, TEXT_REPLACEMENT);
		(*count)++;
		n -= (size_t)(bad - p) + 1;
		p = bad + 1;
	}
	buf_add(&b, p, n);
	return b.data;
}

enum unseen { SEEN, BLANK, FORMAT };

/* The class of the character at p; *n gets its length. A byte that is not UTF-8 counts as
 * visible. */
static enum unseen
unseen_at(const char *p, size_t *n)
{
	*n = text_utf8_sequence(p, 4);	/* stops at the NUL */
	if (*n == 0)
		*n = 1;
	else if (*n == 1)
		return (unsigned char)*p <= 0x20 || *p == 0x7f ? BLANK : SEEN;
	else
		switch (g_unichar_type(g_utf8_get_char(p))) {
		case G_UNICODE_CONTROL:
		case G_UNICODE_SPACE_SEPARATOR:
		case G_UNICODE_LINE_SEPARATOR:
		case G_UNICODE_PARAGRAPH_SEPARATOR:
			return BLANK;
		case G_UNICODE_FORMAT:
			return FORMAT;
		default:
			break;
		}
	return SEEN;
}

char *
text_trim_unseen(char *s)
{
	char *end;
	size_t n;

	while (*s != '\0' && unseen_at(s, &n) != SEEN)
		s += n;
	end = s;
	for (char *p = s; *p != '\0'; p += n)
		if (unseen_at(p, &n) == SEEN)
			end = p + n;
	*end = '\0';
	return s;
}

int
text_is_unseen(const char *s)
{
	size_t n;

	while (*s != '\0' && unseen_at(s, &n) != SEEN)
		s += n;
	return *s == '\0';
}

int
text_has_blank(const char *s)
{
	size_t n;

	while (*s != '\0' && unseen_at(s, &n) != BLANK)
		s += n;
	return *s != '\0';
}

char *
text_drop_format(char *s)
{
	char *to = s;
	size_t n;

	for (const char *p = s; *p != '\0'; p += n) {
		int keep = unseen_at(p, &n) != FORMAT;

		for (size_t i = 0; i < n && keep; i++)
			*to++ = p[i];
	}
	*to = '\0';
	return s;
}

static int
is_control(const char *p)
{
	const unsigned char c = (unsigned char)p[0], d = c == 0 ? 0 : (unsigned char)p[1];

	if (c < 0x20 || c == 0x7f)
		return 1;
	if (c == 0xc2)
		return d < 0xa0;
	return strncmp(p, "\xe2\x80\xa8", 3) == 0 || strncmp(p, "\xe2\x80\xa9", 3) == 0;
}

int
text_is_turn(const char *p)
{
	const unsigned char last = p[0] == '\xe2' && p[1] != '\0' ? (unsigned char)p[2] : 0;

	if (strncmp(p, "\xd8\x9c", 2) == 0)
		return 1;
	if (strncmp(p, "\xe2\x80", 2) == 0)
		return last >> 1 == 0x8e >> 1 || (last >= 0xaa && last <= 0xae);
	return strncmp(p, "\xe2\x81", 2) == 0 && last >= 0xa6 && last <= 0xa9;
}

static size_t
sequence_bytes(const char *p)
{
	size_t n = 1;

	while (((unsigned char)p[n] & 0xc0) == 0x80)
		n++;
	return n;
}

char *
text_shown(struct arena *a, const char *s, int keep_lines)
{
	char *text = text_utf8_fit(a, s, strlen(s)), *to = text;
	size_t n;

	for (const char *p = text; *p != '\0'; p += n) {
		n = sequence_bytes(p);
		if (text_is_turn(p))
			continue;
		if (*p == '\n' && keep_lines)
			*to++ = '\n';
		else if (is_control(p))
			*to++ = ' ';
		else
			to = (char *)memmove(to, p, n) + n;
	}
	*to = '\0';
	return text;
}

static int
is_blank(uint32_t c)
{
	static const struct { uint32_t first, last; } blanks[] = {
		{ 0x09, 0x0d }, { 0x20, 0x20 }, { 0x85, 0x85 }, { 0xa0, 0xa0 }, { 0x1680, 0x1680 },
		{ 0x2000, 0x200b }, { 0x2028, 0x2029 }, { 0x202f, 0x202f }, { 0x205f, 0x2060 },
		{ 0x3000, 0x3000 }, { 0xfeff, 0xfeff },
	};

	for (size_t i = 0; i < sizeof blanks / sizeof blanks[0]; i++)
		if (c >= blanks[i].first && c <= blanks[i].last)
			return 1;
	return 0;
}

/* Bytes of the blank that s begins with, or 0. */
static size_t
blank_first(const char *s, size_t n)
{
	const int is_sign = n > 0 && *s > ' ' && *s < 0x7f;	/* of ASCII */
	size_t len = n == 0 || is_sign ? 0 : text_utf8_sequence(s, n);

	return len > 0 && is_blank(g_utf8_get_char(s)) ? len : 0;
}

/* Bytes of the blank that s ends with, or 0. */
static size_t
blank_last(const char *s, size_t n)
{
	size_t len = n == 0 ? 0 : 1;

	while (len < 4 && len < n && (s[n - len] & 0xc0) == 0x80)
		len++;
	return len > 0 && blank_first(s + n - len, len) == len ? len : 0;
}

const char *
text_strip(const char *s, size_t *n)
{
	size_t len;

	while ((len = blank_first(s, *n)) > 0) {
		s += len;
		*n -= len;
	}
	while ((len = blank_last(s, *n)) > 0)
		*n -= len;
	return s;
}

size_t
text_letter(const char *p, size_t n)
{
	size_t len = n == 0 ? 0 : text_utf8_sequence(p, n);
	uint32_t c = len == 0 ? 0 : g_utf8_get_char(p);
	int is_joiner = c == 0x200c || c == 0x200d;

	return is_joiner || g_unichar_isalnum(c) || g_unichar_ismark(c) ? len : 0;
}
