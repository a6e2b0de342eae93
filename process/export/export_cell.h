/*
 * export_cell - how values stand in an exported file.
 */
#ifndef PROCESS_EXPORT_EXPORT_CELL_H
#define PROCESS_EXPORT_EXPORT_CELL_H

struct arena;
struct calendar_zone;
struct export_column;
struct export_form;
struct val;

struct export_cell_form {
	struct arena *arena;
	const struct calendar_zone *zone;	/* of dates that are not ISO 8601; NULL = UTC */
	const struct export_form *form;
};

/* The text of a value, in the arena or the value's own; NULL for SQL NULL. */
const char *export_cell_text(const struct export_cell_form *f, const struct export_column *column,
    const struct val *v);

#endif
