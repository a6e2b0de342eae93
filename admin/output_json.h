/*
 * output_json - the JSON document of a command, for output.c: members in the order in which they
 * were first said.
 */
#ifndef ADMIN_OUTPUT_JSON_H
#define ADMIN_OUTPUT_JSON_H

#include <stddef.h>

#include "admin/output.h"
#include "lib/format/writer.h"

/* Begins the value of a member; a second one of the name takes the place of the first. */
struct writer output_json_begin(struct output *o, const char *name);

/* Text; bytes that are none go as base64: they would be lost otherwise. */
void output_json_text(struct output *o, struct writer *w, const char *s, size_t n);

void output_json_value(struct output *o, struct writer *w, enum output_kind kind,
    const struct val *v);

/* One more of "Remarks". */
void output_json_remark(struct output *o, const char *text);

/* The failure, on standard error. */
void output_json_error(struct output *o, const struct err *err);

/* Prints the document, if it has members, and forgets it. */
void output_json_print(struct output *o);

#endif
