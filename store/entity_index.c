#include "config.h"

#include "store/entity_index.h"

#include <string.h>

#include "lib/arena.h"

/* "12.3400" and "12.34" and "-0" and "0": the length that matters, and the sign. */
static size_t
significant(const char *s)
{
	size_t n = strlen(s);

	if (strchr(s, '.') == NULL)
		return n;
	while (n > 0 && s[n - 1] == '0')
		n--;
	return n > 0 && s[n - 1] == '.' ? n - 1 : n;
}

static int
decimal_same(const char *s, const char *t)
{
	size_t n = significant(s);

	return n == significant(t) && strncmp(s, t, n) == 0;
}

int
entity_value_same(enum entity_type type, const struct val *x, const struct val *y)
{
	if (x->kind == VAL_NULL || y->kind == VAL_NULL)
		return x->kind == y->kind;
	if (x->kind == VAL_INT || x->kind == VAL_TIME)
		return x->kind == y->kind && x->i == y->i;
	if (y->kind == VAL_INT || y->kind == VAL_TIME)
		return 0;
	return type == ENTITY_DECIMAL ? decimal_same(x->s, y->s) : x->n == y->n && memcmp(x->s, y->s, x->n) == 0;
}

void
entity_value_key(struct buf *b, enum entity_type type, const struct val *v)
{
	const int is_number = v->kind == VAL_INT || v->kind == VAL_TIME, is_text = v->kind == VAL_TEXT || v->kind == VAL_BYTES;
	const size_t n = is_number ? sizeof v->i : !is_text ? 0 : type == ENTITY_DECIMAL ? significant(v->s) : v->n;

	buf_addc(b, (char)(is_text ? VAL_TEXT : v->kind));
	buf_add(b, &n, sizeof n);
	buf_add(b, is_number ? (const void *)&v->i : v->s, n);
}

void
entity_index_rows(struct set *out, const struct entity *e, const int *columns, size_t ncolumns, const struct rows *rows, size_t first, struct arena *a)
{
	set_init(out, a);
	for (size_t s = 0; s < rows->n; s++) {
		struct buf b;

		buf_init(&b, a);
		for (size_t i = 0; i < ncolumns; i++)
			entity_value_key(&b, e->columns[columns[i]].type, rows_at(rows, s, first + i));
		set_add(out, b.data, b.len, s, NULL);
	}
}

size_t
entity_index_find(const struct set *rows, const struct entity *e, const int *columns, size_t ncolumns, const struct val *values, struct arena *a)
{
	size_t s = SIZE_MAX;
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < ncolumns; i++)
		entity_value_key(&b, e->columns[columns[i]].type, &values[i]);
	set_find(rows, b.data, b.len, &s);
	return s;
}
