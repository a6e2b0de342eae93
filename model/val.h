/*
 * val - one value of a column, as rows and statements carry it.
 */
#ifndef MODEL_VAL_H
#define MODEL_VAL_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"

enum val_kind { VAL_NULL, VAL_INT, VAL_TEXT, VAL_BYTES, VAL_TIME };

/* Decimals and JSON travel as VAL_TEXT, booleans as VAL_INT 0/1, DATETIME(6) as VAL_TIME
 * (microseconds UTC). A text belongs to whoever made the value. */
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

#endif
