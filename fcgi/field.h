/*
 * field - one member of a reply's body: name, kind and meaning, as rows. From them come the tables
 * and sample replies of the help pages and the schemas of OpenAPI, and with those the test suite
 * checks every reply.
 */
#ifndef FCGI_FIELD_H
#define FCGI_FIELD_H

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

struct field {
	const char *name;
	enum field_kind kind;
	int nullable;			/* may be null */
	int optional;			/* may be left out */
	int list;			/* an array of these */
	const char *choices;		/* FIELD_TEXT: all values, "a|b"; the first is the sample */
	const char *sample; /* needed by FIELD_TEXT without choices and FIELD_ANY; the others have
			       one anyway. "" of an optional one: left out of sample replies; "null"
			       of a nullable one: null. */
	const struct field *rows;	/* FIELD_OBJECT; ends with name NULL */
	const char *doc;		/* full sentences */
};

/* FIELD(TEXT, "Receipt", "Number of the delivery.", .sample = "5b0c") */
#define FIELD(kind_, name_, doc_, ...) \
	{ .name = name_, .kind = FIELD_##kind_, .doc = doc_, ##__VA_ARGS__ }
#define FIELD_END { .name = (const char *)0 }

/* The value that stands in sample replies, as JSON text without an array around it; FIELD_OBJECT
 * has none (NULL): it is made of its rows. Text comes without quotes. */
const char *field_sample(const struct field *f);

/* Checks rows, those inside included; NULL, or a sentence (without its subject) with *where = the
 * name at fault. */
const char *field_lint(const struct field *rows, const char **where);

#endif
