#include "config.h"

#include "store/rate_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/err.h"
#include "lib/format/byte_source.h"
#include "lib/format/csv_file.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/store_rate.h"

enum { COLUMNS = 3, BULK = 1000, SHOWN = 20 };
enum column { CURRENCY, VALID_FROM, RATE };

static const char *const column_names[COLUMNS] = { "CurrencyId", "ValidFrom", "Rate" };

struct rate {
	const char *currency, *rate;
	usec_t valid_from;
	int64_t line;
};

struct reading {
	struct arena *a;
	struct err *err;
	const struct calendar_zone *zone;
	struct rows known;			/* currencies */
	size_t columns[COLUMNS];		/* where each is */
	int64_t faulty;
	struct rate *rates;
	size_t nrates, room;
	int begun;				/* a row was read */
};

/* ------------------------------------------------------------------ one row */

static void
fault(struct reading *r, int64_t line, const char *what)
{
	r->faulty++;
	err_fault(r->err, r->a, arena_printf(r->a, "line %" PRId64, line), "%s", what);
}

static int
is_known(const struct reading *r, const char *currency)
{
	for (size_t i = 0; i < r->known.n; i++)
		if (strcmp(rows_text(&r->known, i, ROWS_ONLY), currency) == 0)
			return 1;
	return 0;
}

/* 1 when the row names the columns. */
static int
read_names(struct reading *r, const struct csv_file_row *row)
{
	size_t found = 0, columns[COLUMNS] = { 0 };

	for (size_t i = 0; i < COLUMNS; i++)
		for (size_t k = 0; k < row->n; k++)
			if (text_ieq(row->fields[k], column_names[i])) {
				columns[i] = k;
				found++;
				break;
			}
	if (found == COLUMNS && row->n == COLUMNS)
		memcpy(r->columns, columns, sizeof columns);
	else if (found > 0)
		fault(r, row->line,
		    "must name the columns CurrencyId, ValidFrom and Rate, and no others");
	return found > 0;
}

static const char *
row_fault(struct reading *r, const struct csv_file_row *row, struct rate *out)
{
	const char *f[COLUMNS];

	if (row->n != COLUMNS)
		return arena_printf(r->a, "has %zu fields instead of CurrencyId, ValidFrom and "
		    "Rate", row->n);
	for (size_t i = 0; i < COLUMNS; i++)
		f[i] = arena_strdup(r->a, row->fields[r->columns[i]]);
	*out = (struct rate){ .currency = f[CURRENCY], .rate = f[RATE], .line = row->line };
	if (!is_known(r, f[CURRENCY]))
		return arena_printf(r->a, "CurrencyId \"%s\" is no currency of ISO 4217, such as "
		    "USD", text_utf8_fit(r->a, f[CURRENCY], SHOWN));
	if (calendar_parse(r->zone, f[VALID_FROM], &out->valid_from) < 0)
		return "ValidFrom is not a date, or date and time, such as 2026-11-24 or "
		    "2026-11-24T02:30:00+01:00";
	if (!store_rate_is_good(f[RATE]))
		return arena_printf(r->a, "Rate must be a decimal number above 0 with a point and "
		    "at most %d digits before and behind it", STORE_RATE_DIGITS);
	return NULL;
}

static void
keep(struct reading *r, const struct rate *rate)
{
	if (r->nrates == r->room) {
		struct rate *more = arena_new(
		    r->a, struct rate, r->room = r->room == 0 ? 256 : r->room * 2);

		if (r->nrates > 0)
			memcpy(more, r->rates, r->nrates * sizeof *more);
		r->rates = more;
	}
	r->rates[r->nrates++] = *rate;
}

/* ------------------------------------------------------------------ the text */

static int
take_row(void *arg, const struct csv_file_row *row, struct err *err)
{
	struct reading *r = arg;
	struct rate rate;
	const char *what;

	(void)err;
	if (!r->begun && read_names(r, row))
		what = NULL;
	else if ((what = row_fault(r, row, &rate)) != NULL)
		fault(r, row->line, what);
	else
		keep(r, &rate);
	r->begun = 1;
	return 0;
}

static int
take_wrong(void *arg, int64_t line, const char *what, struct err *err)
{
	(void)err;
	fault(arg, line, what);
	return 0;
}

static int
read_text(struct reading *r, const char *text, size_t n)
{
	const struct csv_file_taker taker = { .row = take_row, .wrong = take_wrong, .arg = r };
	struct byte_source_memory memory = { text, n };
	const struct byte_source source = byte_source_memory(&memory);

	return csv_file_read(&taker, &source, r->a, r->err);
}

static int
compare(const void *x, const void *y)
{
	const struct rate *a = x, *b = y;
	int c = strcmp(a->currency, b->currency);

	if (c == 0 && a->valid_from != b->valid_from)
		c = a->valid_from < b->valid_from ? -1 : 1;
	if (c != 0)
		return c;
	return a->line < b->line ? -1 : 1;
}

static void
refuse_twice(struct reading *r)
{
	if (r->nrates > 0)
		qsort(r->rates, r->nrates, sizeof *r->rates, compare);
	for (size_t i = 1; i < r->nrates; i++)
		if (strcmp(r->rates[i].currency, r->rates[i - 1].currency) == 0 &&
		    r->rates[i].valid_from == r->rates[i - 1].valid_from)
			fault(r, r->rates[i].line,
			    arena_printf(r->a,
				"gives the rate of %s from the same moment as line %" PRId64,
				r->rates[i].currency, r->rates[i - 1].line));
}

static int
put_all(struct db *db, struct reading *r, usec_t now, struct err *err)
{
	struct val *args = arena_new(r->a, struct val, BULK * 4);

	for (size_t done = 0; done < r->nrates;) {
		size_t n = 0;

		for (struct val *v = args; n < BULK && done < r->nrates; n++, done++) {
			*v++ = v_text(r->rates[done].currency);
			*v++ = v_time(r->rates[done].valid_from);
			*v++ = v_text(r->rates[done].rate);
			*v++ = v_time(now);
		}
		if (db_exec_bulk(db, Q_rate_put, args, n, err) < 0)
			return err->code;
	}
	return 0;
}

/* Counts all rates, and those that were changed at now. */
static int
count(struct db *db, struct arena *a, usec_t now, int64_t *all, int64_t *changed, struct err *err)
{
	struct rows n;
	int rc = db_query(db, Q_rate_count, DB_ARGS(v_time(now)), a, &n, err);

	*all = rc < 0 ? 0 : rows_int(&n, 0, C_rate_count_rates);
	*changed = rc < 0 ? 0 : rows_int(&n, 0, C_rate_count_changed);
	return rc;
}

static int
read_all(struct reading *r, const char *text, size_t n, struct err *err)
{
	int rc = read_text(r, text, n);

	if (rc < 0)
		return rc;
	refuse_twice(r);
	if (r->nrates == 0 && r->faulty == 0)
		err_fault(err, r->a, "body",
		    "has no rates; each row is CurrencyId, ValidFrom, Rate, for example "
		    "USD,2026-11-24,0.9134");
	return err->code;
}

int
rate_file_load(struct db *db, struct arena *a, const char *text, size_t n, const char *time_zone,
    usec_t now, struct rate_file_result *out, struct err *err)
{
	struct reading r = { .a = a, .err = err, .columns = { CURRENCY, VALID_FROM, RATE } };
	struct calendar_zone *zone;
	int64_t before, after, old_changes, changes;
	int rc;

	*out = (struct rate_file_result){ 0 };
	if (n > RATE_FILE_BYTES)
		return err_set(
		    err, ERR_TOO_LARGE, "Rates may have %d bytes at a time.", RATE_FILE_BYTES);
	if ((rc = calendar_zone_open(time_zone, &zone, err)) < 0)
		return rc;
	r.zone = zone;
	if ((rc = db_query(db, Q_rate_currencies, DB_NONE, a, &r.known, err)) == 0)
		rc = read_all(&r, text, n, err);
	calendar_zone_close(&zone);
	if (rc < 0 || (rc = count(db, a, now, &before, &old_changes, err)) < 0 ||
	    (rc = put_all(db, &r, now, err)) < 0)
		return rc;
	if ((rc = count(db, a, now, &after, &changes, err)) < 0)
		return rc;
	*out = (struct rate_file_result){ .rows = (int64_t)r.nrates,
		.added = after - before,
		.changed = changes - old_changes - (after - before) };
	return 0;
}

int
rate_file_when(struct arena *a, const char *field, const char *text, const char *time_zone,
    usec_t *out, struct err *err)
{
	struct calendar_zone *zone;
	int rc = calendar_zone_open(time_zone, &zone, err);

	if (rc < 0)
		return rc;
	if (calendar_parse(zone, text, out) < 0)
		rc = err_fault(err, a, field,
		    "is not a date, or date and time, such as 2026-11-24 or "
		    "2026-11-24T02:30:00+01:00");
	calendar_zone_close(&zone);
	return rc;
}
