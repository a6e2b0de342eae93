#include "config.h"

#include "store/db_rows.h"

#include <stdlib.h>

const struct val *
rows_at(const struct rows *r, size_t row, size_t column)
{
	if (row >= r->n || column >= r->columns)
		abort();	/* a statement and its reader disagree: a fault of the program */
	return &r->cells[row * r->columns + column];
}

int64_t
rows_int(const struct rows *r, size_t row, size_t column)
{
	const struct val *v = rows_at(r, row, column);

	return v->kind == VAL_INT ? v->i : 0;
}

const char *
rows_text(const struct rows *r, size_t row, size_t column)
{
	return rows_at(r, row, column)->s;
}

usec_t
rows_time(const struct rows *r, size_t row, size_t column)
{
	const struct val *v = rows_at(r, row, column);

	return v->kind == VAL_TIME ? v->i : USEC_NONE;
}

int
rows_null(const struct rows *r, size_t row, size_t column)
{
	return rows_at(r, row, column)->kind == VAL_NULL;
}
