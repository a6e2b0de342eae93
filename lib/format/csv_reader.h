/*
 * csv_reader - reads the rows of a CSV file of any size, of which it is known how it is written.
 * It is the only reader of CSV. lib/sniff/ finds out how a file is written.
 *
 * Encodings and line ends: lib/format/lines.h. A field in quotes may hold delimiters, doubled
 * quotes, and line ends (as LF); everything else as in RFC 4180. Blanks and TABs around a field
 * are not part of it, but those in quotes are. A dialect without quotes has no way to write the
 * delimiter or a line end in a field. Rows without any text are skipped, and so is a first line
 * "sep=;" that names the delimiter.
 *
 * A row that cannot be read is handed out with what is wrong with it, and reading goes on behind
 * it, to the end of the file. Memory is bounded, because the size of a row is. Such a row is all
 * lines that it took; only of a quote that is not closed within CSV_ROW_MAX, or the file, the
 * first line alone is the row, and reading goes on with the line behind it.
 *
 * csv_reader_seek() with the offset and line of a row resumes there. So that the text is read in
 * the same encoding, the dialect then names that of csv_reader_encoding(), as it was behind a row.
 */
#ifndef LIB_FORMAT_CSV_READER_H
#define LIB_FORMAT_CSV_READER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/format/lines.h"

struct arena;
struct byte_source;
struct err;

/* Bytes of a row in the file; fields of a row. */
enum { CSV_ROW_MAX = LINES_BYTES_MAX, CSV_FIELDS_MAX = 500 };

struct csv_dialect {
	enum encoding encoding;
	char delimiter;		/* of ASCII: '|', '\t', ';', ',' … */
	char quote;		/* '"' or '\''; '\0' = fields are never quoted */
	int header;		/* the first row names the columns */
	size_t fields;		/* of a row; 0 = as many as the header has, or any number */
};

enum csv_fault {
	CSV_FINE,
	CSV_LINE_LONG,		/* longer than CSV_ROW_MAX */
	CSV_NUL,		/* has a NUL character */
	CSV_ENCODING,		/* has bytes that are no text in the encoding */
	CSV_QUOTE_INSIDE,	/* a quote in a field that is not quoted, or behind a closing one */
	CSV_QUOTE_OPEN,		/* a quote is not closed */
	CSV_FIELDS_MANY,	/* more than CSV_FIELDS_MAX */
	CSV_FIELDS		/* not as many as the dialect or the header says; those are there */
};

struct csv_cell {
	char *text;		/* UTF-8, closed by a NUL; may be changed by the caller */
	size_t n;
};

/* All of it is valid until the next call. */
struct csv_row {
	int64_t line;		/* where it begins, as a text editor counts, from 1 */
	int64_t offset;		/* of its first byte in the file */
	int64_t bytes;		/* in the file, its line end included */
	const char *raw;	/* these bytes as they came; NULL for CSV_LINE_LONG */
	struct csv_cell *cells;	/* none when faulty, but for CSV_FIELDS */
	size_t n;
	enum csv_fault fault;
	const char *wrong;	/* NULL, or a sentence without its subject: "has a NUL byte …" */
	int64_t wrong_line;	/* where; 0 when it is about the whole row */
	size_t wrong_column;	/* characters from 1; 0 when it is about the whole line */
};

/* The delimiter that a first line "sep=;" names, as spreadsheets write and read it; '\0' = none. */
char csv_reader_named(const struct line *l);

struct csv_reader;

/* Both are copied. The source is read from offset 0 on. */
struct csv_reader *csv_reader_create(
    const struct csv_dialect *dialect, const struct byte_source *source);

/* Reads the names of the columns. To be called first, and only when the dialect has a header. 1
 * with *names and *n, in the arena, or 0 when the file has no row. ERR_BAD_REQUEST with faults
 * "line N" when the row cannot be read, or "column" for a name that stands there twice, or when
 * there are not as many names as the dialect has fields. A column may have the name "". Other
 * codes: see csv_reader_next(). */
int csv_reader_header(struct csv_reader *r, struct arena *a, const char *const **names, size_t *n,
    struct err *err);

/* ERR_BAD_REQUEST with a fault for each name that is there before, in any case of letters; else 0.
 * err is not NULL. */
int csv_reader_check_names(const char *const *names, size_t n, struct arena *a, struct err *err);

/* That of the dialect, or what was found so far; ENCODING_UNSET while all was ASCII. To be kept
 * with the place at which another reader is to resume. */
enum encoding csv_reader_encoding(const struct csv_reader *r);

/* Goes on at the row that begins at the offset. After csv_reader_header(), or without a header. */
void csv_reader_seek(struct csv_reader *r, int64_t offset, int64_t line);

/* The next row: 1, or 0 at the end. A code of the source, or ERR_IO when this system does not know
 * the encoding, ends the reading. */
int csv_reader_next(struct csv_reader *r, struct csv_row *out, struct err *err);

void csv_reader_destroy(struct csv_reader **r);

#endif
