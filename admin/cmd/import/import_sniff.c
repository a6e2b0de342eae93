#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "admin/cmd.h"
#include "admin/import_proposal.h"
#include "admin/context.h"
#include "lib/format/byte_source.h"
#include "lib/sniff/sniff.h"
#include "lib/text.h"
#include "store/db.h"

/* Columns of a table of what is found. */
enum { FOUND = 8, EXAMPLES_SHOWN = 60 };

/* ------------------------------------------------------------------ words */

static const char *
character_word(struct context *x, char c)
{
	if (c == '\t')
		return "TAB";
	return c == '\0' ? "none" : arena_strndup(&x->arena, &c, 1);
}

/* How the values of the column are written. */
static const char *
form_word(struct context *x, const struct sniff_column *c)
{
	static const char *const marks[] = { [CELL_MARK_LAST] = "the last mark before decimals",
		[CELL_MARK_POINT] = "point before decimals",
		[CELL_MARK_COMMA] = "comma before decimals" };

	if (c->type == SNIFF_DATE)
		return arena_printf(&x->arena, "%s%s%s", cell_date_name(c->date),
		    c->has_time ? " and time" : "", c->ambiguous ? ", or mm/dd/yyyy" : "");
	if (c->type != SNIFF_DECIMAL)
		return "";
	return arena_printf(&x->arena, "%s%s", marks[c->decimal],
	    c->ambiguous ? ", or between thousands" : "");
}

/* The first example, and more while there is room. */
static const char *
examples(struct context *x, const struct sniff_column *c)
{
	struct buf b;

	buf_init(&b, &x->arena);
	for (size_t i = 0; i < c->nexamples; i++)
		if (i == 0 || b.len + strlen(c->examples[i]) < EXAMPLES_SHOWN)
			buf_addf(&b, "%s%s", i == 0 ? "" : ", ", c->examples[i]);
	return b.data;
}

/* ------------------------------------------------------------------ what is shown */

static void
show_words(struct context *x, const char *name, const struct sniff_words *words)
{
	struct val *cells = arena_new(&x->arena, struct val, words->n + 1);
	const struct output_column columns[] = {
		{ name, OUTPUT_TEXT | OUTPUT_PROSE },
		{ NULL, OUTPUT_UNSET },
	};

	for (size_t i = 0; i < words->n; i++)
		cells[i] = v_text(words->words[i]);
	if (words->n == 0 && !x->out.json)
		return;
	output_gap(&x->out);
	output_table(&x->out, arena_printf(&x->arena, "%ss", name), columns, cells, words->n);
}

static void
show_dialect(struct context *x, const char *path, const struct sniff *s)
{
	output_value(&x->out, "File", OUTPUT_TEXT, v_text(path));
	output_value(&x->out, "Encoding", OUTPUT_TEXT, v_text(encoding_name(s->dialect.encoding)));
	output_value(&x->out, "ByteOrderMark", OUTPUT_FLAG, v_int(s->mark));
	output_value(&x->out, "Delimiter", OUTPUT_TEXT,
	    v_text(character_word(x, s->dialect.delimiter)));
	output_value(&x->out, "Quote", OUTPUT_TEXT, v_text(character_word(x, s->dialect.quote)));
	output_value(&x->out, "LineEnd", OUTPUT_TEXT, v_text(sniff_line_end_name(s->line_end)));
	output_value(&x->out, "Header", OUTPUT_FLAG, v_int(s->dialect.header));
	output_value(&x->out, "ColumnCount", OUTPUT_INT, v_int((int64_t)s->ncolumns));
	output_value(&x->out, "RowsSeen", OUTPUT_INT, v_int(s->seen_rows));
	output_value(&x->out, "RowsOfThisForm", OUTPUT_TEXT,
	    v_text(arena_printf(&x->arena, "%d %%", s->percent)));
	if (s->rows >= 0)
		output_value(&x->out, "RowsEstimated", OUTPUT_INT, v_int(s->rows));
}

static void
show_columns(struct context *x, const struct sniff *s)
{
	static const struct output_column columns[] = {
		{ "Column", OUTPUT_INT },
		{ "Name", OUTPUT_TEXT },
		{ "Type", OUTPUT_TEXT },
		{ "Form", OUTPUT_TEXT | OUTPUT_PROSE },
		{ "Percent", OUTPUT_INT | OUTPUT_LAST },
		{ "Empty", OUTPUT_INT | OUTPUT_LATER },
		{ "Longest", OUTPUT_INT | OUTPUT_LAST },
		{ "Examples", OUTPUT_TEXT | OUTPUT_PROSE | OUTPUT_LATER },
		{ NULL, OUTPUT_UNSET },
	};
	struct val *cells = arena_new(&x->arena, struct val, s->ncolumns * FOUND + 1), *v = cells;

	for (size_t i = 0; i < s->ncolumns; i++) {
		const struct sniff_column *c = &s->columns[i];

		*v++ = v_int((int64_t)i + 1);
		*v++ = v_text(c->name == NULL ? "" : c->name);
		*v++ = v_text(sniff_type_name(c->type));
		*v++ = v_text(form_word(x, c));
		*v++ = v_int(c->percent);
		*v++ = v_int(c->empty);
		*v++ = v_int((int64_t)c->longest);
		*v++ = v_text(examples(x, c));
	}
	output_gap(&x->out);
	output_table(&x->out, "Columns", columns, cells, s->ncolumns);
}

/* What is remarkable in the columns. */
static void
show_notes(struct context *x, const struct sniff *s)
{
	static const struct output_column columns[] = {
		{ "Column", OUTPUT_INT },
		{ "Note", OUTPUT_TEXT | OUTPUT_PROSE },
		{ NULL, OUTPUT_UNSET },
	};
	struct val *cells, *v;
	size_t n = 0;

	for (size_t i = 0; i < s->ncolumns; i++)
		n += s->columns[i].remarks.n;
	if (n == 0 && !x->out.json)
		return;
	v = cells = arena_new(&x->arena, struct val, n * 2 + 1);
	for (size_t i = 0; i < s->ncolumns; i++)
		for (size_t k = 0; k < s->columns[i].remarks.n; k++) {
			*v++ = v_int((int64_t)i + 1);
			*v++ = v_text(s->columns[i].remarks.words[k]);
		}
	output_gap(&x->out);
	output_table(&x->out, "Notes", columns, cells, n);
}

/* The first rows are always shown, the others where there is room. */
static enum output_kind
preview_kind(size_t i)
{
	if (i < 2)
		return OUTPUT_TEXT | OUTPUT_PROSE;
	return OUTPUT_TEXT | OUTPUT_PROSE | (i < 4 ? OUTPUT_LATER : OUTPUT_LAST);
}

/* The first rows, turned: a line per column of the file, for files have more columns than a
 * terminal. */
static void
show_preview(struct context *x, const struct sniff *s)
{
	struct output_column columns[SNIFF_PREVIEW + 2] = { { "Name", OUTPUT_TEXT } };
	struct val *cells =
	    arena_new(&x->arena, struct val, s->ncolumns * (s->npreview + 1) + 1), *v = cells;

	for (size_t i = 0; i < s->npreview; i++)
		columns[i + 1] = (struct output_column) {
			arena_printf(&x->arena, "Row%zu", i + 1), preview_kind(i) };
	for (size_t k = 0; k < s->ncolumns; k++) {
		*v++ = v_text(s->columns[k].name != NULL ? s->columns[k].name :
		    arena_printf(&x->arena, "%zu", k + 1));
		for (size_t i = 0; i < s->npreview; i++)
			*v++ = v_text(s->preview[i][k]);
	}
	if (s->npreview == 0)
		return;
	output_gap(&x->out);
	output_table(&x->out, "Preview", columns, cells, s->ncolumns);
}

/* ------------------------------------------------------------------ sniff */

static int
import_sniff(struct context *x)
{
	const char *path = cmd_text(&x->line, "FILE");
	struct byte_source source;
	struct sniff s;
	int fd, rc = byte_source_open(path, &fd, &source, &x->err);

	if (rc < 0)
		return rc;
	rc = sniff_source(&source, &x->arena, &s, &x->err);
	byte_source_close(&fd);
	if (rc < 0)
		return rc;
	show_dialect(x, path, &s);
	show_words(x, "Warning", &s.remarks);
	show_words(x, "Reason", &s.reasons);
	show_columns(x, &s);
	show_notes(x, &s);
	show_preview(x, &s);
	return import_proposal_show(x, &s);
}

static const struct cmd_param file_arguments[] = {
	{ .name = "FILE", .type = CMD_FILE, .required = 1,
	  .doc = "A table as text, such as CSV; - reads the begin of standard input." },
	{ .name = NULL },
};

static const struct cmd_param sniff_options[] = {
	{ .name = "mapping-out", .type = CMD_TEXT, .max = 4096, .value = "FILE",
	  .doc = "Write the mapping to this file, which must not be there yet." },
	{ .name = NULL },
};

const struct cmd cmd_import_sniff_rows[] = {
	{ .group = "import", .verb = "sniff", .needs = CMD_NEEDS_NOTHING,
	  .arguments = file_arguments, .options = sniff_options, .run = import_sniff,
	  .doc = "Looks at a file that is to be imported, and says how it is written: encoding, "
		 "delimiter, quotes, line ends, header, what each column holds, and why it thinks "
		 "so. It reads samples from several places of the file, 512 KiB at most, and shows "
		 "the first ten rows. Then it proposes a mapping for import run, and shows what it "
		 "makes of these rows. Nothing is stored.",
	  .example = "import sniff customers.csv" },
	{ .group = NULL },
};
