/* Fuzz door: files of rows. Whatever the bytes: fields are text, lines only grow, and the rows are
 * the same in whatever blocks they come. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/byte_source.h"
#include "lib/format/csv_file.h"
#include "lib/text.h"
#include "t/c/steps.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

struct seen { uint64_t hash; int64_t line; };

static void
note(struct seen *s, int64_t line, const char *text)
{
	if (line < s->line)
		abort();
	s->line = line;
	s->hash = s->hash * 31 + (uint64_t)line;
	for (; *text != '\0'; text++)
		s->hash = s->hash * 31 + (unsigned char)*text;
}

static int
take_row(void *arg, const struct csv_file_row *row, struct err *err)
{
	(void)err;
	if (row->n == 0)
		abort();
	for (size_t i = 0; i < row->n; i++) {
		if (!text_is_utf8(row->fields[i], strlen(row->fields[i])))
			abort();
		note(arg, row->line, row->fields[i]);
	}
	return 0;
}

static int
take_wrong(void *arg, int64_t line, const char *what, struct err *err)
{
	(void)err;
	note(arg, line, what);
	return 0;
}

static uint64_t
read_by(const uint8_t *p, size_t n, size_t step)
{
	struct arena a = { 0 };
	struct seen seen = { 0, 1 };
	const struct csv_file_taker taker = { .row = take_row, .wrong = take_wrong, .arg = &seen };
	struct steps steps = { { p, n }, step };
	const struct byte_source source = steps_source(&steps);
	struct err err = { 0 };

	if (csv_file_read(&taker, &source, &a, &err) < 0)
		note(&seen, INT64_MAX, err.faults->field);
	arena_done(&a);
	return seen.hash;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint64_t whole = read_by(p, n, n == 0 ? 1 : n);

	if (read_by(p, n, 1) != whole || read_by(p, n, 13) != whole)
		abort();
	return 0;
}
