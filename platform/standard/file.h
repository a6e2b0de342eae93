/*
 * platform_standard_file - maps a record of a file, one of its rows or several that belong
 * together, to the rows of the model, or the body of a webhook, that a map says
 * (model/import/import_map.h).
 */
#ifndef PLATFORM_STANDARD_FILE_H
#define PLATFORM_STANDARD_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"

struct arena;
struct calendar_zone;
struct err;
struct import_map;
struct platform_context;

struct file_row {
	int64_t line;			/* where it begins */
	const char *const *cells;	/* as many as the file has columns */
};

struct file_record {
	const struct import_map *map;	/* bound to the file's columns */
	const struct calendar_zone *zone; /* of dates without an offset; NULL = UTC */
	const struct file_row *rows;
	size_t n;			/* at least 1 */
};

/* A mapping (platform/platform.h) whose ctx->record is a struct file_record. Faults name the member
 * and, in a record of several rows, the line. */
int file_map(struct platform_context *ctx, struct err *err);

/* The instant that the record tells of; USEC_NONE: it does not say. */
usec_t file_about(struct arena *a, const struct file_record *record);

/* A value of what a record becomes: "Contact.FirstName". */
struct file_shown {
	const char *member, *value;
};

/* What file_map() would make of the record, in the arena, without asking anything: words of labels
 * stay as they are. What is wrong is in ctx->in; read_close() is the caller's. Returns how many. */
size_t file_show(struct platform_context *ctx, const struct file_shown **out);

#endif
