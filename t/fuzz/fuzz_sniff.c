/* Fuzz door: the sniffer, and the cells' parsers with what it found. Whatever the bytes: what it
 * says is text, and the file can be read as it says. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/byte_source.h"
#include "lib/format/decimal.h"
#include "lib/sniff/sniff.h"
#include "lib/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
check_words(const struct sniff_words *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (!text_is_utf8(w->words[i], strlen(w->words[i])))
			abort();
}

static void
check_cell(const struct sniff_column *c, const char *text)
{
	const struct cell_number_form form = { .decimal = c->decimal };
	struct cell_number number;
	struct decimal d;
	struct cell_time t;
	int flag;

	if (!text_is_utf8(text, strlen(text)))
		abort();
	if (cell_number(text, &form, &number) == NULL && decimal_parse(number.text, &d) != 0)
		abort();
	for (enum cell_date f = CELL_DATE_UNSET; f < CELL_DATE_N; f++)
		cell_date(text, f, NULL, &t);
	cell_flag(text, &flag);
	cell_spoilt(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct byte_source_memory memory = { p, n };
	const struct byte_source source = byte_source_memory(&memory);
	struct arena a = { 0 };
	struct sniff s;

	if (sniff_source(&source, &a, &s, NULL) < 0)
		abort();
	check_words(&s.reasons);
	check_words(&s.remarks);
	for (size_t k = 0; k < s.ncolumns; k++) {
		check_words(&s.columns[k].remarks);
		for (size_t i = 0; i < s.npreview; i++)
			check_cell(&s.columns[k], s.preview[i][k]);
	}
	arena_done(&a);
	return 0;
}
