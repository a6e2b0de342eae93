#include "config.h"

#include "lib/format/csv_writer.h"

#include <errno.h>
#include <string.h>

#include <glib.h>

#include "lib/err.h"

enum { DIGITS_SAFE = 11 };		/* that a spreadsheet shows as they are */

static const char quote = '"';

int
csv_writer_open(struct csv_writer *w, const struct csv_form *form, struct err *err)
{
	*w = (struct csv_writer){ .form = *form, .to = (iconv_t)-1 };
	buf_init(&w->line, &w->arena);
	buf_init(&w->bytes, &w->arena);
	if (form->encoding != ENCODING_UTF8) {
		w->to = iconv_open(encoding_name(form->encoding), "UTF-8");
		if (w->to == (iconv_t)-1)
			return err_set(err, ERR_IO, "This system does not know the encoding %s.",
			    encoding_name(form->encoding));
	}
	if (form->mark && form->encoding == ENCODING_UTF16LE)
		buf_add(&w->bytes, "\xff\xfe", 2);
	else if (form->mark)
		buf_adds(&w->bytes, "\xef\xbb\xbf");
	return 0;
}

void
csv_writer_close(struct csv_writer *w)
{
	if (w->to != NULL && w->to != (iconv_t)-1)
		iconv_close(w->to);
	w->to = (iconv_t)-1;
	arena_done(&w->arena);
}

/* ------------------------------------------------------------------ cells */

/* 1 when a spreadsheet would not show the text as it is. */
static int
is_misread(const char *text)
{
	size_t digits = 0;

	if (strchr("=+-@\t\r", text[0]) != NULL)
		return 1;
	while (g_ascii_isdigit(text[digits]))
		digits++;
	if (text[digits] != '\0')
		return 0;
	return digits > DIGITS_SAFE || (text[0] == '0' && digits > 1);
}

static int
must_quote(const struct csv_form *form, const char *text)
{
	size_t n = strlen(text);
	size_t bare = n;

	text_strip(text, &bare);
	if (form->quote_all || bare != n || strchr(text, form->delimiter) != NULL)
		return 1;
	return strchr(text, quote) != NULL || text_has_control(text);
}

static void
add_quoted(struct buf *b, const char *guard, const char *text)
{
	buf_addc(b, quote);
	buf_adds(b, guard);
	for (const char *q; (q = strchr(text, quote)) != NULL; text = q + 1) {
		buf_add(b, text, (size_t)(q - text) + 1);
		buf_addc(b, quote);
	}
	buf_adds(b, text);
	buf_addc(b, quote);
}

void
csv_writer_cell(struct csv_writer *w, const char *text, int is_text)
{
	const char *guard = "";

	if (w->cells++ > 0)
		buf_addc(&w->line, w->form.delimiter);
	if (text == NULL || *text == '\0')
		return;
	if (w->form.excel_safe && is_text && is_misread(text))
		guard = "'";
	if (must_quote(&w->form, text)) {
		add_quoted(&w->line, guard, text);
		return;
	}
	buf_adds(&w->line, guard);
	buf_adds(&w->line, text);
}

/* ------------------------------------------------------------------ bytes */

/* Steps over a character that the encoding does not have. */
static void
replace(struct csv_writer *w, char **from, size_t *left)
{
	const char *instead = encoding_is_wide(w->form.encoding) ? "?\0" : "?";
	size_t n = text_utf8_sequence(*from, *left);

	n = n == 0 ? 1 : n;
	buf_add(&w->bytes, instead, encoding_is_wide(w->form.encoding) ? 2 : 1);
	*from += n;
	*left -= n;
	w->replaced++;
}

static void
convert(struct csv_writer *w)
{
	char *from = w->line.data, block[4096];
	size_t left = w->line.len;

	while (left > 0) {
		char *to = block;
		size_t room = sizeof block;
		size_t rc = iconv(w->to, &from, &left, &to, &room);

		buf_add(&w->bytes, block, (size_t)(to - block));
		if (rc == (size_t)-1 && errno != E2BIG)
			replace(w, &from, &left);
	}
}

void
csv_writer_end_line(struct csv_writer *w)
{
	buf_adds(&w->line, w->form.crlf ? "\r\n" : "\n");
	if (w->form.encoding == ENCODING_UTF8)
		buf_add(&w->bytes, w->line.data, w->line.len);
	else
		convert(w);
	w->line.len = 0;
	w->cells = 0;
}

const char *
csv_writer_take(struct csv_writer *w, size_t *n)
{
	const char *bytes = w->bytes.data;

	*n = w->bytes.len;
	w->bytes.len = 0;
	return bytes;
}
