#include "config.h"

#include "store/entity/put.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "model/change/change.h"
#include "model/entity_owner.h"
#include "model/entity_person.h"
#include "store/entity/faults.h"
#include "store/entity/made.h"
#include "store/entity/put_inside.h"
#include "store/known/reference_cache.h"
#include "store/entity/value.h"

enum { TRIES = 2 };			/* of a chunk, when another writer adds its rows */

int
put_blame(const struct put *p, const struct put_item *item, const struct err *err)
{
	return entity_faults_note(&p->w->faults[item->who], err, p->a);
}

int
put_faults(const struct put *p, struct err *err)
{
	return entity_faults_first(p->w->faults, p->w->n, err);
}

/* ------------------------------------------------------------------ before anything is written */

static size_t
width_of(const struct entity *e)
{
	size_t n = 0;

	while (e->columns[n].name != NULL)
		n++;
	return n;
}

/* What names the row must be said. */
static int
check_names(const struct row *row, struct err *err)
{
	const struct entity *e = row->entity;
	const int by_key = row->rule == ROW_DELETE;

	if (by_key && !row->said[entity_column_find(e, e->key)])
		return err_set(err, ERR_INTERNAL, "row of %s lacks its key", e->name);
	for (size_t i = 0; e->natural[i] != NULL && !by_key; i++)
		if (!row->said[entity_column_find(e, e->natural[i])])
			return err_set(
			    err, ERR_INTERNAL, "row of %s lacks %s", e->name, e->natural[i]);
	return 0;
}

static int
check_values(const struct put_item *item, struct err *err)
{
	const struct entity *e = item->row->entity;

	for (size_t i = 0; e->columns[i].name != NULL; i++)
		if (item->said[i] && item->row->refers[i] == NULL &&
		    entity_value_check(e, &e->columns[i], &item->values[i], err) < 0)
			return err->code;
	return 0;
}

static int
make_item(struct put *p, struct put_item *item, struct err *err)
{
	static const struct consent nobody = { .kind = CONSENT_STATEMENT, .text = "",
		.at = USEC_NONE, .latest = USEC_NONE };
	struct row *row = item->row;
	const size_t width = width_of(row->entity);
	int rc;

	if (row->wrong != NULL)
		return err_set(err, ERR_INTERNAL, "%s.%s was given a value of another type",
		    row->entity->name, row->wrong);
	item->values = arena_new(p->a, struct val, width);
	item->said = arena_new(p->a, unsigned char, width);
	memcpy(item->said, row->said, width);
	for (size_t i = 0; i < width; i++)
		if (row->said[i] && row->refers[i] == NULL)
			item->values[i] = row->values[i];
	item->consent = row->consent != NULL ? row->consent : item->change->consent;
	if (item->consent == NULL)
		item->consent = &nobody;
	if ((rc = entity_made_row(row->entity, p->a, item->values, item->said, err)) < 0 ||
	    (rc = check_names(row, err)) < 0)
		return rc;
	return check_values(item, err);
}

static size_t
count_rows(const struct entity_put *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++)
		n += w->changes[i]->n;
	return n;
}

/* The rows in their order. */
static int
make_items(struct put *p, struct put_item *items, struct err *err)
{
	size_t n = 0;

	for (size_t i = 0; i < p->w->n; i++) {
		struct change *c = p->w->changes[i];
		struct row *row = c->first;

		for (size_t k = 0; k < c->n; k++, row = row->next) {
			struct put_item *item = &items[n++];

			*item = (struct put_item){ .row = row, .change = c, .who = i };
			row->fate = ENTITY_FATE_UNSET;
			if (make_item(p, item, err) < 0)
				put_blame(p, item, err);
		}
	}
	return put_faults(p, err);
}

/* ------------------------------------------------------------------ one chunk */

static void
find_names(struct put_chunk *c)
{
	c->key = entity_column_find(c->e, c->e->key);
	while (c->e->natural[c->nident] != NULL) {
		c->ident[c->nident] = entity_column_find(c->e, c->e->natural[c->nident]);
		c->nident++;
	}
	if (c->nident == 0)
		c->ident[c->nident++] = c->key;
}

/* Values that are other rows' keys. */
static void
fill_references(struct put_item *item)
{
	const struct row *row = item->row;

	for (int i = 0; row->entity->columns[i].name != NULL; i++) {
		if (row->refers[i] == NULL)
			continue;
		if (row->refers[i]->fate == ENTITY_FATE_UNSET) { /* a fault of the program */
			fprintf(stderr, "%s.%s refers to a row that is not written\n",
			    row->entity->name, row->entity->columns[i].name);
			abort();
		}
		item->values[i] = row->refers[i]->key;
	}
}

/* Keeps the text in memory that lasts as long as the row. */
static struct val
lasting(struct put *p, const struct put_item *item, struct val key)
{
	struct arena *a = item->change->arena != NULL ? item->change->arena : p->a;

	return key.kind == VAL_TEXT ? v_textn(arena_strndup(a, key.s, key.n), key.n) : key;
}

static void
note_history(struct put *p, const struct put_chunk *c, const struct put_note *note)
{
	struct val *v, *more;

	if (p->nhistory == p->history_cap) {
		p->history_cap = p->history_cap == 0 ? 16 : p->history_cap * 2;
		more = arena_new(p->a, struct val, p->history_cap * ENTITY_HISTORY);
		if (p->nhistory > 0)
			memcpy(more, p->history,
			    p->nhistory * ENTITY_HISTORY * sizeof *p->history);
		p->history = more;
	}
	v = p->history + p->nhistory++ * ENTITY_HISTORY;
	memcpy(v, note->history, sizeof note->history);
	if (v[0].kind == VAL_NULL)	/* the contact itself */
		v[0] = c->images[note->image].key;
}

static void
take_key(struct put *p, struct put_item *item, const struct put_image *im)
{
	item->row->key = lasting(p, item, im->key);
	if (im->maker != NULL && item->row->entity->key_auto)
		set_add(&p->added, &item->row, sizeof item->row, 0, NULL);
}

/* What is left when the chunk is written: keys, history, and whom new rows are about. */
static void
take_results(struct put_chunk *c)
{
	struct put *p = c->put;

	for (size_t i = 0; i < c->n; i++)
		if (c->image_of[i] != SIZE_MAX)
			take_key(p, c->items[i], &c->images[c->image_of[i]]);
	for (size_t i = 0; i < c->nnotes; i++)
		note_history(p, c, &c->notes[i]);
	for (size_t i = 0; i < c->nimages && entity_is_personal(c->e); i++) {
		const struct put_image *im = &c->images[i];

		if (im->maker != NULL && !im->is_gone && im->maker->change->guard != NULL)
			entity_erased_ask(&p->asked,
			    &(struct entity_erased_row){ .guard = im->maker->change->guard,
				.e = c->e, .values = im->maker->values,
				.once_named = im->maker->row->once_named,
				.who = im->maker->who });
	}
}

static int
write_chunk(struct put_chunk *c, struct err *err)
{
	int again, try = 0, rc;

	find_names(c);
	for (size_t i = 0; i < c->n; i++)
		fill_references(c->items[i]);
	do {
		again = ++try < TRIES;
		if ((rc = put_chunk_decide(c, err)) < 0 || (rc = put_chunk_allow(c, err)) < 0)
			return rc;
		rc = put_chunk_write(c, &again, err);
	} while (again);
	if (rc == 0)
		take_results(c);
	return rc;
}

/* 1 when one of the rows was added, changed or taken away. */
static int
have_changed(struct put_item *const *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (items[i]->row->fate == ENTITY_INSERTED ||
		    items[i]->row->fate == ENTITY_UPDATED)
			return 1;
	return 0;
}

/* Where the chunk from first on ends. Rows of a change stay together where they fit. */
static size_t
end_of(struct put_item *const *items, size_t n, size_t first)
{
	size_t end = first + ENTITY_CHUNK;

	if (n <= end)
		return n;
	while (end > first && items[end - 1]->who == items[end]->who)
		end--;
	return end > first ? end : first + ENTITY_CHUNK;
}

static int
is_cut(struct put_item *const *items, size_t n, size_t at)
{
	return at > 0 && at < n && items[at - 1]->who == items[at]->who;
}

/* All rows of one entity. */
static int
write_entity(struct put *p, struct put_item *const *items, size_t n, struct err *err)
{
	struct arena a = { 0 };
	int rc = 0;

	for (size_t first = 0, end; first < n && rc == 0; first = end) {
		struct put_chunk c = { .put = p, .e = items[0]->row->entity, .a = &a,
			.items = items + first };

		end = end_of(items, n, first);
		c.n = end - first;
		c.is_parted = is_cut(items, n, first) || is_cut(items, n, end);

		entity_settle_init(&c.settle, c.e, p->w->now, &a);
		rc = write_chunk(&c, err);
		arena_reset(&a);
	}
	arena_done(&a);
	if (rc == 0 && entity_is_of_all(items[0]->row->entity) && have_changed(items, n))
		rc = reference_wrote(p->w->db, items[0]->row->entity, err);
	return rc;
}

/* ------------------------------------------------------------------ what is referred to first */

/* How many references lead from the entity on, at most; the entity table has no circle. */
static int
depth_of(const struct entity *e, signed char *known)
{
	signed char *depth = &known[e - entities];

	if (*depth != 0)
		return *depth;
	*depth = 1;
	for (const struct entity_column *c = e->columns; c->name != NULL; c++) {
		const int below = c->refers == NULL ? 0 : depth_of(entity_find(c->refers), known);

		if (*depth <= below)
			*depth = (signed char)(below + 1);
	}
	return *depth;
}

/* Puts the items of each entity together, each in their order, and what is referred to first.
 * ends[] gets where each entity's items end. Returns how many entities there are. */
static size_t
sort_items(struct put_item *items, size_t n, struct put_item **sorted, size_t *ends)
{
	size_t count[ENTITY_COUNT_MAX] = { 0 }, start[ENTITY_COUNT_MAX] = { 0 };
	signed char depths[ENTITY_COUNT_MAX] = { 0 };
	size_t at = 0, nends = 0;
	int deepest = 0;

	for (size_t i = 0; i < n; i++)
		count[items[i].row->entity - entities]++;
	for (size_t e = 0; entities[e].name != NULL; e++) {
		if (count[e] == n)
			depths[e] = 1;	/* no other to compare it with */
		if (count[e] > 0 && depth_of(&entities[e], depths) > deepest)
			deepest = depths[e];
	}
	for (int depth = 1; depth <= deepest; depth++)
		for (size_t e = 0; entities[e].name != NULL; e++)
			if (count[e] > 0 && depths[e] == depth) {
				start[e] = at;
				at += count[e];
				ends[nends++] = at;
			}
	for (size_t i = 0; i < n; i++)
		sorted[start[items[i].row->entity - entities]++] = &items[i];
	return nends;
}

/* ------------------------------------------------------------------ all */

static int
write_all(struct put *p, struct err *err)
{
	const size_t n = count_rows(p->w);
	struct put_item *items = arena_new(p->a, struct put_item, n + 1);
	struct put_item **sorted = arena_new(p->a, struct put_item *, n + 1);
	size_t ends[ENTITY_COUNT_MAX], nends, first = 0;
	int rc = make_items(p, items, err);

	if (rc < 0)
		return rc;
	nends = sort_items(items, n, sorted, ends);
	for (size_t i = 0; i < nends && rc == 0; i++) {
		rc = write_entity(p, sorted + first, ends[i] - first, err);
		first = ends[i];
	}
	return rc;
}

int
entity_put_changes(const struct entity_put *w, struct arena *a, struct err *err)
{
	struct put p = { .w = w, .a = a, .asked.arena = a };
	int rc;

	set_init(&p.added, a);
	rc = write_all(&p, err);
	if (rc == 0)
		rc = entity_erased_answer(w->db, &p.asked, w->faults, err);
	if (rc == 0)
		rc = put_faults(&p, err);
	if (rc < 0 || p.nhistory == 0)
		return rc;
	return db_exec_bulk(w->db, Q_consent_put, p.history, p.nhistory, err) < 0 ? err->code : 0;
}

static int
put_one(struct db *db, struct change *one, struct arena *a, usec_t now, struct err *err)
{
	struct err *fault = NULL;
	const struct entity_put w = {
		.db = db, .changes = &one, .n = 1, .now = now, .faults = &fault
	};

	one->arena = a;
	if (one->consent == NULL)
		one->consent = db_consent(db);
	if (one->guard == NULL)
		one->guard = db_guard(db);
	return entity_put_changes(&w, a, err);
}

int
entity_put_change(
    struct db *db, struct change *change, struct arena *a, usec_t now, struct err *err)
{
	struct change one = *change;

	return put_one(db, &one, a, now, err);
}

int
entity_put(struct db *db, struct row *row, struct arena *a, usec_t now, struct err *err)
{
	struct change one = { .first = row, .n = 1 };
	int rc = put_one(db, &one, a, now, err);

	return rc < 0 ? rc : (int)row->fate;
}
