/*
 * csv_writer - writes the rows of a CSV file, so that csv_reader reads the same again.
 *
 * A cell is quoted when it must be: when it holds the delimiter, a quote, a control character, or
 * blanks at its ends. The text is made in UTF-8 and converted line by line; what the encoding does
 * not have becomes "?", and is counted.
 *
 * excel_safe: an apostrophe stands in front of a text that a spreadsheet would take for a formula
 * (= + - @ TAB CR), or for a number of which it would drop zeros or digits: a phone number, a code.
 * csv_reader's cells lose it again (cell_bare()).
 */
#ifndef LIB_FORMAT_CSV_WRITER_H
#define LIB_FORMAT_CSV_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include <iconv.h>

#include "lib/arena.h"
#include "lib/format/encoding.h"
#include "lib/text.h"

struct err;

struct csv_form {
	enum encoding encoding;
	int mark;			/* the file begins with a byte order mark */
	char delimiter;
	int quote_all;
	int crlf;			/* lines end with CR LF */
	int excel_safe;
};

struct csv_writer {
	struct csv_form form;
	struct arena arena;
	struct buf line;		/* UTF-8 */
	struct buf bytes;		/* what csv_writer_take() gives */
	size_t cells;			/* of the line */
	int64_t replaced;		/* characters that the encoding does not have */
	iconv_t to;
};

/* ERR_IO when this system does not know the encoding. What begins the file stands there at once. */
int csv_writer_open(struct csv_writer *w, const struct csv_form *form, struct err *err);
void csv_writer_close(struct csv_writer *w);	/* a zeroed struct is fine */

/* The next cell of the line. text: UTF-8, NULL = empty. is_text 0: a number or date, which no
 * spreadsheet misreads. */
void csv_writer_cell(struct csv_writer *w, const char *text, int is_text);
void csv_writer_end_line(struct csv_writer *w);

/* What was written since the last call; it stays until the next cell. */
const char *csv_writer_take(struct csv_writer *w, size_t *n);

#endif
