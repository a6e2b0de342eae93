/* lib/sniff: what is found in the files of shops, in generated files of every dialect, encoding and
 * size, and in hostile ones. */
#include "config.h"

#include <fcntl.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/byte_source.h"
#include "lib/sniff/sniff.h"
#include "lib/text.h"
#include "t/c/chance.h"
#include "t/c/tap.h"

static void
sniff_bytes(struct arena *a, const void *bytes, size_t n, struct sniff *out)
{
	struct byte_source_memory memory = { bytes, n };
	const struct byte_source source = byte_source_memory(&memory);
	struct err err = { 0 };

	if (sniff_source(&source, a, out, &err) < 0)
		ok(0, "sniffed", err.detail);
}

static void
add_column(struct buf *b, const struct sniff_column *c)
{
	static const char marks[] = { '*', '.', ',' };

	buf_addf(b, " %s", sniff_type_name(c->type));
	if (c->type == SNIFF_DATE)
		buf_addf(b, ":%s%s", cell_date_name(c->date), c->has_time ? "+time" : "");
	if (c->type == SNIFF_DECIMAL)
		buf_addf(b, ":%c", marks[c->decimal]);
	buf_adds(b, c->ambiguous ? "?" : "");
}

static const char *
sign(struct arena *a, char c)
{
	if (c == '\t')
		return "TAB";
	return c == '\0' ? "none" : arena_strndup(a, &c, 1);
}

/* "UTF-8 ; " LF header: integer text …" */
static const char *
summary(struct arena *a, const struct sniff *s)
{
	struct buf b;

	buf_init(&b, a);
	buf_addf(&b, "%s%s %s %s %s%s:", encoding_name(s->dialect.encoding), s->mark ? "+mark" : "",
	    sign(a, s->dialect.delimiter), sign(a, s->dialect.quote),
	    sniff_line_end_name(s->line_end), s->dialect.header ? " header" : "");
	for (size_t i = 0; i < s->ncolumns; i++)
		add_column(&b, &s->columns[i]);
	return b.data;
}

/* ------------------------------------------------------------------ files of shops */

#define TIME " date:dd/mm/yyyy+time"

static const struct { const char *name, *want; } files[] = {
	{ "Contact-2026-11-24-17.csv", "UTF-8 | none LF: integer empty text text text text text "
	  "text text country e-mail integer empty phone date:dd/mm/yyyy text empty" TIME
	  " empty empty country" },
	{ "PurchaseHeader-2026-11-24-18.csv", "UTF-8 | \" LF: integer" TIME " integer integer text "
	  "decimal:* decimal:* decimal:. text" },
	{ "PurchaseDetail-2026-11-24-19.csv", "UTF-8 | \" LF:" TIME " integer integer text "
	  "decimal:. decimal:. decimal:. decimal:." },
	{ "PurchaseGood-2026-11-24-20.csv", "UTF-8 | none LF: text text text" },
	{ "PurchaseGoodCategory-2026-11-24-21.csv", "UTF-8 | \" LF: integer integer text" },
	{ "Customer_web_20261124.txt", "UTF-8 | \" LF header: integer text text text "
	  "date:dd/mm/yyyy text text empty empty text country text phone country e-mail yes/no"
	  TIME " empty" TIME TIME TIME TIME " text" },
	{ "Order_web_20261124.txt", "UTF-8 | \" LF header: integer text text" TIME " integer text "
	  "decimal:. decimal:. decimal:. text text" TIME " text text empty empty text text text "
	  "text text text" TIME " decimal:. decimal:. decimal:. decimal:. empty empty empty" },
	{ "Product_web_20261124.txt", "UTF-8 | \" LF header: integer text text text text text "
	  "integer text text" },
	{ "ProductStore_web_20261124.txt", "UTF-8 | \" LF header: integer text text text text "
	  "empty integer text empty text" },
	{ "ProductCategory_web_20261124.txt", "UTF-8 | \" LF header: integer text integer" },
};

static void
check_files(struct arena *a)
{
	const char *folder = getenv("SRCDIR");

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		const char *path = arena_printf(a, "%s/t/fixtures/imports/%s",
		    folder == NULL ? "." : folder, files[i].name);
		int fd = open(path, O_RDONLY);
		const struct byte_source source = byte_source_fd(&fd);
		struct sniff s;

		sniff_source(&source, a, &s, NULL);
		ok_text(summary(a, &s), files[i].want, files[i].name);
		close(fd);
	}
}

/* ------------------------------------------------------------------ generated ones */

static const struct { enum encoding encoding; const char *mark; size_t nmark; } encodings[] = {
	{ ENCODING_UTF8, "", 0 }, { ENCODING_UTF8, "\xef\xbb\xbf", 3 },
	{ ENCODING_WINDOWS_1252, "", 0 }, { ENCODING_ISO_8859_15, "", 0 },
	{ ENCODING_UTF16LE, "\xff\xfe", 2 }, { ENCODING_UTF16LE, "", 0 },
	{ ENCODING_UTF16BE, "\xfe\xff", 2 }, { ENCODING_UTF16BE, "", 0 },
};

enum quoting { QUOTES_NONE, QUOTES_NEEDED, QUOTES_ALL, QUOTINGS };

struct form {
	char delimiter;
	enum quoting quoting;
	const char *end;
	int header, rows;
};

static void
add_cell(struct buf *b, const struct form *f, const char *text, int last)
{
	int quoted = f->quoting == QUOTES_ALL;

	if (f->quoting == QUOTES_NEEDED)
		quoted = strchr(text, f->delimiter) != NULL || strchr(text, '"') != NULL;
	if (quoted)
		buf_addc(b, '"');
	for (; *text != '\0'; text++) {
		if (f->quoting == QUOTES_NONE && *text == f->delimiter)
			continue;
		buf_adds(b, quoted && *text == '"' ? "\"" : "");
		buf_addc(b, *text);
	}
	if (quoted)
		buf_addc(b, '"');
	if (last)
		buf_adds(b, f->end);
	else
		buf_addc(b, f->delimiter);
}

/* Numbers with the comma of French tables, unless it is the delimiter of one without quotes. */
static void
add_row(struct buf *b, const struct form *f, int i)
{
	int comma = f->delimiter != ',' || f->quoting != QUOTES_NONE;
	char text[64];

	snprintf(text, sizeof text, "%d", 1000 + i);
	add_cell(b, f, text, 0);
	add_cell(b, f, i % 3 == 0 ? "C\xc5\x93ur \xc3\xa9t\xc3\xa9" :
	    "Dupont, Jean; 5\" \"x\" | y", 0);
	snprintf(text, sizeof text, "%d%c%02d", i % 1000, comma ? ',' : '.', i % 100);
	add_cell(b, f, text, 0);
	snprintf(text, sizeof text, "%02d/%02d/2026 08:%02d", i % 28 + 1, i % 12 + 1, i % 60);
	add_cell(b, f, text, 0);
	snprintf(text, sizeof text, "jean%d@shop.example", i);
	add_cell(b, f, text, 0);
	add_cell(b, f, i % 2 == 0 ? "oui" : "non", 0);
	add_cell(b, f, i % 5 == 0 ? "" : "FRA", 1);
}

static struct buf
generate(struct arena *a, const struct form *f)
{
	static const char *const names[] = { "id", "nom", "montant", "date_creation", "email",
		"optin", "pays" };
	struct buf b;

	buf_init(&b, a);
	for (int i = 0; f->header && i < 7; i++)
		add_cell(&b, f, names[i], i == 6);
	for (int i = 20; i < 20 + f->rows; i++)
		add_row(&b, f, i);
	return b;
}

static char *
encode(struct arena *a, const struct buf *b, size_t k, size_t *n)
{
	iconv_t conversion = iconv_open(encoding_name(encodings[k].encoding), "UTF-8");
	char *out = arena_alloc(a, 2 * b->len + 4), *to = out + encodings[k].nmark, *in = b->data;
	size_t left = b->len, room = 2 * b->len;

	memcpy(out, encodings[k].mark, encodings[k].nmark);
	if (iconv(conversion, &in, &left, &to, &room) == (size_t)-1)
		ok(0, "encoded", encoding_name(encodings[k].encoding));
	iconv_close(conversion);
	*n = (size_t)(to - out);
	return out;
}

static int
check_one(struct arena *a, const struct form *f, size_t k)
{
	struct buf text = generate(a, f);
	size_t n;
	char *bytes = encode(a, &text, k, &n);
	const char *got, *want;
	struct sniff s;

	sniff_bytes(a, bytes, n, &s);
	got = summary(a, &s);
	want = arena_printf(a, "%s%s %s %s %s%s: integer text decimal:%c date:dd/mm/yyyy+time "
	    "e-mail yes/no country", encoding_name(encodings[k].encoding),
	    encodings[k].nmark > 0 ? "+mark" : "",
	    sign(a, f->delimiter), sign(a, f->quoting == QUOTES_NONE ? '\0' : '"'),
	    f->end[1] == '\n' ? "CR LF" : "LF",
	    f->header ? " header" : "",
	    f->delimiter == ',' && f->quoting == QUOTES_NONE ? '.' : ',');
	if (strcmp(got, want) == 0)
		return 1;
	printf("# %d rows\n# want %s\n# got  %s\n", f->rows, want, got);
	return 0;
}

static void
check_generated(const char *what, int rows)
{
	static const char delimiters[] = "|\t;,";
	int good = 0, all = 0;

	for (const char *d = delimiters; *d != '\0'; d++)
		for (enum quoting q = QUOTES_NONE; q < QUOTINGS; q++)
			for (size_t k = 0; k < sizeof encodings / sizeof encodings[0]; k++) {
				const struct form f = { *d, q, all % 2 == 0 ? "\n" : "\r\n",
					all % 3 != 0, rows };
				struct arena a = { 0 };

				good += check_one(&a, &f, k);
				all++;
				arena_done(&a);
			}
	ok(good == all, what, "");
}

/* ------------------------------------------------------------------ evidence */

static void
check_text(struct arena *a, const char *in, const char *want)
{
	struct sniff s;

	sniff_bytes(a, in, strlen(in), &s);
	ok_text(summary(a, &s), want, want);
}

static void
check_evidence(struct arena *a)
{
	check_text(a, "a;b\n01/02/2026;x\n03/04/2026;y\n",
	    "UTF-8 ; \" LF header: date:dd/mm/yyyy? text");
	check_text(a, "a;b\n01/13/2026;x\n03/04/2026;y\n",
	    "UTF-8 ; \" LF header: date:mm/dd/yyyy text");
	check_text(a, "a;b\n01/02/2026;01/13/2026\n03/04/2026;03/04/2026\n",
	    "UTF-8 ; \" LF header: date:mm/dd/yyyy date:mm/dd/yyyy");
	check_text(a, "a;b\n1.234;x\n2.345;y\n", "UTF-8 ; \" LF header: decimal:.? text");
	check_text(a, "a;b\n1.234;x\n2.5;y\n", "UTF-8 ; \" LF header: decimal:. text");
	check_text(a, "a,b\n2026-11-24T08:00:00Z,20261124\n2026-11-25T08:00:00Z,20261125\n",
	    "UTF-8 , \" LF header: date:yyyy-mm-dd+time date:yyyymmdd");
	check_text(a, "Code\nABC\nDEF\n", "UTF-8 , \" LF header: text");
	check_text(a, "x y\nABC\n\nx y\n", "UTF-8 , \" LF: text");
	check_text(a, "1;1\n1;0\n", "UTF-8 ; \" LF: integer yes/no");
	check_text(a, "'a';'b'\n'1;2';'3'\n", "UTF-8 ; ' LF header: text integer");
	check_text(a, "a;b\r\n1;2\n3;4\r", "UTF-8 ; \" mixed header: integer integer");
	check_text(a, "tel;ean\n3,36E+10;4006381333931\n3,36E+10;4006381333948\n",
	    "UTF-8 ; \" LF header: text integer");
	check_text(a, "a;b\n", "UTF-8 ; \" LF header: empty empty");
}

static void
check_empty(struct arena *a)
{
	struct sniff s;

	sniff_bytes(a, "", 0, &s);
	ok(s.ncolumns == 0 && s.rows == 0 && s.remarks.n == 1, "an empty file", "");
	sniff_bytes(a, "\n\n \n", 4, &s);
	ok(s.ncolumns == 0 && s.npreview == 0, "blank lines", "");
	sniff_bytes(a, "\xef\xbb\xbf", 3, &s);
	ok(s.ncolumns == 0 && s.mark, "a mark alone", "");
	sniff_bytes(a, "a;b\n1;2\n3;4\n5;6;7\n", 18, &s);
	ok(s.percent == 75 && s.remarks.n == 1, "a row differs", "");
	ok(s.npreview == 2 && s.rows == 3, "it is in no preview", "");
	ok(strcmp(s.columns[1].name, "b") == 0, "the name of a column", "");
	ok(strcmp(s.preview[1][0], "3") == 0, "a cell", "");
}

/* ------------------------------------------------------------------ hostile ones */

static void
check_hostile(const char *what, const char *piece, size_t n)
{
	const size_t size = 2 << 20;
	struct arena a = { 0 };
	char *bytes = arena_alloc(&a, size);
	struct sniff s;
	size_t before;

	for (size_t i = 0; i < size; i++)
		bytes[i] = piece[i % n];
	before = a.total;
	sniff_bytes(&a, bytes, size, &s);
	ok(s.seen_bytes <= SNIFF_SAMPLE_BYTES && a.total - before < 512u << 20, what, "");
	arena_done(&a);
}

static void
check_random(void)
{
	struct arena a = { 0 };
	uint32_t state = CHANCE_SEED;
	const size_t size = 1 << 20;
	unsigned char *bytes = arena_alloc(&a, size);
	struct sniff s;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)chance_next(&state);
	sniff_bytes(&a, bytes, size, &s);
	ok(s.faulty_rows > 0 && s.remarks.n > 0, "random bytes are remarked", "");
	arena_done(&a);
}

int
main(void)
{
	struct arena a = { 0 };

	check_files(&a);
	check_evidence(&a);
	check_empty(&a);
	check_generated("96 files of 4 rows", 4);
	check_generated("96 files of 300 rows", 300);
	check_generated("96 files of 20,000 rows", 20000);
	check_hostile("NUL bytes", "\0", 1);
	check_hostile("quotes", "\"", 1);
	check_hostile("opening quotes", ";\"a\n", 4);
	check_hostile("delimiters", "|;\t,", 4);
	check_hostile("line ends", "\n\r\r", 3);
	check_hostile("one line", "x", 1);
	check_hostile("halves of characters", "\xd8\x00", 2);
	check_random();
	arena_done(&a);
	return tap_end();
}
