/*
 * platform_standard_file_member - what a map says of the members of a row, made of a file's row
 * (model/import/import_map.h).
 */
#ifndef PLATFORM_STANDARD_FILE_MEMBER_H
#define PLATFORM_STANDARD_FILE_MEMBER_H

#include <stddef.h>

#include "platform/standard/file_cell.h"

struct err;
struct file_record;
struct import_member;
struct import_row;
struct json_object;
struct platform_context;
struct standard_value;

/* A body in the making. */
struct file_making {
	struct platform_context *ctx;
	const struct file_record *record;
	struct file_cell_of cells;
	const struct import_row *of;
	const char *prefix;
	struct standard_value *values;	/* of an entity */
	size_t nvalues;
	struct json_object *json;	/* of a webhook's body or its element */
	int has_values;			/* others than constants */
};

/* Says the member, by its cells. What is wrong with them is noted in ctx->in. 0 or a negative
 * code. */
int file_member_make(struct file_making *m, const struct import_member *member, struct err *err);

/* What is said of a column or a part of a key; NULL: nothing. */
struct standard_value *file_member_value(const struct file_making *m, int column, int part);
void file_member_say(struct file_making *m, int column, int part, const char *text);

#endif
