#include "config.h"

#include "lib/format/csv_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/byte_source.h"
#include "lib/format/csv_reader.h"
#include "lib/text.h"

/* The first lines are looked at, until they show what the separator is. */
enum { FIRST_LINES = 10, FIRST_BYTES = 65536 };

/* Those of most countries' spreadsheets; the one that is rarest in texts comes first. */
static const char separators[] = "\t;,";
enum { CANDIDATES = sizeof separators - 1 };

/* A source whose first bytes were read ahead: a pipe gives them only once. */
struct ahead {
	const struct byte_source *source;
	struct byte_source_memory first;
	char bytes[FIRST_BYTES];
};

static int64_t
read_all(void *arg, int64_t offset, void *to, size_t n, struct err *err)
{
	struct ahead *h = arg;
	const struct byte_source first = byte_source_memory(&h->first);
	int64_t got = first.read(first.arg, offset, to, n, err);

	return got != 0 ? got : h->source->read(h->source->arg, offset, to, n, err);
}

/* ------------------------------------------------------------------ the separator */

/* How often a row has each candidate, outside of quotes. */
struct counts { size_t n[CANDIDATES]; };

static void
count(const struct line *l, int *quoted, struct counts *c)
{
	for (size_t i = 0; i < l->n; i++) {
		const char *found = memchr(separators, l->text[i], CANDIDATES);

		if (l->text[i] == '"')
			*quoted = !*quoted;
		else if (!*quoted && found != NULL)
			c->n[found - separators]++;
	}
}

static char
best_of(const struct counts *alike)
{
	size_t best = CANDIDATES - 1;

	for (size_t k = CANDIDATES; k-- > 0;)
		if (alike->n[k] > 0 && alike->n[k] >= alike->n[best])
			best = k;
	return separators[best];
}

static int
is_blank(struct arena *a, const struct line *l)
{
	return text_is_unseen(arena_strndup(a, l->text, l->n));
}

static char
named(const struct line *l)
{
	char c = csv_reader_named(l);

	return memchr(separators, c, CANDIDATES) != NULL ? c : '\0';
}

/* The candidate that occurs equally often in most of the first rows. */
static int
find_separator(struct lines *lines, char *out, struct err *err)
{
	struct counts first = { { 0 } }, row = { { 0 } }, alike = { { 0 } };
	int quoted = 0, begun = 0, rc = 1;
	struct arena a = { 0 };
	struct line l;

	*out = '\0';
	for (int i = 0; i < FIRST_LINES && *out == '\0'; i++) {
		if ((rc = lines_next(lines, &l, err)) <= 0)
			break;
		*out = named(&l);
		count(&l, &quoted, &row);
		if (quoted || is_blank(&a, &l))
			continue;
		if (!begun)
			first = row;
		for (size_t k = 0; k < CANDIDATES; k++)
			alike.n[k] += row.n[k] > 0 && row.n[k] == first.n[k];
		row = (struct counts) { { 0 } };
		begun = 1;
	}
	arena_done(&a);
	if (*out == '\0')
		*out = best_of(&alike);
	return rc < 0 ? rc : 0;
}

/* ------------------------------------------------------------------ rows */

static int
is_empty(const struct csv_file_row *row)
{
	for (size_t i = 0; i < row->n; i++)
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
	const struct byte_source all = { .read = read_all, .arg = head, .size = -1 };
	const struct byte_source first = byte_source_memory(&head->first);
	struct lines *lines = lines_create(ENCODING_UNSET, &first);
	struct csv_dialect dialect = { .quote = '"' };
	struct csv_reader *reader;
	struct csv_row row;
	int rc = find_separator(lines, &dialect.delimiter, err);

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
	int64_t got = byte_source_fill(source, 0, head->bytes, sizeof head->bytes, err);

	if (got < 0)
		return (int)got;
	head->source = source;
	head->first = (struct byte_source_memory) { head->bytes, (size_t)got };
	return read_rows(taker, head, faults, err);
}
