#include "config.h"

#include "admin/output.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin/outlet.h"
#include "admin/output_json.h"
#include "admin/table.h"
#include "admin/terminal.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/writer.h"
#include "lib/text.h"
#include "store/field.h"

enum {
	MIB = 1048576,
	INDENT = 2
};

void
output_init(struct output *o, struct arena *a, int json, int quiet)
{
	*o = (struct output){ .arena = a, .json = json, .quiet = quiet };
}

void
output_fit(struct output *o)
{
	o->width = o->json ? 0 : terminal_width(STDOUT_FILENO);
}

/* ------------------------------------------------------------------ forms of a value */

/* "CreatedAt" -> "Created at" */
static const char *
heading(struct arena *a, const char *name)
{
	struct buf b;

	buf_init(&b, a);
	for (const char *p = name; *p != '\0'; p++) {
		if (p != name && isupper((unsigned char)*p) && !isupper((unsigned char)p[-1])) {
			buf_addc(&b, ' ');
			buf_addc(&b, (char)tolower((unsigned char)*p));
		} else
			buf_addc(&b, *p);
	}
	return b.data;
}

/* "WaitingBytes" -> "Waiting MiB" */
static const char *
heading_mib(struct arena *a, const char *name)
{
	size_t n = strlen(name) - strlen("Bytes");

	return arena_printf(a, "%s MiB", heading(a, arena_strndup(a, name, n)));
}

static int
is_control(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

/* Also the C1 controls, which UTF-8 writes as C2 80 … C2 9F. */
static char *
harmless(struct arena *a, const char *s, size_t n, int keep_lines)
{
	char *t = arena_strndup(a, s, n);

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)t[i];

		const int is_layout = c == '\n' || c == '\t';

		if (is_control(c) && !(keep_lines && is_layout))
			t[i] = '?';
		if (c == 0xc2 && i + 1 < n && (unsigned char)t[i + 1] < 0xa0)
			t[i] = t[i + 1] = '?';
		if (text_is_turn(t + i))
			memset(t + i, '?', c == 0xe2 ? 3 : 2);
	}
	return t;
}

static const char *
value_text(struct arena *a, enum output_kind kind, const struct val *v)
{
	char iso[32];

	if (v->kind == VAL_NULL)
		return "-";
	switch (kind & OUTPUT_KIND) {
	case OUTPUT_FLAG:
		return v->i != 0 ? "yes" : "no";
	case OUTPUT_TIME:
		clock_iso8601(v->i - v->i % USEC_SEC, iso);
		return arena_strdup(a, iso);
	case OUTPUT_INT:
		return arena_printf(a, "%lld", (long long)v->i);
	case OUTPUT_BYTES:
		return arena_printf(a, "%lld", (long long)(v->i / MIB + (v->i % MIB != 0)));
	default:
		break;
	}
	return v->n == 0 ? "-" : harmless(a, v->s, v->n, 0);
}

/* ------------------------------------------------------------------ status line */

/* Blanks instead of a control sequence: that works on every terminal. */
void
output_status(struct output *o, const char *line)
{
	size_t columns = terminal_columns(line),
	       pad = o->status_columns > columns ? o->status_columns - columns : 0;

	fprintf(stderr, "\r%s%*s%s", line, (int)pad, "", *line == '\0' ? "\r" : "");
	fflush(stderr);
	o->status_columns = columns;
}

void
output_status_end(struct output *o)
{
	if (o->status_columns > 0)
		fputc('\n', stderr);
	o->status_columns = 0;
}

static void
make_room(struct output *o)
{
	if (o->status_columns > 0)
		output_status(o, "");
}

/* ------------------------------------------------------------------ tables */

static void
table_json(struct output *o, const char *name, const struct output_column *columns, size_t ncolumns,
    const struct val *cells, size_t nrows)
{
	struct writer w = output_json_begin(o, name);

	writer_array(&w);
	for (size_t r = 0; r < nrows; r++) {
		writer_object(&w);
		for (size_t c = 0; c < ncolumns; c++) {
			writer_name(&w, columns[c].name);
			output_json_value(o, &w, columns[c].kind, &cells[r * ncolumns + c]);
		}
		writer_end(&w);
	}
	writer_end(&w);
}

/* Which columns go first where the terminal is narrow: those of the highest rank. */
static int
rank(int kind)
{
	if (kind & OUTPUT_LAST)
		return 2;
	return kind & OUTPUT_LATER ? 1 : 0;
}

static struct table_column
table_column_of(struct arena *a, const struct output_column *c)
{
	const int is_bytes = (c->kind & OUTPUT_KIND) == OUTPUT_BYTES;

	return (struct table_column){ .heading = is_bytes ? heading_mib(a, c->name) :
		heading(a, c->name),
		.right = is_bytes || (c->kind & OUTPUT_KIND) == OUTPUT_INT,
		.rank = rank(c->kind),
		.prose = (c->kind & OUTPUT_PROSE) != 0 };
}

void
output_table(struct output *o, const char *name, const struct output_column *columns,
    const struct val *cells, size_t nrows)
{
	struct table t = { .nrows = nrows };
	struct table_column *forms;
	const char **texts, *left_out;

	while (columns[t.ncolumns].name != NULL)
		t.ncolumns++;
	make_room(o);
	if (o->json) {
		table_json(o, name, columns, t.ncolumns, cells, nrows);
		return;
	}
	if (nrows == 0) {
		output_remark(o, "%s: none.", heading(o->arena, name));
		return;
	}
	t.columns = forms = arena_new(o->arena, struct table_column, t.ncolumns);
	t.cells = texts = arena_new(o->arena, const char *, nrows * t.ncolumns);
	for (size_t c = 0; c < t.ncolumns; c++)
		forms[c] = table_column_of(o->arena, &columns[c]);
	for (size_t i = 0; i < nrows * t.ncolumns; i++)
		texts[i] = value_text(o->arena, columns[i % t.ncolumns].kind, &cells[i]);
	fputs(table_text(o->arena, &t, o->width, &left_out), stdout);
	if (left_out != NULL)
		output_remark(o, "Not shown for want of room: %s. --wide shows all.", left_out);
}

/* ------------------------------------------------------------------ single things */

void
output_value(struct output *o, const char *name, enum output_kind kind, struct val v)
{
	make_room(o);
	if (o->json) {
		struct writer w = output_json_begin(o, name);

		output_json_value(o, &w, kind, &v);
	} else
		fputs(terminal_field(o->arena, heading(o->arena, name),
		    value_text(o->arena, kind, &v), o->width), stdout);
}

static enum output_kind
kind_of(const struct field *f)
{
	switch (f->kind) {
	case FIELD_INT:
		return OUTPUT_INT;
	case FIELD_FLAG:
		return OUTPUT_FLAG;
	case FIELD_TIME:
		return OUTPUT_TIME;
	default:
		return OUTPUT_TEXT;
	}
}

/* A value that is nothing: what may be left out is left out of the document, too, as in the API. */
static int
is_left_out(const struct output *o, const struct field *f)
{
	return f->optional || !o->json;
}

void
output_rows(struct output *o, const struct field *rows, const void *from)
{
	struct val v;

	for (const struct field *f = rows; f->name != NULL; f++) {
		if (f->list)
			continue;
		if (!field_value(o->arena, f, from, &v) && is_left_out(o, f))
			continue;
		if (f->kind != FIELD_OBJECT)
			output_value(o, f->name, kind_of(f), v);
		else if (f->from == FIELD_FROM_INSIDE)
			output_rows(o, f->rows, (const char *)from + f->offset);
	}
}

/* ------------------------------------------------------------------ lists of things */

/* 1 when the row of the name is among these, or in an object of these. */
static int
cell_of(struct output *o, const struct field *rows, const char *from, const char *name,
    struct val *out)
{
	for (const struct field *f = rows; f->name != NULL; f++) {
		if (f->kind == FIELD_OBJECT) {
			if (f->from == FIELD_FROM_INSIDE &&
			    cell_of(o, f->rows, from + f->offset, name, out))
				return 1;
		} else if (strcmp(f->name, name) == 0) {
			field_value(o->arena, f, from, out);
			return 1;
		}
	}
	return 0;
}

void
output_list(struct output *o, const char *name, const struct output_column *columns,
    const struct output_list *list)
{
	const char *from = list->items;
	struct val *cells, *cell;
	size_t ncolumns = 0;

	while (columns[ncolumns].name != NULL)
		ncolumns++;
	cell = cells = arena_new(o->arena, struct val, list->n * ncolumns + 1);
	for (size_t i = 0; i < list->n; i++, from += list->bytes)
		for (size_t c = 0; c < ncolumns; c++)
			if (!cell_of(o, list->rows, from, columns[c].name, cell++))
				abort();	/* a column without a row: a fault of the program */
	output_table(o, name, columns, cells, list->n);
}

void
output_gap(struct output *o)
{
	make_room(o);
	if (!o->json)
		putchar('\n');
}

void
output_block(struct output *o, const char *name, const char *text, size_t n)
{
	make_room(o);
	if (o->json) {
		struct writer w = output_json_begin(o, text_is_utf8(text, n) ?
		    name : arena_printf(o->arena, "%sBase64", name));

		output_json_text(o, &w, text, n);
		return;
	}
	printf("%s:\n%s\n", heading(o->arena, name), n == 0 ? "-" : harmless(o->arena, text, n, 1));
}

void
output_document(struct output *o, const char *name, const char *text)
{
	make_room(o);
	if (o->json) {
		struct writer w = output_json_begin(o, name);

		writer_text(&w, text);
	} else
		fputs(text, stdout);
}

const char *
output_harmless(struct output *o, const char *text)
{
	return harmless(o->arena, text, strlen(text), 0);
}

void
output_remark(struct output *o, const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (o->quiet)
		return;
	va_start(ap, fmt);
	text = arena_vprintf(o->arena, fmt, ap);
	va_end(ap);
	text = harmless(o->arena, text, strlen(text), 1);
	if (!o->json) {
		make_room(o);
		puts(terminal_wrap(o->arena, text, o->width, 0, 0));
		fflush(stdout);
		return;
	}
	output_json_remark(o, text);
}

/* ------------------------------------------------------------------ end */

void
output_hint(struct output *o, const char *text)
{
	fprintf(stderr, "%s\n", terminal_wrap(o->arena, output_harmless(o, text),
	    terminal_width(STDERR_FILENO), 0, INDENT));
}

static void
print_error(struct output *o, const char *text)
{
	output_hint(o, arena_printf(o->arena, "customerapi: %s", text));
}

void
output_error(struct output *o, const struct err *err)
{
	make_room(o);
	if (o->json) {
		output_json_error(o, err);
		return;
	}
	if (err->faults == NULL)
		print_error(o, err_whole(o->arena, err));
	for (const struct err_fault *f = err->faults; f != NULL; f = f->next)
		print_error(o,
		    strcmp(f->field, "file") == 0 ? f->message : /* it names the file */
			arena_printf(o->arena, "%s: %s", f->field, f->message));
}

int
output_taken(struct output *o, struct err *err)
{
	int rc = output_done(o, err);

	return rc < 0 ? rc : outlet_end(&(struct outlet){ .file = stdout }, err);
}

int
output_done(struct output *o, struct err *err)
{
	make_room(o);
	output_json_print(o);
	if (fflush(stdout) != 0 || ferror(stdout))
		return err_set(err, ERR_IO, "Standard output could not take everything.");
	return 0;
}

void
output_more(struct output *o, int more, int64_t limit)
{
	if (o->json)
		output_value(o, "More", OUTPUT_FLAG, v_int(more));
	else if (more)
		output_remark(o, "There are more than these %lld; narrow it down, or raise "
		    "--limit.", (long long)limit);
}
