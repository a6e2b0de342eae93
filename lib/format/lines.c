#include "config.h"

#include "lib/format/lines.h"

#include <iconv.h>
#include <string.h>

#include <glib.h>

#include "lib/err.h"
#include "lib/format/byte_source.h"
#include "lib/text.h"

enum {
	HEAD_BYTES = 4096,
	BLOCK = 128 << 10,
	ROOM = LINES_BYTES_MAX + 2 * BLOCK,
	LITTLE = 4096,			/* that much is moved without a thought */
	SLACK = 4,			/* bytes of CR LF in UTF-16 */
	WIDEST = 3			/* bytes of UTF-8 for one of another encoding */
};

#define NO_CONVERSION ((iconv_t)-1)
#define NOWHERE ((size_t)-1)

/* The first one at or behind the begin of the next line, or where to look on for it. */
struct next_end { size_t at; int found; };

struct lines {
	struct byte_source source;
	enum encoding encoding;		/* UNSET: all was ASCII so far */
	int found;			/* the encoding was found, not given */
	int begun;
	iconv_t conversion;
	char *buf;			/* of ROOM bytes */
	size_t at, end;			/* begin of the next line; of what was read */
	int64_t base;			/* offset of buf in the file */
	int at_end;			/* the source has no more */
	struct next_end lf, cr;
	int64_t number;			/* of the line before */
	size_t last, kept, second;	/* begins of lines; NOWHERE */
	int64_t second_number;		/* of the first kept line */
	char *text;			/* as UTF-8 */
	size_t text_room;
};

struct lines *
lines_create(enum encoding encoding, const struct byte_source *source)
{
	struct lines *l = g_new0(struct lines, 1);

	l->source = *source;
	l->encoding = encoding;
	l->found = encoding == ENCODING_UNSET;
	l->conversion = NO_CONVERSION;
	l->buf = g_malloc(ROOM);
	l->kept = NOWHERE;
	return l;
}

void
lines_destroy(struct lines **l)
{
	if (*l == NULL)
		return;
	if ((*l)->conversion != NO_CONVERSION)
		iconv_close((*l)->conversion);
	g_free((*l)->buf);
	g_free((*l)->text);
	g_clear_pointer(l, g_free);
}

static int
is_wide(const struct lines *l)
{
	return encoding_is_wide(l->encoding);
}

/* ------------------------------------------------------------------ reading */

static void
move_end(struct next_end *e, size_t by)
{
	if (e->at < by)
		*e = (struct next_end) { 0, 0 };
	else
		e->at -= by;
}

/* Moves what is needed to the begin of the buffer. */
static void
move(struct lines *l)
{
	size_t from = l->kept == NOWHERE ? l->at : l->kept;

	if (from == 0 || (l->end - from > LITTLE && ROOM - l->end >= BLOCK))
		return;
	memmove(l->buf, l->buf + from, l->end - from);
	l->base += (int64_t)from;
	l->at -= from;
	l->end -= from;
	move_end(&l->lf, from);
	move_end(&l->cr, from);
	if (l->kept != NOWHERE) {
		l->kept -= from;
		l->second -= from;
	}
}

static int
fill(struct lines *l, struct err *err)
{
	size_t room;
	int64_t n;

	move(l);
	room = ROOM - l->end < BLOCK ? ROOM - l->end : BLOCK;
	n = l->source.read(l->source.arg, l->base + (int64_t)l->end, l->buf + l->end, room, err);
	if (n < 0)
		return (int)n;
	l->at_end = n == 0;
	l->end += (size_t)n;
	return 0;
}

/* At the begin of the file: finds the encoding, unless it is given, and passes its mark. */
static int
begin(struct lines *l, struct err *err)
{
	enum encoding marked;
	size_t mark;
	int rc = 0;

	l->begun = 1;
	while (rc == 0 && !l->at_end && l->end < HEAD_BYTES)
		rc = fill(l, err);
	marked = encoding_marked(l->buf, l->end, &mark);
	if (l->encoding == ENCODING_UNSET)
		l->encoding = marked;
	if (l->encoding == marked)
		l->at = mark;
	if (l->encoding == ENCODING_UNSET)
		l->encoding = encoding_guess_wide(
		    l->buf, l->end < HEAD_BYTES ? l->end : HEAD_BYTES);
	return rc;
}

/* ------------------------------------------------------------------ where lines end */

/* Whether the byte at i is the character, of one byte or of two; *begin becomes where it begins. */
static int
is_character(const struct lines *l, size_t i, size_t *begin)
{
	int64_t offset = l->base + (int64_t)i;
	int low = l->encoding == ENCODING_UTF16BE;

	*begin = i;
	if (!is_wide(l))
		return 1;
	*begin = i - (size_t)low;
	if (offset % 2 != low)
		return 0;
	if (low)
		return i > l->at && l->buf[i - 1] == '\0';
	return i + 1 < l->end && l->buf[i + 1] == '\0';
}

static void
look_for(const struct lines *l, struct next_end *e, char c)
{
	/* The second byte of a character may not be there yet. */
	size_t end = l->end - (size_t)(is_wide(l) && !l->at_end && l->end > l->at);
	const char *p;

	if (e->at < l->at)
		*e = (struct next_end) { l->at, 0 };
	while (!e->found && e->at < end) {
		p = memchr(l->buf + e->at, c, end - e->at);
		if (p == NULL)
			e->at = end;
		else if (is_character(l, (size_t)(p - l->buf), &e->at))
			e->found = 1;
		else
			e->at = (size_t)(p - l->buf) + 1;
	}
}

/* Where the next line ends, as far as the bytes in memory say; NOWHERE. *next = where the line
 * behind it begins. */
static size_t
find_end(struct lines *l, size_t *next)
{
	size_t width = is_wide(l) ? 2 : 1, end;

	look_for(l, &l->lf, '\n');
	look_for(l, &l->cr, '\r');
	if (!l->lf.found && !l->cr.found)
		return NOWHERE;
	if (!l->cr.found || (l->lf.found && l->lf.at < l->cr.at)) {
		*next = l->lf.at + width;
		return l->lf.at;
	}
	end = l->cr.at;
	*next = end + width;
	if (l->lf.found && l->lf.at == *next)
		*next += width;
	else if (!l->at_end && *next + width > l->end)
		return NOWHERE;		/* a LF may follow */
	return end;
}

/* slack: bytes before end that may belong to the line's end. */
static int
is_too_long(const struct lines *l, size_t end, size_t slack)
{
	return end > l->at + LINES_BYTES_MAX + slack;
}

static int
is_without_room(const struct lines *l, size_t end, size_t slack)
{
	return l->kept != NOWHERE && end > l->kept + LINES_BYTES_MAX + slack;
}

/* Passes a line of which only its length is wanted. */
static int
pass_long(struct lines *l, struct line *out, struct err *err)
{
	size_t next = 0;
	int rc = 0;

	while (find_end(l, &next) == NOWHERE && !l->at_end && rc == 0) {
		/* What may belong to its end stays, and no character is torn. */
		if (l->end > l->at + SLACK)
			l->at = l->end - SLACK + (l->end - l->at) % 2;
		rc = fill(l, err);
	}
	if (rc < 0)
		return rc;
	l->at = find_end(l, &next) == NOWHERE ? l->end : next;
	out->bytes = l->base + (int64_t)l->at - out->offset;
	out->raw = NULL;
	out->fault = LINE_LONG;
	out->wrong = "is longer than 1048576 bytes";
	return 1;
}

/* ------------------------------------------------------------------ one line as UTF-8 */

/* 1 when all bytes are ASCII, and none is NUL. */
static int
is_plain(const char *p, size_t n)
{
	static const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t word, odd = 0;
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		memcpy(&word, p + i, 8);
		odd |= word | (word - ones);
	}
	for (; i < n; i++)
		odd |= p[i] == '\0' || (unsigned char)p[i] >= 0x80 ? ones << 7 : 0;
	return (odd & (ones << 7)) == 0;
}

static void
make_room(struct lines *l, size_t n)
{
	if (n <= l->text_room)
		return;
	l->text_room = n < 2 * l->text_room ? 2 * l->text_room : n;
	l->text = g_realloc(l->text, l->text_room);
}

/* The line with "?" for everything that is not ASCII. */
static void
put_ascii(struct lines *l, const char *raw, size_t n, struct line *out)
{
	size_t step = is_wide(l) ? 2 : 1, low = l->encoding == ENCODING_UTF16BE;

	out->n = 0;
	for (size_t i = 0; i + step <= n; i += step) {
		unsigned char c = (unsigned char)raw[i + low];
		int wide = step == 2 && raw[i + !low] != '\0';

		l->text[out->n++] = wide || c == '\0' || c >= 0x80 ? '?' : (char)c;
	}
	out->text = l->text;
}

static const char *
what_is_wrong(const struct lines *l)
{
	if (is_wide(l))
		return "has half of a character of UTF-16";
	if (l->encoding == ENCODING_UTF8)
		return l->found ? "is not UTF-8 like the file up to it" :
				  "has a byte that is not UTF-8";
	return l->found ? "has a byte that is none of Windows-1252, and is not UTF-8" :
			  "has a byte that is none of its encoding";
}

/* Finds the first NUL or broken character in what should be UTF-8. */
static void
check_utf8(const struct lines *l, struct line *out)
{
	size_t k = 1;

	out->wrong_column = 1;
	for (size_t i = 0; i < out->n; i += k, out->wrong_column++) {
		k = text_utf8_sequence(out->text + i, out->n - i);
		if (k == 0 && l->encoding == ENCODING_UNSET)
			k = 1;		/* the NUL is the fault */
		if (k == 0 || out->text[i] == '\0')
			break;
	}
	out->fault = k == 0 ? LINE_ENCODING : LINE_NUL;
	if (k == 0)
		out->wrong = what_is_wrong(l);
	else
		out->wrong = is_wide(l) ? "has a NUL character" : "has a NUL byte";
}

/* Reads the line by iconv. */
static int
convert(struct lines *l, const char *raw, size_t n, struct line *out, struct err *err)
{
	char *in = (char *)raw, *to = l->text;
	size_t left = n, room = l->text_room;

	if (l->conversion == NO_CONVERSION)
		l->conversion = iconv_open("UTF-8", encoding_name(l->encoding));
	if (l->conversion == NO_CONVERSION)
		return err_set(err, ERR_IO, "This system's iconv does not know %s.",
		    encoding_name(l->encoding));
	iconv(l->conversion, NULL, NULL, NULL, NULL);
	if (left > 0 && iconv(l->conversion, &in, &left, &to, &room) == (size_t)-1) {
		out->fault = LINE_ENCODING;
		out->wrong = what_is_wrong(l);
		out->wrong_column = encoding_column(l->text, (size_t)(to - l->text));
	}
	out->text = l->text;
	out->n = (size_t)(to - l->text);
	return 0;
}

/* The first line that is not ASCII decides; a line with a NUL byte is text in neither encoding. */
static void
settle(struct lines *l, const char *raw, size_t n)
{
	if (l->encoding == ENCODING_UNSET && memchr(raw, '\0', n) == NULL)
		l->encoding = text_is_utf8(raw, n) ? ENCODING_UTF8 : ENCODING_WINDOWS_1252;
}

static int
read_text(struct lines *l, const char *raw, size_t n, struct line *out, struct err *err)
{
	int rc = 0;

	out->text = raw;
	out->n = n;
	if (!is_wide(l) && is_plain(raw, n))
		return 1;
	settle(l, raw, n);
	make_room(l, n * WIDEST + 1);
	if (l->encoding != ENCODING_UTF8 && l->encoding != ENCODING_UNSET)
		rc = convert(l, raw, n, out, err);
	if (rc < 0)
		return rc;
	if (out->fault == LINE_FINE && !is_plain(out->text, out->n) &&
	    !text_is_utf8(out->text, out->n))
		check_utf8(l, out);
	if (out->fault != LINE_FINE)
		put_ascii(l, raw, n, out);
	return 1;
}

/* ------------------------------------------------------------------ all */

/* Reads on until the end of the next line is in memory, or what makes it a fault. */
static int
find_line(struct lines *l, size_t *end, size_t *next, struct err *err)
{
	int rc = 0;

	while ((*end = find_end(l, next)) == NOWHERE && !l->at_end && rc == 0) {
		if (is_too_long(l, l->end, SLACK) || is_without_room(l, l->end, SLACK))
			break;
		rc = fill(l, err);
	}
	if (*end == NOWHERE)
		*end = *next = l->end;
	return rc;
}

int
lines_next(struct lines *l, struct line *out, struct err *err)
{
	size_t end, next;
	int rc = l->begun ? 0 : begin(l, err);

	if (rc < 0 || (rc = find_line(l, &end, &next, err)) < 0)
		return rc;
	if (end == l->at && next == l->at)
		return 0;
	*out = (struct line) { .number = l->number + 1, .offset = l->base + (int64_t)l->at,
		.bytes = (int64_t)(next - l->at), .text = "" };
	if (is_without_room(l, end, 0)) {
		out->fault = LINE_NO_ROOM;
		return 1;
	}
	l->number++;
	if (is_too_long(l, end, 0))
		return pass_long(l, out, err);
	l->last = l->at;
	l->at = next;
	out->raw = l->buf + l->last;
	return read_text(l, out->raw, end - l->last, out, err);
}

void
lines_keep(struct lines *l)
{
	l->kept = l->last;
	l->second = l->at;
	l->second_number = l->number;
}

const char *
lines_kept(const struct lines *l, size_t *n)
{
	*n = l->at - l->kept;
	return l->buf + l->kept;
}

void
lines_drop(struct lines *l)
{
	l->kept = NOWHERE;
}

static void
go_to(struct lines *l, size_t at, int64_t number)
{
	l->at = at;
	l->number = number;
	l->kept = NOWHERE;
	l->lf = l->cr = (struct next_end) { at, 0 };
}

void
lines_back(struct lines *l)
{
	go_to(l, l->second, l->second_number);
}

enum encoding
lines_encoding(const struct lines *l)
{
	return l->encoding;
}

void
lines_seek(struct lines *l, int64_t offset, int64_t number)
{
	l->begun = offset > 0;
	l->base = offset;
	l->end = 0;
	l->at_end = 0;
	go_to(l, 0, number - 1);
}
