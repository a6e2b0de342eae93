#include "config.h"

#include "store/field.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/format/decimal.h"
#include "lib/format/json.h"
#include "lib/format/writer.h"
#include "lib/text.h"
#include "store/db.h"

/* ------------------------------------------------------------------ reading */

struct value {
	int is_nothing, is_text;
	int64_t number;
	const char *text;
	size_t n;
};

static struct value
value_of_cell(const struct val *v)
{
	return (struct value){ .is_nothing = v->kind == VAL_NULL,
		.is_text = v->kind != VAL_INT && v->kind != VAL_TIME,
		.number = v->i, .text = v->s, .n = v->n };
}

static struct value
value_of_text(const char *text)
{
	return (struct value){ .is_nothing = text == NULL, .is_text = 1, .text = text,
		.n = text == NULL ? 0 : strlen(text) };
}

static struct value
value_of_number(int64_t v)
{
	return (struct value){ .is_nothing = v == USEC_NONE, .number = v };
}

static struct value
value_at(enum field_from from, const void *p)
{
	switch (from) {
	case FIELD_FROM_TEXT:
		return value_of_text(*(const char *const *)p);
	case FIELD_FROM_INT:
		return value_of_number(*(const int *)p);
	case FIELD_FROM_INT16:
		return value_of_number(*(const int16_t *)p);
	case FIELD_FROM_INT64:
		return value_of_number(*(const int64_t *)p);
	case FIELD_FROM_SIZE:
		return value_of_number((int64_t)*(const size_t *)p);
	case FIELD_FROM_CELL:
		return value_of_cell(p);
	case FIELD_FROM_POINTER:
		return value_of_number(*(const void *const *)p != NULL);
	default:
		return value_of_number(1);
	}
}

static int
is_empty(const struct value *v)
{
	return v->is_nothing || (v->is_text ? v->n == 0 : v->number == 0);
}

static struct value
value_of(const struct field *f, const char *from)
{
	if (f->from == FIELD_NOWHERE)
		return value_of_text(f->choices);
	return f->make != NULL ? value_of_text(f->make(from)) :
				 value_at(f->from, from + f->offset);
}

static int
is_left_out(const struct field *f, const char *from)
{
	struct value v;

	if (!f->optional)
		return 0;
	if (f->when_from != FIELD_NOWHERE) {
		v = value_at(f->when_from, from + f->when);
		return is_empty(&v);
	}
	if (f->nullable)
		return 0;
	v = value_of(f, from);
	return is_empty(&v);
}

int
field_value(struct arena *a, const struct field *f, const void *from, struct val *out)
{
	const int is_there = !is_left_out(f, from);
	const struct value v = value_of(f, from);

	*out = v_null();
	if (!is_there || (v.is_nothing && f->kind != FIELD_ANY))
		return is_there;
	if (f->kind == FIELD_ANY && v.n == 0)
		*out = v_text("{}");
	else if (f->trims)
		*out = v_text(decimal_trim(a, v.text));
	else if (v.is_text)
		*out = v_textn(v.text, v.n);
	else
		*out = f->kind == FIELD_TIME ? v_time(v.number) : v_int(v.number);
	return 1;
}

/* ------------------------------------------------------------------ writing */

static void
write_text(struct writer *w, const struct field *f, const struct value *v)
{
	char number[24];

	if (!v->is_text) {	/* a cell, whose type is another in another result */
		snprintf(number, sizeof number, "%" PRId64, v->number);
		writer_text(w, number);
	} else if (f->trims)
		writer_text(w, decimal_trim(w->b->arena, v->text));
	else
		writer_text_n(w, v->text, v->n);
}

static void
write_value(struct writer *w, const struct field *f, const char *from)
{
	const struct value v = value_of(f, from);

	if (v.is_nothing && f->kind != FIELD_ANY) {
		writer_null(w);
		return;
	}
	switch (f->kind) {
	case FIELD_INT:
		writer_int(w, v.number);
		break;
	case FIELD_FLAG:
		writer_flag(w, v.number != 0);
		break;
	case FIELD_TIME:
		writer_time(w, v.number);
		break;
	case FIELD_ANY:
		writer_json(w, v.n == 0 ? "{}" : v.text);
		break;
	default:
		write_text(w, f, &v);
	}
}

static void
write_object(struct writer *w, const struct field *f, const void *p)
{
	const void *at = f->from == FIELD_FROM_POINTER ? *(const void *const *)p : p;

	if (at == NULL)
		writer_null(w);
	else
		field_write(w, f->rows, at);
}

static void
write_array(struct writer *w, const struct field *f, const char *from)
{
	const char *element = *(const char *const *)(const void *)(from + f->offset);
	const size_t n = *(const size_t *)(const void *)(from + f->count);

	for (size_t i = 0; i < n; i++, element += f->bytes)
		if (f->kind == FIELD_OBJECT)
			field_write(w, f->rows, element);
		else
			writer_text(w, *(const char *const *)(const void *)element);
}

static void
write_list(struct writer *w, const struct field *f, const char *from)
{
	const void *p = from + f->offset;

	if (f->from == FIELD_FROM_TEXT) {
		const char *json = *(const char *const *)p;

		writer_json(w, json == NULL || *json == '\0' ? "[]" : json);
		return;
	}
	if (f->lines)
		writer_array_lines(w);
	else
		writer_array(w);
	if (f->from == FIELD_FROM_ROWS)
		field_write_rows(w, f->rows, p);
	else
		write_array(w, f, from);
	writer_end(w);
}

static void
write_member(struct writer *w, const struct field *f, const char *from)
{
	if (is_left_out(f, from))
		return;
	if (f->breaks)
		writer_break(w);
	writer_name(w, f->name);
	if (f->list)
		write_list(w, f, from);
	else if (f->kind == FIELD_OBJECT)
		write_object(w, f, from + f->offset);
	else
		write_value(w, f, from);
}

void
field_write_members(struct writer *w, const struct field *rows, size_t n, const void *from)
{
	for (size_t i = 0; i < n && rows[i].name != NULL; i++)
		write_member(w, &rows[i], from);
}

void
field_write(struct writer *w, const struct field *rows, const void *from)
{
	writer_object(w);
	field_write_members(w, rows, SIZE_MAX, from);
	writer_end(w);
}

void
field_write_rows(struct writer *w, const struct field *rows, const struct rows *all)
{
	for (const struct field *f = rows; all->n > 0 && f->name != NULL; f++)
		if (f->from == FIELD_FROM_CELL && f->offset >= all->columns * sizeof(struct val))
			abort();
	for (size_t i = 0; i < all->n; i++)
		field_write(w, rows, &all->cells[i * all->columns]);
}

/* ------------------------------------------------------------------ samples */

const char *
field_sample(const struct field *f)
{
	static const char *const samples[] = { [FIELD_UNSET] = NULL,
		[FIELD_TEXT] = NULL,
		[FIELD_INT] = "1",
		[FIELD_FLAG] = "false",
		[FIELD_TIME] = "2026-11-24T08:09:10.123456Z",
		[FIELD_DECIMAL] = "12.50",
		[FIELD_OBJECT] = NULL,
		[FIELD_ANY] = "{}" };

	return f->sample != NULL ? f->sample : samples[f->kind];
}

/* ------------------------------------------------------------------ lint */

static int
sample_fits(const struct field *f)
{
	const char *s = field_sample(f);
	int64_t v;

	if (f->optional && s != NULL && *s == '\0')
		return 1;
	if (f->nullable && s != NULL && strcmp(s, "null") == 0)
		return 1;
	switch (f->kind) {
	case FIELD_INT:
		return text_int64(s, &v) == 0;
	case FIELD_FLAG:
		return strcmp(s, "true") == 0 || strcmp(s, "false") == 0;
	case FIELD_TEXT:
		return f->choices != NULL || s != NULL;
	case FIELD_ANY:
		return json_is_object(s);
	default:
		return 1;
	}
}

size_t
field_struct(const struct field *rows)
{
	for (const struct field *f = rows; f->name != NULL; f++)
		if (f->within != 0)
			return f->within;
	return 0;
}

/* A word alone is always the value. */
static int
is_constant(const struct field *f)
{
	return f->choices != NULL && strchr(f->choices, '|') == NULL;
}

static int
is_from_number(enum field_from from)
{
	return from >= FIELD_FROM_INT && from <= FIELD_FROM_CELL;
}

static int
is_from_text(enum field_from from)
{
	return from == FIELD_FROM_TEXT || from == FIELD_FROM_CELL;
}

static int
list_fits(const struct field *f)
{
	if (f->from == FIELD_FROM_TEXT)
		return f->kind == FIELD_TEXT;
	return f->from == FIELD_FROM_ARRAY || f->from == FIELD_FROM_ROWS;
}

/* Whether what stands there can be shown as the kind says. */
static int
from_fits(const struct field *f)
{
	if (f->from == FIELD_NOWHERE)
		return f->kind == FIELD_TEXT && is_constant(f);
	if (f->list)
		return list_fits(f);
	switch (f->kind) {
	case FIELD_TEXT:
		return is_from_text(f->from) || f->make != NULL;
	case FIELD_DECIMAL:
	case FIELD_ANY:
		return is_from_text(f->from);
	case FIELD_TIME:
		return f->from == FIELD_FROM_INT64 || f->from == FIELD_FROM_CELL;
	case FIELD_OBJECT:
		return f->from == FIELD_FROM_INSIDE || f->from == FIELD_FROM_POINTER;
	default:
		return is_from_number(f->from);
	}
}

/* What is inside is of the struct that stands there, or of cells. */
static int
inside_fits(const struct field *f)
{
	return f->rows == NULL || f->from == FIELD_FROM_ROWS || f->bytes == field_struct(f->rows);
}

static const char *
lint_from(const struct field *f, size_t within)
{
	if (!from_fits(f))
		return "does not say where its value stands, or in a member of another kind";
	if (f->within != 0 && f->within != within)
		return "stands in another struct than the rows before it";
	return inside_fits(f) ? NULL : "has rows of another struct than what stands there";
}

const char *
field_lint(const struct field *rows, const char **where)
{
	const char *fault;

	for (const struct field *f = rows; f->name != NULL; f++) {
		size_t n = f->doc == NULL ? 0 : strlen(f->doc);

		*where = f->name;
		if (f->kind == FIELD_UNSET || n <= 3 || f->doc[n - 1] != '.')
			return "kind is not said, or there is no doc sentence";
		if ((f->kind == FIELD_OBJECT) != (f->rows != NULL) ||
		    (f->choices != NULL && f->kind != FIELD_TEXT))
			return "has rows without being an object, or is one without rows, or has "
			       "choices without being text";
		if (!sample_fits(f))
			return "has no sample, or one of another kind";
		if ((fault = lint_from(f, field_struct(rows))) != NULL)
			return fault;
		for (const struct field *g = rows; g != f; g++)
			if (strcmp(f->name, g->name) == 0)
				return "stands twice";
		if (f->rows != NULL && (fault = field_lint(f->rows, where)) != NULL)
			return fault;
	}
	return NULL;
}
