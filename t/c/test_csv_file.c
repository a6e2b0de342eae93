/* lib/format: csv_file, lines: rows of files as others write them, in blocks of every size. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/byte_source.h"
#include "lib/format/csv_file.h"
#include "lib/text.h"
#include "t/c/steps.h"
#include "t/c/tap.h"

/* Text with its length, for NULs. */
#define T(text) text, sizeof(text) - 1

#define INSIDE "has a quote inside of a field; such a field stands in quotes, and each quote in " \
    "it twice"

static const struct {
	const char *what, *in;
	size_t n;
	const char *out;	/* "line:field|field;" for a row, "line!reason;" for a wrong one */
} cases[] = {
	{ "nothing", T(""), "" },
	{ "commas", T("a,b\n1,2\n"), "1:a|b;2:1|2;" },
	{ "semicolons", T("a;b\n1,5;2\n"), "1:a|b;2:1,5|2;" },
	{ "TABs", T("a\tb\n1,5;6\t2\n"), "1:a|b;2:1,5;6|2;" },
	{ "decimal commas without a header", T("USD;1;0,91\nGBP;2;1,17\n"),
	  "1:USD|1|0,91;2:GBP|2|1,17;" },
	{ "semicolons in texts of a comma file", T("a,b,c\nx;y;z,1,2\nu,3,4;5\n"),
	  "1:a|b|c;2:x;y;z|1|2;3:u|3|4;5;" },
	{ "separators in quotes of the header", T("\"a,b,c\";d\n1;2\n"), "1:a,b,c|d;2:1|2;" },
	{ "a separator that is said", T("sep=;\na,b;c\n"), "2:a,b|c;" },
	{ "TAB that is said", T("sep=\t\r\na,b\tc\r\n"), "2:a,b|c;" },
	{ "one that cannot be", T("sep=x\na\n"), "1:sep=x;2:a;" },
	{ "one column", T("Code\nA;B\n"), "1:Code;2:A;B;" },
	{ "line ends of all kinds", T("a\r\nb\rc\n\nd"), "1:a;2:b;3:c;5:d;" },
	{ "rows without anything", T("a,b\n,,,\n \t \n\"\"\n1,2\n\x1a"), "1:a|b;5:1|2;" },
	{ "quotes", T("\"a\",\" b \",\"c\"\"d\", \"e\" ,f\n"), "1:a|b|c\"d|e|f;" },
	{ "a line end in quotes", T("a,\"b\r\nc\"\nd,e\n"), "1:a|b\nc;3:d|e;" },
	{ "a quote that is not closed", T("a,b\n1,2\n3,\"4\n5,6\n"),
	  "1:a|b;2:1|2;line 3 opens a quote that is not closed" },
	{ "closed by the end of the file", T("a,\"b\""), "1:a|b;" },
	{ "a quote inside", T("a,b\n5\"x,1\n2,3\n"), "1:a|b;2!" INSIDE ";3:2|3;" },
	{ "behind a closed one", T("\"a\"b,c\nd,e\n"), "1!" INSIDE ";2:d|e;" },
	{ "inside a row of lines", T("a,\"b\nc\"d,e\nf,g\n"), "1!" INSIDE ";3:f|g;" },
	{ "more fields than elsewhere", T("a,b\n1,2,3\n4\n"), "1:a|b;2:1|2|3;3:4;" },
	{ "BOM", T("\xef\xbb\xbf" "a,b\n"), "1:a|b;" },
	{ "BOM and quotes", T("\xef\xbb\xbf" "\"a\",b\n"), "1:a|b;" },
	{ "BOM alone", T("\xef\xbb\xbf"), "" },
	{ "UTF-8", T("caf\xc3\xa9,b\n\xe2\x82\xac,\xf0\x9f\x98\x80\n"),
	  "1:caf\xc3\xa9|b;2:\xe2\x82\xac|\xf0\x9f\x98\x80;" },
	{ "UTF-8 and then not", T("\xc3\xa9\n\xe9\nx\n"),
	  "1:\xc3\xa9;2!is not UTF-8 like the file up to it;3:x;" },
	{ "a mark of UTF-8 that is a lie", T("\xef\xbb\xbf" "a\n\xe9\n"),
	  "1:a;2!is not UTF-8 like the file up to it;" },
	{ "overlong UTF-8", T("\xc3\xa9\n\xc0\xaf\n"),
	  "1:\xc3\xa9;2!is not UTF-8 like the file up to it;" },
	{ "Windows-1252", T("a;b\ncaf\xe9;\x80\nna\xefve;\x8cuvre\n"),
	  "1:a|b;2:caf\xc3\xa9|\xe2\x82\xac;3:na\xc3\xafve|\xc5\x92uvre;" },
	{ "what Windows-1252 does not have", T("\xe9\n\x81\nx\n"),
	  "1:\xc3\xa9;2!has a byte that is none of Windows-1252, and is not UTF-8;3:x;" },
	{ "the no-break space of Windows-1252", T("A1\xa0\n\xa0" "B2\xad\n"), "1:A1;2:B2;" },
	{ "UTF-16 LE with a mark", T("\xff\xfe" "a\0;\0\xe9\0\r\0\n\0" "1\0;\0\xac\x20\n\0"),
	  "1:a|\xc3\xa9;2:1|\xe2\x82\xac;" },
	{ "UTF-16 BE with a mark", T("\xfe\xff" "\0a\0\t\0b\0\n\xd8\x3d\xde\x00\0\t\0" "2"),
	  "1:a|b;2:\xf0\x9f\x98\x80|2;" },
	{ "UTF-16 LE without a mark", T("a\0,\0b\0\r\0\n\0" "1\0,\0\xe9\0\r\0\n\0"),
	  "1:a|b;2:1|\xc3\xa9;" },
	{ "UTF-16 BE without a mark", T("\0a\0,\0b\0\n"), "1:a|b;" },
	{ "half of a surrogate pair", T("\xff\xfe" "a\0\n\0\x3d\xd8\n\0b\0\n\0"),
	  "1:a;2!has half of a character of UTF-16;3:b;" },
	{ "half of a character at the end", T("\xff\xfe" "a\0\n\0b\0c"),
	  "1:a;2!has half of a character of UTF-16;" },
	{ "bytes of line ends in other characters", T("\xff\xfe" "a\0\x0a\x0a\x0d\x0d\n\0b\0"),
	  "1:a\xe0\xa8\x8a\xe0\xb4\x8d;2:b;" },
	{ "NUL", T("a,b\n1,\0" "2\n3,4\n"), "1:a|b;2!has a NUL byte;3:3|4;" },
	{ "NUL in a row of lines", T("a,\"b\n\0c\"\nd,e\n"), "1!has a NUL byte;3:d|e;" },
	{ "NUL of UTF-16", T("\xff\xfe" "a\0\0\0\n\0b\0\n\0"), "1!has a NUL character;2:b;" },
	{ "a NUL byte before the first other character", T("\xc3\xa9\0\n\xc3\xa9\n"),
	  "1!has a NUL byte;2:\xc3\xa9;" },
	{ "blanks and what has no width around fields",
	  T("\xc2\xa0" "a\xe2\x80\x8b,\xef\xbb\xbf\xe2\x81\xa0" "b \xc2\xad\xe2\x80\x8d,"
	  "\xe3\x80\x80" "c d\xe2\x80\x8c\xe2\x80\xa9\n"), "1:a|b|c d;" },
	{ "and in quotes", T("\"\xe2\x80\x8b x\xc2\xa0\"\n"), "1:x;" },
};

static int
take_row(void *arg, const struct csv_file_row *row, struct err *err)
{
	struct buf *b = arg;

	(void)err;
	buf_addf(b, "%lld:", (long long)row->line);
	for (size_t i = 0; i < row->n; i++)
		buf_addf(b, "%s%s", i == 0 ? "" : "|", row->fields[i]);
	buf_addc(b, ';');
	return 0;
}

static int
take_wrong(void *arg, int64_t line, const char *what, struct err *err)
{
	(void)err;
	buf_addf(arg, "%lld!%s;", (long long)line, what);
	return 0;
}

static const char *
read_by(struct arena *a, const char *in, size_t n, size_t step)
{
	struct buf b;
	const struct csv_file_taker taker = { .row = take_row, .wrong = take_wrong, .arg = &b };
	struct steps steps = { { in, n }, step };
	const struct byte_source source = steps_source(&steps);
	struct err err = { 0 };

	buf_init(&b, a);
	csv_file_read(&taker, &source, a, &err);
	for (struct err_fault *e = err.faults; e != NULL; e = e->next)
		buf_addf(&b, "%s %s", e->field, e->message);
	return b.data;
}

static void
check_cases(struct arena *a)
{
	static const size_t steps[] = { 1, 2, 3, 7, 100000 };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (size_t k = 0; k < sizeof steps / sizeof steps[0]; k++)
			ok_text(read_by(a, cases[i].in, cases[i].n, steps[k]), cases[i].out,
			    cases[i].what);
}

/* The bounds: a line, a row of several lines, many fields; what is behind is read. */
static void
check_bounds(struct arena *a)
{
	const size_t n = LINES_BYTES_MAX;
	char *big = arena_alloc(a, 3 * n);
	const char *got;

	memset(big, 'x', n);
	memcpy(big + n, "\ny\n", 3);
	got = read_by(a, big, n + 3, 65536);
	ok(strncmp(got, "1:xxx", 5) == 0 && strstr(got, ";2:y;") != NULL, "the longest line", "");
	memset(big, 'x', n + 1);
	memcpy(big + n + 1, "\ny\n", 3);
	got = read_by(a, big, n + 4, 65536);
	ok(strcmp(got, "1!is longer than 1048576 bytes;2:y;") == 0, "one byte more", got);
	memcpy(big, "a\n\"", 3);
	for (size_t i = 3; i < 2 * n; i++)
		big[i] = i % 100 == 0 ? '\n' : 'x';
	got = read_by(a, big, 2 * n, 65536);
	ok(strcmp(got, "1:a;line 2 opens a quote that is not closed") == 0, "a row too long", got);
	memset(big, ',', 500);
	big[0] = 'x';
	got = read_by(a, big, 500, 7);
	ok(strncmp(got, "1:x|||", 6) == 0 && strlen(got) == 503, "many fields", got);
	big[500] = ',';
	got = read_by(a, big, 501, 7);
	ok(strcmp(got, "1!has 501 fields; at most 500 are read;") == 0, "one more", got);
}

static void
check_strip(struct arena *a, const char *in, const char *out, const char *what)
{
	const char *got = text_trim_unseen(arena_strdup(a, in));

	ok(strcmp(got, out) == 0, what, got);
}

static void
check_text(struct arena *a)
{
	static const char noise[] = "\xc2\xa0\xe2\x80\x8b\xe2\x80\x8d\xef\xbb\xbf\xe2\x81\xa0"
	    "\xc2\xad\t \x7f\xc2\x85";
	char *inside = arena_printf(a, "A%sB", noise);
	char *all = arena_printf(a, "%s%s%s", noise, inside, noise), *code;

	check_strip(a, all, inside, "at the ends");
	check_strip(a, noise, "", "all of it");
	check_strip(a, " e\xcc\x81 ", "e\xcc\x81", "a mark is seen");
	check_strip(a, " \xff\xe2\x80 ", "\xff\xe2\x80", "bytes that are no text");
	ok(text_is_unseen(noise) && text_is_unseen("") && !text_is_unseen(all), "unseen", "");
	ok(text_has_blank(inside) && text_has_blank("A\xe3\x80\x80" "B"), "blanks", "");
	ok(!text_has_blank("A\xe2\x80\x8b"), "what has no width is no blank", "");
	code = text_drop_format(arena_strdup(a, "A\xc2\xad-\xe2\x80\x8b" "B"));
	check_strip(a, code, "A-B", "characters of format");
}

int
main(void)
{
	struct arena a = { 0 };

	check_cases(&a);
	check_bounds(&a);
	check_text(&a);
	arena_done(&a);
	return tap_end();
}
