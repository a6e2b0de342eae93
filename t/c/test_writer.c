/* TAP: the writer's commas, scopes and layouts, and what rows make of a struct and of a result. */
#include "config.h"

#include <string.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/format/writer.h"
#include "store/db.h"
#include "store/field.h"
#include "t/c/tap.h"

static struct arena arena;

static void
is(const struct buf *b, const char *want, const char *what)
{
	const int good = strcmp(b->data, want) == 0;

	ok(good, what, good ? "" : b->data);
}

static void
write_all(struct writer *w)
{
	writer_object(w);
	writer_put_text(w, "a\"", "x\ny");
	writer_put_int(w, "b", INT64_MIN);
	writer_name(w, "c");
	writer_array(w);
	writer_flag(w, 1);
	writer_null(w);
	writer_object(w);
	writer_end(w);
	writer_end(w);
	writer_name(w, "d");
	writer_array(w);
	writer_end(w);
	writer_end(w);
}

static void
test_layouts(void)
{
	struct writer w;
	struct buf b;

	buf_init(&b, &arena);
	writer_init(&w, &b);
	write_all(&w);
	is(&b, "{\"a\\\"\":\"x\\ny\",\"b\":-9223372036854775808,\"c\":[true,null,{}],\"d\":[]}",
	    "on one line");
	buf_init(&b, &arena);
	writer_init_block(&w, &b, 1);
	write_all(&w);
	is(&b, "{\n    \"a\\\"\": \"x\\ny\",\n    \"b\": -9223372036854775808,\n    \"c\": [\n"
	    "      true,\n      null,\n      {}\n    ],\n    \"d\": []\n  }", "a block");
	buf_init(&b, &arena);
	writer_init(&w, &b);
	writer_object(&w);
	writer_put_int(&w, "a", 1);
	writer_break(&w);
	writer_name(&w, "b");
	writer_array_lines(&w);
	writer_int(&w, 1);
	writer_int(&w, 2);
	writer_end(&w);
	writer_members(&w, "\"c\":3");
	writer_end(&w);
	is(&b, "{\"a\":1,\n\"b\":[\n1,\n2],\"c\":3}", "lines, and members that are JSON already");
	buf_init(&b, &arena);
	writer_init_block(&w, &b, 0);
	w.indent = "\t";
	writer_object(&w);
	writer_name(&w, "a");
	writer_array_tight(&w);
	writer_json_n(&w, "12", 1);
	writer_object_flat(&w);
	writer_put_time(&w, "t", USEC_NONE);
	writer_put_flag(&w, "f", 0);
	writer_end(&w);
	writer_end(&w);
	writer_name(&w, "b");
	writer_array(&w);
	writer_int(&w, 1);
	writer_note(&w, "and more");
	writer_end(&w);
	writer_end(&w);
	is(&b, "{\n\t\"a\": [\n\t\t1,\n\t\t{\"t\": null, \"f\": false}],\n"
	    "\t\"b\": [\n\t\t1\n\t\tand more\n\t]\n}", "tabs, a tight end, a note");
}

static void
test_tree(void)
{
	static const char text[] = "{\"a\":{\"type\":\"string\",\"n\":1.50},\"b\":[[1],null,"
	    "\"0123456789012345678901234567890123456789012345678901234567890123456789\"]}";
	struct json_object *o = json_tokener_parse(text);
	struct writer w;
	struct buf b;

	buf_init(&b, &arena);
	writer_init(&w, &b);
	writer_tree(&w, o);
	is(&b, text, "a tree, as it was");
	buf_init(&b, &arena);
	writer_init_block(&w, &b, 0);
	writer_tree(&w, o);
	is(&b, "{\n  \"a\": {\"type\": \"string\", \"n\": 1.50},\n  \"b\": [\n    [1],\n    null,\n"
	    "    \"0123456789012345678901234567890123456789012345678901234567890123456789\"\n"
	    "  ]\n}", "a tree, small objects on one line");
	json_object_put(o);
}

/* ------------------------------------------------------------------ rows */

struct part { const char *name; };
struct thing {
	const char *text, *json, *list;
	int64_t number, maybe;
	usec_t at;
	int flag, has_more;
	int16_t small;
	struct part part;
	const struct part *other, *parts;
	size_t nparts;
	struct rows rows;
};

#define OF(member) FROM(struct thing, member)

static const char *
made(const void *from)
{
	const struct thing *t = from;

	return t->flag ? "yes" : NULL;
}

static const struct field part_rows[] = {
	FIELD(TEXT, "Name", "It.", FROM(struct part, name), .sample = ""), FIELD_END
};
static const struct field cell_rows[] = {
	FIELD(INT, "Id", "It.", FROM_CELL(0)),
	FIELD(DECIMAL, "Amount", "It.", FROM_CELL(1), .nullable = 1, .trims = 1), FIELD_END
};
static const struct field rows[] = {
	FIELD(TEXT, "Always", "It.", .choices = "This"),
	FIELD(TEXT, "Text", "It.", OF(text), .optional = 1),
	FIELD(ANY, "Json", "It.", OF(json)),
	FIELD(TEXT, "List", "It.", OF(list), .list = 1),
	FIELD(INT, "Number", "It.", OF(number), .optional = 1),
	FIELD(INT, "Maybe", "It.", OF(maybe), .nullable = 1),
	FIELD(TIME, "At", "It.", OF(at), WHEN(struct thing, has_more), .nullable = 1),
	FIELD(INT, "Small", "It.", OF(small)),
	FIELD(TEXT, "Made", "It.", FROM_MADE(made), .optional = 1),
	FIELD(OBJECT, "Part", "It.", FROM_INSIDE(struct thing, part), .rows = part_rows),
	FIELD(OBJECT, "Other", "It.", FROM_POINTER(struct thing, other), .nullable = 1,
	    .rows = part_rows),
	FIELD(OBJECT, "Parts", "It.", FROM_ARRAY(struct thing, parts, nparts), .rows = part_rows),
	FIELD(OBJECT, "Rows", "It.", FROM_ROWS(struct thing, rows), .rows = cell_rows),
	FIELD_END,
};

static void
writes(const struct thing *t, const char *want, const char *what)
{
	struct writer w;
	struct buf b;

	buf_init(&b, &arena);
	writer_init(&w, &b);
	field_write(&w, rows, t);
	is(&b, want, what);
}

static void
test_rows(void)
{
	static const struct part parts[] = { { "p" }, { NULL } };
	struct val cells[] = { v_int(7), v_text("1.500"), v_int(8), v_null() };
	struct thing t = { .maybe = INT64_MIN, .at = USEC_NONE, .small = -1 };

	writes(&t, "{\"Always\":\"This\",\"Json\":{},\"List\":[],\"Maybe\":null,\"Small\":-1,"
	    "\"Part\":{\"Name\":null},\"Other\":null,\"Parts\":[],\"Rows\":[]}",
	    "what is nothing is null or left out");
	t = (struct thing){ .text = "x", .json = "{\"a\":1}", .list = "[\"b\"]", .number = 2,
		.maybe = 0, .at = USEC_NONE, .has_more = 1, .flag = 1, .part = { "in" },
		.other = parts, .parts = parts, .nparts = 2,
		.rows = { .n = 2, .columns = 2, .cells = cells } };
	writes(&t, "{\"Always\":\"This\",\"Text\":\"x\",\"Json\":{\"a\":1},\"List\":[\"b\"],"
	    "\"Number\":2,\"Maybe\":0,\"At\":null,\"Small\":0,\"Made\":\"yes\","
	    "\"Part\":{\"Name\":\"in\"},\"Other\":{\"Name\":\"p\"},"
	    "\"Parts\":[{\"Name\":\"p\"},{\"Name\":null}],"
	    "\"Rows\":[{\"Id\":7,\"Amount\":\"1.5\"},{\"Id\":8,\"Amount\":null}]}",
	    "all of it");
}

static void
test_values(void)
{
	const struct thing t = { .number = 3, .text = "" };
	struct val v;

	ok(field_value(&arena, &rows[0], &t, &v) == 1 && strcmp(v.s, "This") == 0, "a word", "");
	ok(field_value(&arena, &rows[1], &t, &v) == 0 && v.kind == VAL_NULL, "left out", "");
	ok(field_value(&arena, &rows[2], &t, &v) == 1 && strcmp(v.s, "{}") == 0, "JSON", "");
	ok(field_value(&arena, &rows[4], &t, &v) == 1 && v.i == 3, "a number", "");
}

int
main(void)
{
	test_layouts();
	test_tree();
	test_rows();
	test_values();
	arena_done(&arena);
	return tap_end();
}
