/*
 * sniff - finds out how a foreign table is written, from samples taken at several places of the
 * file: encoding, delimiter, quotes, line ends, header, and what its columns hold.
 *
 * What it says is a proposal, with the share of what was seen that speaks for it, and reasons in
 * sentences. What was seen is decisive, never what usually is: a date such as 02/03/2026 has two
 * readings until another value of the file shows which one is meant.
 */
#ifndef LIB_SNIFF_SNIFF_H
#define LIB_SNIFF_SNIFF_H

#include <stddef.h>
#include <stdint.h>

#include "lib/format/cell.h"
#include "lib/format/csv_reader.h"

struct arena;
struct byte_source;
struct err;

enum { SNIFF_EXAMPLES = 3, SNIFF_PREVIEW = 10, SNIFF_SAMPLE_BYTES = 512 << 10 };

enum sniff_type {
	SNIFF_EMPTY,		/* no value was seen */
	SNIFF_INTEGER,
	SNIFF_DECIMAL,
	SNIFF_DATE,
	SNIFF_FLAG,
	SNIFF_EMAIL,
	SNIFF_PHONE,
	SNIFF_COUNTRY,		/* codes of ISO 3166: two or three letters */
	SNIFF_TEXT,
	SNIFF_TYPES
};

/* "integer", "decimal", "date" … */
const char *sniff_type_name(enum sniff_type type);

enum sniff_line_end { SNIFF_END_NONE, SNIFF_END_LF, SNIFF_END_CRLF, SNIFF_END_CR, SNIFF_END_MIXED };

/* "LF", "CR LF" … */
const char *sniff_line_end_name(enum sniff_line_end end);

/* Sentences in order. */
struct sniff_words { const char **words; size_t n, room; };

struct sniff_column {
	const char *name;		/* in the header; NULL when the file has none */
	enum sniff_type type;
	int percent;			/* of the values are of the type; the others are told in
					 * remarks */
	enum cell_date date;		/* SNIFF_DATE */
	int has_time;			/* SNIFF_DATE: some values have a time of day */
	int ambiguous;			/* SNIFF_DATE: dd/mm or mm/dd; SNIFF_DECIMAL: thousands or
					 * decimals. Nothing in the samples shows which; what is
					 * set is the more usual one */
	enum cell_mark decimal;		/* SNIFF_DECIMAL; LAST = both marks stand before decimals */
	char group;			/* between thousands, as in struct cell_number */
	int64_t values, empty;		/* that were seen */
	size_t longest;			/* characters */
	const char *examples[SNIFF_EXAMPLES];
	size_t nexamples;
	struct sniff_words remarks;
};

struct sniff {
	struct csv_dialect dialect;	/* fields and encoding are set */
	int mark;			/* the file begins with the mark of its encoding */
	enum sniff_line_end line_end;
	int percent;			/* of the rows that were seen have this number of fields */
	int64_t bytes;			/* of the file; -1 = unknown */
	int64_t seen_bytes, seen_rows, faulty_rows;
	int64_t rows;			/* of the file, estimated from those seen; -1 = unknown */
	struct sniff_words reasons;	/* why it was decided so */
	struct sniff_words remarks;	/* what to look at */
	struct sniff_column *columns;
	size_t ncolumns;
	const char *const **preview;	/* the first rows behind the header, ncolumns cells each */
	size_t npreview;
};

/* Looks at the source; all results live in the arena. 0, or a code of the source or of
 * csv_reader_next(). An empty file gives no columns, and a remark. */
int sniff_source(
    const struct byte_source *source, struct arena *a, struct sniff *out, struct err *err);

#endif
