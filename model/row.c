#include "config.h"

#include "model/row.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/arena.h"

/* ------------------------------------------------------------------ columns */

const struct entity *
entity_of_column(enum column c)
{
	return &entities[(int)c / COLUMN_STRIDE - 1];
}

static int
place_of(enum column c)
{
	return (int)c % COLUMN_STRIDE;
}

const struct entity_column *
column_of(enum column c)
{
	return &entity_of_column(c)->columns[place_of(c)];
}

enum column
column_at(const struct entity *e, int i)
{
	return (enum column)((int)(e - entities + 1) * COLUMN_STRIDE + i);
}

static void __attribute__((noreturn))
refuse(const struct row *row, const char *column, const char *why)
{
	fprintf(stderr, "row of %s, %s: %s\n", row->entity->name, column, why);
	abort();
}

/* The place of the column in the row. */
static int
place(const struct row *row, enum column c)
{
	if (c == COLUMN_UNSET)
		refuse(row, "no column", "is no column");
	if (entity_of_column(c) != row->entity)
		refuse(row, column_of(c)->name, "is another entity's");
	return place_of(c);
}

static int
is_of(enum entity_type type, enum val_kind kind)
{
	switch (type) {
	case ENTITY_INT16:
	case ENTITY_INT32:
	case ENTITY_BOOLEAN:
		return kind == VAL_INT;
	case ENTITY_DATETIME:
		return kind == VAL_TIME;
	default:
		return kind == VAL_TEXT;
	}
}

/* ------------------------------------------------------------------ rows */

struct row *
row_new_of(struct arena *a, const struct entity *e, enum row_rule rule)
{
	struct row *row = arena_new(a, struct row, 1);
	size_t width = 0;

	while (e->columns[width].name != NULL)
		width++;
	*row = (struct row){ .entity = e, .rule = rule };
	row->values = arena_new(a, struct val, width);
	row->said = arena_new(a, unsigned char, width);
	row->refers = arena_new(a, const struct row *, width);
	return row;
}

struct row *
row_known(struct arena *a, enum entity_id id, struct val key)
{
	struct row *row = row_new(a, id, ROW_UNSET);

	row->key = key;
	row->fate = ENTITY_UNCHANGED;
	return row;
}

struct row *
row_new(struct arena *a, enum entity_id id, enum row_rule rule)
{
	return row_new_of(a, &entities[id - 1], rule);
}

void
row_value_at(struct row *row, int i, struct val v)
{
	if (v.kind != VAL_NULL && !is_of(row->entity->columns[i].type, v.kind)) {
		row->wrong = row->entity->columns[i].name;
		return;
	}
	row->values[i] = v;
	row->said[i] = 1;
	row->refers[i] = NULL;
}

void
row_value(struct row *row, enum column c, struct val v)
{
	row_value_at(row, place(row, c), v);
}

void
row_text(struct row *row, enum column c, const char *text)
{
	row_value(row, c, v_text(text));
}

void
row_int(struct row *row, enum column c, int64_t i)
{
	row_value(row, c, v_int(i));
}

void
row_id(struct row *row, enum column c, int64_t id)
{
	row_value(row, c, v_int_or_null(id, id != 0));
}

void
row_bool(struct row *row, enum column c, int yes)
{
	row_value(row, c, v_int(yes != 0));
}

void
row_time(struct row *row, enum column c, usec_t t)
{
	row_value(row, c, v_time(t));
}

void
row_money(struct row *row, enum column c, struct arena *a, struct decimal d)
{
	row_value(row, c, v_text(decimal_text(a, d)));
}

void
row_null(struct row *row, enum column c)
{
	row_value(row, c, v_null());
}

void
row_refer(struct row *row, enum column c, const struct row *to)
{
	const int i = place(row, c);

	row_value_at(row, i, v_null());
	row->refers[i] = to;
}

void
row_unsay_at(struct row *row, int i)
{
	row->said[i] = 0;
	row->refers[i] = NULL;
}

void
row_unsay(struct row *row, enum column c)
{
	row_unsay_at(row, place(row, c));
}

const struct val *
row_said(const struct row *row, enum column c)
{
	const int i = place(row, c);

	return row->said[i] ? &row->values[i] : NULL;
}

struct decimal
row_amount(const struct row *row, enum column c, int *given)
{
	const struct val *v = row_said(row, c);
	struct decimal d = { 0 };

	*given = v != NULL && v->kind == VAL_TEXT && decimal_parse(v->s, &d) == 0;
	return d;
}

size_t
row_count(const struct row *row)
{
	size_t n = 0;

	for (int i = 0; row->entity->columns[i].name != NULL; i++)
		n += row->said[i];
	return n;
}
