#include "config.h"

#include "lib/format/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

/* Marks of a scope. */
enum { IS_ARRAY = 1, IS_BLOCK = 2, IS_LINES = 4, IS_FILLED = 8, IS_TIGHT = 16 };

void
writer_init(struct writer *w, struct buf *b)
{
	*w = (struct writer){ .b = b };
}

void
writer_init_block(struct writer *w, struct buf *b, int level)
{
	*w = (struct writer){ .b = b, .is_block = 1, .indent = "  ", .level = level };
}

/* ------------------------------------------------------------------ scopes */

static void
new_line(struct writer *w)
{
	buf_addc(w->b, '\n');
	for (int i = 0; i < w->level; i++)
		buf_adds(w->b, w->indent);
}

/* Writes what comes before a member, an element or the top-level value: comma, line end,
 * indentation. */
static void
begin(struct writer *w)
{
	unsigned char *scope = w->depth == 0 ? NULL : &w->scope[w->depth - 1];

	if (scope == NULL)
		return;
	if (*scope & IS_FILLED)
		buf_adds(w->b, w->is_block && !(*scope & IS_BLOCK) ? ", " : ",");
	*scope |= IS_FILLED;
	if (*scope & IS_BLOCK)
		new_line(w);
	else if ((*scope & IS_LINES) || w->break_next)
		buf_addc(w->b, '\n');
	w->break_next = 0;
}

static void
begin_value(struct writer *w)
{
	if (!w->has_name)
		begin(w);
	w->has_name = 0;
}

static void
open_scope(struct writer *w, int marks)
{
	begin_value(w);
	if (w->depth == WRITER_DEPTH)
		abort();
	w->scope[w->depth++] = (unsigned char)marks;
	w->level += (marks & IS_BLOCK) != 0;
	buf_addc(w->b, marks & IS_ARRAY ? '[' : '{');
}

void
writer_object(struct writer *w)
{
	open_scope(w, w->is_block ? IS_BLOCK : 0);
}

void
writer_array(struct writer *w)
{
	open_scope(w, IS_ARRAY | (w->is_block ? IS_BLOCK : 0));
}

void
writer_object_flat(struct writer *w)
{
	open_scope(w, 0);
}

void
writer_array_flat(struct writer *w)
{
	open_scope(w, IS_ARRAY);
}

void
writer_array_lines(struct writer *w)
{
	open_scope(w, IS_ARRAY | IS_LINES);
}

void
writer_array_tight(struct writer *w)
{
	open_scope(w, IS_ARRAY | (w->is_block ? IS_BLOCK | IS_TIGHT : 0));
}

void
writer_end(struct writer *w)
{
	const int marks = w->depth == 0 ? 0 : w->scope[w->depth - 1];

	if (w->depth == 0)
		abort();
	w->depth--;
	w->level -= (marks & IS_BLOCK) != 0;
	if ((marks & (IS_BLOCK | IS_FILLED | IS_TIGHT)) == (IS_BLOCK | IS_FILLED))
		new_line(w);
	buf_addc(w->b, marks & IS_ARRAY ? ']' : '}');
}

void
writer_break(struct writer *w)
{
	w->break_next = 1;
}

/* ------------------------------------------------------------------ names and values */

void
writer_name(struct writer *w, const char *name)
{
	begin(w);
	buf_add_json(w->b, name);
	buf_adds(w->b, w->is_block ? ": " : ":");
	w->has_name = 1;
}

void
writer_text(struct writer *w, const char *s)
{
	begin_value(w);
	buf_add_json(w->b, s);
}

void
writer_text_n(struct writer *w, const char *s, size_t n)
{
	begin_value(w);
	buf_add_json_n(w->b, s, n);
}

void
writer_int(struct writer *w, int64_t v)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRId64, v);
	writer_json(w, text);
}

void
writer_flag(struct writer *w, int v)
{
	writer_json(w, v ? "true" : "false");
}

void
writer_null(struct writer *w)
{
	writer_json(w, "null");
}

void
writer_time(struct writer *w, usec_t t)
{
	char text[32];

	if (t != USEC_NONE)
		clock_iso8601(t, text);
	writer_text(w, t == USEC_NONE ? NULL : text);
}

void
writer_json(struct writer *w, const char *json)
{
	begin_value(w);
	buf_adds(w->b, json);
}

void
writer_json_n(struct writer *w, const char *json, size_t n)
{
	begin_value(w);
	buf_add(w->b, json, n);
}

void
writer_note(struct writer *w, const char *words)
{
	new_line(w);
	buf_adds(w->b, words);
}

void
writer_members(struct writer *w, const char *json)
{
	writer_json(w, json);
}

void
writer_put_text(struct writer *w, const char *name, const char *s)
{
	writer_name(w, name);
	writer_text(w, s);
}

void
writer_put_int(struct writer *w, const char *name, int64_t v)
{
	writer_name(w, name);
	writer_int(w, v);
}

void
writer_put_flag(struct writer *w, const char *name, int v)
{
	writer_name(w, name);
	writer_flag(w, v);
}

void
writer_put_time(struct writer *w, const char *name, usec_t t)
{
	writer_name(w, name);
	writer_time(w, t);
}

/* ------------------------------------------------------------------ trees */

static int
is_container(struct json_object *o)
{
	return json_object_is_type(o, json_type_object) || json_object_is_type(o, json_type_array);
}

/* The bytes that a scalar takes, including a member's name and punctuation. */
static size_t
leaf_bytes(const char *name, struct json_object *o)
{
	const char *text = o == NULL ? "null" : json_object_get_string(o);

	return strlen(text) + 4 + (name == NULL ? 0 : strlen(name) + 4);
}

static int
is_leaf(struct json_object *o)
{
	size_t bytes = 0;

	if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, name, value) {
			bytes += is_container(value) ? WRITER_LEAF : leaf_bytes(name, value);
		}
	} else
		for (size_t i = 0; i < json_object_array_length(o); i++) {
			struct json_object *value = json_object_array_get_idx(o, i);

			bytes += is_container(value) ? WRITER_LEAF : leaf_bytes(NULL, value);
		}
	return bytes < WRITER_LEAF;
}

static void
write_container(struct writer *w, struct json_object *o)
{
	const int is_array = json_object_is_type(o, json_type_array);
	const int block = w->is_block && !is_leaf(o) ? IS_BLOCK : 0;

	open_scope(w, is_array ? IS_ARRAY | block : block);
	if (is_array) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			writer_tree(w, json_object_array_get_idx(o, i));
	} else {
		json_object_object_foreach(o, name, value) {
			writer_name(w, name);
			writer_tree(w, value);
		}
	}
	writer_end(w);
}

void
writer_tree(struct writer *w, struct json_object *o)
{
	switch (json_object_get_type(o)) {
	case json_type_object:
	case json_type_array:
		write_container(w, o);
		break;
	case json_type_string:
		writer_text_n(w, json_object_get_string(o), (size_t)json_object_get_string_len(o));
		break;
	default:	/* numbers as they were written */
		writer_json(w, o == NULL ? "null" : json_object_get_string(o));
	}
}
