#include "config.h"

#include "net/mail.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"
#include "net/mail_message.h"

/* Text on one line. */
static char *
one_line(struct arena *a, const char *s)
{
	return text_shown(a, s, 0);
}

static char *
cut_note(struct arena *a, const struct mail_content *m)
{
	if (m->payload == NULL || m->payload_bytes <= m->payload_max)
		return arena_strdup(a, "");
	return arena_printf(a, "The attached payload is cut: it holds the first %zu of %zu bytes.",
	    m->payload_max, m->payload_bytes);
}

/* ------------------------------------------------------------------ as text */

enum { TEXT_COLUMN_MAX = 24, TEXT_NAME_MAX = 40, TEXT_LINE_MAX = 100 };

static void
pad(struct buf *b, size_t n)
{
	while (n-- > 0)
		buf_addc(b, ' ');
}

/* Keeps the value's line ends. Further lines are indented to the start of the value, so that none
 * looks like a field's name. */
static void
text_value(struct buf *b, const char *value, size_t indent)
{
	char *rest = text_shown(b->arena, value, 1), *line;
	size_t gaps = 0, n;

	for (size_t lines = 0; (line = strsep(&rest, "\n")) != NULL; gaps++) {
		for (n = strlen(line); n > 0 && line[n - 1] == ' '; n--)
			;
		if (n == 0 && lines > 0)
			continue;
		for (; lines > 0 && gaps > 0; gaps--)
			buf_addc(b, '\n');
		pad(b, lines++ > 0 ? indent : 0);
		buf_add(b, line, n);
		gaps = 0;
	}
	buf_addc(b, '\n');
}

static void
text_fields(struct buf *b, const struct mail_field *fields, size_t n)
{
	size_t width = 0, length;

	for (size_t i = 0; i < n; i++) {
		length = text_utf8_length(fields[i].name);
		if (length > width && length <= TEXT_NAME_MAX)
			width = length;
	}
	for (size_t i = 0; i < n; i++) {
		const char *name = one_line(b->arena, fields[i].name);

		length = text_utf8_length(name);

		buf_adds(b, name);
		pad(b, (length < width ? width - length : 0) + 2);
		text_value(b, fields[i].value, width + 2);
	}
}

/* A cell, cut to the room on a line; the HTML has all of it. */
static const char *
text_cell(struct arena *a, const char *cell)
{
	char *text = one_line(a, cell == NULL ? "" : cell);

	return text_utf8_cut(text, TEXT_COLUMN_MAX - 1) ? arena_printf(a, "%s…", text) : text;
}

/* Row 0 holds the names. */
static const char *
cell_at(const struct mail_section *s, size_t row, size_t column)
{
	return row == 0 ? s->columns[column] : s->cells[(row - 1) * s->ncolumns + column];
}

/* Sets the width of each column. Returns how many columns fit on a line, at least one. */
static size_t
text_widths(struct arena *a, const struct mail_section *s, size_t *width)
{
	size_t total = 0, shown = 0;

	for (size_t row = 0; row <= s->nrows; row++)
		for (size_t c = 0; c < s->ncolumns; c++) {
			size_t n = text_utf8_length(text_cell(a, cell_at(s, row, c)));

			width[c] = n > width[c] ? n : width[c];
		}
	while (shown < s->ncolumns && (shown == 0 || total + width[shown] <= TEXT_LINE_MAX))
		total += width[shown++] + 2;
	return shown;
}

static void
text_table(struct buf *b, const struct mail_section *s)
{
	size_t *width = arena_new(b->arena, size_t, s->ncolumns), shown;

	if (s->ncolumns == 0)
		return;
	shown = text_widths(b->arena, s, width);
	for (size_t row = 0; row <= s->nrows; row++) {
		for (size_t c = 0; c < shown; c++) {
			const char *cell = text_cell(b->arena, cell_at(s, row, c));

			buf_adds(b, cell);
			if (c + 1 < shown)
				pad(b, width[c] - text_utf8_length(cell) + 2);
		}
		buf_addc(b, '\n');
	}
	for (size_t c = shown; c < s->ncolumns; c++)
		buf_addf(b, "%s%s", c == shown ? "Not here, for want of room: " : ", ",
		    text_cell(b->arena, s->columns[c]));
	buf_adds(b, shown < s->ncolumns ? ".\n" : "");
}

static char *
text_body(struct arena *a, const struct mail_content *m)
{
	struct buf b;

	buf_init(&b, a);
	buf_addf(&b, "%s\n\n", text_shown(a, m->intro, 1));
	text_fields(&b, m->fields, m->nfields);
	for (size_t i = 0; i < m->nsections; i++) {
		const struct mail_section *s = &m->sections[i];

		if (s->title != NULL)
			buf_addf(&b, "\n%s\n", one_line(a, s->title));
		buf_addc(&b, '\n');
		text_fields(&b, s->fields, s->nfields);
		text_table(&b, s);
		if (s->note != NULL)
			buf_addf(&b, "%s\n", one_line(a, s->note));
	}
	if (m->note != NULL)
		buf_addf(&b, "\n%s\n", one_line(a, m->note));
	if (*cut_note(a, m) != '\0')
		buf_addf(&b, "\n%s\n", cut_note(a, m));
	return b.data;
}

/* ------------------------------------------------------------------ as HTML */

#define BORDER "border-bottom:1px solid #ddd;vertical-align:top"
#define HEAD_CELL "text-align:left;padding:4px 16px 4px 0;font-weight:600;color:#555"
#define CELL "padding:4px 16px 4px 0;white-space:pre-line"
#define QUIET "<p style=\"color:#555;font-size:13px\">"

enum { LONG_WORD = 24 };

/* 1 when the text has a word so long that it may be broken anywhere. Other words are never broken,
 * however narrow the table is. */
static int
has_long_word(const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, " \n");

		if (n > LONG_WORD)
			return 1;
		text += n + (text[n] != '\0');
	}
	return 0;
}

/* A text can have several lines, and either direction of writing. */
static void
html_cell(struct buf *b, const char *tag, const char *style, const char *text)
{
	const char *shown = text_shown(b->arena, text == NULL ? "" : text, 1);

	buf_addf(b, "<%s dir=\"auto\" style=\"%s%s;" BORDER "\">", tag, style,
	    has_long_word(shown) ? ";overflow-wrap:anywhere;min-width:9em" : "");
	buf_add_html(b, shown);
	buf_addf(b, "</%s>", tag);
}

static void
html_fields(struct buf *b, const struct mail_field *fields, size_t n)
{
	if (n == 0)
		return;
	buf_adds(b, "<table style=\"border-collapse:collapse\">\n");
	for (size_t i = 0; i < n; i++) {
		buf_adds(b, "<tr>");
		html_cell(b, "th", HEAD_CELL, fields[i].name);
		html_cell(b, "td", CELL, fields[i].value);
		buf_adds(b, "</tr>\n");
	}
	buf_adds(b, "</table>\n");
}

static void
html_table(struct buf *b, const struct mail_section *s)
{
	if (s->ncolumns == 0)
		return;
	buf_adds(b, "<table style=\"border-collapse:collapse\">\n");
	for (size_t row = 0; row <= s->nrows; row++) {
		buf_adds(b, "<tr>");
		for (size_t c = 0; c < s->ncolumns; c++)
			html_cell(b, row == 0 ? "th" : "td", row == 0 ? HEAD_CELL : CELL,
			    cell_at(s, row, c));
		buf_adds(b, "</tr>\n");
	}
	buf_adds(b, "</table>\n");
}

static void
html_text(struct buf *b, const char *open, const char *text, const char *close)
{
	if (text == NULL || *text == '\0')
		return;
	buf_adds(b, open);
	buf_add_html(b, one_line(b->arena, text));
	buf_addf(b, "%s\n", close);
}

static char *
html_body(struct arena *a, const struct mail_content *m)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "<!DOCTYPE html><html><head><meta charset=\"utf-8\"></head>"
	    "<body style=\"font-family:sans-serif;font-size:14px;line-height:1.4;color:#222\">\n");
	buf_adds(&b, "<p style=\"white-space:pre-line\">");
	buf_add_html(&b, text_shown(a, m->intro, 1));
	buf_adds(&b, "</p>\n");
	html_fields(&b, m->fields, m->nfields);
	for (size_t i = 0; i < m->nsections; i++) {
		const struct mail_section *s = &m->sections[i];

		html_text(&b, "<h2 style=\"font-size:15px;margin:20px 0 6px\">", s->title, "</h2>");
		html_fields(&b, s->fields, s->nfields);
		html_table(&b, s);
		html_text(&b, QUIET, s->note, "</p>");
	}
	html_text(&b, QUIET, m->note, "</p>");
	html_text(&b, "<p>", cut_note(a, m), "</p>");
	buf_adds(&b, "</body></html>\n");
	return b.data;
}

/* ------------------------------------------------------------------ the message */

char *
mail_compose(struct arena *a, const struct mail_content *m, size_t *bytes)
{
	return mail_message(a, m, text_body(a, m), html_body(a, m), bytes);
}
