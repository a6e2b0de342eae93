#include "config.h"

#include "process/ref_missing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/format/writer.h"
#include "lib/text.h"

enum { LISTED = 20, CURRENCY_BYTES = 3 * 4 + 1 };

struct ref_missing_row {
	char currency[CURRENCY_BYTES];
	int64_t rows, too_large;
	usec_t first, last;		/* USEC_NONE: purchases without a date only */
};

static void
add(struct ref_missing_row *x, const struct rows *found, size_t i)
{
	usec_t first = rows_time(found, i, C_ref_headers_missing_first),
	       last = rows_time(found, i, C_ref_headers_missing_last);

	snprintf(x->currency, sizeof x->currency, "%s",
	    rows_text(found, i, C_ref_headers_missing_currency_id));
	x->rows += rows_int(found, i, C_ref_headers_missing_rows);
	x->too_large += rows_int(found, i, C_ref_headers_missing_too_large);
	if (first != USEC_NONE && (x->first == USEC_NONE || first < x->first))
		x->first = first;
	if (last != USEC_NONE && (x->last == USEC_NONE || last > x->last))
		x->last = last;
}

/* Which of the two sorted lists has the next currency: below 0 from, above 0 found, 0 both. */
static int
compare(const struct ref_missing_list *from, size_t i, const struct rows *found, size_t k)
{
	if (i == from->n)
		return 1;
	if (k == found->n)
		return -1;
	return strcmp(
	    from->rows[i].currency, rows_text(found, k, C_ref_headers_missing_currency_id));
}

void
ref_missing_add(struct run *run, struct ref_missing *m, const struct rows *found)
{
	const struct ref_missing_list *from = &m->lists[m->current];
	struct ref_missing_list *to = &m->lists[!m->current];

	if (found->n == 0)
		return;
	if (to->room < from->n + found->n) {
		to->room = 2 * (from->n + found->n);
		to->rows = arena_new(&run->arena, struct ref_missing_row, to->room);
	}
	to->n = 0;
	for (size_t i = 0, k = 0; i < from->n || k < found->n;) {
		int c = compare(from, i, found, k);
		struct ref_missing_row *x = &to->rows[to->n++];

		*x = c <= 0 ? from->rows[i++] :
			      (struct ref_missing_row){ .first = USEC_NONE, .last = USEC_NONE };
		if (c >= 0)
			add(x, found, k++);
	}
	m->current = !m->current;
}

static int
most_first(const void *x, const void *y)
{
	const struct ref_missing_row *a = x, *b = y;

	if (a->rows != b->rows)
		return a->rows > b->rows ? -1 : 1;
	return strcmp(a->currency, b->currency);
}

static void
report_rate(struct run *run, const struct ref_missing_row *x)
{
	const char *currency = x->currency[0] == '\0' ? NULL : x->currency;
	struct writer *w = &run->out;
	char first[32] = "", last[32] = "";

	if (x->first != USEC_NONE) {
		clock_iso8601(x->first, first);
		clock_iso8601(x->last, last);
	}
	writer_object(w);
	writer_put_text(w, "CurrencyId", currency);
	writer_put_int(w, "Rows", x->rows);
	writer_put_text(w, "From", first);
	writer_put_text(w, "To", last);
	writer_end(w);
	run_warn(run, "no rate for %s: %" PRId64 " %s%s%s%s%s",
	    currency == NULL ? "amounts without currency" : currency, x->rows,
	    text_form(x->rows, "row", "rows"), first[0] == '\0' ? " without a date" : " from ",
	    first, first[0] == '\0' ? "" : " to ", last);
}

void
ref_missing_report(struct run *run, struct ref_missing *m)
{
	struct ref_missing_list *l = &m->lists[m->current];
	int64_t too_large = 0;
	size_t missing = 0;

	if (l->n > 0)
		qsort(l->rows, l->n, sizeof *l->rows, most_first);
	writer_name(&run->out, "MissingRates");
	writer_array(&run->out);
	for (size_t i = 0; i < l->n; i++) {
		too_large += l->rows[i].too_large;
		if (l->rows[i].rows > 0 && missing++ < LISTED)
			report_rate(run, &l->rows[i]);
	}
	writer_end(&run->out);
	run_result_int(run, "MoreCurrencies", missing > LISTED ? (int64_t)missing - LISTED : 0);
	run_result_int(run, "TooLarge", too_large);
	if (missing > LISTED)
		run_warn(run, "and no rate for %zu more %s", missing - LISTED,
		    text_form((int64_t)(missing - LISTED), "currency", "currencies"));
	if (too_large > 0)
		run_warn(run,
		    "%" PRId64 " %s would be 1,000,000,000,000,000 %s or more, which no column "
			       "holds: %s no reference amount. The amount or its rate is wrong.",
		    too_large, text_form(too_large, "amount", "amounts"), run->reference_currency,
		    text_form(too_large, "it has", "they have"));
}
