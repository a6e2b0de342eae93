#include "config.h"

#include <stdint.h>
#include <string.h>

#include "lib/err.h"
#include "lib/secret.h"
#include "store/entity/lookup.h"
#include "store/entity/put_inside.h"
#include "store/entity/sql.h"
#include "store/entity/value.h"

/* ------------------------------------------------------------------ images */

/* The bytes of what names a row; none where a part of it is NULL. */
static struct buf
name_of(const struct put_chunk *c, const struct val *values)
{
	struct buf b;

	buf_init(&b, c->a);
	for (size_t i = 0; i < c->nident; i++) {
		const struct val *v = &values[c->ident[i]];

		if (v->kind == VAL_NULL)
			return (struct buf){ .arena = c->a };
		entity_value_key(&b, c->e->columns[c->ident[i]].type, v);
	}
	return b;
}

static struct buf
key_of(const struct put_chunk *c, const struct val *key)
{
	struct buf b;

	buf_init(&b, c->a);
	entity_value_key(&b, c->e->columns[c->key].type, key);
	return b;
}

static void
index_init(struct put_chunk *c, struct put_index *x)
{
	set_init(&x->names, c->a);
	x->last = arena_new(c->a, size_t, 3 * c->n);
	x->n = 0;
}

/* The image has this name from now on. */
static void
index_put(struct put_index *x, const struct buf *name, size_t image)
{
	size_t slot = x->n;

	if (name->len == 0)
		return;
	if (set_add(&x->names, name->data, name->len, slot, &slot))
		x->n++;
	x->last[slot] = image;
}

/* The image with the name that is not gone, or SIZE_MAX. */
static size_t
index_get(const struct put_chunk *c, const struct put_index *x, const struct buf *name)
{
	size_t slot;

	if (name->len == 0 || !set_find(&x->names, name->data, name->len, &slot) ||
	    c->images[x->last[slot]].is_gone)
		return SIZE_MAX;
	return x->last[slot];
}

/* What was found by its name may be found by its key, too. */
static void
add_stored(struct put_chunk *c, struct val *values)
{
	struct buf key = key_of(c, &values[c->key]), name = name_of(c, values);

	if (index_get(c, &c->by_key, &key) != SIZE_MAX)
		return;
	c->images[c->nimages] = (struct put_image){ .values = values, .key = values[c->key] };
	index_put(&c->by_key, &key, c->nimages);
	index_put(&c->by_name, &name, c->nimages++);
}

/* ------------------------------------------------------------------ reading */

/* What names rows, each once. */
struct names { const int *columns; size_t ncolumns, n; struct val *args; struct set seen; };

static void
ask(struct names *names, const struct val *values, const struct buf *bytes)
{
	if (bytes->len == 0 || !set_add(&names->seen, bytes->data, bytes->len, 0, NULL))
		return;
	for (size_t i = 0; i < names->ncolumns; i++)
		names->args[names->n * names->ncolumns + i] = values[names->columns[i]];
	names->n++;
}

/* All columns, so that the text is the same whatever is said. The order of locks is one for all
 * writers. */
static int
read_named(struct put_chunk *c, struct names *names, struct err *err)
{
	const struct entity_names of = { .e = c->e, .columns = names->columns,
		.ncolumns = names->ncolumns, .values = names->args, .nrows = names->n };
	const struct val *args;
	struct rows stored;
	struct buf sql;
	size_t nargs;
	int rc;

	if (names->n == 0)
		return 0;
	buf_init(&sql, c->a);
	for (size_t i = 0; i < c->settle.width; i++)
		buf_addf(&sql, "%s%s", i == 0 ? "SELECT " : ", ", c->e->columns[i].name);
	entity_sql_from(&sql, &of, c->a, &args, &nargs);
	buf_addf(&sql, " ORDER BY %s FOR UPDATE", c->e->key);
	if ((rc = db_query_sql(
		 c->put->w->db, sql.data, sql.len, args, nargs, c->a, &stored, err)) < 0)
		return rc;
	for (size_t s = 0; s < stored.n; s++)
		add_stored(c, &stored.cells[s * stored.columns]);
	return 0;
}

static void
names_init(struct put_chunk *c, struct names *names, const int *columns, size_t ncolumns)
{
	*names = (struct names){ .columns = columns, .ncolumns = ncolumns };
	names->args = arena_new(c->a, struct val, c->n * ncolumns);
	set_init(&names->seen, c->a);
}

/* 1 when a part of the item's name is the key of a row that was added just now: nothing that is
 * stored has this name. */
static int
is_of_new(const struct put_chunk *c, const struct put_item *item)
{
	for (size_t i = 0; i < c->nident && !c->is_parted; i++) {
		const struct row *const *to = &item->row->refers[c->ident[i]];

		if (*to != NULL && set_find(&c->put->added, to, sizeof *to, NULL))
			return 1;
	}
	return 0;
}

/* A row that is to be added is not there. One that is to go is known by its key. */
static int
read_stored(struct put_chunk *c, struct err *err)
{
	struct names named, gone;
	int rc;

	names_init(c, &named, c->ident, c->nident);
	names_init(c, &gone, &c->key, 1);
	for (size_t i = 0; i < c->n; i++) {
		const struct put_item *item = c->items[i];
		const enum row_rule rule = item->row->rule;
		struct buf key;

		if (rule == ROW_DELETE) {
			key = key_of(c, &item->values[c->key]);
			ask(&gone, item->values, &key);
		} else if (rule != ROW_ADD && !is_of_new(c, item)) {
			ask(&named, item->values, &c->names[i]);
		}
		c->adds |= rule == ROW_ADD;
	}
	if ((rc = read_named(c, &named, err)) < 0)
		return rc;
	return read_named(c, &gone, err);
}

/* ------------------------------------------------------------------ decisions */

/* Version 7 of RFC 9562: the time leads, so that new rows stand together in the table; 74 random
 * bits follow. Not g_uuid_string_random(): earlier keys, which readers of the rows see, let one
 * foretell the next from its generator. */
static struct val
new_uuid(struct arena *a, usec_t now)
{
	const uint64_t ms = (uint64_t)(now / 1000);
	unsigned char u[16];

	for (int i = 0; i < 6; i++)
		u[i] = (unsigned char)(ms >> (40 - 8 * i));
	secret_random(u + 6, sizeof u - 6);
	u[6] = (unsigned char)((u[6] & 0x0f) | 0x70);
	u[8] = (unsigned char)((u[8] & 0x3f) | 0x80);
	return v_text(arena_printf(a, "%s-%s-%s-%s-%s", text_hex(a, u, 4), text_hex(a, u + 4, 2),
	    text_hex(a, u + 6, 2), text_hex(a, u + 8, 2), text_hex(a, u + 10, 6)));
}

static struct entity_said
said_of(const struct put_item *item)
{
	return (struct entity_said){ .values = item->values, .said = item->said,
		.consent = item->consent, .fills = item->row->rule == ROW_FILL };
}

static struct entity_settled
settle(struct put_chunk *c, const struct put_item *item, const struct val *stored)
{
	const struct entity_said said = said_of(item);
	struct entity_settled out = { .nnotes = 0 };

	out.values = arena_new(c->a, struct val, c->settle.width);
	out.written = arena_new(c->a, unsigned char, c->settle.width);
	entity_settle_row(&c->settle, &said, stored, &out);
	return out;
}

static void
note(struct put_chunk *c, const struct put_item *item, const struct entity_settled *settled,
    size_t image)
{
	const struct entity_said said = said_of(item);

	for (size_t i = 0; i < settled->nnotes; i++) {
		struct put_note *n = &c->notes[c->nnotes];

		n->image = image;
		c->nnotes += (size_t)entity_settle_history(
		    &c->settle, &said, settled, i, c->put->a, n->history);
	}
}

/* Whoever gives a contact's number has found it: it went since. */
static int
check_new(struct put_chunk *c, const struct put_item *item, const struct val *values,
    struct err *err)
{
	if (strcmp(c->e->name, "Contact") == 0 && values[c->key].kind != VAL_NULL)
		return err_set(
		    err, ERR_DB_RETRY, "The contact was erased, or merged, at this moment.");
	for (size_t i = 0; i < c->settle.width; i++)
		if (values[i].kind == VAL_NULL &&
		    entity_value_check(c->e, &c->e->columns[i], &values[i], err) < 0)
			return put_blame(c->put, item, err);
	return 0;
}

/* A key that is neither given nor counted up is made here. */
static int
add_new(struct put_chunk *c, size_t i, struct err *err)
{
	struct put_item *item = c->items[i];
	struct entity_settled settled = settle(c, item, NULL);
	struct buf key = { .len = 0 };
	int rc = check_new(c, item, settled.values, err);

	if (rc < 0)
		return rc;
	if (!c->e->key_auto && settled.values[c->key].kind == VAL_NULL) {
		settled.values[c->key] = new_uuid(c->a, c->put->w->now);
		settled.written[c->key] = 1;
	}
	c->images[c->nimages] = (struct put_image){ .values = settled.values,
		.written = settled.written, .maker = item, .by = item };
	c->image_of[i] = c->nimages;
	note(c, item, &settled, c->nimages);
	if (settled.values[c->key].kind != VAL_NULL)
		key = key_of(c, &settled.values[c->key]);
	index_put(&c->by_key, &key, c->nimages);
	index_put(&c->by_name, &c->names[i], c->nimages++);
	item->row->fate = ENTITY_INSERTED;
	return 0;
}

static enum entity_fate
fate_of(const struct put_chunk *c, const struct put_item *item, const struct val *new,
    const struct val *stored)
{
	const int stamp = c->settle.stamp;

	if (stamp >= 0 && item->said[stamp] && new[stamp].kind == VAL_TIME) {
		const usec_t have = stored[stamp].kind == VAL_TIME ? stored[stamp].i : USEC_NONE;

		if (have != USEC_NONE && new[stamp].i < have)
			return ENTITY_SUPERSEDED;
		if (!item->row->is_undated && (have == USEC_NONE || new[stamp].i > have))
			return ENTITY_UPDATED; /* even if only the stamp moves: what lies between
						  must not win later */
	}
	for (size_t i = 0; i < c->settle.width; i++)
		if ((int)i != stamp && (int)i != c->key &&
		    !entity_value_same(c->e->columns[i].type, &new[i], &stored[i]))
			return ENTITY_UPDATED;
	return ENTITY_UNCHANGED;
}

static void
change_image(struct put_chunk *c, const struct put_item *item, size_t at)
{
	struct put_image *im = &c->images[at];
	struct entity_settled settled = settle(c, item, im->values);
	enum entity_fate fate = fate_of(c, item, settled.values, im->values);

	item->row->fate = fate;
	if (fate != ENTITY_UPDATED)
		return;
	settled.values[c->key] = im->values[c->key];
	im->values = settled.values;
	for (size_t i = 0; i < c->settle.width && im->written != NULL; i++)
		settled.written[i] |= im->written[i];
	im->written = settled.written;
	im->by = item;
	im->is_changed = 1;
	note(c, item, &settled, at);
}

static int
decide_named(struct put_chunk *c, size_t i, struct err *err)
{
	struct put_item *item = c->items[i];
	enum entity_fate *fate = &item->row->fate;
	const struct put_item *maker;

	if ((c->image_of[i] = index_get(c, &c->by_name, &c->names[i])) == SIZE_MAX)
		return add_new(c, i, err);
	if (item->row->rule == ROW_ADD)
		return err_set(err, ERR_DB_RETRY,
		    "Another transaction added this %s at the same time.", c->e->name);
	*fate = ENTITY_UNCHANGED;
	if (item->row->rule != ROW_ENSURE)
		change_image(c, item, c->image_of[i]);
	maker = c->images[c->image_of[i]].maker;
	if (maker != NULL && maker->change == item->change && *fate != ENTITY_SUPERSEDED)
		*fate = ENTITY_INSERTED; /* for whoever asks the change, it is new */
	return 0;
}

static void
decide_gone(struct put_chunk *c, size_t i)
{
	struct buf key = key_of(c, &c->items[i]->values[c->key]);

	c->image_of[i] = index_get(c, &c->by_key, &key);
	if (c->image_of[i] != SIZE_MAX)
		c->images[c->image_of[i]].is_gone = 1;
	c->items[i]->row->fate = ENTITY_UPDATED;
}

static void
begin(struct put_chunk *c)
{
	const size_t n = c->n, places = c->settle.nplaces;

	index_init(c, &c->by_name);
	index_init(c, &c->by_key);
	c->nimages = c->nnotes = 0;
	c->images = arena_new(c->a, struct put_image, 3 * n);
	c->image_of = arena_new(c->a, size_t, n);
	c->names = arena_new(c->a, struct buf, n);
	c->notes = arena_new(c->a, struct put_note, n * places + 1);
	for (size_t i = 0; i < n; i++)
		c->names[i] = name_of(c, c->items[i]->values);
}

int
put_chunk_decide(struct put_chunk *c, struct err *err)
{
	int rc;

	begin(c);
	rc = read_stored(c, err);
	for (size_t i = 0; i < c->n && rc == 0; i++)
		if (c->items[i]->row->rule == ROW_DELETE)
			decide_gone(c, i);
		else if ((rc = decide_named(c, i, err)) < 0 && !db_spoils(rc))
			rc = 0;
	return rc < 0 ? rc : put_faults(c->put, err);
}
