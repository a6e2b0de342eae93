/*
 * platform_standard_file_cell - values of a file's row, as a map says (model/import/import_map.h).
 */
#ifndef PLATFORM_STANDARD_FILE_CELL_H
#define PLATFORM_STANDARD_FILE_CELL_H

#include "lib/clock.h"

struct arena;
struct calendar_zone;
struct entity_column;
struct file_row;
struct import_value;

/* What a value is made of. */
struct file_cell_of {
	struct arena *arena;
	const struct file_row *row;
	const struct calendar_zone *zone;	/* of dates; NULL = UTC */
};

/* The constant, or the first cell that is not empty, without blanks at its ends, replaced by the
 * value's words; NULL: there is none. *is_there becomes 1 when a cell was not empty. */
const char *file_cell_text(
    const struct file_cell_of *of, const struct import_value *v, int *is_there);

/* NULL and *text as the model reads it for a column (NULL: a text, unless the value says that it is
 * a date or number), or NULL for nothing; or what is wrong, a sentence without its subject. */
const char *file_cell_take(const struct file_cell_of *of, const struct import_value *v,
    const struct entity_column *c, const char **text);

/* The instant that the value says; USEC_NONE for none, or one that cannot be read. */
usec_t file_cell_instant(const struct file_cell_of *of, const struct import_value *v);

/* 1 when the cell is empty, or a number that is 0. */
int file_cell_is_nothing(const char *text);

/* "phone:" and the digits, with the + in front when there is one; NULL for less than six. */
const char *file_cell_phone(struct arena *a, const char *text);

/* The names of the value's columns, for sentences. */
const char *file_cell_columns(struct arena *a, const struct import_value *v);

#endif
