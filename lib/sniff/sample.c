#include "config.h"

#include "lib/sniff/sample.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/byte_source.h"

enum { HEAD = 256 << 10, PIECE = 32 << 10, ROWS_MAX = 50000, COUNTED = CSV_FIELDS_MAX + 1 };

/* ------------------------------------------------------------------ pieces of the file */

static int
read_piece(struct samples *s, const struct byte_source *source, int64_t offset, size_t n,
    struct arena *a, struct err *err)
{
	char *bytes = arena_alloc(a, n);
	int64_t got = byte_source_fill(source, offset, bytes, n, err);

	if (got < 0)
		return (int)got;
	s->s[s->n++] = (struct sample) { .offset = offset, .bytes = bytes, .n = (size_t)got,
		.last = (size_t)got < n || offset + got == source->size };
	return 0;
}

int
samples_read(struct samples *s, const struct byte_source *source, struct arena *a, struct err *err)
{
	int64_t size = source->size, step;
	int rc;

	s->n = 0;
	if (size < 0 || size <= SNIFF_SAMPLE_BYTES)
		return read_piece(s, source, 0, SNIFF_SAMPLE_BYTES + 1, a, err);
	rc = read_piece(s, source, 0, HEAD, a, err);
	step = (size - HEAD - PIECE) / (SAMPLES_MAX - 2);
	for (int64_t i = 0; i < SAMPLES_MAX - 1 && rc == 0; i++) {
		int64_t at = i == SAMPLES_MAX - 2 ? size - PIECE : HEAD + i * step;

		/* A character of UTF-16 begins at an even offset. */
		rc = read_piece(s, source, at - at % 2, PIECE + 1, a, err);
	}
	return rc;
}

/* ------------------------------------------------------------------ rows */

int
sample_character(const struct sample *s, size_t i, enum encoding encoding)
{
	int low = encoding == ENCODING_UTF16BE;

	if (!encoding_is_wide(encoding))
		return i < s->n ? (unsigned char)s->bytes[i] : 0;
	if (i + 1 >= s->n || s->bytes[i + !low] != '\0')
		return 0;
	return (unsigned char)s->bytes[i + (size_t)low];
}

/* Where the rows of a piece begin: behind its first line end. */
static size_t
begin_of(const struct sample *s, enum encoding encoding)
{
	size_t step = encoding_is_wide(encoding) ? 2 : 1;

	if (s->offset == 0)
		return 0;
	for (size_t i = 0; i + 1 < s->n; i += step)
		if (sample_character(s, i, encoding) == '\n')
			return i + step;
	return s->n;
}

static const char *const *
copy_row(const struct csv_row *row, struct arena *a)
{
	const char **cells = arena_new(a, const char *, row->n);

	for (size_t i = 0; i < row->n; i++)
		cells[i] = arena_strndup(a, row->cells[i].text, row->cells[i].n);
	return cells;
}

static void
keep_row(struct sample_rows *out, const struct csv_row *row, struct arena *a)
{
	if (out->n == out->room) {
		const char *const **more = arena_new(a, const char *const *, out->room * 2 + 256);

		if (out->n > 0)
			memcpy(more, out->rows, out->n * sizeof *more);
		out->rows = more;
		out->room = out->room * 2 + 256;
	}
	out->rows[out->n++] = copy_row(row, a);
}

/* counts == NULL: keeps the rows of out->fields fields; else counts how many fields rows have. */
struct pass {
	const struct csv_dialect *dialect;
	int64_t most;
	int64_t *counts;
	struct sample_rows *out;
};

static void
take_row(const struct pass *p, const struct csv_row *row, struct arena *a)
{
	if (p->counts != NULL) {
		p->out->all++;
		if (row->fault == CSV_FINE)
			p->counts[row->n]++;
		else
			p->out->faulty++;
		return;
	}
	if (row->fault != CSV_FINE || row->n != p->out->fields || p->out->n >= ROWS_MAX)
		return;
	if (p->out->n == 0)
		p->out->first_line = row->line;
	keep_row(p->out, row, a);
}

static int
read_sample(const struct sample *s, const struct pass *p, struct arena *a, struct err *err)
{
	size_t begin = begin_of(s, p->dialect->encoding);
	struct byte_source_memory memory = { s->bytes + begin, s->n - begin };
	const struct byte_source source = byte_source_memory(&memory);
	struct csv_reader *r = csv_reader_create(p->dialect, &source);
	struct csv_row row;
	int rc = 0;

	for (int64_t i = 0; i < p->most && (rc = csv_reader_next(r, &row, err)) > 0; i++)
		/* The last line of a piece is torn, and so is what it belongs to. */
		if (s->last || row.offset + row.bytes < (int64_t)memory.n)
			take_row(p, &row, a);
	csv_reader_destroy(&r);
	return rc < 0 ? rc : 0;
}

int
sample_rows_read(const struct samples *s, size_t nsamples, const struct csv_dialect *dialect,
    int64_t most, struct arena *a, struct sample_rows *out, struct err *err)
{
	int64_t counts[COUNTED] = { 0 };
	struct pass p = { .dialect = dialect, .most = most, .counts = counts, .out = out };
	int rc = 0;

	*out = (struct sample_rows) { .n = 0 };
	for (size_t i = 0; i < nsamples && rc == 0; i++)
		rc = read_sample(&s->s[i], &p, a, err);
	for (size_t n = 1; n < COUNTED; n++)
		if (counts[n] > 0 && counts[n] >= out->usual) {
			out->usual = counts[n];
			out->fields = n;
		}
	p.counts = NULL;
	for (size_t i = 0; i < nsamples && rc == 0; i++)
		rc = read_sample(&s->s[i], &p, a, err);
	return rc;
}
