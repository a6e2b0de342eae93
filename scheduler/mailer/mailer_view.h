/*
 * mailer_view - what a webhook says, as fields and tables that a person can read.
 *
 * Members of members become fields with a path ("customer.email"), lists of objects tables, lists
 * of values one field. All is bounded; what is cut or left out is said.
 */
#ifndef SCHEDULER_MAILER_VIEW_H
#define SCHEDULER_MAILER_VIEW_H

#include <stddef.h>

#include "net/mail.h"

struct arena;
struct json_object;

enum {
	VIEW_FIELDS_MAX = 200, VIEW_TABLES_MAX = 12, VIEW_ROWS_MAX = 50, VIEW_COLUMNS_MAX = 8,
	VIEW_DEPTH_MAX = 8, VIEW_NAME_MAX = 100, VIEW_VALUE_MAX = 500, VIEW_CELL_MAX = 100
};

struct mailer_view {
	const struct mail_field *fields, *rest;	/* rest: what may stand below the tables */
	size_t nfields, nrest;
	const struct mail_section *tables;
	size_t ntables;
	const char *note;		/* of what is left out; NULL = nothing is */
};

/* Strings are in a. in_order: fields stay in the order given, as of a form; else those that readers
 * look for come first. */
void mailer_view_make(struct arena *a, struct json_object *o, int in_order,
    struct mailer_view *out);

/* The text of a value that is one, not empty and no list or object; else NULL. Lives as long as
 * the value. */
const char *mailer_view_scalar(struct json_object *value);

/* The value of the object's member of that name, in any case of letters, as text: of a list its
 * only element's. NULL for none. */
const char *mailer_view_member(struct json_object *o, const char *name);

#endif
