#include "config.h"

#include "store/change_mark.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/set.h"
#include "lib/text.h"
#include "model/entity.h"
#include "model/row.h"
#include "store/entity/made.h"
#include "store/entity/value.h"

void
marks_add(struct arena *a, struct marks *m, struct mark mark)
{
	if (m->n == m->cap) {
		struct mark *more;

		m->cap = m->cap == 0 ? 32 : m->cap * 2;
		more = arena_new(a, struct mark, m->cap);
		if (m->n > 0)
			memcpy(more, m->all, m->n * sizeof *more);
		m->all = more;
	}
	m->all[m->n++] = mark;
}

static struct buf
begin(struct arena *a, char kind, const struct entity *e, int form)
{
	struct buf b;

	buf_init(&b, a);
	buf_addc(&b, kind);
	if (e != NULL) {
		const int numbers[] = { (int)(e - entities), form };

		buf_add(&b, numbers, sizeof numbers);
	}
	return b;
}

struct mark
mark_text(struct arena *a, char kind, int source_id, const char *text)
{
	struct buf b = begin(a, kind, NULL, 0);

	buf_add(&b, &source_id, sizeof source_id);
	buf_adds(&b, text);
	return (struct mark){ b.data, b.len };
}

struct mark
mark_contact(struct arena *a, int64_t contact_id)
{
	struct buf b = begin(a, 'c', NULL, 0);

	buf_add(&b, &contact_id, sizeof contact_id);
	return (struct mark){ b.data, b.len };
}

int
marks_meet(const struct marks *m, const struct set *s)
{
	for (size_t i = 0; i < m->n; i++)
		if (set_find(s, m->all[i].p, m->all[i].n, NULL))
			return 1;
	return 0;
}

void
marks_put(const struct marks *m, struct set *s)
{
	for (size_t i = 0; i < m->n; i++)
		set_add(s, m->all[i].p, m->all[i].n, 0, NULL);
}

/* ------------------------------------------------------------------ forms */

enum { FORM_KEY = -1, FORM_NATURAL = -2 };

struct mark_form
mark_form_key(const struct entity *e)
{
	return (struct mark_form){ .columns = { entity_column_find(e, e->key) }, .nby = 1,
		.length = SIZE_MAX, .number = FORM_KEY };
}

struct mark_form
mark_form_natural(const struct entity *e)
{
	struct mark_form f = { .length = SIZE_MAX, .number = FORM_NATURAL };

	for (; e->natural[f.nby] != NULL; f.nby++)
		f.columns[f.nby] = entity_column_find(e, e->natural[f.nby]);
	return f;
}

static size_t
count(const struct known_question *q)
{
	size_t n = 0;

	while (n < KNOWN_BY_MAX && q->of.by[n] != COLUMN_UNSET)
		n++;
	return n;
}

/* Few lengths of prefixes: a shorter one is of more rows. */
static size_t
length_of(const struct known_question *q, size_t nby)
{
	size_t length = 1;

	if (!q->of.prefix)
		return SIZE_MAX;
	while (length * 2 <= q->of.is[nby - 1].n)
		length *= 2;
	return length;
}

int
mark_form_is(const struct mark_form *f, const struct known_question *q)
{
	const size_t nby = count(q);

	return f->nby == nby && f->length == length_of(q, nby) &&
	    memcmp(f->by, q->of.by, nby * sizeof *f->by) == 0;
}

static int
is_name(const struct entity *e, const char *column)
{
	for (size_t i = 0; e->natural[i] != NULL; i++)
		if (strcmp(e->natural[i], column) == 0)
			return 1;
	return strcmp(e->key, column) == 0;
}

struct mark_form
mark_form_of(const struct known_question *q)
{
	struct mark_form f = { .nby = count(q) };

	for (size_t i = 0; i < f.nby; i++) {
		const struct entity_column *c = column_of(q->of.by[i]);

		f.by[i] = q->of.by[i];
		f.columns[i] = (int)(c - q->entity->columns);
		if (is_name(q->entity, c->name))
			continue;
		f.optional |= 1U << i;
		f.has_reference |= c->refers != NULL;
	}
	f.length = length_of(q, f.nby);
	return f;
}

unsigned
mark_form_all(const struct mark_form *f)
{
	return (1U << f->nby) - 1;
}

/* ------------------------------------------------------------------ marks of rows */

static void
add_value(struct buf *b, const struct entity_column *c, const struct val *v, size_t length)
{
	struct val part = *v;

	if (c->type == ENTITY_STRING || c->type == ENTITY_TEXT)
		return;
	if (v->kind == VAL_TEXT && v->n > length)
		part.n = length;
	entity_value_key(b, c->type, &part);
}

struct mark
mark_part(struct arena *a, const struct entity *e, const struct mark_form *f, unsigned bits,
    const struct val *values)
{
	const struct val *is = entity_made_keys(e, f->columns, f->nby, values, 1, a);
	const int is_part = bits != mark_form_all(f);
	struct buf b = begin(a, is_part ? 'p' : 'r', e, f->number);

	if (is_part)
		buf_addf(&b, "%u,", bits);
	for (size_t i = 0; i < f->nby; i++)
		if ((bits & 1U << i) != 0)
			add_value(&b, &e->columns[f->columns[i]], &is[i],
			    i + 1 == f->nby ? f->length : SIZE_MAX);
	return (struct mark){ b.data, b.len };
}

struct mark
mark_values(struct arena *a, const struct entity *e, const struct mark_form *f,
    const struct val *values)
{
	return mark_part(a, e, f, mark_form_all(f), values);
}
