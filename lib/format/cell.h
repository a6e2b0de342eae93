/*
 * cell - reads the cells of foreign tables: numbers, dates, yes and no. Strict: a cell that could
 * be read in two ways is refused.
 *
 * Each function gives NULL, or what is wrong, a sentence without its subject that lives as long as
 * the program. Blanks at the ends of a cell are no part of it (cell_bare()). An empty cell is
 * refused; callers ask for it before.
 */
#ifndef LIB_FORMAT_CELL_H
#define LIB_FORMAT_CELL_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"

struct calendar_zone;

/* The part of the cell that was meant, of *n bytes: without blanks at the ends (text_strip()), and
 * without the apostrophe that spreadsheets, or the blank that shops, put in front of a text that
 * begins with = + - @ or a digit. Changes no byte. */
const char *cell_bare(const char *text, size_t *n);

/* NULL, or a sentence when a spreadsheet spoilt the cell: 3,36E+10 for a phone number or an EAN,
 * or an error such as #REF!. */
const char *cell_spoilt(const char *text);

/* ------------------------------------------------------------------ numbers */

/* Which mark stands before the decimals. CELL_MARK_LAST: the last point or comma, whichever it is,
 * so that 1.234.56 and 1,234.56 are one number; 1.234 is refused, for it may be 1234 as well. */
enum cell_mark { CELL_MARK_LAST, CELL_MARK_POINT, CELL_MARK_COMMA };

struct cell_number_form {
	enum cell_mark decimal;
	const char *currency;	/* a sign or code that may stand before or behind; NULL = none */
};

enum { CELL_NUMBER_SIZE = 40, CELL_DIGITS_MAX = 24, CELL_PLACES_MAX = 12 };

struct cell_number {
	char text[CELL_NUMBER_SIZE];	/* "-1234.56", as decimal_parse() takes it */
	char decimal;		/* the mark before the decimals; '\0' = there are none */
	char group;		/* the mark between thousands, ' ' for all blanks; '\0' = none */
	int places;		/* digits behind the mark */
	int two_ways;		/* refused because it may be read in two ways */
};

/* A number with or without marks between its thousands: a blank (also the no-break ones U+00A0,
 * U+202F and U+2009), an apostrophe (also U+2019), a point or a comma. A minus stands before it, or
 * behind. */
const char *cell_number(
    const char *text, const struct cell_number_form *form, struct cell_number *out);

/* ------------------------------------------------------------------ dates */

enum cell_date {
	CELL_DATE_UNSET,
	CELL_DATE_DMY,		/* dd/mm/yyyy[ HH:MM[:SS]]; "." and "-" for "/", too */
	CELL_DATE_MDY,		/* mm/dd/yyyy, likewise */
	CELL_DATE_YMD,		/* yyyy-mm-dd[ HH:MM[:SS]], and ISO 8601 with T and offset */
	CELL_DATE_COMPACT,	/* yyyymmdd[HHMMSS] */
	CELL_DATE_UNIX,		/* seconds since 1970 */
	CELL_DATE_N
};

/* "dd/mm/yyyy" …, "unix"; and back: CELL_DATE_UNSET when there is none of the name. */
const char *cell_date_name(enum cell_date form);
enum cell_date cell_date_find(const char *name);

struct cell_time {
	usec_t at;		/* without a time of day: its begin in the zone */
	int64_t day;		/* the day that is written, as days since 1970-01-01 */
	int has_time;
	int none;		/* 0000-00-00: the sender has no date; the others are unset */
};

/* zone: of dates without an offset; NULL = UTC. */
const char *cell_date(const char *text, enum cell_date form, const struct calendar_zone *zone,
    struct cell_time *out);

/* ------------------------------------------------------------------ yes and no */

/* 1/0, true/false, vrai/faux, oui/non, yes/no, O/N, Y/N, in any case of letters. */
const char *cell_flag(const char *text, int *out);

#endif
