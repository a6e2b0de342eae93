#include "config.h"

#include "lib/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <openssl/evp.h>

#include "lib/arena.h"

/* ------------------------------------------------------------------ buffer */

void
buf_init(struct buf *b, struct arena *a)
{
	*b = (struct buf){ .arena = a, .data = arena_strndup(a, "", 0), .cap = 1 };
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (b->cap - b->len <= n) {
		size_t cap = b->cap * 2 > b->len + n + 1 ? b->cap * 2 : b->len + n + 64;
		char *data = arena_alloc(b->arena, cap);

		memcpy(data, b->data, b->len);
		b->data = data;
		b->cap = cap;
	}
	if (n > 0)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void
buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_adds(b, arena_vprintf(b->arena, fmt, ap));
	va_end(ap);
}

/* Length of the valid UTF-8 sequence at p (1 to 4), or 0. */
static size_t
utf8_sequence(const unsigned char *p, size_t n)
{
	size_t len = p[0] < 0x80         ? 1 :
	    p[0] >= 0xc2 && p[0] <= 0xdf ? 2 :
	    (p[0] & 0xf0) == 0xe0        ? 3 :
	    p[0] >= 0xf0 && p[0] <= 0xf4 ? 4 :
					   0;

	if (len == 0 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

static void
add_json_byte(struct buf *b, unsigned char c)
{
	switch (c) {
	case '"':
		buf_adds(b, "\\\"");
		break;
	case '\\':
		buf_adds(b, "\\\\");
		break;
	case '\n':
		buf_adds(b, "\\n");
		break;
	default:
		if (c < 0x20 || c == 0x7f)
			buf_addf(b, "\\u%04x", c);
		else
			buf_addc(b, (char)c);
	}
}

/* How many bytes in front stand for themselves in JSON: most of most texts, which are then added at
 * once. */
static size_t
plain_bytes(const unsigned char *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] >= 0x20 && p[i] < 0x7f && p[i] != '"' && p[i] != '\\')
		i++;
	return i;
}

void
buf_add_json_n(struct buf *b, const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;

	buf_addc(b, '"');
	while (n > 0) {
		size_t len = plain_bytes(p, n);

		if (len > 0) {
			buf_add(b, p, len);
			p += len;
			n -= len;
			continue;
		}
		len = utf8_sequence(p, n);
		if (len == 1)
			add_json_byte(b, *p);
		else if (len > 1)
			buf_add(b, p, len);
		else
			buf_adds(b, TEXT_REPLACEMENT);
		len = len == 0 ? 1 : len;
		p += len;
		n -= len;
	}
	buf_addc(b, '"');
}

void
buf_add_json(struct buf *b, const char *s)
{
	if (s == NULL)
		buf_adds(b, "null");
	else
		buf_add_json_n(b, s, strlen(s));
}

void
buf_add_html(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++)
		switch (*s) {
		case '&':
			buf_adds(b, "&amp;");
			break;
		case '<':
			buf_adds(b, "&lt;");
			break;
		case '>':
			buf_adds(b, "&gt;");
			break;
		case '"':
			buf_adds(b, "&quot;");
			break;
		case '\'':
			buf_adds(b, "&#39;");
			break;
		default:
			buf_addc(b, *s);
		}
}

/* ------------------------------------------------------------------ strings */

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

int
text_ieq(const char *s, const char *t)
{
	while (*s != '\0' && lower(*s) == lower(*t)) {
		s++;
		t++;
	}
	return lower(*s) == lower(*t);
}

int
text_is_utf8(const char *p, size_t n)
{
	return n == 0 || g_utf8_validate_len(p, n, NULL);
}

int
text_is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			return 0;
	return 1;
}

int
text_has_control(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return 1;
	return 0;
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
cut_off(const unsigned char *p, size_t n)
{
	size_t want = p[0] >= 0xc2 && p[0] <= 0xdf ? 2 :
	    (p[0] & 0xf0) == 0xe0                  ? 3 :
	    p[0] >= 0xf0 && p[0] <= 0xf4           ? 4 :
						     0,
	       i = 1;

	while (i < n && (p[i] & 0xc0) == 0x80)
		i++;
	return i == n && n < want;
}

char *
text_utf8_fit(struct arena *a, const char *s, size_t max)
{
	const unsigned char *p = (const unsigned char *)(s == NULL ? "" : s);
	size_t n = strlen((const char *)p), len;
	struct buf b;

	buf_init(&b, a);
	for (; n > 0 && max > 0 && !cut_off(p, n); p += len, n -= len, max--) {
		len = utf8_sequence(p, n);
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
	const unsigned char *from = (const unsigned char *)p;
	size_t len;
	struct buf b;

	buf_init(&b, a);
	for (; n > 0; from += len, n -= len) {
		len = *from == '\0' ? 0 : utf8_sequence(from, n);
		if (len > 0) {
			buf_add(&b, from, len);
			continue;
		}
		buf_adds(&b, TEXT_REPLACEMENT);
		(*count)++;
		len = 1;
	}
	return b.data;
}

static int
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

char *
text_trim(char *s)
{
	size_t n;

	while (is_space(*s))
		s++;
	for (n = strlen(s); n > 0 && is_space(s[n - 1]); n--)
		s[n - 1] = '\0';
	return s;
}

enum unseen { SEEN, BLANK, FORMAT };

/* What the character at p is; *n gets its bytes. A byte that is no UTF-8 is seen. */
static enum unseen
unseen_at(const char *p, size_t *n)
{
	*n = utf8_sequence((const unsigned char *)p, 4);	/* stops at the NUL */
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
		return last == 0x8e || last == 0x8f || (last >= 0xaa && last <= 0xae);
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

/* The code point of a valid sequence of len bytes. */
static uint32_t
code_point(const unsigned char *p, size_t len)
{
	uint32_t c = len == 1 ? p[0] : p[0] & (0xffu >> (len + 1));

	for (size_t i = 1; i < len; i++)
		c = c << 6 | (p[i] & 0x3f);
	return c;
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
blank_first(const unsigned char *s, size_t n)
{
	size_t len = n == 0 ? 0 : utf8_sequence(s, n);

	return len > 0 && is_blank(code_point(s, len)) ? len : 0;
}

/* Bytes of the blank that s ends with, or 0. */
static size_t
blank_last(const unsigned char *s, size_t n)
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

	while ((len = blank_first((const unsigned char *)s, *n)) > 0) {
		s += len;
		*n -= len;
	}
	while ((len = blank_last((const unsigned char *)s, *n)) > 0)
		*n -= len;
	return s;
}

size_t
text_letter(const char *p, size_t n)
{
	size_t len = n == 0 ? 0 : utf8_sequence((const unsigned char *)p, n);
	uint32_t c = len == 0 ? 0 : code_point((const unsigned char *)p, len);

	if (c == 0x200c || c == 0x200d || g_unichar_isalnum(c) || g_unichar_ismark(c))
		return len;
	return 0;
}

char *
text_lower(char *s)
{
	for (char *p = s; *p != '\0'; p++)
		*p = lower(*p);
	return s;
}

/* ------------------------------------------------------------------ encodings */

static int
hex_digit(char c)
{
	c = lower(c);
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *
text_url_decode(struct arena *a, const char *p, size_t n, int plus_is_space, size_t *len)
{
	char *out = arena_alloc(a, n + 1);
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '%') {
			int high = i + 2 < n ? hex_digit(p[i + 1]) : -1,
			    low = i + 2 < n ? hex_digit(p[i + 2]) : -1;

			if (high < 0 || low < 0)
				return NULL;
			out[used++] = (char)(high << 4 | low);
			i += 2;
		} else
			out[used++] = plus_is_space && p[i] == '+' ? ' ' : p[i];
	}
	if (len != NULL)
		*len = used;
	return out;
}

void
buf_add_url(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~",
			*s) != NULL)
			buf_addc(b, *s);
		else
			buf_addf(b, "%%%02X", (unsigned char)*s);
}

const char *
text_form(int64_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}

char *
text_hex(struct arena *a, const void *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *b = p;
	char *out = arena_alloc(a, n * 2 + 1);

	for (size_t i = 0; i < n; i++) {
		out[i * 2] = digits[b[i] >> 4];
		out[i * 2 + 1] = digits[b[i] & 15];
	}
	return out;
}

int
text_unhex(const char *s, unsigned char *out, size_t n)
{
	if (strlen(s) != n * 2)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int high = hex_digit(s[i * 2]), low = hex_digit(s[i * 2 + 1]);

		if (high < 0 || low < 0)
			return -1;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return 0;
}

char *
text_base64(struct arena *a, const void *p, size_t n)
{
	char *out = arena_alloc(a, (n + 2) / 3 * 4 + 1);

	EVP_EncodeBlock((unsigned char *)out, p, (int)n);
	return out;
}

static int
base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

unsigned char *
text_unbase64(struct arena *a, const char *s, size_t *len)
{
	size_t n = strlen(s), used = 0, padding = 0;
	unsigned char *out;
	unsigned v = 0;

	while (n > 0 && s[n - 1] == '=' && padding < 2) {
		n--;
		padding++;
	}
	if (n % 4 == 1 || (padding > 0 && (n + padding) % 4 != 0))
		return NULL;
	out = arena_alloc(a, n / 4 * 3 + 4);
	for (size_t i = 0; i < n; i++) {
		int d = base64_digit(s[i]);

		if (d < 0)
			return NULL;
		v = v << 6 | (unsigned)d;
		if (i % 4 != 0)
			out[used++] = (unsigned char)(v >> (6 - i % 4 * 2));
	}
	*len = used;
	return out;
}

/* ------------------------------------------------------------------ did you mean */

int
text_int64(const char *s, int64_t *out)
{
	const char *digits = s + (*s == '-' || *s == '+');
	char *end;

	if (*digits < '0' || *digits > '9')
		return -1;
	for (const char *p = digits; *p != '\0'; p++)
		if (*p < '0' || *p > '9')
			return -1;
	errno = 0;
	*out = strtoll(s, &end, 10);
	return errno == ERANGE ? -2 : 0;
}

int
text_is_name(const char *text)
{
	size_t digits = 0, n = 0;

	for (; *text != '\0'; text++) {
		digits = isdigit((unsigned char)*text) ? digits + 1 : 0;
		if (digits > 4 || ++n > 64 ||
		    (!isalnum((unsigned char)*text) && strchr("_-.$:", *text) == NULL))
			return 0;
	}
	return n > 0;
}
