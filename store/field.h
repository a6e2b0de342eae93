/*
 * field - one member of a JSON object that is shown: its name, kind and meaning, and where its value
 * stands in a C struct or a row of a statement. Rows of these write the object; from them come the
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

struct rows;
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
	FIELD_FROM_TEXT,	/* const char *; of FIELD_ANY and of a list: JSON, "" for {} or [] */
	FIELD_FROM_INT, FIELD_FROM_UNSIGNED, FIELD_FROM_INT16, FIELD_FROM_INT64, FIELD_FROM_SIZE,
	FIELD_FROM_CELL,	/* struct val, of a row */
	FIELD_FROM_INSIDE,	/* a struct */
	FIELD_FROM_POINTER,	/* to a struct; NULL = none */
	FIELD_FROM_ARRAY,	/* to count structs of bytes each; of FIELD_TEXT to const char * */
	FIELD_FROM_ROWS		/* struct rows */
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
	const char *choices;		/* FIELD_TEXT: all values, "a|b"; the first is the sample. One
					 * alone is always the value, which needs no member */
	const char *sample; /* needed by FIELD_TEXT without choices and FIELD_ANY; the others have
			       one anyway. "" of an optional one: left out of sample replies; "null"
			       of a nullable one: null. */
	const struct field *rows;	/* FIELD_OBJECT; ends with name NULL */
	enum field_from from, when_from;
	size_t offset, when, count;	/* of the value, of what says whether there is one, and of an
					 * array's size_t */
	size_t bytes, within;		/* sizeof what stands there, and of the struct around it */
	const char *(*word)(int64_t v);	/* FIELD_TEXT from a number: how it is shown */
	const char *(*trim)(const char *text); /* FIELD_DECIMAL: the end of what is shown; … */
	int lines;			/* a list: an element a line */
	int breaks;			/* the member begins a line */
	const char *doc;		/* full sentences */
};

/* FIELD(TEXT, "Receipt", "Number of the delivery.", FROM(struct accepted, receipt)) */
#define FIELD(kind_, name_, doc_, ...) { .name = name_, .kind = FIELD_##kind_, .doc = doc_, ##__VA_ARGS__ }
#define FIELD_END { .name = (const char *)0 }

#define FIELD_TYPE(args, member)                                                                   \
	_Generic(&((args *)0)->member, const char ** : FIELD_FROM_TEXT, char ** : FIELD_FROM_TEXT, \
	    int * : FIELD_FROM_INT, unsigned * : FIELD_FROM_UNSIGNED,                              \
	    int16_t * : FIELD_FROM_INT16, int64_t * : FIELD_FROM_INT64,                            \
	    size_t * : FIELD_FROM_SIZE, const struct val * : FIELD_FROM_CELL)
#define FIELD_AT(args, member) .offset = offsetof(args, member), .within = sizeof(args)

#endif
