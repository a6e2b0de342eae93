#include "config.h"

#include "store/entity/sql.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"
#include "store/db_list.h"
#include "store/entity/lookup.h"

size_t
entity_sql_size(size_t n)
{
	size_t size = 1;

	while (size < n)
		size *= 2;
	return size;
}

void
entity_sql_places(struct buf *sql, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_adds(sql, i == 0 ? "?" : ", ?");
}

void
entity_sql_rows(struct buf *sql, const struct entity *e, const int *columns, size_t ncolumns,
    size_t n)
{
	for (size_t r = 0; r < n; r++) {
		buf_adds(sql, r == 0 ? "(" : " OR (");
		for (size_t i = 0; i < ncolumns; i++) {
			buf_adds(sql, i == 0 ? "" : " AND ");
			buf_adds(sql, e->columns[columns[i]].name);
			buf_adds(sql, " = ?");
		}
		buf_addc(sql, ')');
	}
}

/* ------------------------------------------------------------------ names */

/* 1 when JSON has such values, and the server compares them as the columns do: texts by bytes. */
static int
columns_fit(const struct entity_names *names)
{
	for (size_t i = 0; i < names->ncolumns; i++)
		switch (names->e->columns[names->columns[i]].type) {
		case ENTITY_INT16:
		case ENTITY_INT32:
		case ENTITY_BOOLEAN:
		case ENTITY_CODE:
			break;
		default:
			return 0;
		}
	return 1;
}

/* 1 when the texts need no escape in JSON: JSON_TABLE of older servers leaves escapes in. */
static int
texts_fit(const struct entity_names *names)
{
	for (size_t i = 0; i < names->nrows * names->ncolumns; i++) {
		const struct val *v = &names->values[i];

		for (size_t k = 0; v->kind == VAL_TEXT && k < v->n; k++)
			if ((unsigned char)v->s[k] < 0x20 || strchr("\"\\\x7f", v->s[k]) != NULL)
				return 0;
	}
	return 1;
}

static int
compare_value(const struct val *x, const struct val *y)
{
	const int are_texts = x->kind == VAL_TEXT && y->kind == VAL_TEXT;
	int order;

	if (!are_texts)
		return (x->i > y->i) - (x->i < y->i);
	order = memcmp(x->s, y->s, x->n < y->n ? x->n : y->n);
	return order != 0 ? order : (x->n > y->n) - (x->n < y->n);
}

static int
compare_names(const void *x, const void *y, void *width)
{
	const struct val *const *a = x, *const *b = y;

	for (size_t i = 0; i < *(const size_t *)width; i++) {
		const int order = compare_value(*a + i, *b + i);

		if (order != 0)
			return order;
	}
	return 0;
}

/* Names without NULL, which no row has, in their order, each once. Returns how many. */
static size_t
sort_names(const struct entity_names *names, const struct val **sorted)
{
	size_t width = names->ncolumns, n = 0, kept = 0;

	for (size_t r = 0; r < names->nrows; r++) {
		const struct val *name = names->values + r * width;
		size_t i = 0;

		while (i < width && name[i].kind != VAL_NULL)
			i++;
		if (i == width)
			sorted[n++] = name;
	}
	qsort_r(sorted, n, sizeof(*sorted), compare_names, &width);
	for (size_t r = 0; r < n; r++)
		if (r == 0 || compare_names(&sorted[r], &sorted[kept - 1], &width) != 0)
			sorted[kept++] = sorted[r];
	return kept;
}

/* [[a, b], …] */
static struct val
list_names(const struct val *const *names, size_t n, size_t width, struct arena *a)
{
	struct db_list list;
	struct writer *w = &list.w;

	db_list_begin(&list, a);
	for (size_t r = 0; r < n; r++) {
		writer_array(w);
		for (size_t i = 0; i < width; i++) {
			const struct val *v = &names[r][i];

			if (v->kind == VAL_TEXT)
				writer_text(w, arena_strndup(a, v->s, v->n));
			else
				writer_int(w, v->i);
		}
		writer_end(w);
	}
	return db_list_end(&list);
}

/* No key is longer than 768 characters. */
static void
add_list(struct buf *sql, const struct entity_names *names)
{
	buf_adds(sql, " FROM JSON_TABLE(?, '$[*]' COLUMNS (");
	for (size_t i = 0; i < names->ncolumns; i++)
		buf_addf(sql, "%sis%zu %s PATH '$[%zu]'", i == 0 ? "" : ", ", i,
		    names->e->columns[names->columns[i]].type != ENTITY_CODE ? "BIGINT" :
		    "VARCHAR(768) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin", i);
	buf_addf(sql, ")) named STRAIGHT_JOIN `%s` ON ", names->e->name);
	for (size_t i = 0; i < names->ncolumns; i++)
		buf_addf(sql, "%s%s = is%zu", i == 0 ? "" : " AND ",
		    names->e->columns[names->columns[i]].name, i);
}

void
entity_sql_from(struct buf *sql, const struct entity_names *names, struct arena *a,
    const struct val **args, size_t *nargs)
{
	if (names->nrows > 1 && columns_fit(names) && texts_fit(names)) {
		const struct val **sorted = arena_new(a, const struct val *, names->nrows);
		const size_t n = sort_names(names, sorted);
		struct val *list = arena_new(a, struct val, 1);

		*list = list_names(sorted, n, names->ncolumns, a);
		add_list(sql, names);
		*args = list;
		*nargs = 1;
		return;
	}
	buf_addf(sql, " FROM `%s` WHERE ", names->e->name);
	entity_sql_rows(sql, names->e, names->columns, names->ncolumns, names->nrows);
	*args = names->values;
	*nargs = names->nrows * names->ncolumns;
}
