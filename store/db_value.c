#include "config.h"

#include "store/db_value.h"

#include <stdlib.h>
#include <string.h>

struct val
v_null(void)
{
	return (struct val){ .kind = VAL_NULL };
}

struct val
v_int(int64_t i)
{
	return (struct val){ .kind = VAL_INT, .i = i };
}

struct val
v_int_or_null(int64_t i, int present)
{
	return present ? v_int(i) : v_null();
}

struct val
v_text(const char *s)
{
	return s == NULL ? v_null() : v_textn(s, strlen(s));
}

struct val
v_textn(const char *s, size_t n)
{
	return (struct val){ .kind = VAL_TEXT, .s = s, .n = n };
}

struct val
v_bytes(const void *p, size_t n)
{
	return p == NULL ? v_null() : (struct val){ .kind = VAL_BYTES, .s = p, .n = n };
}

struct val
v_time(usec_t t)
{
	return t == USEC_NONE ? v_null() : (struct val){ .kind = VAL_TIME, .i = t };
}

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
