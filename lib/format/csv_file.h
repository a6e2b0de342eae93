/*
 * csv_file - reads the rows of a list that a person made in a spreadsheet: codes, rates. Of such a
 * file nobody says how it is written.
 *
 * Its bytes are read as csv_reader.h says, with quotes. The separator is TAB, semicolon or comma:
 * the one that occurs equally often in most of the first rows, or that a first line "sep=;" names.
 * When two fit, the one that is rarer in texts counts. Rows without text are skipped.
 *
 * A row that cannot be read is reported with its line and the reason, and reading goes on. Only an
 * unclosed quote ends it, because the end of its row is unknown.
 */
#ifndef LIB_FORMAT_CSV_FILE_H
#define LIB_FORMAT_CSV_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/format/csv_reader.h"

struct arena;
struct byte_source;
struct err;

struct csv_file_row {
	int64_t line;		/* where it begins, as a text editor counts, from 1 */
	size_t n;		/* fields */
	size_t bytes;		/* of all its fields */
	char *fields[CSV_FIELDS_MAX];	/* UTF-8, see text_trim_unseen(); valid during the call */
};

/* Who takes the rows. Both functions give 0, or a negative code in err, which ends the reading. */
struct csv_file_taker {
	int (*row)(void *arg, const struct csv_file_row *row, struct err *err);
	int (*wrong)(void *arg, int64_t line, const char *what, struct err *err);
	void *arg;
};

/* Reads the whole source, in order. faults: holds the fault of a quote that is not closed. 0, a
 * code of the taker or the source, ERR_IO of csv_reader_next(), or ERR_BAD_REQUEST with a fault
 * "line N" for a quote that is not closed. */
int csv_file_read(const struct csv_file_taker *taker, const struct byte_source *source,
    struct arena *faults, struct err *err);

#endif
