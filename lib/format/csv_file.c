#include "config.h"

#include "lib/format/csv_file.h"

#include <csv.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <glib.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/lines.h"
#include "lib/text.h"

/* The first lines are kept until they show what the separator is. */
enum { FIRST_LINES = 10, FIRST_BYTES = 65536, CANDIDATES_MAX = 8 };

struct csv_file {
	struct csv_file_taker taker;
	struct arena *faults;
	struct lines *lines;
	struct arena early;			/* first */
	struct line first[FIRST_LINES];
	size_t nfirst, first_bytes;
	int settled;				/* the separator is known */
	struct csv_parser parser;
	struct arena arena;			/* of the row */
	struct csv_file_row row;
	size_t row_bytes;
	int in_row, ended;			/* lines of a row were read; its last was */
	const char *wrong;			/* why it cannot be read */
};

/* ------------------------------------------------------------------ libcsv */

static int
is_line_end(unsigned char c)
{
	return c == '\n';
}

static void
parser_init(struct csv_file *f, unsigned char separator)
{
	if (csv_init(&f->parser, CSV_STRICT | CSV_REPALL_NL | CSV_APPEND_NULL) != 0)
		abort();
	csv_set_delim(&f->parser, separator);
	csv_set_term_func(&f->parser, is_line_end);
}

static void
on_field(void *p, size_t n, void *arg)
{
	struct csv_file *f = arg;
	struct csv_file_row *row = &f->row;

	if (row->n < CSV_FILE_FIELDS_MAX)
		row->fields[row->n] = text_trim_unseen(
		    arena_strndup(&f->arena, p, p == NULL ? 0 : n));
	row->n++;
	row->bytes += n;
}

static void
on_row(int end, void *arg)
{
	struct csv_file *f = arg;

	(void)end;
	f->ended = 1;
}

/* ------------------------------------------------------------------ rows */

static int
is_empty(const struct csv_file_row *row)
{
	for (size_t i = 0; i < row->n && i < CSV_FILE_FIELDS_MAX; i++)
		if (row->fields[i][0] != '\0')
			return 0;
	return row->n <= CSV_FILE_FIELDS_MAX;
}

static void
forget_row(struct csv_file *f)
{
	arena_reset(&f->arena);
	f->row = (struct csv_file_row){ .line = 0 };
	f->row_bytes = 0;
	f->in_row = f->ended = 0;
	f->wrong = NULL;
}

static int
end_row(struct csv_file *f, struct err *err)
{
	int rc = 0;

	if (f->wrong != NULL)
		rc = f->taker.wrong(f->taker.arg, f->row.line, f->wrong, err);
	else if (!is_empty(&f->row))
		rc = f->taker.row(f->taker.arg, &f->row, err);
	forget_row(f);
	return rc;
}

static int
refuse_open(struct csv_file *f, struct err *err)
{
	char line[32];

	snprintf(line, sizeof line, "line %" PRId64, f->row.line);
	return err_fault(err, f->faults, line, "opens a quote that is not closed");
}

static void
begin_line(struct csv_file *f, const struct line *l)
{
	if (!f->in_row)
		f->row.line = l->number;
	if (f->wrong == NULL)
		f->wrong = l->wrong;
	f->row_bytes += l->n + 1;
}

static int
parse_line(struct csv_file *f, const struct line *l, struct err *err)
{
	static const char quote_inside[] = "has a quote inside of a field; such a field stands in "
	    "quotes, and each quote in it twice";
	unsigned char separator = csv_get_delim(&f->parser);

	if (f->in_row && f->row_bytes + l->n > CSV_FILE_ROW_MAX)
		return refuse_open(f, err);
	begin_line(f, l);
	f->in_row = 1;
	if (csv_parse(&f->parser, l->text, l->n, on_field, on_row, f) == l->n &&
	    csv_parse(&f->parser, "\n", 1, on_field, on_row, f) == 1)
		return f->ended ? end_row(f, err) : 0;
	csv_free(&f->parser);
	parser_init(f, separator);
	if (f->wrong == NULL)
		f->wrong = quote_inside;
	return end_row(f, err);
}

/* ------------------------------------------------------------------ the separator */

/* How often a row has each candidate, outside of quotes. */
struct counts { size_t n[CANDIDATES_MAX]; };

static void
count(const struct csv_file *f, const char *s, int *quoted, struct counts *c)
{
	for (; *s != '\0'; s++) {
		const char *found = strchr(f->taker.separators, *s);

		if (*s == '"')
			*quoted = !*quoted;
		else if (!*quoted && found != NULL)
			c->n[found - f->taker.separators]++;
	}
}

static unsigned char
best_of(const struct csv_file *f, const struct counts *alike)
{
	size_t n = strlen(f->taker.separators), best = n - 1;

	for (size_t k = n; k-- > 0;)
		if (alike->n[k] > 0 && alike->n[k] >= alike->n[best])
			best = k;
	return (unsigned char)f->taker.separators[best];
}

static unsigned char
find_separator(const struct csv_file *f)
{
	struct counts first = { { 0 } }, row = { { 0 } }, alike = { { 0 } };
	int quoted = 0, begun = 0;

	for (size_t i = 0; i < f->nfirst; i++) {
		count(f, f->first[i].text, &quoted, &row);
		if (quoted || text_is_unseen(f->first[i].text))
			continue;
		if (!begun)
			first = row;
		for (size_t k = 0; k < CANDIDATES_MAX; k++)
			alike.n[k] += row.n[k] > 0 && row.n[k] == first.n[k];
		row = (struct counts){ { 0 } };
		begun = 1;
	}
	return best_of(f, &alike);
}

/* 1 when the first line names the separator ("sep=;"), as spreadsheets write and read it. */
static int
is_said(const struct csv_file *f, unsigned char *separator)
{
	const struct line *l = &f->first[0];

	if (f->nfirst == 0 || l->n != 5 || strncasecmp(l->text, "sep=", 4) != 0)
		return 0;
	*separator = (unsigned char)l->text[4];
	return strchr(f->taker.separators, *separator) != NULL;
}

/* Reads the first lines again, now that the separator is known. */
static int
settle(struct csv_file *f, struct err *err)
{
	unsigned char separator;
	size_t i = (size_t)is_said(f, &separator);
	int rc = 0;

	parser_init(f, i > 0 ? separator : find_separator(f));
	f->settled = 1;
	for (; i < f->nfirst && rc == 0; i++)
		rc = parse_line(f, &f->first[i], err);
	arena_done(&f->early);
	return rc;
}

static int
take_line(void *arg, const struct line *l, struct err *err)
{
	struct csv_file *f = arg;
	struct line *kept = &f->first[f->nfirst];

	if (f->settled)
		return parse_line(f, l, err);
	*kept = *l;
	kept->text = arena_strndup(&f->early, l->text, l->n);
	f->nfirst++;
	f->first_bytes += l->n;
	return f->nfirst < FIRST_LINES && f->first_bytes < FIRST_BYTES ? 0 : settle(f, err);
}

/* ------------------------------------------------------------------ all */

struct csv_file *
csv_file_create(const struct csv_file_taker *taker, struct arena *faults)
{
	struct csv_file *f = g_new0(struct csv_file, 1);

	f->taker = *taker;
	f->faults = faults;
	f->lines = lines_create(take_line, f);
	return f;
}

int
csv_file_put(struct csv_file *f, const void *bytes, size_t n, struct err *err)
{
	return lines_put(f->lines, bytes, n, err);
}

int
csv_file_end(struct csv_file *f, struct err *err)
{
	int rc = lines_end(f->lines, err);

	if (rc == 0 && !f->settled)
		rc = settle(f, err);
	return rc == 0 && f->in_row ? refuse_open(f, err) : rc;
}

void
csv_file_destroy(struct csv_file **f)
{
	if (*f == NULL)
		return;
	lines_destroy(&(*f)->lines);
	if ((*f)->settled)
		csv_free(&(*f)->parser);
	arena_done(&(*f)->early);
	arena_done(&(*f)->arena);
	g_clear_pointer(f, g_free);
}
