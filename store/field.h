/*
 * field - one member of a JSON object that is shown: its name, kind and meaning, and where its
 * value stands in a C struct or a result's row. Rows of these write the object; from them come the
 * tables and sample replies of the help pages and the schemas of OpenAPI, with which the test suite
 * checks every reply.
 *
 *	static const struct field load_reply[] = {
 *		FIELD(INT, "Rates", "Rows that were read.", FROM(struct rate_file_result, rows)),
 *		FIELD_END,
 *	};
 */
#ifndef STORE_FIELD_H
#define STORE_FIELD_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct rows;
struct val;
struct writer;

enum field_kind {
	FIELD_UNSET,
	FIELD_TEXT,
	FIELD_INT,
	FIELD_FLAG,
	FIELD_TIME, /* UTC, ISO 8601 with Z */
	FIELD_DECIMAL, /* exact, as text: "12.50" */
	FIELD_OBJECT, /* of rows */
	FIELD_ANY /* an object whose members this table does not know; its sample is JSON */
};

/* What stands at the offset; it follows from the C type of the member. */
enum field_from {
	FIELD_NOWHERE,
	FIELD_FROM_TEXT, /* const char *; of FIELD_ANY and of a list: JSON, "" for {} or [] */
	FIELD_FROM_INT, FIELD_FROM_INT16, FIELD_FROM_INT64, FIELD_FROM_SIZE,
	FIELD_FROM_CELL,	/* struct val, of a row */
	FIELD_FROM_INSIDE,	/* a struct */
	FIELD_FROM_POINTER,	/* to a struct; NULL = none */
	FIELD_FROM_ARRAY,	/* to count structs of bytes each; of FIELD_TEXT to const char * */
	FIELD_FROM_ROWS,	/* struct rows */
	FIELD_FROM_MADE		/* what a function makes of the struct, or of the cells */
};

/* "Nothing" is NULL, USEC_NONE, or a cell that is NULL in the database. It is null where the row is
 * nullable. An optional row that is not nullable is left out when it is nothing, "" or 0; with
 * WHEN() that member alone decides. */
struct field {
	const char *name;
	enum field_kind kind;
	int nullable;			/* may be null */
	int optional;			/* may be left out */
	int list;			/* an array of these */
	const char *choices; /* FIELD_TEXT: all values, "a|b"; the first is the sample. One alone is
				always the value, which needs no member */
	const char *sample; /* needed by FIELD_TEXT without choices and FIELD_ANY; the others have
			       one anyway. "" of an optional one: left out of sample replies; "null"
			       of a nullable one: null. */
	const struct field *rows;	/* FIELD_OBJECT; ends with name NULL */
	enum field_from from, when_from;
	size_t offset, when, count; /* of the value, of what says whether there is one, and of an
				       array's size_t */
	size_t bytes, within;		/* sizeof what stands there, and of the struct around it */
	const char *(*make)(const void *from);	/* FIELD_TEXT that follows from other members */
	int trims;			/* FIELD_DECIMAL: without zeros at its end */
	int lines;			/* a list: an element a line */
	int breaks;			/* the member begins a line */
	const char *doc;		/* full sentences */
};

/* FIELD(TEXT, "Receipt", "Number of the delivery.", FROM(struct accepted, receipt)) */
#define FIELD(kind_, name_, doc_, ...)                                                             \
	{ .name = name_, .kind = FIELD_##kind_, .doc = doc_, ##__VA_ARGS__ }
#define FIELD_END { .name = (const char *)0 }

#define FIELD_TYPE(args, member)                                                                   \
	_Generic(&((args *)0)->member, const char ** : FIELD_FROM_TEXT, char ** : FIELD_FROM_TEXT, \
	    int * : FIELD_FROM_INT,                                                                \
	    int16_t * : FIELD_FROM_INT16, int64_t * : FIELD_FROM_INT64,                            \
	    size_t * : FIELD_FROM_SIZE, struct val * : FIELD_FROM_CELL)

/* Where the value stands: a member of a struct by its C type; a struct in it, or at a pointer; the
 * members of the object in the same struct; an array of structs with its size_t; a result; a column
 * of a result's row; a text that a function makes. */
#define FROM(args, member)                                                                         \
	.from = FIELD_TYPE(args, member), .offset = offsetof(args, member), .within = sizeof(args)
#define FROM_INSIDE(args, member)                                                                  \
	.from = FIELD_FROM_INSIDE, .offset = offsetof(args, member), .within = sizeof(args),       \
	.bytes = sizeof(((args *)0)->member)
#define FROM_SAME(args)                                                                            \
	.from = FIELD_FROM_INSIDE, .within = sizeof(args), .bytes = sizeof(args)
#define FROM_POINTER(args, member)                                                                 \
	.from = FIELD_FROM_POINTER, .offset = offsetof(args, member), .within = sizeof(args),      \
	.bytes = sizeof(*((args *)0)->member)
#define FROM_ARRAY(args, member, n)                                                                \
	.from = FIELD_FROM_ARRAY, .offset = offsetof(args, member), .within = sizeof(args),        \
	.count = offsetof(args, n), .bytes = sizeof(*((args *)0)->member), .list = 1
#define FROM_ROWS(args, member)                                                                    \
	.from = FIELD_FROM_ROWS, .offset = offsetof(args, member), .within = sizeof(args), .list = 1
#define FROM_CELL(column) .from = FIELD_FROM_CELL, .offset = (column) * sizeof(struct val)
#define FROM_MADE(function) .from = FIELD_FROM_MADE, .make = function

/* Whether there is a value: the member is neither 0 nor nothing. */
#define WHEN(args, member) .optional = 1, .when_from = FIELD_TYPE(args, member), \
	.when = offsetof(args, member)

/* Writes the object of rows from a struct, or from the cells of a row. */
void field_write(struct writer *w, const struct field *rows, const void *from);

/* The members of n of the rows alone, into the object that is open. */
void field_write_members(struct writer *w, const struct field *rows, size_t n, const void *from);

/* As field_write(), of each row of a result: an element each of the array that is open. A column
 * that the result does not have is a fault of the program, which ends with abort(). */
void field_write_rows(struct writer *w, const struct field *rows, const struct rows *all);

/* The value of a row that is neither an object nor a list, as a cell; VAL_NULL: it is left out, or
 * nothing. FIELD_ANY is its JSON text. Decimals are in a. Returns 0 when it is left out. */
int field_value(struct arena *a, const struct field *f, const void *from, struct val *out);

/* The value that stands in sample replies, as JSON text without an array around it; FIELD_OBJECT
 * has none (NULL): it is made of its rows. Text comes without quotes. */
const char *field_sample(const struct field *f);

/* sizeof the struct that the rows are of; 0 = of none, or of cells. */
size_t field_struct(const struct field *rows);

/* Checks rows, those inside included; NULL, or a sentence (without its subject) with *where = the
 * name at fault. */
const char *field_lint(const struct field *rows, const char **where);

#endif
