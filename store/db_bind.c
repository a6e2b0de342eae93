#include "config.h"

#include "store/db_bind.h"

#include <string.h>

#include "lib/arena.h"

static MYSQL_TIME
bind_time(usec_t t)
{
	int y, m, d;
	int64_t days = t / (86400 * USEC_SEC), rest = t % (86400 * USEC_SEC);

	if (rest < 0) {
		rest += 86400 * USEC_SEC;
		days--;
	}
	clock_civil_from_days(days, &y, &m, &d);
	return (MYSQL_TIME){ .year = (unsigned)y,
		.month = (unsigned)m,
		.day = (unsigned)d,
		.hour = (unsigned)(rest / (3600 * USEC_SEC)),
		.minute = (unsigned)(rest / (60 * USEC_SEC) % 60),
		.second = (unsigned)(rest / USEC_SEC % 60),
		.second_part = (unsigned long)(rest % USEC_SEC),
		.time_type = MYSQL_TIMESTAMP_DATETIME };
}

static usec_t
bind_usec(const MYSQL_TIME *t)
{
	int64_t days = clock_days_from_civil((int64_t)t->year, (int)t->month, (int)t->day);

	return ((days * 24 + t->hour) * 60 + t->minute) * 60 * USEC_SEC + t->second * USEC_SEC +
	    (usec_t)t->second_part;
}

static enum enum_field_types
bind_type(enum val_kind kind)
{
	switch (kind) {
	case VAL_INT:
		return MYSQL_TYPE_LONGLONG;
	case VAL_TEXT:
		return MYSQL_TYPE_STRING;
	case VAL_BYTES:
		return MYSQL_TYPE_BLOB;
	case VAL_TIME:
		return MYSQL_TYPE_DATETIME;
	case VAL_NULL:
		break;
	}
	return MYSQL_TYPE_NULL;
}

MYSQL_BIND *
db_bind_args(struct arena *a, const struct val *args, size_t n)
{
	MYSQL_BIND *b = arena_new(a, MYSQL_BIND, n + 1);

	for (size_t i = 0; i < n; i++) {
		b[i].buffer_type = bind_type(args[i].kind);
		if (args[i].kind == VAL_INT) {
			int64_t *p = arena_new(a, int64_t, 1);

			*p = args[i].i;
			b[i].buffer = p;
		} else if (args[i].kind == VAL_TIME) {
			MYSQL_TIME *t = arena_new(a, MYSQL_TIME, 1);

			*t = bind_time(args[i].i);
			b[i].buffer = t;
		} else if (args[i].kind != VAL_NULL) {
			b[i].buffer = (void *)(uintptr_t)args[i].s; /* libmariadb only reads it */
			b[i].buffer_length = args[i].n;
		}
	}
	return b;
}

static void
bind_column(struct arena *a, MYSQL_BIND *b, const struct val *first, size_t nrows, size_t step)
{
	enum val_kind kind = VAL_NULL;
	char *indicator = arena_new(a, char, nrows);
	int64_t *ints = NULL;
	MYSQL_TIME *times = NULL, **time_at = NULL;
	const char **texts = NULL;
	unsigned long *lengths = NULL;

	for (size_t r = 0; r < nrows && kind == VAL_NULL; r++)
		kind = first[r * step].kind;
	if (kind == VAL_INT)
		ints = arena_new(a, int64_t, nrows);
	else if (kind == VAL_TIME) {
		times = arena_new(a, MYSQL_TIME, nrows);
		time_at = arena_new(a, MYSQL_TIME *,
		    nrows); /* libmariadb wants pointers for what has no fixed size on the wire */
	} else {
		texts = arena_new(a, const char *, nrows);
		lengths = arena_new(a, unsigned long, nrows);
	}
	for (size_t r = 0; r < nrows; r++) {
		const struct val *v = &first[r * step];

		if (v->kind == VAL_NULL)
			indicator[r] = STMT_INDICATOR_NULL;
		else if (ints != NULL)
			ints[r] = v->i;
		else if (times != NULL) {
			times[r] = bind_time(v->i);
			time_at[r] = &times[r];
		} else {
			texts[r] = v->s;
			lengths[r] = v->n;
		}
	}
	b->buffer_type = kind == VAL_NULL ? MYSQL_TYPE_STRING : bind_type(kind);
	if (ints != NULL)
		b->buffer = ints;
	else
		b->buffer = times != NULL ? (void *)time_at : (void *)texts;
	b->length = lengths;
	b->u.indicator = indicator;
}

MYSQL_BIND *
db_bind_bulk(struct arena *a, const struct val *args, size_t nrows, size_t ncols)
{
	MYSQL_BIND *b = arena_new(a, MYSQL_BIND, ncols + 1);

	for (size_t c = 0; c < ncols; c++)
		bind_column(a, &b[c], args + c, nrows, ncols);
	return b;
}

/* What a result column is read as. */
static enum val_kind
column_kind(const MYSQL_FIELD *f)
{
	switch (f->type) {
	case MYSQL_TYPE_TINY:
	case MYSQL_TYPE_SHORT:
	case MYSQL_TYPE_INT24:
	case MYSQL_TYPE_LONG:
	case MYSQL_TYPE_LONGLONG:
	case MYSQL_TYPE_YEAR:
		return VAL_INT;
	case MYSQL_TYPE_DATETIME:
	case MYSQL_TYPE_TIMESTAMP:
		return VAL_TIME;
	case MYSQL_TYPE_STRING:
	case MYSQL_TYPE_VAR_STRING:
	case MYSQL_TYPE_BLOB:
	case MYSQL_TYPE_TINY_BLOB:
	case MYSQL_TYPE_MEDIUM_BLOB:
	case MYSQL_TYPE_LONG_BLOB:
		return f->charsetnr == 63 ? VAL_BYTES : VAL_TEXT;
	default:
		return VAL_TEXT;
	}
}

struct column {
	enum val_kind kind;
	int64_t i;
	MYSQL_TIME t;
	char *s;
	unsigned long length;
	my_bool null;
};

static MYSQL_BIND *
bind_columns(struct arena *scratch, struct column *cols, const MYSQL_FIELD *fields, size_t n)
{
	MYSQL_BIND *b = arena_new(scratch, MYSQL_BIND, n);

	for (size_t c = 0; c < n; c++) {
		cols[c].kind = column_kind(&fields[c]);
		b[c].buffer_type = bind_type(cols[c].kind);
		b[c].is_null = &cols[c].null;
		b[c].length = &cols[c].length;
		if (cols[c].kind == VAL_INT) {
			b[c].buffer = &cols[c].i;
			b[c].buffer_length = sizeof cols[c].i;
		} else if (cols[c].kind == VAL_TIME) {
			b[c].buffer = &cols[c].t;
			b[c].buffer_length = sizeof cols[c].t;
		} else {
			cols[c].s = arena_alloc(scratch, fields[c].max_length + 1);
			b[c].buffer = cols[c].s;
			b[c].buffer_length = fields[c].max_length + 1;
		}
	}
	return b;
}

static void
take_row(struct arena *a, struct val *cells, const struct column *cols, size_t n)
{
	for (size_t c = 0; c < n; c++) {
		if (cols[c].null)
			continue;
		cells[c].kind = cols[c].kind;
		if (cols[c].kind == VAL_INT)
			cells[c].i = cols[c].i;
		else if (cols[c].kind == VAL_TIME)
			cells[c].i = bind_usec(&cols[c].t);
		else {
			cells[c].s = arena_strndup(a, cols[c].s, cols[c].length);
			cells[c].n = cols[c].length;
		}
	}
}

int
db_bind_fetch(MYSQL_STMT *stmt, struct arena *a, struct rows *out)
{
	struct arena scratch;
	my_bool yes = 1;
	MYSQL_RES *meta;
	MYSQL_FIELD *fields;
	struct column *cols;
	int bad = 1;

	*out = (struct rows){ 0 };
	arena_init(&scratch);
	mysql_stmt_attr_set(stmt, STMT_ATTR_UPDATE_MAX_LENGTH, &yes);
	if (mysql_stmt_store_result(stmt) != 0 || (meta = mysql_stmt_result_metadata(stmt)) == NULL)
		goto done;
	out->columns = mysql_num_fields(meta);
	fields = mysql_fetch_fields(meta);
	cols = arena_new(&scratch, struct column, out->columns);
	if (mysql_stmt_bind_result(stmt, bind_columns(&scratch, cols, fields, out->columns)) == 0) {
		size_t rows = (size_t)mysql_stmt_num_rows(stmt);

		out->cells = arena_new(a, struct val, rows * out->columns);
		while (out->n < rows && mysql_stmt_fetch(stmt) == 0)
			take_row(a, out->cells + out->n++ * out->columns, cols, out->columns);
		bad = out->n != rows;
	}
	mysql_free_result(meta);
	mysql_stmt_free_result(stmt);
done:
	arena_done(&scratch);
	return bad;
}

void
db_bind_kinds(MYSQL_STMT *stmt, char *out, size_t size)
{
	static const char letters[] = { [VAL_NULL] = '?',
		[VAL_INT] = 'i',
		[VAL_TEXT] = 't',
		[VAL_BYTES] = 'b',
		[VAL_TIME] = 'd' };
	MYSQL_RES *meta = mysql_stmt_result_metadata(stmt);
	size_t n = 0;

	if (meta != NULL) {
		MYSQL_FIELD *fields = mysql_fetch_fields(meta);

		for (; n < mysql_num_fields(meta) && n + 1 < size; n++)
			out[n] = letters[column_kind(&fields[n])];
		mysql_free_result(meta);
	}
	out[n] = '\0';
}
