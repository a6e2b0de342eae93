#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/sniff/sample.h"
#include "lib/text.h"

/* Rows that a candidate is tried on; of a thousand of them, those that must have the same number of
 * fields. */
enum { TRIED_ROWS = 500, LOOKED_ROWS = 200, ENOUGH = 500 };

/* When two fit, the one that is rarer in texts counts. */
static const char delimiters[] = "|\t;,";

/* ------------------------------------------------------------------ line ends */

struct ends { int64_t lf, crlf, cr; };

static void
count_ends(const struct sample *s, enum encoding encoding, struct ends *e)
{
	size_t step = encoding_is_wide(encoding) ? 2 : 1;
	int before = 0, c;

	for (size_t i = 0; i < s->n; i += step, before = c) {
		c = sample_character(s, i, encoding);
		if (c == '\n' && before == '\r') {
			e->crlf++;
			e->cr--;
		} else {
			e->lf += c == '\n';
			e->cr += c == '\r';
		}
	}
}

static void
find_line_end(const struct samples *s, struct arena *a, struct sniff *out)
{
	struct ends e = { .lf = 0 };

	for (size_t i = 0; i < s->n; i++)
		count_ends(&s->s[i], out->dialect.encoding, &e);
	if ((e.lf > 0) + (e.crlf > 0) + (e.cr > 0) > 1) {
		out->line_end = SNIFF_END_MIXED;
		sniff_say(&out->remarks, a, "Line ends are mixed: %" PRId64 " LF, %" PRId64
		    " CR LF and %" PRId64 " CR were seen. Each of them ends a line.", e.lf, e.crlf,
		    e.cr);
	} else if (e.crlf > 0) {
		out->line_end = SNIFF_END_CRLF;
	} else if (e.lf > 0) {
		out->line_end = SNIFF_END_LF;
	} else {
		out->line_end = e.cr > 0 ? SNIFF_END_CR : SNIFF_END_NONE;
	}
}

/* ------------------------------------------------------------------ the delimiter */

struct trial {
	struct csv_dialect dialect;
	struct sample_rows rows;
	int share;		/* rows of the usual number of fields, of a thousand */
	int torn;		/* cells that another delimiter would divide, of a thousand */
};

/* 1 when another delimiter stands in the cell, which is no number with a decimal comma. */
static int
is_torn(const char *cell, char delimiter)
{
	for (const char *d = delimiters; *d != '\0'; d++)
		if (*d != delimiter && strchr(cell, *d) != NULL)
			return (sniff_value(cell) & CAN_NUMBER) == 0;
	return 0;
}

static int
share_torn(const struct trial *t)
{
	int64_t torn = 0, all = 0;

	for (size_t i = 0; i < t->rows.n && i < LOOKED_ROWS; i++)
		for (size_t k = 0; k < t->rows.fields; k++, all++)
			torn += is_torn(t->rows.rows[i][k], t->dialect.delimiter);
	return all == 0 ? 0 : (int)(torn * 1000 / all);
}

static int
try(const struct samples *s, struct trial *t, struct arena *a, struct err *err)
{
	int rc = sample_rows_read(s, 1, &t->dialect, TRIED_ROWS, a, &t->rows, err);

	if (rc < 0)
		return rc;
	t->share = t->rows.all == 0 ? 0 : (int)(t->rows.usual * 1000 / t->rows.all);
	t->torn = share_torn(t);
	return 0;
}

/* 0 when the delimiter does not divide the rows. */
static int
score(const struct trial *t)
{
	int fields = t->rows.fields < 20 ? (int)t->rows.fields : 20;

	return t->rows.fields < 2 || t->share < ENOUGH ? 0 : t->share - t->torn / 2 + fields;
}

/* ------------------------------------------------------------------ quotes */

struct quotes {
	int64_t opening;	/* cells that begin with a quote, when none is said to be one */
	int64_t other;		/* cells that have one elsewhere */
	int64_t cells;
};

static void
count_quotes(const struct sample_rows *rows, char quote, struct quotes *q)
{
	for (size_t i = 0; i < rows->n; i++)
		for (size_t k = 0; k < rows->fields; k++) {
			const char *cell = rows->rows[i][k];
			int opens = cell[0] == quote;

			q->cells += cell[0] != '\0';
			q->opening += opens;
			q->other += !opens && strchr(cell, quote) != NULL;
		}
}

/* Decides between the trial with quotes and the one without. */
static const struct trial *
find_quote(const struct trial *with, const struct trial *without, struct arena *a,
    struct sniff *out)
{
	struct quotes q = { .cells = 0 };

	count_quotes(&without->rows, '"', &q);
	if (q.opening == 0 && q.other == 0 && with->share == without->share) {
		sniff_say(&out->reasons, a, "No field with a quote was seen; if there is one, it "
		    "is read as a quoted field.");
		return with;
	}
	if (q.opening == 0 && with->share < without->share) {
		sniff_say(&out->reasons, a, "Fields are not quoted: quotes stand inside of fields "
		    "(%" PRId64 " were seen), none at the begin of one.", q.other);
		return without;
	}
	if (with->rows.faulty * 2 > q.opening && with->share < without->share) {
		sniff_say(&out->reasons, a, "Fields are not quoted: read with quotes, %" PRId64
		    " rows would be wrong.", with->rows.faulty);
		return without;
	}
	sniff_say(&out->reasons, a, "Fields are quoted with \": %" PRId64 " %s with one.",
	    q.opening, text_form(q.opening, "field begins", "fields begin"));
	return with;
}

static int
has_apostrophes(const struct trial *without)
{
	struct quotes q = { .cells = 0 };

	count_quotes(&without->rows, '\'', &q);
	return q.opening * 2 > q.cells;
}

/* ------------------------------------------------------------------ all */

static const char *
delimiter_words(char delimiter)
{
	static const char words[][8] = { "\"|\"", "TAB", "\";\"", "\",\"" };

	return words[strchr(delimiters, delimiter) - delimiters];
}

static void
say_delimiter(const struct trial *best, struct arena *a, struct sniff *out)
{
	if (score(best) == 0)
		sniff_say(&out->reasons, a, "There is one column: no delimiter (| TAB ; ,) divides "
		    "most rows into the same number of fields.");
	else
		sniff_say(&out->reasons, a, "The delimiter is %s: it divides %" PRId64 " of the "
		    "first %" PRId64 " rows into %zu fields.",
		    delimiter_words(best->dialect.delimiter), best->rows.usual, best->rows.all,
		    best->rows.fields);
}

/* Tries a delimiter with quotes and without; the better pair so far stays in best. */
static int
try_pair(const struct samples *s, const struct csv_dialect *dialect, struct trial best[2],
    struct arena *a, struct err *err)
{
	struct trial now[2] = { { .dialect = *dialect }, { .dialect = *dialect } };
	int rc, better;

	now[0].dialect.quote = '"';
	if ((rc = try(s, &now[0], a, err)) < 0 || (rc = try(s, &now[1], a, err)) < 0)
		return rc;
	better = score(&now[0]) > score(&now[1]) ? score(&now[0]) : score(&now[1]);
	if (better > score(&best[0]) && better > score(&best[1]))
		memcpy(best, now, sizeof now);
	return 0;
}

int
sniff_dialect(const struct samples *s, struct arena *a, struct sniff *out, struct err *err)
{
	struct csv_dialect dialect = { .encoding = out->dialect.encoding };
	struct trial best[2] = { { .share = 0 }, { .share = 0 } };
	const struct trial *chosen;
	int rc = 0;

	find_line_end(s, a, out);
	for (const char *d = delimiters; *d != '\0' && rc == 0; d++) {
		dialect.delimiter = *d;
		rc = try_pair(s, &dialect, best, a, err);
	}
	if (rc == 0 && best[0].rows.all == 0) {		/* one column */
		best[0].dialect = best[1].dialect = dialect;
		best[0].dialect.quote = '"';
		if ((rc = try(s, &best[0], a, err)) == 0)
			rc = try(s, &best[1], a, err);
	}
	if (rc < 0)
		return rc;
	say_delimiter(score(&best[0]) >= score(&best[1]) ? &best[0] : &best[1], a, out);
	chosen = find_quote(&best[0], &best[1], a, out);
	out->dialect = chosen->dialect;
	if (has_apostrophes(&best[1]))
		out->dialect.quote = '\'';
	return 0;
}
