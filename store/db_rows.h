/*
 * db_rows - what goes into statements and comes out of them: lists of values.
 */
#ifndef STORE_DB_ROWS_H
#define STORE_DB_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "model/val.h"

/* The arguments of one call: db_exec(db, Q_x, DB_ARGS(v_int(1), v_text("a")), err). DB_NONE for
 * none. */
#define DB_ARGS(...) \
	(const struct val[]){ __VA_ARGS__ }, \
	sizeof((const struct val[]){ __VA_ARGS__ }) / sizeof(struct val)
#define DB_NONE NULL, 0

/* A whole result in an arena. */
struct rows {
	size_t n, columns;
	struct val *cells;	/* n * columns, row after row */
};
enum { ROWS_ONLY };	/* the column of a statement that has one; the key in front */
const struct val *rows_at(const struct rows *r, size_t row, size_t column);
int64_t rows_int(const struct rows *r, size_t row, size_t column);	/* NULL gives 0 */
const char *rows_text(const struct rows *r, size_t row, size_t column);	/* NULL gives NULL */
usec_t rows_time(const struct rows *r, size_t row, size_t column);	/* NULL gives USEC_NONE */
int rows_null(const struct rows *r, size_t row, size_t column);

#endif
