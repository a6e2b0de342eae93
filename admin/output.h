/*
 * output - what a command says: aligned text for people, or with --json one JSON object on standard
 * output.
 *
 * On a terminal lines are as long as it is wide at most: texts are wrapped, and tables leave out
 * columns that weigh less (table.h). Elsewhere everything is printed whole.
 *
 * Results go to standard output, faults and progress to standard error. Control characters of
 * values, and marks that turn the direction of text, are shown as "?", so that foreign bytes cannot
 * drive a terminal.
 */
#ifndef ADMIN_OUTPUT_H
#define ADMIN_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "store/db.h"

struct arena;
struct err;
struct field;
struct output_member;
struct output_remark;

/* LATER, LAST and PROSE are added to the kind of a table's column: OUTPUT_TEXT | OUTPUT_LATER. */
enum output_kind {
	OUTPUT_UNSET,
	OUTPUT_TEXT,
	OUTPUT_INT,
	OUTPUT_TIME,
	OUTPUT_FLAG,
	OUTPUT_BYTES, /* of a table; in text whole MiB, rounded up; its name ends in Bytes */
	OUTPUT_KIND = 0xf, /* the bits above; below are marks */
	OUTPUT_LATER = 0x10, /* left out where a terminal is too narrow */
	OUTPUT_LAST = 0x20, /* left out before those of OUTPUT_LATER */
	OUTPUT_PROSE = 0x40 /* sentences: its column may be narrow */
};

/* name: PascalCase, the JSON member; its words are the heading in text. */
struct output_column {
	const char *name;
	enum output_kind kind;
};

struct output {
	struct arena *arena;
	int json, quiet;
	size_t width;			/* of the terminal; 0 = everything whole */
	struct output_member *members; /* of the JSON document, in the order of output */
	struct output_remark *remarks;
	size_t status_columns;		/* of the line that output_status() left standing */
};

void output_init(struct output *o, struct arena *a, int json, int quiet);

/* Standard output is looked at: if it is a terminal, lines fit its width. */
void output_fit(struct output *o);

/* A list: times without fractions in text; columns end with name NULL; cells row after row. In JSON
 * an array of objects under name. An empty list says so in words. */
void output_table(struct output *o, const char *name, const struct output_column *columns,
    const struct val *cells, size_t nrows);

/* Things of which rows say what is shown: n of bytes each. */
struct output_list {
	const struct field *rows;
	const void *items;
	size_t n, bytes;
};

/* A list of them as by output_table(): each column is the row of its name. */
void output_list(struct output *o, const char *name, const struct output_column *columns,
    const struct output_list *list);

/* Behind a list that was cut: in text a remark, in JSON whether there are more. */
void output_more(struct output *o, int more, int64_t limit);

/* One value with its heading. */
void output_value(struct output *o, const char *name, enum output_kind kind, struct val v);

/* What the rows say of a thing, a value a line; the members of an object in it, too. What is left
 * out is null in JSON. Lists are the caller's. */
void output_rows(struct output *o, const struct field *rows, const void *from);

/* An empty line between parts; nothing in JSON. */
void output_gap(struct output *o);

/* A long text under its heading; in text its line ends are kept. */
void output_block(struct output *o, const char *name, const char *text, size_t n);

/* Text that is the whole result (usage, a sample file): printed as it is. */
void output_document(struct output *o, const char *name, const char *text);

/* The text with control characters shown as "?". */
const char *output_harmless(struct output *o, const char *text);

/* A sentence; left out with --quiet. In JSON an entry of "Remarks". */
void output_remark(struct output *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* One line on standard error, a terminal, that is written over by the next; whatever else is
 * printed takes it away first. For progress.c. */
void output_status(struct output *o, const char *line);
void output_status_end(struct output *o);	/* it stays, what comes next begins a new line */

/* The failure: a line each for the sentence and the faults, or with --json an object, on standard
 * error. */
void output_error(struct output *o, const struct err *err);

/* A line on standard error that goes with a failure. */
void output_hint(struct output *o, const char *text);

/* Prints the JSON document; nothing may follow. A second call only says whether all is well.
 * Returns 0, or ERR_IO when standard output could not take everything. */
int output_done(struct output *o, struct err *err);

/* The same for what is shown this once, and waits until the reader of a pipe took it. */
int output_taken(struct output *o, struct err *err);

#endif
