#include "config.h"

#include "lib/sniff/sniff.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/byte_source.h"
#include "lib/sniff/sample.h"
#include "lib/text.h"

enum { SOLE_ROWS = 1000000 };

const char *
sniff_line_end_name(enum sniff_line_end end)
{
	static const char *const names[] = { [SNIFF_END_NONE] = "none", [SNIFF_END_LF] = "LF",
		[SNIFF_END_CRLF] = "CR LF", [SNIFF_END_CR] = "CR", [SNIFF_END_MIXED] = "mixed" };

	return names[end];
}

void
sniff_say(struct sniff_words *w, struct arena *a, const char *fmt, ...)
{
	va_list ap;

	if (w->n == w->room) {
		const char **more = arena_new(a, const char *, w->room * 2 + 4);

		if (w->n > 0)
			memcpy(more, w->words, w->n * sizeof *more);
		w->words = more;
		w->room = w->room * 2 + 4;
	}
	va_start(ap, fmt);
	w->words[w->n++] = arena_vprintf(a, fmt, ap);
	va_end(ap);
}

/* How many rows the file has, by those that were seen. */
static void
estimate(const struct sample_rows *rows, struct sniff *out)
{
	int64_t data = rows->all - out->dialect.header;

	out->rows = -1;
	if (out->bytes >= 0 && out->seen_bytes > 0)
		out->rows = out->seen_bytes >= out->bytes ? data :
		    (int64_t)((double)rows->all * (double)out->bytes / (double)out->seen_bytes);
}

static void
set_preview(const struct sample_rows *rows, struct sniff *out)
{
	size_t from = (size_t)out->dialect.header;

	out->preview = rows->rows + from;
	out->npreview = rows->n - from < SNIFF_PREVIEW ? rows->n - from : SNIFF_PREVIEW;
}

static void
remark_rows(const struct sample_rows *rows, struct arena *a, struct sniff *out)
{
	int64_t other = rows->all - rows->usual - rows->faulty;

	if (rows->faulty > 0)
		sniff_say(&out->remarks, a, "%" PRId64 " of %" PRId64 " rows that were seen cannot "
		    "be read.", rows->faulty, rows->all);
	if (other > 0)
		sniff_say(&out->remarks, a, "%" PRId64 " of %" PRId64 " rows that were seen do not "
		    "have %zu fields.", other, rows->all, rows->fields);
	if (rows->fields > 1 && out->dialect.header && rows->n == 1)
		sniff_say(&out->remarks, a, "There is no row behind the header.");
}

static int
sniff_rows(const struct samples *s, struct arena *a, struct sniff *out, struct err *err)
{
	struct sample_rows rows;
	int rc = sample_rows_read(s, s->n, &out->dialect, SOLE_ROWS, a, &rows, err);

	if (rc < 0)
		return rc;
	out->seen_rows = rows.all;
	out->faulty_rows = rows.faulty;
	out->percent = rows.all == 0 ? 0 : (int)(rows.usual * 100 / rows.all);
	out->dialect.fields = out->ncolumns = rows.fields;
	out->columns = arena_new(a, struct sniff_column, rows.fields);
	if (rows.n > 0) {
		sniff_header(&rows, a, out);
		sniff_columns(&rows, a, out);
		set_preview(&rows, out);
	}
	remark_rows(&rows, a, out);
	estimate(&rows, out);
	return 0;
}

int
sniff_source(const struct byte_source *source, struct arena *a, struct sniff *out, struct err *err)
{
	struct samples s;
	int rc;

	*out = (struct sniff) { .bytes = source->size, .rows = -1 };
	if ((rc = samples_read(&s, source, a, err)) < 0)
		return rc;
	for (size_t i = 0; i < s.n; i++)
		out->seen_bytes += (int64_t)s.s[i].n;
	if (s.n == 1 && s.s[0].last)
		out->bytes = (int64_t)s.s[0].n;
	if (out->seen_bytes == 0) {
		out->rows = 0;
		out->dialect = (struct csv_dialect) { .encoding = ENCODING_UTF8, .delimiter = ',',
			.quote = '"' };
		sniff_say(&out->remarks, a, "The file is empty.");
		return 0;
	}
	sniff_encoding(&s, a, out);
	if ((rc = sniff_dialect(&s, a, out, err)) < 0)
		return rc;
	return sniff_rows(&s, a, out, err);
}
