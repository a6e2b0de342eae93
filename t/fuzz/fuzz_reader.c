/* Fuzz door: csv_reader in dialects that the first byte chooses. Whatever the bytes: cells are
 * text, rows follow each other in the file and hold their bytes, resuming at a row gives that row,
 * and all is the same in whatever blocks the bytes come. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/byte_source.h"
#include "lib/format/csv_reader.h"
#include "lib/text.h"
#include "t/c/steps.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static uint64_t
note(uint64_t hash, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		hash = hash * 31 + (unsigned char)text[i];
	return hash * 31 + n;
}

static uint64_t
row_hash(const struct csv_row *row)
{
	uint64_t hash = (uint64_t)row->line * 31 + (uint64_t)row->offset;

	hash = hash * 31 + (uint64_t)row->bytes * 31 + row->fault + row->wrong_column;
	for (size_t i = 0; i < row->n; i++) {
		if (!text_is_utf8(row->cells[i].text, row->cells[i].n) &&
		    row->fault == CSV_FINE)
			abort();
		hash = note(hash, row->cells[i].text, row->cells[i].n);
	}
	return hash;
}

static void
check_row(const struct csv_row *row, const uint8_t *p, size_t n, int64_t *behind)
{
	if (row->offset < *behind || row->bytes <= 0)
		abort();
	*behind = row->offset + row->bytes;
	if (*behind > (int64_t)n)
		abort();
	if (row->raw != NULL && memcmp(row->raw, p + row->offset, (size_t)row->bytes) != 0)
		abort();
}

/* The row at the same place, read by a reader that begins there. */
static void
check_resumed(const struct csv_dialect *dialect, const struct byte_source *source,
    const struct csv_row *row)
{
	struct csv_reader *r = csv_reader_create(dialect, source);
	uint64_t want = row_hash(row);
	struct csv_row again;

	csv_reader_seek(r, row->offset, row->line);
	if (csv_reader_next(r, &again, NULL) != 1 || row_hash(&again) != want)
		abort();
	csv_reader_destroy(&r);
}

static uint64_t
read_by(const struct csv_dialect *dialect, const uint8_t *p, size_t n, size_t step)
{
	struct steps steps = { { p, n }, step };
	const struct byte_source source = steps_source(&steps);
	struct csv_reader *r = csv_reader_create(dialect, &source);
	struct csv_row row;
	uint64_t hash = 0;
	int64_t behind = 0;

	for (int i = 0; csv_reader_next(r, &row, NULL) > 0; i++) {
		check_row(&row, p, n, &behind);
		if (step > 13 && i < 3)
			check_resumed(dialect, &source, &row);
		hash = hash * 31 + row_hash(&row);
	}
	csv_reader_destroy(&r);
	return hash;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct csv_dialect dialect = { .delimiter = ',', .quote = '"' };
	uint64_t whole;

	if (n == 0)
		return 0;
	dialect.encoding = (enum encoding)(1 + *p % (ENCODING_N - 1));
	dialect.delimiter = "|\t;,"[*p / 8 % 4];
	dialect.quote = "\"'\0\""[*p / 32 % 4];
	dialect.fields = *p / 128 * 3;
	whole = read_by(&dialect, p + 1, n - 1, n);
	if (read_by(&dialect, p + 1, n - 1, 1) != whole ||
	    read_by(&dialect, p + 1, n - 1, 13) != whole)
		abort();
	return 0;
}
