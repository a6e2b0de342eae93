/*
 * csv_file - reads rows from the bytes of a CSV file (RFC 4180, by libcsv), as spreadsheets write
 * them.
 *
 * Encodings and line ends: lib/format/lines.h. The separator is the candidate that occurs equally
 * often in most of the first rows, or the one that a first line "sep=;" names. A field in quotes
 * may hold separators, doubled quotes, and line ends (as LF). Empty rows are skipped. Memory is
 * bounded, because the size of a row is.
 *
 * A row that cannot be read is reported with its line and the reason, and reading goes on. Only an
 * unclosed quote ends it, because the end of its row is unknown.
 */
#ifndef LIB_FORMAT_CSV_FILE_H
#define LIB_FORMAT_CSV_FILE_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;

/* Bytes of a row of several lines, as UTF-8 (one line: LINES_BYTES_MAX); fields handed on. */
enum { CSV_FILE_ROW_MAX = 1 << 20, CSV_FILE_FIELDS_MAX = 64 };

struct csv_file_row {
	int64_t line;		/* where it begins, as a text editor counts, from 1 */
	size_t n;		/* fields that it has: may be more than are handed on */
	size_t bytes;		/* of all its fields */
	char
	    *fields[CSV_FILE_FIELDS_MAX]; /* UTF-8, see text_trim_unseen(); valid during the call */
};

/* Who takes the rows. Both functions give 0, or a negative code in err, which ends the reading. */
struct csv_file_taker {
	const char *separators;	/* candidates; when two fit, the first one counts: "\t;," */
	int (*row)(void *arg, const struct csv_file_row *row, struct err *err);
	int (*wrong)(void *arg, int64_t line, const char *what, struct err *err);
	void *arg;
};

struct csv_file;

/* The separators of most countries' spreadsheets; the one that is rarest in texts comes first. */
#define CSV_FILE_SEPARATORS "\t;,"

/* The taker is copied. faults: holds the fault of a quote that is not closed. */
struct csv_file *csv_file_create(const struct csv_file_taker *taker, struct arena *faults);

/* The next bytes. 0, a code of the taker, ERR_IO of lines_put(), or ERR_BAD_REQUEST with a fault
 * "line N" for a quote that is not closed. After an error no more may be put. */
int csv_file_put(struct csv_file *f, const void *bytes, size_t n, struct err *err);

/* Ends the file. Returns as csv_file_put(). */
int csv_file_end(struct csv_file *f, struct err *err);

void csv_file_destroy(struct csv_file **f);

#endif
