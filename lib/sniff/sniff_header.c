#include "config.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/sniff/sample.h"
#include "lib/text.h"

/* A value that is no name of a column: a number, a date, an address. */
static int
is_value(const char *text)
{
	return (sniff_value(text) & ~(unsigned)(CAN_COUNTRY | CAN_FLAG)) != 0;
}

/* Values of the column that are no name, and those that are the same as the first. */
static void
compare_first(const struct sample_rows *rows, size_t k, int64_t *typed, int64_t *same)
{
	*typed = *same = 0;
	for (size_t i = 1; i < rows->n && i < 500; i++) {
		const char *text = rows->rows[i][k];

		*typed += text[0] != '\0' && is_value(text);
		*same += text[0] != '\0' && strcmp(text, rows->rows[0][k]) == 0;
	}
}

/* 1 when the text is written as names of columns are: a letter first, no long text. */
static int
is_name(const char *text)
{
	int begins = (text_letter(text, strlen(text)) > 0 && strchr("0123456789", *text) == NULL) ||
	    *text == '_';

	return begins && text_utf8_length(text) <= 64;
}

/* What speaks for a header, and against it. */
struct signs { int typed, names, values, others, repeated; };

static struct signs
look_at_first(const struct sample_rows *rows)
{
	struct signs s = { .typed = 0 };
	int64_t typed, same;

	for (size_t k = 0; k < rows->fields; k++) {
		const char *first = rows->rows[0][k];

		compare_first(rows, k, &typed, &same);
		s.typed += typed * 2 > (int64_t)rows->n - 1 && first[0] != '\0' && !is_value(first);
		s.values += first[0] != '\0' && is_value(first);
		s.names += is_name(first);
		s.others += first[0] != '\0' && !is_name(first);
		s.repeated += same > 0;
	}
	return s;
}

void
sniff_header(const struct sample_rows *rows, struct arena *a, struct sniff *out)
{
	struct signs s = look_at_first(rows);
	struct err twice = { 0 };

	if (s.values > 0) {
		sniff_say(&out->reasons, a, "There is no header: the first row has %d %s.",
		    s.values, text_form(s.values, "number, date or address",
		    "numbers, dates or addresses"));
	} else if (s.typed > 0 && s.others == 0) {
		out->dialect.header = 1;
		sniff_say(&out->reasons, a, "The first row is the header: %d of its texts stand "
		    "above numbers, dates or addresses.", s.typed);
	} else if ((size_t)s.names == rows->fields && s.repeated == 0 &&
	    csv_reader_check_names(rows->rows[0], rows->fields, a, &twice) == 0) {
		out->dialect.header = 1;
		sniff_say(&out->reasons, a, "The first row is taken as the header: all of its "
		    "texts look like names, and none comes again below.");
	} else {
		sniff_say(&out->reasons, a, "There is no header: the first row looks like those "
		    "below it.");
	}
	for (size_t k = 0; k < out->ncolumns && out->dialect.header; k++)
		out->columns[k].name = rows->rows[0][k];
}
