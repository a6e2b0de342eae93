/*
 * db_value - the values that go into statements and come out of them.
 */
#ifndef STORE_DB_VALUE_H
#define STORE_DB_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"

enum val_kind { VAL_NULL, VAL_INT, VAL_TEXT, VAL_BYTES, VAL_TIME };

/* A value in or out. Decimals and JSON travel as VAL_TEXT, booleans as VAL_INT 0/1, DATETIME(6) as
 * VAL_TIME (microseconds UTC). */
struct val {
	enum val_kind kind;
	int64_t i;		/* VAL_INT; VAL_TIME */
	const char *s;		/* VAL_TEXT, VAL_BYTES; results are NUL-terminated too */
	size_t n;		/* bytes of s */
};

struct val v_null(void);
struct val v_int(int64_t i);
struct val v_text(const char *s);			/* NULL gives SQL NULL */
struct val v_textn(const char *s, size_t n);
struct val v_bytes(const void *p, size_t n);
struct val v_time(usec_t t);				/* USEC_NONE gives SQL NULL */
struct val v_int_or_null(int64_t i, int present);

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
