/*
 * What the columns of items refer to: by key, or by external key.
 */
#include "config.h"

#include <string.h>

#include "model/entity_external.h"
#include "platform/platform.h"
#include "platform/standard/item.h"

/* Column i of items. */
struct place {
	int i;
	const struct entity_column *c;
	const struct entity *to, *by;	/* what it refers to, and by what that is named */
};

static int
is_same(const struct val *x, const struct val *y)
{
	if (x->kind == VAL_INT)
		return y->kind == VAL_INT && x->i == y->i;
	if (x->kind != VAL_TEXT || y->kind != VAL_TEXT)
		return 0;
	return x->n == y->n && memcmp(x->s, y->s, x->n) == 0;
}

/* 1 when key, of by, names the row that the item is about. */
static int
names_item(const struct standard *s, const struct standard_item *item, const struct entity *by,
    const struct val *key)
{
	const struct val *own;

	if (by != s->e && (item->own_external == NULL || item->own_external->is_wrong))
		return 0;
	for (size_t i = 0; by->natural[i] != NULL; i++) {
		own = by != s->e ?
		    &item->own_external->key[i] :
		    &item->row->values[entity_column_find(by, by->natural[i])];
		if (!is_same(own, &key[i]))
			return 0;
	}
	return 1;
}

/* The item in front of s in the same change that a key names, or NULL. */
static const struct standard_item *
item_named(const struct standard *s, const struct place *p, const struct val *key)
{
	for (const struct standard *b = s->before; b != NULL; b = b->before)
		for (size_t i = 0; b->e == p->to && i < b->n; i++)
			if (names_item(b, &b->items[i], p->by, key))
				return &b->items[i];
	return NULL;
}

/* A Contact is named by the row of its identifier, which stays as it is: a merge waits. A row that
 * the same change adds may be named, too. */
static int
refer_external(struct standard *s, const struct place *p, struct standard_item *item,
    struct err *err)
{
	const struct standard_named *named = item->external[p->i];
	struct known_rows_of of = standard_question(p->by, p->by->natural, named->key);
	struct known_rows rows;
	int rc;

	if (named->is_wrong || (item->refers[p->i] = item_named(s, p, named->key)) != NULL)
		return 0;
	of.want[0] = column_at(p->by, entity_column_find(p->by, p->to->key));
	of.hold = p->by == p->to ? KNOWN_LOOSE : KNOWN_SHARED;
	if ((rc = standard_known(s, &of, &rows, err)) <= 0)
		return rc;
	if (rows.n == 0)
		read_fault(&s->ctx->in, item->prefix, standard_external(s, p->i),
		    "names no %s that is known", p->c->refers);
	item->wrong[p->i] |= rows.n == 0;
	item->row->values[p->i] = rows.n == 0 ? v_null() : rows.values[0];
	item->row->said[p->i] = 1;
	return 0;
}

/* A contact must not be merged into another before what refers to it is written. */
static int
refer_key(struct standard *s, const struct place *p, struct standard_item *item, struct err *err)
{
	const char *const key[] = { p->to->key, NULL };
	struct known_rows_of of = standard_question(p->to, key, &item->row->values[p->i]);
	struct known_rows rows;
	int rc;

	of.hold = entity_has_external(p->to) ? KNOWN_SHARED : KNOWN_LOOSE;
	if ((rc = standard_known(s, &of, &rows, err)) <= 0 || rows.n > 0)
		return rc < 0 ? rc : 0;
	if (entity_column_is_spare(s->e, p->c)) {
		platform_remark(s->ctx, "%s%s left out: it names no %s that is known.",
		    item->prefix, p->c->name, p->to->name);
		item->row->said[p->i] = 0;
		return 0;
	}
	read_fault(
	    &s->ctx->in, item->prefix, p->c->name, "names no %s that is known", p->to->name);
	item->wrong[p->i] = 1;
	return 0;
}

/* 1 when an item says what the column refers to. */
static int
is_said(const struct standard *s, int i)
{
	for (size_t k = 0; k < s->n; k++)
		if (s->items[k].row->said[i] || s->items[k].external[i] != NULL)
			return 1;
	return 0;
}

static int
refer_item(struct standard *s, const struct place *p, struct standard_item *item, struct err *err)
{
	if (item->external[p->i] != NULL)
		return refer_external(s, p, item, err);
	if (!item->row->said[p->i] || item->row->values[p->i].kind == VAL_NULL)
		return 0;
	return refer_key(s, p, item, err);
}

int
standard_items_refer(struct standard *s, struct err *err)
{
	int rc = 0;

	for (int i = 0; s->e->columns[i].name != NULL && rc == 0; i++) {
		struct place p = { .i = i, .c = &s->e->columns[i] };

		if (p.c->refers == NULL || !is_said(s, i))
			continue;
		p.to = entity_find(p.c->refers);
		p.by = entity_external_of(p.c);
		for (size_t k = 0; k < s->n && rc == 0; k++)
			rc = refer_item(s, &p, &s->items[k], err);
	}
	return rc;
}
