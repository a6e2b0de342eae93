/*
 * csv_file - rows out of the bytes of a CSV file (RFC 4180, by libcsv), as spreadsheets write them.
 *
 * Encodings and line ends: lib/format/lines.h. The separator is the candidate that most of the
 * first rows have in one number, or what a first line "sep=;" says. A field in quotes may hold
 * separators, doubled quotes, and line ends (as LF). Rows without anything are passed over. Memory
 * is bounded: so is a row.
 *
 * A row that cannot be read is told with its line and the reason, and the reading goes on. Only a
 * quote that is not closed ends it, for nobody knows where its row should have ended.
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
	const char *separators;	/* candidates; of two that fit the first: "\t;," */
	int (*row)(void *arg, const struct csv_file_row *row, struct err *err);
	int (*wrong)(void *arg, int64_t line, const char *what, struct err *err);
	void *arg;
};

struct csv_file;

/* What separates fields in most countries' spreadsheets, the rarest in texts first. */
#define CSV_FILE_SEPARATORS "\t;,"

/* The taker is copied. faults: holds the fault of a quote that is not closed. */
struct csv_file *csv_file_create(const struct csv_file_taker *taker, struct arena *faults);

/* The next bytes. 0, a code of the taker, ERR_IO of lines_put(), or ERR_BAD_REQUEST with a fault
 * "line N" for a quote that is not closed. After an error no more may be put. */
int csv_file_put(struct csv_file *f, const void *bytes, size_t n, struct err *err);

/* There are no more bytes. As csv_file_put(). */
int csv_file_end(struct csv_file *f, struct err *err);

void csv_file_destroy(struct csv_file **f);

#endif
