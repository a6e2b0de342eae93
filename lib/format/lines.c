#include "config.h"

#include "lib/format/lines.h"

#include <iconv.h>
#include <string.h>

#include <glib.h>

#include "lib/err.h"
#include "lib/text.h"

enum { HEAD_BYTES = 4096, WIDEST = 3 };	/* WIDEST: bytes of UTF-8 for one of another encoding */

/* ASCII: nothing so far distinguishes UTF-8 from Windows-1252. */
enum encoding {
	ENCODING_UNSET, ENCODING_ASCII, ENCODING_UTF8, ENCODING_WINDOWS_1252,
	ENCODING_UTF16LE, ENCODING_UTF16BE
};

#define NO_CONVERSION ((iconv_t)-1)

struct lines {
	lines_taker *take;
	void *arg;
	enum encoding encoding;
	iconv_t conversion;
	char head[HEAD_BYTES];		/* of the file, until the encoding is known */
	size_t nhead;
	char *raw, *text;		/* the line as it came; as UTF-8 */
	size_t nraw, raw_room, text_room;
	size_t nbytes;			/* length of the line, even when it is too long to be
					 * kept */
	char unit[2];			/* of UTF-16, bytes so far */
	size_t nunit;
	int after_cr;			/* a LF that follows belongs to the CR */
	int64_t number;			/* of the line before */
};

struct lines *
lines_create(lines_taker *take, void *arg)
{
	struct lines *l = g_new0(struct lines, 1);

	l->take = take;
	l->arg = arg;
	l->conversion = NO_CONVERSION;
	return l;
}

void
lines_destroy(struct lines **l)
{
	if (*l == NULL)
		return;
	if ((*l)->conversion != NO_CONVERSION)
		iconv_close((*l)->conversion);
	g_free((*l)->raw);
	g_free((*l)->text);
	g_clear_pointer(l, g_free);
}

static char *
grow(char *p, size_t *room, size_t need)
{
	if (need <= *room)
		return p;
	*room = need < 2 * *room ? 2 * *room : need;
	return g_realloc(p, *room);
}

/* ------------------------------------------------------------------ which encoding */

static int
is_wide(const struct lines *l)
{
	return l->encoding == ENCODING_UTF16LE || l->encoding == ENCODING_UTF16BE;
}

/* Recognises UTF-16 without a mark: nearly all characters have a zero in one byte, and none in the
 * other. */
static enum encoding
guess(const struct lines *l)
{
	size_t zeros[2] = { 0, 0 }, units = l->nhead / 2, enough = units - units / 4;

	for (size_t i = 0; i < units * 2; i++)
		zeros[i % 2] += l->head[i] == '\0';
	if (zeros[0] == 0 && zeros[1] > 0 && zeros[1] >= enough)
		return ENCODING_UTF16LE;
	if (zeros[1] == 0 && zeros[0] > 0 && zeros[0] >= enough)
		return ENCODING_UTF16BE;
	return ENCODING_ASCII;
}

/* Sets the encoding and returns the bytes of the mark. */
static size_t
find_encoding(struct lines *l)
{
	static const struct { const char *mark; size_t n; enum encoding encoding; } marks[] = {
		{ "\xef\xbb\xbf", 3, ENCODING_UTF8 }, { "\xff\xfe", 2, ENCODING_UTF16LE },
		{ "\xfe\xff", 2, ENCODING_UTF16BE },
	};

	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (l->nhead >= marks[i].n && memcmp(l->head, marks[i].mark, marks[i].n) == 0) {
			l->encoding = marks[i].encoding;
			return marks[i].n;
		}
	l->encoding = guess(l);
	return 0;
}

/* ------------------------------------------------------------------ one line */

static int
is_ascii(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)p[i] >= 0x80)
			return 0;
	return 1;
}

/* The line with "?" for everything that is not ASCII. */
static void
take_ascii(struct lines *l, struct line *out)
{
	size_t step = is_wide(l) ? 2 : 1, low = l->encoding == ENCODING_UTF16BE;

	for (size_t i = 0; i + step <= l->nraw; i += step) {
		unsigned char c = (unsigned char)l->raw[i + low];
		int wide = step == 2 && l->raw[i + !low] != '\0';

		l->text[out->n++] = wide || c == '\0' || c >= 0x80 ? '?' : (char)c;
	}
}

/* Converts by iconv. Returns 0, 1 when the line is not valid in the encoding, or a negative
 * code. */
static int
convert(struct lines *l, struct line *out, struct err *err)
{
	static const char *const names[] = { [ENCODING_WINDOWS_1252] = "WINDOWS-1252",
		[ENCODING_UTF16LE] = "UTF-16LE", [ENCODING_UTF16BE] = "UTF-16BE" };
	const char *name = names[l->encoding];
	char *in = l->raw, *to = l->text;
	size_t left = l->nraw, room = l->text_room - 1;

	if (l->conversion == NO_CONVERSION)
		l->conversion = iconv_open("UTF-8", name);
	if (l->conversion == NO_CONVERSION)
		return err_set(err, ERR_IO, "This system's iconv does not know %s.", name);
	iconv(l->conversion, NULL, NULL, NULL, NULL);
	if (left > 0 && iconv(l->conversion, &in, &left, &to, &room) == (size_t)-1)
		return 1;
	out->n = (size_t)(to - l->text);
	return 0;
}

/* Copies the bytes unchanged if they are UTF-8. */
static void
read_bytes(struct lines *l, struct line *out)
{
	int has_nul = l->nraw > 0 && memchr(l->raw, '\0', l->nraw) != NULL;

	if (!has_nul && text_is_utf8(l->raw, l->nraw)) {
		if (l->nraw > 0)
			memcpy(l->text, l->raw, l->nraw);
		out->n = l->nraw;
		return;
	}
	out->wrong = has_nul ? "has a NUL byte" : "is not UTF-8 like the file up to it";
	take_ascii(l, out);
}

static int
read_other(struct lines *l, struct line *out, struct err *err)
{
	int rc = convert(l, out, err);

	if (rc < 0 || (rc == 0 && memchr(l->text, '\0', out->n) == NULL))
		return rc;
	if (rc == 0)
		out->wrong = "has a NUL character";
	else if (is_wide(l))
		out->wrong = "has half of a character of UTF-16";
	else
		out->wrong = "has a byte that is none of Windows-1252, and is not UTF-8";
	out->n = 0;
	take_ascii(l, out);
	return 0;
}

/* The first line that is not ASCII decides; a line with a NUL byte is text in neither encoding. */
static void
settle_encoding(struct lines *l)
{
	if (l->encoding != ENCODING_ASCII || l->nraw == 0 || memchr(l->raw, '\0', l->nraw) != NULL)
		return;
	if (!is_ascii(l->raw, l->nraw))
		l->encoding = text_is_utf8(l->raw, l->nraw) ? ENCODING_UTF8 : ENCODING_WINDOWS_1252;
}

static int
end_line(struct lines *l, struct err *err)
{
	struct line out = { .number = ++l->number };
	int rc = 0;

	l->text = grow(l->text, &l->text_room, l->nraw * WIDEST + 1);
	settle_encoding(l);
	if (l->nbytes > LINES_BYTES_MAX)
		out.wrong = "is longer than 1048576 bytes";
	else if (l->encoding == ENCODING_ASCII || l->encoding == ENCODING_UTF8)
		read_bytes(l, &out);
	else
		rc = read_other(l, &out, err);
	out.text = l->text;
	out.text[out.n] = '\0';
	l->nraw = l->nbytes = 0;
	return rc < 0 ? rc : l->take(l->arg, &out, err);
}

/* ------------------------------------------------------------------ where lines end */

/* Bytes beyond the bound are only counted. */
static void
keep(struct lines *l, const char *p, size_t n)
{
	l->nbytes += n;
	if (l->nbytes > LINES_BYTES_MAX) {
		l->nraw = 0;
		return;
	}
	l->raw = grow(l->raw, &l->raw_room, l->nraw + n);
	memcpy(l->raw + l->nraw, p, n);
	l->nraw += n;
}

/* A character that may end the line; 1 when it is not part of it. */
static int
take_end(struct lines *l, char c, int *rc, struct err *err)
{
	int belongs = l->after_cr && c == '\n';

	l->after_cr = c == '\r';
	if (c != '\n' && c != '\r')
		return 0;
	if (!belongs)
		*rc = end_line(l, err);
	return 1;
}

static int
scan_bytes(struct lines *l, const char *p, size_t n, struct err *err)
{
	int rc = 0;

	while (n > 0 && rc == 0) {
		size_t k = (size_t)take_end(l, *p, &rc, err);

		if (k == 0) {
			while (k < n && p[k] != '\n' && p[k] != '\r')
				k++;
			keep(l, p, k);
		}
		p += k;
		n -= k;
	}
	return rc;
}

static int
scan_wide(struct lines *l, const char *p, size_t n, struct err *err)
{
	int rc = 0, low = l->encoding == ENCODING_UTF16BE;

	for (; n > 0 && rc == 0; p++, n--) {
		l->unit[l->nunit++] = *p;
		if (l->nunit < 2)
			continue;
		l->nunit = 0;
		if (!take_end(l, l->unit[!low] == '\0' ? l->unit[low] : '\0', &rc, err))
			keep(l, l->unit, 2);
	}
	return rc;
}

static int
scan(struct lines *l, const char *p, size_t n, struct err *err)
{
	return is_wide(l) ? scan_wide(l, p, n, err) : scan_bytes(l, p, n, err);
}

/* ------------------------------------------------------------------ all */

static int
begin(struct lines *l, struct err *err)
{
	size_t mark = find_encoding(l);

	return scan(l, l->head + mark, l->nhead - mark, err);
}

int
lines_put(struct lines *l, const void *bytes, size_t n, struct err *err)
{
	const char *p = bytes;
	size_t more = HEAD_BYTES - l->nhead;
	int rc;

	if (l->encoding == ENCODING_UNSET) {
		more = more < n ? more : n;
		memcpy(l->head + l->nhead, p, more);
		l->nhead += more;
		if (l->nhead < HEAD_BYTES)
			return 0;
		if ((rc = begin(l, err)) < 0)
			return rc;
		p += more;
		n -= more;
	}
	return scan(l, p, n, err);
}

int
lines_end(struct lines *l, struct err *err)
{
	int rc = l->encoding == ENCODING_UNSET ? begin(l, err) : 0;

	if (rc == 0 && l->nunit > 0)	/* half of a character */
		keep(l, l->unit, l->nunit);
	return rc == 0 && l->nbytes > 0 ? end_line(l, err) : rc;
}
