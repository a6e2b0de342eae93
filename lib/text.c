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

enum { PRINT_BYTES = 64 };

/* ------------------------------------------------------------------ buffer */

void
buf_init(struct buf *b, struct arena *a)
{
	*b = (struct buf){ .arena = a, .data = arena_strndup(a, "", 0), .cap = 1 };
}

/* Makes room for n bytes and a NUL. */
static void
make_room(struct buf *b, size_t n)
{
	size_t cap = b->cap * 2 > b->len + n + 1 ? b->cap * 2 : b->len + n + 64;
	char *data;

	if (b->cap - b->len > n)
		return;
	data = arena_alloc(b->arena, cap);
	memcpy(data, b->data, b->len);
	b->data = data;
	b->cap = cap;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	make_room(b, n);
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
	int n;

	make_room(b, PRINT_BYTES);	/* mostly enough: then it is printed once */
	va_start(ap, fmt);
	n = vsnprintf(b->data + b->len, b->cap - b->len, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < b->cap - b->len) {
		b->len += (size_t)n;
		return;
	}
	b->data[b->len] = '\0';	/* there was no room */
	va_start(ap, fmt);
	buf_adds(b, arena_vprintf(b->arena, fmt, ap));
	va_end(ap);
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

static int
is_plain(unsigned char c)
{
	return g_ascii_isprint(c) && c != '"' && c != '\\';
}

/* How many bytes at the start need no escape in JSON. Most texts are mostly such bytes, which are
 * added in one piece. */
static size_t
plain_bytes(const unsigned char *p, size_t n)
{
	size_t i = 0;

	while (i < n && is_plain(p[i]))
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
		len = text_utf8_sequence((const char *)p, n);
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

/* Not g_markup_escape_text(): it writes controls as references, which HTML forbids. */
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
text_is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			return 0;
	return 1;
}

int
text_has_control_but(const char *s, const char *allowed)
{
	for (; *s != '\0'; s++)
		if (((unsigned char)*s < 0x20 || *s == 0x7f) && strchr(allowed, *s) == NULL)
			return 1;
	return 0;
}

int
text_has_control(const char *s)
{
	return text_has_control_but(s, "");
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

char *
text_lower(char *s)
{
	for (char *p = s; *p != '\0'; p++)
		*p = lower(*p);
	return s;
}

/* ------------------------------------------------------------------ encodings */

char *
text_url_decode(struct arena *a, const char *p, size_t n, int plus_is_space, size_t *len)
{
	char *out = arena_alloc(a, n + 1);
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '%') {
			int high = i + 2 < n ? g_ascii_xdigit_value(p[i + 1]) : -1,
			    low = i + 2 < n ? g_ascii_xdigit_value(p[i + 2]) : -1;

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
	char *escaped = g_uri_escape_string(s, NULL, FALSE);

	buf_adds(b, escaped);
	g_free(escaped);
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
		int high = g_ascii_xdigit_value(s[i * 2]), low = g_ascii_xdigit_value(s[i * 2 + 1]);

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
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
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

/* ------------------------------------------------------------------ numbers, names */

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
		if (digits > 4 || ++n > 64)
			return 0;
		if (!isalnum((unsigned char)*text) && strchr("_-.$:", *text) == NULL)
			return 0;
	}
	return n > 0;
}
