/* lib/format: cell: numbers, dates, yes and no, as files write them. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/err.h"
#include "lib/format/cell.h"
#include "lib/format/decimal.h"
#include "t/c/tap.h"

#define NBSP "\xc2\xa0"
#define NARROW "\xe2\x80\xaf"
#define EURO "\xe2\x82\xac"
#define TWO_WAYS "!may be read in two ways; say whether the decimal mark is a point or a comma"
#define NOT_BETWEEN "!has a mark that does not stand between thousands"
#define NO_DMY "!is no date such as 24/11/2026 or 24/11/2026 08:30:00"
#define NO_YMD "!is no date such as 2026-11-24 or 2026-11-24T08:30:00+01:00"
#define NO_DAY "!is a day that does not exist"
#define SHORTENED "!was shortened by a spreadsheet and has lost digits; give the column the " \
    "format \"text\" there, and export it again"

static const struct {
	const char *in;
	enum cell_mark decimal;
	const char *out;	/* "!" and what is wrong */
} numbers[] = {
	{ "0", CELL_MARK_LAST, "0" },
	{ "42", CELL_MARK_LAST, "42" },
	{ " 42 ", CELL_MARK_LAST, "42" },
	{ NBSP "42" NBSP, CELL_MARK_LAST, "42" },
	{ "007", CELL_MARK_LAST, "7" },
	{ "12.50", CELL_MARK_LAST, "12.50" },
	{ "12,50", CELL_MARK_LAST, "12.50" },
	{ ",5", CELL_MARK_LAST, "0.5" },
	{ "0.125", CELL_MARK_LAST, "0.125" },
	{ "2.0000", CELL_MARK_LAST, "2.0000" },
	{ "1" NBSP "234.56", CELL_MARK_LAST, "1234.56" },
	{ "1" NARROW "234,56", CELL_MARK_LAST, "1234.56" },
	{ "1\xe2\x80\x89" "234,56", CELL_MARK_LAST, "1234.56" },
	{ "1 234 567,8", CELL_MARK_LAST, "1234567.8" },
	{ "1" NBSP "234 567,8", CELL_MARK_LAST, "1234567.8" },
	{ "1.234.56", CELL_MARK_LAST, "1234.56" },
	{ "1,234.56", CELL_MARK_LAST, "1234.56" },
	{ "1.234,56", CELL_MARK_LAST, "1234.56" },
	{ "1'234.50", CELL_MARK_LAST, "1234.50" },
	{ "1\xe2\x80\x99" "234.50", CELL_MARK_LAST, "1234.50" },
	{ "1.234,567", CELL_MARK_LAST, "1234.567" },
	{ "1 234.567", CELL_MARK_LAST, "1234.567" },
	{ "1.234", CELL_MARK_LAST, TWO_WAYS },
	{ "12,345", CELL_MARK_LAST, TWO_WAYS },
	{ "1.234.567", CELL_MARK_LAST, TWO_WAYS },
	{ "1234.567", CELL_MARK_LAST, "1234.567" },
	{ "1.234", CELL_MARK_POINT, "1.234" },
	{ "1.234", CELL_MARK_COMMA, "1234" },
	{ "1,234", CELL_MARK_POINT, "1234" },
	{ "1,234,567", CELL_MARK_POINT, "1234567" },
	{ "1.234.56", CELL_MARK_POINT, "!has two decimal marks" },
	{ "1,23", CELL_MARK_POINT, NOT_BETWEEN },
	{ "12.50", CELL_MARK_COMMA, NOT_BETWEEN },
	{ "1.5,3", CELL_MARK_COMMA, NOT_BETWEEN },
	{ "1234.567,8", CELL_MARK_COMMA, NOT_BETWEEN },
	{ "12 34,5", CELL_MARK_LAST, NOT_BETWEEN },
	{ "1.234 567,8", CELL_MARK_LAST, "!has different marks between its thousands" },
	{ "-5", CELL_MARK_LAST, "-5" },
	{ "- 5", CELL_MARK_LAST, "-5" },
	{ "\xe2\x88\x92" "5,25", CELL_MARK_LAST, "-5.25" },
	{ "5,25-", CELL_MARK_LAST, "-5.25" },
	{ "+5", CELL_MARK_LAST, "5" },
	{ "'-5", CELL_MARK_LAST, "-5" },
	{ " -5", CELL_MARK_LAST, "-5" },
	{ "-5-", CELL_MARK_LAST, "!is no number" },
	{ "5-3", CELL_MARK_LAST, "!is no number" },
	{ "--5", CELL_MARK_LAST, "!is no number" },
	{ "", CELL_MARK_LAST, "!is no number" },
	{ "-", CELL_MARK_LAST, "!is no number" },
	{ "abc", CELL_MARK_LAST, "!is no number" },
	{ "1a", CELL_MARK_LAST, "!is no number" },
	{ "5.", CELL_MARK_LAST, "!has no digits alone behind its decimal mark" },
	{ ".", CELL_MARK_LAST, "!has no digits alone behind its decimal mark" },
	{ "1.5 5", CELL_MARK_LAST, "!has no digits alone behind its decimal mark" },
	{ "12 " EURO, CELL_MARK_LAST, "!has a currency, which the column is not said to have" },
	{ "$5", CELL_MARK_LAST, "!has a currency, which the column is not said to have" },
	{ "3,36E+10", CELL_MARK_LAST, SHORTENED },
	{ "4.00638E+12", CELL_MARK_LAST, SHORTENED },
	{ "#REF!", CELL_MARK_LAST, "!is an error that a spreadsheet wrote instead of a value" },
	{ "123456789012345678901234", CELL_MARK_LAST, "123456789012345678901234" },
	{ "1234567890123456789012345", CELL_MARK_LAST,
	  "!has more than 24 digits before the decimals" },
	{ "11111111111111111111111111111111111111111",
	  CELL_MARK_LAST, "!has more than 24 digits before the decimals" },
	{ "11111111111111111111111111111111111111111111111111111",
	  CELL_MARK_LAST, "!has more than 24 digits before the decimals" },
	{ "1111111111111111111111111111111111111111111111111111111111111111",
	  CELL_MARK_LAST, "!has more than 24 digits before the decimals" },
	{ "0.123456789012", CELL_MARK_LAST, "0.123456789012" },
	{ "0.1234567890123", CELL_MARK_LAST, "!has more than 12 decimals" },
};

static void
check_numbers(void)
{
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		const struct cell_number_form form = { .decimal = numbers[i].decimal };
		struct cell_number got;
		struct decimal d;
		const char *wrong = cell_number(numbers[i].in, &form, &got), *want = numbers[i].out;
		char text[200];
		int good;

		snprintf(text, sizeof text, "%s%s", wrong != NULL ? "!" : "",
		    wrong != NULL ? wrong : got.text);
		good = strcmp(text, want) == 0;
		if (wrong == NULL)
			good = good && decimal_parse(got.text, &d) == 0;
		ok(good, numbers[i].in, good ? "" : text);
	}
}

static void
check_currency(void)
{
	const struct cell_number_form euro = { .currency = EURO }, code = { .currency = "EUR" };
	struct cell_number n;

	ok(cell_number("12,50 " EURO, &euro, &n) == NULL && strcmp(n.text, "12.50") == 0,
	    "a currency behind", n.text);
	ok(cell_number(EURO "1,234.50", &euro, &n) == NULL && strcmp(n.text, "1234.50") == 0,
	    "a currency before", n.text);
	ok(cell_number("-12 eur", &code, &n) == NULL && strcmp(n.text, "-12") == 0,
	    "a code", n.text);
	ok(cell_number("12", &code, &n) == NULL && n.decimal == '\0', "without one", n.text);
	ok(cell_number("12 USD", &code, &n) != NULL, "another one", "");
	ok(cell_number("1" NBSP "234,5", &code, &n) == NULL, "marks", n.text);
	ok(n.group == ' ' && n.decimal == ',' && n.places == 1, "they are told", "");
}

static const struct {
	const char *in;
	enum cell_date form;
	const char *zone, *out;		/* as of clock_iso8601() */
} dates[] = {
	{ "24/11/2026", CELL_DATE_DMY, NULL, "2026-11-24T00:00:00Z" },
	{ "24/11/2026 08:09:10", CELL_DATE_DMY, NULL, "2026-11-24T08:09:10Z" },
	{ "24/11/2026 08:09", CELL_DATE_DMY, NULL, "2026-11-24T08:09:00Z" },
	{ "1.2.2026", CELL_DATE_DMY, NULL, "2026-02-01T00:00:00Z" },
	{ "24-11-2026 8:09", CELL_DATE_DMY, NULL, "2026-11-24T08:09:00Z" },
	{ "24/11-2026", CELL_DATE_DMY, NULL, NO_DMY },
	{ "24/11/26", CELL_DATE_DMY, NULL, NO_DMY },
	{ "31/02/2026", CELL_DATE_DMY, NULL, NO_DAY },
	{ "29/02/2028", CELL_DATE_DMY, NULL, "2028-02-29T00:00:00Z" },
	{ "11/24/2026", CELL_DATE_DMY, NULL, NO_DAY },
	{ "24/11/2026 24:00", CELL_DATE_DMY, NULL, "!has a time of day that does not exist" },
	{ "24/11/2026 08", CELL_DATE_DMY, NULL, NO_DMY },
	{ "24/11/2026 08:09 PM", CELL_DATE_DMY, NULL, NO_DMY },
	{ "24/11/0099", CELL_DATE_DMY, NULL, "!has a year that cannot be meant" },
	{ "01/07/2026 12:00:00", CELL_DATE_DMY, "Europe/Paris", "2026-07-01T10:00:00Z" },
	{ "01/12/2026", CELL_DATE_DMY, "Europe/Paris", "2026-11-30T23:00:00Z" },
	{ "29/03/2026 02:30", CELL_DATE_DMY, "Europe/Paris", "2026-03-29T01:00:00Z" },
	{ "25/10/2026 02:30", CELL_DATE_DMY, "Europe/Paris", "2026-10-25T00:30:00Z" },
	{ "11/24/2026 08:09", CELL_DATE_MDY, NULL, "2026-11-24T08:09:00Z" },
	{ "24/11/2026", CELL_DATE_MDY, NULL, NO_DAY },
	{ "2026-11-24", CELL_DATE_YMD, NULL, "2026-11-24T00:00:00Z" },
	{ "2026-11-24 08:09:10", CELL_DATE_YMD, "Europe/Paris", "2026-11-24T07:09:10Z" },
	{ "2026-11-24T08:09:10Z", CELL_DATE_YMD, "Europe/Paris", "2026-11-24T08:09:10Z" },
	{ "2026-11-24T08:09:10.25+01:00", CELL_DATE_YMD, NULL, "2026-11-24T07:09:10.250000Z" },
	{ "2026-11-24T08:09:10-0530", CELL_DATE_YMD, NULL, "2026-11-24T13:39:10Z" },
	{ "2026-11-24T08:09:10+01", CELL_DATE_YMD, NULL, "2026-11-24T07:09:10Z" },
	{ "2026-11-24T08:09:10+1", CELL_DATE_YMD, NULL, NO_YMD },
	{ "2026-11-24x", CELL_DATE_YMD, NULL, NO_YMD },
	{ "20261124", CELL_DATE_COMPACT, NULL, "2026-11-24T00:00:00Z" },
	{ "20261124083001", CELL_DATE_COMPACT, NULL, "2026-11-24T08:30:01Z" },
	{ "2026112", CELL_DATE_COMPACT, NULL,
	  "!is no date such as 20261124 or 20261124083000" },
	{ "1795509000", CELL_DATE_UNIX, NULL, "2026-11-24T08:30:00Z" },
	{ "0", CELL_DATE_UNIX, NULL, "1970-01-01T00:00:00Z" },
	{ "-1", CELL_DATE_UNIX, NULL, "1969-12-31T23:59:59Z" },
	{ "1795509000000", CELL_DATE_UNIX, NULL,
	  "!has too many digits for seconds since 1970; it may be milliseconds" },
	{ "-", CELL_DATE_UNIX, NULL, "!is no number of seconds since 1970, such as 1795509000" },
	{ "00/00/0000", CELL_DATE_DMY, NULL, "none" },
	{ "0000-00-00 00:00:00", CELL_DATE_YMD, NULL, "none" },
	{ "2026-00-10", CELL_DATE_YMD, NULL, NO_DAY },
	{ "", CELL_DATE_YMD, NULL, NO_YMD },
};

static void
check_dates(void)
{
	for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
		struct calendar_zone *zone = NULL;
		struct cell_time t;
		char got[160] = "none";
		const char *wrong;

		if (dates[i].zone != NULL)
			calendar_zone_open(dates[i].zone, &zone, NULL);
		wrong = cell_date(dates[i].in, dates[i].form, zone, &t);
		if (wrong != NULL)
			snprintf(got, sizeof got, "!%s", wrong);
		else if (!t.none)
			clock_iso8601(t.at, got);
		ok_text(got, dates[i].out, dates[i].in);
		if (zone != NULL)
			calendar_zone_close(&zone);
	}
}

static void
check_days(void)
{
	struct calendar_zone *zone;
	struct cell_time t;

	calendar_zone_open("Europe/Paris", &zone, NULL);
	ok(cell_date("02/01/1970", CELL_DATE_DMY, zone, &t) == NULL && t.day == 1 && !t.has_time,
	    "the day that is written, whatever the zone", "");
	ok(cell_date("02/01/1970 00:00", CELL_DATE_DMY, zone, &t) == NULL && t.has_time,
	    "a time of day is told", "");
	calendar_zone_close(&zone);
	for (enum cell_date f = CELL_DATE_DMY; f < CELL_DATE_N; f++)
		ok(cell_date_find(cell_date_name(f)) == f, cell_date_name(f), "");
	ok(cell_date_find("dd/yyyy") == CELL_DATE_UNSET, "no such form", "");
}

static void
check_flags(void)
{
	enum { NO, YES, NEITHER };
	static const struct { int want; const char *what, *cells[9]; } flags[] = {
		{ YES, "yes:", { "1", "true", "TRUE", "oui", "Yes", "O", "y", "vrai" } },
		{ NO, "no:", { "0", "false", "Non", "no", "N", "faux", " n " } },
		{ NEITHER, "neither:", { "", "2", "ouii", "o n", "-1", "on" } },
	};

	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		for (const char *const *c = flags[i].cells; *c != NULL; c++) {
			int flag = -1, got = cell_flag(*c, &flag) == NULL ? flag : NEITHER;

			ok(got == flags[i].want, flags[i].what, *c);
		}
}

static void
check_bare(void)
{
	static const char *const cells[][2] = { { " +33612345678", "+33612345678" },
		{ "'+33612345678", "+33612345678" }, { "'0612345678", "0612345678" },
		{ NBSP "'=1+1 ", "=1+1" }, { "'s-Gravenhage", "'s-Gravenhage" }, { "'", "'" },
		{ "", "" } };

	for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
		size_t n;
		const char *s = cell_bare(cells[i][0], &n);
		int good = n == strlen(cells[i][1]) && memcmp(s, cells[i][1], n) == 0;

		ok(good, cells[i][0], good ? "" : s);
	}
}

int
main(void)
{
	check_numbers();
	check_currency();
	check_dates();
	check_days();
	check_flags();
	check_bare();
	ok(cell_spoilt("3,36E+10") != NULL && cell_spoilt("-1.5e-3") != NULL, "spoilt", "");
	ok(cell_spoilt("E10") == NULL && cell_spoilt("12E") == NULL && cell_spoilt("1E5A") == NULL,
	    "codes that are not", "");
	return tap_end();
}
