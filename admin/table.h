/*
 * table - rows and columns as text: in columns that are as wide as what they hold, or, for a
 * terminal, within its width.
 *
 * For a terminal texts are broken within their column, columns that weigh less are left out, and
 * where not even the rest fits each row stands in lines of its own. Nothing is ever cut.
 */
#ifndef ADMIN_TABLE_H
#define ADMIN_TABLE_H

#include <stddef.h>

struct arena;

/* How a column takes part. */
struct table_column {
	const char *heading;
	int right;		/* numbers */
	int rank;		/* 0 = always shown; what has the highest is left out first */
	int prose;		/* sentences, which may be narrow; else words stay whole */
};

struct table {
	const struct table_column *columns;
	size_t ncolumns, nrows;
	const char *const *cells;	/* nrows * ncolumns, without line ends */
};

/* The lines of the table. width 0 = whole. *left_out = the headings of what is not shown, comma
 * separated; NULL = nothing. Everything is in the arena. */
const char *table_text(struct arena *a, const struct table *t, size_t width,
    const char **left_out);

#endif
