#include "config.h"

#include "lib/format/csv_reader.h"

#include <csv.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <glib.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/set.h"
#include "lib/text.h"

struct csv_reader {
	struct csv_dialect dialect;
	struct lines *lines;
	struct csv_parser parser;	/* for lines with quotes */
	char *text;			/* of the cells, each closed by a NUL */
	size_t ntext, text_room;
	struct csv_cell cells[CSV_FIELDS_MAX];
	size_t begins[CSV_FIELDS_MAX];	/* of the cells in text, while the parser finds them */
	size_t n;			/* cells that the row has; may be more than are kept */
	int ended;			/* the parser saw the end of the row */
	int64_t open_line;		/* where the quote opens that is not closed */
	size_t open_column;
	struct csv_row row;
	char wrong[160];
};

/* ------------------------------------------------------------------ libcsv */

static int
is_line_end(unsigned char c)
{
	return c == '\n';
}

static void
parser_init(struct csv_reader *r)
{
	if (csv_init(&r->parser, CSV_STRICT | CSV_REPALL_NL | CSV_APPEND_NULL) != 0)
		abort();
	csv_set_delim(&r->parser, (unsigned char)r->dialect.delimiter);
	csv_set_quote(&r->parser, (unsigned char)r->dialect.quote);
	csv_set_term_func(&r->parser, is_line_end);
}

static void
parser_reset(struct csv_reader *r)
{
	csv_free(&r->parser);
	parser_init(r);
}

static void
make_room(struct csv_reader *r, size_t n)
{
	if (r->ntext + n <= r->text_room)
		return;
	r->text_room = 2 * (r->ntext + n);
	r->text = g_realloc(r->text, r->text_room);
}

static void
on_field(void *p, size_t n, void *arg)
{
	struct csv_reader *r = arg;

	if (r->n < CSV_FIELDS_MAX) {
		make_room(r, n + 1);
		if (n > 0)
			memcpy(r->text + r->ntext, p, n);
		r->text[r->ntext + n] = '\0';
		r->cells[r->n].n = n;
		r->begins[r->n] = r->ntext;
		r->ntext += n + 1;
	}
	r->n++;
}

static void
on_row(int end, void *arg)
{
	struct csv_reader *r = arg;

	(void)end;
	r->ended = 1;
}

/* ------------------------------------------------------------------ all */

struct csv_reader *
csv_reader_create(const struct csv_dialect *dialect, const struct byte_source *source)
{
	struct csv_reader *r = g_new0(struct csv_reader, 1);

	r->dialect = *dialect;
	r->lines = lines_create(dialect->encoding, source);
	parser_init(r);
	return r;
}

void
csv_reader_destroy(struct csv_reader **r)
{
	if (*r == NULL)
		return;
	lines_destroy(&(*r)->lines);
	csv_free(&(*r)->parser);
	g_free((*r)->text);
	g_clear_pointer(r, g_free);
}

enum encoding
csv_reader_encoding(const struct csv_reader *r)
{
	return lines_encoding(r->lines);
}

void
csv_reader_seek(struct csv_reader *r, int64_t offset, int64_t line)
{
	lines_seek(r->lines, offset, line);
}

/* ------------------------------------------------------------------ faults */

/* The first fault of a row counts. */
static void
find_fault(struct csv_reader *r, enum csv_fault fault, const char *wrong, int64_t line,
    size_t column)
{
	if (r->row.fault != CSV_FINE)
		return;
	r->row.fault = fault;
	r->row.wrong = wrong;
	r->row.wrong_line = line;
	r->row.wrong_column = column;
}

static void
line_fault(struct csv_reader *r, const struct line *l)
{
	static const enum csv_fault faults[] = { [LINE_FINE] = CSV_FINE,
		[LINE_LONG] = CSV_LINE_LONG, [LINE_NUL] = CSV_NUL,
		[LINE_ENCODING] = CSV_ENCODING, [LINE_NO_ROOM] = CSV_QUOTE_OPEN };

	if (l->fault != LINE_FINE)
		find_fault(r, faults[l->fault], l->wrong, l->number, l->wrong_column);
}

static void
quote_fault(struct csv_reader *r, const struct line *l, size_t at)
{
	parser_reset(r);
	r->ended = 1;
	find_fault(r, CSV_QUOTE_INSIDE, "has a quote inside of a field; such a field stands in "
	    "quotes, and each quote in it twice", l->number, encoding_column(l->text, at));
}

/* Remembers where the quote opens that the line leaves open. */
static void
note_open(struct csv_reader *r, const struct line *l, int inside)
{
	size_t closed = (size_t)-1, opened = closed;

	for (size_t i = 0; i < l->n; i++) {
		if (l->text[i] != r->dialect.quote)
			continue;
		if (inside)
			closed = i;
		else if (closed == (size_t)-1 || closed + 1 != i)
			opened = i;	/* else it is the second of a doubled one */
		inside = !inside;
	}
	if (opened == (size_t)-1)
		return;
	r->open_line = l->number;
	r->open_column = encoding_column(l->text, opened);
}

/* ------------------------------------------------------------------ cells */

static int
is_edge(char c)
{
	return c == ' ' || c == '\t';
}

static void
set_cell(struct csv_reader *r, char *s, char *end)
{
	while (s < end && is_edge(*s))
		s++;
	while (end > s && is_edge(end[-1]))
		end--;
	*end = '\0';
	if (r->n < CSV_FIELDS_MAX)
		r->cells[r->n] = (struct csv_cell) { s, (size_t)(end - s) };
	r->n++;
}

/* A line without quotes, as libcsv would read it. */
static void
split(struct csv_reader *r, const struct line *l)
{
	char *s, *end, *next;

	make_room(r, l->n + 1);
	memcpy(r->text, l->text, l->n);
	s = r->text;
	end = s + l->n;
	while ((next = memchr(s, r->dialect.delimiter, (size_t)(end - s))) != NULL) {
		set_cell(r, s, next);
		s = next + 1;
	}
	set_cell(r, s, end);
}

/* A line with quotes, or inside of them. */
static void
parse(struct csv_reader *r, const struct line *l)
{
	size_t n;

	n = csv_parse(&r->parser, l->text, l->n, on_field, on_row, r);
	if (n == l->n)
		n += csv_parse(&r->parser, "\n", 1, on_field, on_row, r);
	if (n <= l->n)
		quote_fault(r, l, n);
}

static int
has_quote(const struct csv_reader *r, const struct line *l)
{
	return r->dialect.quote != '\0' && memchr(l->text, r->dialect.quote, l->n) != NULL;
}

/* ------------------------------------------------------------------ rows */

static void
begin_row(struct csv_reader *r, const struct line *l)
{
	r->row = (struct csv_row) { .line = l->number, .offset = l->offset, .bytes = l->bytes,
		.raw = l->raw, .cells = r->cells };
	r->n = r->ntext = 0;
	r->ended = 0;
}

/* The quote is not closed: the first line is the row. */
static int
refuse_open(struct csv_reader *r)
{
	r->row.fault = CSV_FINE;	/* it may have been in another line */
	find_fault(r, CSV_QUOTE_OPEN, "opens a quote that is not closed", r->open_line,
	    r->open_column);
	parser_reset(r);
	r->n = 0;
	lines_back(r->lines);
	return 1;
}

/* The lines of a row behind the first one. */
static int
read_rest(struct csv_reader *r, struct err *err)
{
	size_t n;
	struct line l;
	int rc;

	lines_keep(r->lines);
	while (!r->ended) {
		if ((rc = lines_next(r->lines, &l, err)) < 0)
			return rc;
		if (rc == 0 || l.fault == LINE_NO_ROOM) {
			r->row.raw = lines_kept(r->lines, &n);
			return refuse_open(r);
		}
		line_fault(r, &l);
		parse(r, &l);
		if (!r->ended)
			note_open(r, &l, 1);
	}
	r->row.raw = lines_kept(r->lines, &n);
	r->row.bytes = (int64_t)n;
	lines_drop(r->lines);
	return 1;
}

/* The cells of the parser lie where they will stay. */
static void
settle_cells(struct csv_reader *r)
{
	for (size_t i = 0; i < r->n && i < CSV_FIELDS_MAX; i++)
		r->cells[i].text = r->text + r->begins[i];
}

static int
read_cells(struct csv_reader *r, const struct line *l, struct err *err)
{
	int rc = 1;

	line_fault(r, l);
	if (!has_quote(r, l)) {
		split(r, l);
		return 1;
	}
	parse(r, l);
	if (!r->ended) {
		note_open(r, l, 0);
		rc = read_rest(r, err);
	}
	settle_cells(r);
	return rc;
}

char
csv_reader_named(const struct line *l)
{
	int names = l->number == 1 && l->n == 5 && strncasecmp(l->text, "sep=", 4) == 0;

	return names ? l->text[4] : '\0';
}

/* Nothing but blanks and controls; or a first line that names the delimiter. */
static int
is_passed(const struct csv_reader *r, const struct line *l)
{
	size_t i = 0;
	char named;

	while (i < l->n && (unsigned char)l->text[i] <= ' ')
		i++;
	if (i == l->n)
		return l->fault == LINE_FINE;
	named = csv_reader_named(l);
	return named != '\0' && named == r->dialect.delimiter;
}

static int
next_line(struct csv_reader *r, struct line *l, struct err *err)
{
	int rc;

	do
		rc = lines_next(r->lines, l, err);
	while (rc > 0 && is_passed(r, l));
	return rc;
}

static int
has_no_text(const struct csv_reader *r, size_t from)
{
	for (size_t i = from; i < r->n; i++)
		if (i >= CSV_FIELDS_MAX || r->cells[i].n > 0)
			return 0;
	return 1;
}

/* More cells than there should be are no fault while they are empty. */
static void
check_number(struct csv_reader *r)
{
	size_t fields = r->dialect.fields;
	const char *hint = "";

	if (r->n > CSV_FIELDS_MAX) {
		snprintf(r->wrong, sizeof r->wrong, "has %zu fields; at most %d are read", r->n,
		    CSV_FIELDS_MAX);
		find_fault(r, CSV_FIELDS_MANY, r->wrong, 0, 0);
		return;
	}
	if (fields == 0 || r->n == fields)
		return;
	if (r->n > fields && has_no_text(r, fields)) {
		r->n = fields;
		return;
	}
	if (r->n > fields && r->dialect.quote == '\0')
		hint = "; without quotes no field may hold the delimiter";
	snprintf(r->wrong, sizeof r->wrong, "has %zu %s instead of %zu%s", r->n,
	    text_form((int64_t)r->n, "field", "fields"), fields, hint);
	find_fault(r, CSV_FIELDS, r->wrong, 0, 0);
}

int
csv_reader_next(struct csv_reader *r, struct csv_row *out, struct err *err)
{
	struct line l;
	int rc;

	do {
		if ((rc = next_line(r, &l, err)) <= 0)
			return rc;
		begin_row(r, &l);
		if ((rc = read_cells(r, &l, err)) < 0)
			return rc;
	} while (r->row.fault == CSV_FINE && has_no_text(r, 0));
	if (r->row.fault == CSV_FINE)
		check_number(r);
	r->row.n = r->row.fault == CSV_FINE || r->row.fault == CSV_FIELDS ? r->n : 0;
	*out = r->row;
	return 1;
}

/* ------------------------------------------------------------------ the header */

static int
refuse_header(const struct csv_row *row, struct arena *a, struct err *err)
{
	char where[64];

	if (row->wrong_column > 0)
		snprintf(where, sizeof where, "line %" PRId64 ", column %zu", row->wrong_line,
		    row->wrong_column);
	else
		snprintf(where, sizeof where, "line %" PRId64, row->line);
	return err_fault(err, a, where, "is the header, and %s", row->wrong);
}

int
csv_reader_check_names(const char *const *names, size_t n, struct arena *a, struct err *err)
{
	struct set seen;
	size_t first;
	int rc = 0;

	set_init(&seen, a);
	for (size_t i = 0; i < n; i++)
		if (names[i][0] != '\0' &&
		    !set_add_text(&seen, text_lower(arena_strdup(a, names[i])), i, &first))
			rc = err_fault(err, a, names[i], "stands twice in the header, as column "
			    "%zu and column %zu", first + 1, i + 1);
	return rc;
}

int
csv_reader_header(struct csv_reader *r, struct arena *a, const char *const **names, size_t *n,
    struct err *err)
{
	struct csv_row row;
	const char **found;
	int rc = csv_reader_next(r, &row, err);

	*n = 0;
	if (rc <= 0)
		return rc;
	if (row.fault != CSV_FINE)
		return refuse_header(&row, a, err);
	found = arena_new(a, const char *, row.n);
	for (size_t i = 0; i < row.n; i++)
		found[i] = text_trim_unseen(arena_strndup(a, row.cells[i].text, row.cells[i].n));
	*names = found;
	*n = row.n;
	if (r->dialect.fields == 0)
		r->dialect.fields = row.n;
	rc = csv_reader_check_names(found, row.n, a, err);
	return rc < 0 ? rc : 1;
}
