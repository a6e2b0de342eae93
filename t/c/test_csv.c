/* lib/format: csv_reader: rows of every dialect and encoding, faults with their place, bytes as
 * they came, resuming, bounds; and the same rows as libcsv on random and hostile input. */
#include "config.h"

#include <csv.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/byte_source.h"
#include "lib/format/csv_reader.h"
#include "lib/text.h"
#include "t/c/chance.h"
#include "t/c/steps.h"
#include "t/c/tap.h"

/* Text with its length, for NULs. */
#define T(text) text, sizeof(text) - 1

/* ------------------------------------------------------------------ cases */

#define OPEN "opens a quote that is not closed"
#define INSIDE "has a quote inside of a field; such a field stands in quotes, and each quote in " \
    "it twice"
#define LATE "; without quotes no field may hold the delimiter"

static const struct {
	const char *what;
	struct csv_dialect dialect;
	const char *in;
	size_t n;
	const char *out;	/* "line@offset+bytes:cell|cell;", or "…!line,column reason;" */
} cases[] = {
	{ "nothing", { .delimiter = ',', .quote = '"' }, T(""), "" },
	{ "rows and their bytes", { .delimiter = ',', .quote = '"' }, T("a,b\r\n\r\n1,2\n3,4"),
	  "1@0+5:a|b;3@7+4:1|2;4@11+3:3|4;" },
	{ "mixed line ends", { .delimiter = ';', .quote = '"' }, T("a;b\rc;d\n\re;f\r\n\ng;h\r"),
	  "1@0+4:a|b;2@4+4:c|d;4@9+5:e|f;6@15+4:g|h;" },
	{ "Magento 1", { .encoding = ENCODING_UTF8, .delimiter = '|', .fields = 3 },
	  T("SKU-1|5\" tube \"x\"|3,4\nSKU-2|a|b|4\nSKU-3|c\n"),
	  "1@0+22:SKU-1|5\" tube \"x\"|3,4;"
	  "2@22+12!0,0 has 4 fields instead of 3" LATE ":SKU-2|a|b|4;"
	  "3@34+8!0,0 has 2 fields instead of 3:SKU-3|c;" },
	{ "empty fields behind the last column", { .delimiter = ';', .quote = '"', .fields = 2 },
	  T("a;b;;\n1;2;;3\n"),
	  "1@0+6:a|b;2@6+7!0,0 has 4 fields instead of 2:1|2||3;" },
	{ "blanks", { .delimiter = '|', .quote = '"' }, T(" a |\tb\t|\" +33\"| \"c\" |d e\n"),
	  "1@0+25:a|b| +33|c|d e;" },
	{ "TABs as delimiters", { .delimiter = '\t', .quote = '"' }, T("a\t\tb \n\t\tc\n"),
	  "1@0+6:a||b;2@6+4:||c;" },
	{ "a row of lines", { .delimiter = ',', .quote = '"' }, T("x,\"a\r\n\r\nb\"\r\ny,z\n"),
	  "1@0+12:x|a\n\nb;4@12+4:y|z;" },
	{ "apostrophes as quotes", { .delimiter = ',', .quote = '\'' }, T("'a,''b',\"c\"\n"),
	  "1@0+12:a,'b|\"c\";" },
	{ "a quote inside", { .delimiter = ',', .quote = '"' }, T("a,\xc3\xa9 5\"x,1\n2,3\n"),
	  "1@0+11!1,6 " INSIDE ":;2@11+4:2|3;" },
	{ "behind a closing one", { .delimiter = ',', .quote = '"' }, T("a,\"b\"c\nd,e\n"),
	  "1@0+7!1,6 " INSIDE ":;2@7+4:d|e;" },
	{ "in a row of lines", { .delimiter = ',', .quote = '"' }, T("a,\"b\nc\" d,e\nf,g\n"),
	  "1@0+12!2,4 " INSIDE ":;3@12+4:f|g;" },
	{ "a quote that is not closed", { .delimiter = ',', .quote = '"' },
	  T("a,b\n1,\"x\"\"y\",\"z\n5,6\n7,8\n"),
	  "1@0+4:a|b;2@4+12!2,10 " OPEN ":;3@16+4:5|6;4@20+4:7|8;" },
	{ "opened in a later line", { .delimiter = ',', .quote = '"' },
	  T("1,\"x\ny\",\"z\n5,6\n"), "1@0+5!2,4 " OPEN ":;2@5+6!2,2 " INSIDE ":;3@11+4:5|6;" },
	{ "at the very end", { .delimiter = ',', .quote = '"' }, T("1,\"x"), "1@0+4!1,3 " OPEN ":;" },
	{ "NUL", { .delimiter = ',', .quote = '"' }, T("a,b\n\xc3\xa9,\0" "2\n3,4\n"),
	  "1@0+4:a|b;2@4+6!2,3 has a NUL byte:;3@10+4:3|4;" },
	{ "broken UTF-8", { .encoding = ENCODING_UTF8, .delimiter = ',', .quote = '"' },
	  T("\xc3\xa9,\xe9\n3,4\n"), "1@0+5!1,3 has a byte that is not UTF-8:;2@5+4:3|4;" },
	{ "broken in a row of lines", { .encoding = ENCODING_UTF8, .delimiter = ',', .quote = '"' },
	  T("a,\"b\nc\xff\"\n3,4\n"), "1@0+9!2,2 has a byte that is not UTF-8:;3@9+4:3|4;" },
	{ "a mark of UTF-8", { .encoding = ENCODING_UTF8, .delimiter = ',', .quote = '"' },
	  T("\xef\xbb\xbf\"a\",b\n"), "1@3+6:a|b;" },
	{ "Windows-1252", { .encoding = ENCODING_WINDOWS_1252, .delimiter = ';', .quote = '"' },
	  T("\xe9;\x80;\xa4\n\x81;x\n"), "1@0+6:\xc3\xa9|\xe2\x82\xac|\xc2\xa4;"
	  "2@6+4!2,1 has a byte that is none of its encoding:;" },
	{ "ISO-8859-15", { .encoding = ENCODING_ISO_8859_15, .delimiter = ';', .quote = '"' },
	  T("c\xbdur;\xa4\n"), "1@0+7:c\xc5\x93ur|\xe2\x82\xac;" },
	{ "UTF-16 LE", { .encoding = ENCODING_UTF16LE, .delimiter = ';', .quote = '"' },
	  T("\xff\xfe" "a\0;\0\xe9\0\r\0\n\0\"\0\xac\x20\n\0\"\0;\0z\0"),
	  "1@2+10:a|\xc3\xa9;2@12+12:\xe2\x82\xac\n|z;" },
	{ "UTF-16 BE without a mark", { .encoding = ENCODING_UTF16BE, .delimiter = '\t' },
	  T("\0a\0\t\0b\0\r\0c\0\t\x0a\x0a\0\n"), "1@0+8:a|b;2@8+8:c|\xe0\xa8\x8a;" },
	{ "half of a character", { .encoding = ENCODING_UTF16LE, .delimiter = ';' },
	  T("a\0\n\0b\0\x3d\xd8\n\0c\0d"), "1@0+4:a;2@4+6!2,2 has half of a character of UTF-16:;"
	  "3@10+3!3,2 has half of a character of UTF-16:;" },
	{ "the delimiter is named", { .delimiter = ';', .quote = '"' }, T("sep=;\r\na;b\r\n"),
	  "2@7+5:a|b;" },
	{ "another is named", { .delimiter = ',', .quote = '"' }, T("sep=;\na,b\n"),
	  "1@0+6:sep=;;2@6+4:a|b;" },
	{ "rows without text", { .delimiter = ',', .quote = '"', .fields = 3 },
	  T(",,\n \n\"\",\"\",\"\"\n,,,,\nx,,\n\x1a"), "5@19+4:x||;" },
};

static void
add_row(struct buf *b, const struct csv_row *row, const char *in)
{
	buf_addf(b, "%" PRId64 "@%" PRId64 "+%" PRId64, row->line, row->offset, row->bytes);
	if (row->fault != CSV_FINE)
		buf_addf(b, "!%" PRId64 ",%zu %s", row->wrong_line, row->wrong_column, row->wrong);
	buf_addc(b, ':');
	for (size_t i = 0; i < row->n; i++) {
		buf_addf(b, "%s%s", i == 0 ? "" : "|", row->cells[i].text);
		if (strlen(row->cells[i].text) != row->cells[i].n)
			buf_adds(b, "(length)");
	}
	if (in != NULL && memcmp(row->raw, in + row->offset, (size_t)row->bytes) != 0)
		buf_adds(b, "(raw)");
	buf_addc(b, ';');
}

static const char *
read_by(struct arena *a, const struct csv_dialect *dialect, const char *in, size_t n, size_t step)
{
	struct steps steps = { { in, n }, step };
	const struct byte_source source = steps_source(&steps);
	struct csv_reader *r = csv_reader_create(dialect, &source);
	struct csv_row row;
	struct err err = { 0 };
	struct buf b;

	buf_init(&b, a);
	while (csv_reader_next(r, &row, &err) > 0)
		add_row(&b, &row, in);
	csv_reader_destroy(&r);
	return b.data;
}

static void
check_cases(struct arena *a)
{
	static const size_t steps[] = { 1, 2, 3, 7, 100000 };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (size_t k = 0; k < sizeof steps / sizeof steps[0]; k++) {
			const char *got = read_by(a, &cases[i].dialect, cases[i].in, cases[i].n,
			    steps[k]);

			ok_text(got, cases[i].out, cases[i].what);
		}
}

/* ------------------------------------------------------------------ resuming */

/* Reading goes on at every row of a file as if it had been read from its begin. */
static void
check_resume(struct arena *a)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct steps steps = { { cases[i].in, cases[i].n }, 5 };
		const struct byte_source source = steps_source(&steps);
		struct csv_reader *r = csv_reader_create(&cases[i].dialect, &source);
		struct csv_row row;
		struct buf whole, again;
		int good = 1;

		buf_init(&whole, a);
		while (good && csv_reader_next(r, &row, NULL) > 0) {
			struct csv_dialect dialect = cases[i].dialect;
			struct csv_reader *other;
			size_t at = whole.len;

			add_row(&whole, &row, NULL);
			buf_init(&again, a);
			dialect.encoding = csv_reader_encoding(r);
			other = csv_reader_create(&dialect, &source);
			csv_reader_seek(other, row.offset, row.line);
			csv_reader_next(other, &row, NULL);
			add_row(&again, &row, NULL);
			good = strcmp(whole.data + at, again.data) == 0;
			csv_reader_destroy(&other);
		}
		ok(good, "resumed:", cases[i].what);
		csv_reader_destroy(&r);
	}
}

/* ------------------------------------------------------------------ headers */

static const char *
read_header(struct arena *a, const char *in, size_t fields)
{
	const struct csv_dialect dialect = { .delimiter = ',', .quote = '"', .header = 1,
		.fields = fields };
	struct byte_source_memory memory = { in, strlen(in) };
	const struct byte_source source = byte_source_memory(&memory);
	struct csv_reader *r = csv_reader_create(&dialect, &source);
	const char *const *names = NULL;
	struct csv_row row;
	struct err err = { 0 };
	struct buf b;
	size_t n;
	int rc = csv_reader_header(r, a, &names, &n, &err);

	buf_init(&b, a);
	buf_addf(&b, "%d", rc > 0 ? 1 : rc);
	for (size_t i = 0; rc > 0 && i < n; i++)
		buf_addf(&b, " %s", names[i]);
	while (rc > 0 && csv_reader_next(r, &row, &err) > 0)
		add_row(&b, &row, in);
	for (struct err_fault *e = err.faults; e != NULL; e = e->next)
		buf_addf(&b, " [%s %s]", e->field, e->message);
	csv_reader_destroy(&r);
	return b.data;
}

static void
check_header(struct arena *a, const char *in, size_t fields, const char *want)
{
	ok_text(read_header(a, in, fields), want, in);
}

static void
check_headers(struct arena *a)
{
	check_header(a, "", 0, "0");
	check_header(a, "\n\n", 0, "0");
	check_header(a, "a,b\n", 0, "1 a b");
	check_header(a, "a,b\n1,2\n3\n", 0,
	    "1 a b2@4+4:1|2;3@8+2!0,0 has 1 field instead of 2:3;");
	check_header(a, "a,\xc2\xa0" "b\xe2\x80\x8b,\"c\nd\",\n1,2,3,\n", 0,
	    "1 a b c\nd 3@16+7:1|2|3|;");
	check_header(a, "a,b,A,b,,\n1,2\n", 0, "-2 [A stands twice in the header, as column 1 and "
	    "column 3] [b stands twice in the header, as column 2 and column 4]");
	check_header(a, "a,b\"\n", 0, "-2 [line 1, column 4 is the header, and " INSIDE "]");
	check_header(a, "a,b,c\n", 2,
	    "-2 [line 1 is the header, and has 3 fields instead of 2]");
}

/* ------------------------------------------------------------------ bounds */

/* A source of endless bytes, with a line end where the line ends. */
struct endless { int64_t line, size; char fill; };

static int64_t
read_endless(void *arg, int64_t offset, void *to, size_t n, struct err *err)
{
	const struct endless *e = arg;
	int64_t left = e->size > offset ? e->size - offset : 0;

	(void)err;
	n = left < (int64_t)n ? (size_t)left : n;
	memset(to, e->fill, n);
	for (size_t i = 0; i < n; i++)
		if ((offset + (int64_t)i) % (e->line + 1) == e->line)
			((char *)to)[i] = '\n';
	return (int64_t)n;
}

static void
check_long(int64_t line, enum encoding encoding, const char *what)
{
	struct endless e = { line, 3 * (line + 1), 'x' };
	const struct byte_source source = { .read = read_endless, .arg = &e, .size = -1 };
	const struct csv_dialect dialect = { .encoding = encoding, .delimiter = ',', .quote = '"' };
	struct csv_reader *r = csv_reader_create(&dialect, &source);
	struct csv_row row;
	int64_t seen = 0;
	int good = 1;

	while (csv_reader_next(r, &row, NULL) > 0) {
		good = good && row.fault == CSV_LINE_LONG && row.raw == NULL;
		good = good && row.bytes == line + 1 && row.offset == seen * (line + 1);
		good = good && row.line == ++seen;
	}
	ok(good && seen == 3, what, "");
	csv_reader_destroy(&r);
}

static void
check_bounds(struct arena *a)
{
	const struct csv_dialect dialect = { .delimiter = ',', .quote = '"' };
	const size_t n = CSV_ROW_MAX;
	char *big = arena_alloc(a, 3 * n);
	const char *got;

	check_long(100 << 20, ENCODING_UTF8, "lines of 100 MB are reported and passed");
	check_long(CSV_ROW_MAX + 1, ENCODING_UTF8, "a byte more than the bound");
	memset(big, 'x', n);
	memcpy(big + n, "\r\ny\n", 4);
	got = read_by(a, &dialect, big, n + 4, 65536);
	ok(strncmp(got, "1@0+1048578:xxx", 15) == 0 && strstr(got, ";2@1048578+2:y;") != NULL,
	    "the longest line", "");
	memcpy(big, "a\n\"", 3);
	for (size_t i = 3; i < 2 * n; i++)
		big[i] = i % 100000 == 0 ? '\n' : 'x';
	got = read_by(a, &dialect, big, 2 * n, 65536);
	ok(strncmp(got, "1@0+2:a;2@2+99999!2,1 " OPEN ":;3@100001+100000:xx", 47) == 0,
	    "a quote that is not closed within the bound: the next line is read", "");
	memset(big, ',', 600);
	got = read_by(a, &dialect, big, 600, 7);
	ok(strcmp(got, "1@0+600!0,0 has 601 fields; at most 500 are read:;") == 0,
	    "too many fields", got);
	for (size_t i = 0; i < 3 * n; i++)
		big[i] = "\"\n\r\r\r\r\r\r\r\r"[i % 10];
	got = read_by(a, &dialect, big, 3 * n, 65536);
	ok(got[0] != '\0', "quotes and line ends alone", "");
}

/* ------------------------------------------------------------------ against libcsv */

/* What libcsv makes of the bytes, row after row. */
struct reference {
	struct buf *b;
	size_t n, in_row;
	struct buf row;
};

static void
reference_field(void *p, size_t n, void *arg)
{
	struct reference *r = arg;

	if (r->in_row++ > 0)
		buf_addc(&r->row, '|');
	buf_add(&r->row, p, n);
	r->n += n;
}

static void
reference_row(int end, void *arg)
{
	struct reference *r = arg;

	(void)end;
	if (r->n > 0)
		buf_addf(r->b, "%s;", r->row.data);
	r->row.len = r->n = r->in_row = 0;
}

static const char *
read_reference(struct arena *a, const struct csv_dialect *dialect, const char *in, size_t n)
{
	struct csv_parser p;
	struct buf b;
	struct reference r = { .b = &b };
	size_t read;

	buf_init(&b, a);
	buf_init(&r.row, a);
	csv_init(&p, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL);
	csv_set_delim(&p, (unsigned char)dialect->delimiter);
	csv_set_quote(&p, (unsigned char)dialect->quote);
	read = csv_parse(&p, in, n, reference_field, reference_row, &r);
	if (read < n || csv_fini(&p, reference_field, reference_row, &r) != 0)
		buf_adds(&b, "!");
	csv_free(&p);
	return b.data;
}

/* The same from the reader, up to its first fault. */
static const char *
read_ours(struct arena *a, const struct csv_dialect *dialect, const char *in, size_t n)
{
	struct steps steps = { { in, n }, 11 };
	const struct byte_source source = steps_source(&steps);
	struct csv_reader *r = csv_reader_create(dialect, &source);
	struct csv_row row;
	struct buf b;

	buf_init(&b, a);
	while (csv_reader_next(r, &row, NULL) > 0) {
		if (row.fault != CSV_FINE) {
			buf_adds(&b, "!");
			break;
		}
		for (size_t i = 0; i < row.n; i++) {
			buf_adds(&b, i == 0 ? "" : "|");
			buf_add(&b, row.cells[i].text, row.cells[i].n);
		}
		buf_addc(&b, ';');
	}
	csv_reader_destroy(&r);
	return b.data;
}

static void
check_random(struct arena *a)
{
	static const char *const pieces[] = { ",", "\"", "\n", "a", " ", "\t", "\"\"", ",\"", "\",",
		"\"\n", "bc", "\xc3\xa9", ";", "x,y,z", "\n\n" };
	const struct csv_dialect dialect = { .encoding = ENCODING_UTF8, .delimiter = ',',
		.quote = '"' };
	uint32_t state = CHANCE_SEED;
	int different = 0;

	for (int i = 0; i < 20000; i++) {
		const char *ours, *reference;
		struct buf in;

		arena_reset(a);
		buf_init(&in, a);
		for (uint32_t k = chance_next(&state) % 40; k > 0; k--)
			buf_adds(&in, pieces[chance_next(&state) %
			    (sizeof pieces / sizeof pieces[0])]);
		ours = read_ours(a, &dialect, in.data, in.len);
		reference = read_reference(a, &dialect, in.data, in.len);
		if (strcmp(ours, reference) != 0 && different++ < 3)
			printf("# [%s] ours [%s] libcsv [%s]\n", in.data, ours, reference);
	}
	ok(different == 0, "20000 random files: the rows of libcsv", "");
}

int
main(void)
{
	struct arena a = { 0 };

	check_cases(&a);
	check_resume(&a);
	check_headers(&a);
	check_bounds(&a);
	check_random(&a);
	arena_done(&a);
	return tap_end();
}
