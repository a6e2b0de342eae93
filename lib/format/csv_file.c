#include "config.h"

#include "lib/format/csv_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/byte_source.h"
#include "lib/format/csv_reader.h"
#include "lib/text.h"

/* The first lines are looked at, until they show what the separator is. */
enum { FIRST_LINES = 10, FIRST_BYTES = 65536, CANDIDATES_MAX = 8 };

/* A source whose first bytes were read ahead: a pipe gives them only once. */
struct ahead {
	const struct byte_source *source;
	char bytes[FIRST_BYTES];
	size_t n;
};

/* ------------------------------------------------------------------ the first bytes */

static int
read_ahead(struct ahead *h, struct err *err)
{
	const struct byte_source *s = h->source;
	int64_t got = 1;

	while (h->n < sizeof h->bytes && got > 0) {
		got = s->read(s->arg, (int64_t)h->n, h->bytes + h->n, sizeof h->bytes - h->n, err);
		if (got > 0)
			h->n += (size_t)got;
	}
	return got < 0 ? (int)got : 0;
}

static int64_t
read_behind(void *arg, int64_t offset, void *to, size_t n, struct err *err)
{
	const struct ahead *h = arg;
	size_t left = (uint64_t)offset < h->n ? h->n - (size_t)offset : 0;

	if (left == 0)
		return h->source->read(h->source->arg, offset, to, n, err);
	n = n < left ? n : left;
	memcpy(to, h->bytes + offset, n);
	return (int64_t)n;
}

/* ------------------------------------------------------------------ the separator */

/* How often a row has each candidate, outside of quotes. */
struct counts { size_t n[CANDIDATES_MAX]; };

static void
count(const char *separators, const struct line *l, int *quoted, struct counts *c)
{
	for (size_t i = 0; i < l->n; i++) {
		const char *found = strchr(separators, l->text[i]);

		if (l->text[i] == '"')
			*quoted = !*quoted;
		else if (!*quoted && found != NULL)
			c->n[found - separators]++;
	}
}

static char
best_of(const char *separators, const struct counts *alike)
{
	size_t n = strlen(separators), best = n - 1;

	for (size_t k = n; k-- > 0;)
		if (alike->n[k] > 0 && alike->n[k] >= alike->n[best])
			best = k;
	return separators[best];
}

static int
is_blank(struct arena *a, const struct line *l)
{
	return text_is_unseen(arena_strndup(a, l->text, l->n));
}

/* The one that a first line "sep=;" names, as spreadsheets write and read it; 0 = none. */
static char
said_by(const char *separators, const struct line *l)
{
	int says = l->number == 1 && l->n == 5 && strncasecmp(l->text, "sep=", 4) == 0;

	return says && strchr(separators, l->text[4]) != NULL ? l->text[4] : '\0';
}

/* The candidate that occurs equally often in most of the first rows. */
static int
find_separator(struct lines *lines, const char *separators, char *out, struct err *err)
{
	struct counts first = { { 0 } }, row = { { 0 } }, alike = { { 0 } };
	int quoted = 0, begun = 0, rc = 1;
	struct arena a = { 0 };
	struct line l;

	*out = '\0';
	for (int i = 0; i < FIRST_LINES && *out == '\0'; i++) {
		if ((rc = lines_next(lines, &l, err)) <= 0)
			break;
		*out = said_by(separators, &l);
		count(separators, &l, &quoted, &row);
		if (quoted || is_blank(&a, &l))
			continue;
		if (!begun)
			first = row;
		for (size_t k = 0; k < CANDIDATES_MAX; k++)
			alike.n[k] += row.n[k] > 0 && row.n[k] == first.n[k];
		row = (struct counts) { { 0 } };
		begun = 1;
	}
	arena_done(&a);
	if (*out == '\0')
		*out = best_of(separators, &alike);
	return rc < 0 ? rc : 0;
}

/* ------------------------------------------------------------------ rows */

static int
is_empty(const struct csv_file_row *row)
{
	for (size_t i = 0; i < row->n && i < CSV_FIELDS_MAX; i++)
		if (row->fields[i][0] != '\0')
			return 0;
	return 1;
}

static int
give(const struct csv_file_taker *taker, const struct csv_row *in, struct err *err)
{
	struct csv_file_row row = { .line = in->line, .n = in->n };

	for (size_t i = 0; i < in->n; i++) {
		row.fields[i] = text_trim_unseen(in->cells[i].text);
		row.bytes += in->cells[i].n;
	}
	return is_empty(&row) ? 0 : taker->row(taker->arg, &row, err);
}

static int
take(const struct csv_file_taker *taker, const struct csv_row *row, struct arena *faults,
    struct err *err)
{
	char line[32];

	if (row->fault == CSV_FINE)
		return give(taker, row, err);
	if (row->fault != CSV_QUOTE_OPEN)
		return taker->wrong(taker->arg, row->line, row->wrong, err);
	snprintf(line, sizeof line, "line %" PRId64, row->line);
	return err_fault(err, faults, line, "%s", row->wrong);
}

static int
read_rows(const struct csv_file_taker *taker, struct ahead *head, struct arena *faults,
    struct err *err)
{
	const struct byte_source all = { .read = read_behind, .arg = head, .size = -1 };
	struct byte_source_memory first = { head->bytes, head->n };
	const struct byte_source of_first = byte_source_memory(&first);
	struct lines *lines = lines_create(ENCODING_UNSET, &of_first);
	struct csv_dialect dialect = { .quote = '"' };
	struct csv_reader *reader;
	struct csv_row row;
	int rc = find_separator(lines, taker->separators, &dialect.delimiter, err);

	lines_destroy(&lines);
	if (rc < 0)
		return rc;
	reader = csv_reader_create(&dialect, &all);
	while ((rc = csv_reader_next(reader, &row, err)) > 0)
		if ((rc = take(taker, &row, faults, err)) < 0)
			break;
	csv_reader_destroy(&reader);
	return rc;
}

int
csv_file_read(const struct csv_file_taker *taker, const struct byte_source *source,
    struct arena *faults, struct err *err)
{
	struct ahead *head = arena_alloc(faults, sizeof *head);
	int rc;

	head->source = source;
	rc = read_ahead(head, err);
	return rc < 0 ? rc : read_rows(taker, head, faults, err);
}
