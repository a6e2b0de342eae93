#include "config.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/format/json.h"
#include "model/entity_external.h"
#include "platform/owner.h"
#include "platform/platform.h"
#include "platform/standard/item.h"
#include "store/contact.h"
#include "store/db.h"
#include "store/entity/lookup.h"

#define EXTERNAL ENTITY_EXTERNAL
#define SOURCE "SourceId"

/* 1 when a stored part of a natural key and a given one are the same. */
static int
is_same_part(const struct val *stored, const struct val *now)
{
	if (stored->kind == VAL_INT)
		return now->kind == VAL_INT && now->i == stored->i;
	return now->kind != VAL_INT && now->s != NULL && strcmp(now->s, stored->s) == 0;
}

/* 1 when the item gives another value for a part of the natural key than its row has. The
 * delivery's own SourceId, which stands where the item gives none, is no such value. */
static int
contradicts(const struct standard *s, const struct standard_item *item, int column,
    const struct val *stored)
{
	const struct val *now = &item->row->values[column];

	if (!item->row->said[column] || is_same_part(stored, now))
		return 0;
	return strcmp(s->e->columns[column].name, SOURCE) != 0 ||
	    now->i != s->ctx->message->source_id;
}

/* The natural key of an item whose row is there is that of its row. */
static void
take_natural(struct standard *s, struct standard_item *item, const struct val *stored)
{
	for (size_t i = 0; s->e->natural[i] != NULL; i++) {
		int column = entity_column_find(s->e, s->e->natural[i]);

		if (contradicts(s, item, column, &stored[i]))
			read_fault(&s->ctx->in, item->prefix, s->e->natural[i],
			    "is another one in the row of this %s, and cannot be changed",
			    s->e->key);
		item->row->said[column] = 1;
		item->row->values[column] = stored[i];
	}
}

/* For items that give their key: checks that the row exists and that a natural key given with it is
 * the row's. */
static int
find_by_key(struct standard *s, struct err *err)
{
	struct arena *a = s->ctx->arena;
	const int key = entity_column_find(s->e, s->e->key);
	struct standard_item **of = arena_new(a, struct standard_item *, s->n);
	struct val *values = arena_new(a, struct val, s->n), *keys = arena_new(a, struct val, s->n),
		   *natural = arena_new(a, struct val, s->n * ENTITY_NATURAL_MAX);
	size_t n = 0, width = 0;
	int rc;

	while (s->e->natural[width] != NULL)
		width++;
	for (size_t k = 0; k < s->n; k++)
		if (standard_key_given(s, &s->items[k])) {
			of[n] = &s->items[k];
			values[n++] = s->items[k].row->values[key];
		}
	rc = entity_lookup(
	    s->ctx->db, &(struct entity_names){ s->e, &key, 1, values, n }, a, keys, err);
	if (rc >= 0 && width > 0)
		rc = entity_natural_get(s->ctx->db, s->e, values, n, a, natural, err);
	if (rc < 0)
		return rc;
	for (size_t k = 0; k < n; k++) {
		of[k]->stored = keys[k];
		if (keys[k].kind == VAL_NULL && (s->e->key_auto || width > 0))
			read_fault(&s->ctx->in, of[k]->prefix, s->e->key,
			    "names no %s that is known; a new one gets its key here", s->e->name);
		if (keys[k].kind != VAL_NULL)
			take_natural(s, of[k], natural + k * width);
	}
	return 0;
}

/* 1 when the item has all of its natural key; else 0, and a fault for what is missing. */
static int
natural_complete(struct standard *s, struct standard_item *item)
{
	int complete = 1;

	for (size_t i = 0; s->e->natural[i] != NULL; i++) {
		int column = entity_column_find(s->e, s->e->natural[i]);

		if (item->row->said[column] && item->row->values[column].kind != VAL_NULL)
			continue;
		complete = 0;
		if (item->external[column] == NULL && !item->wrong[column])
			read_fault(&s->ctx->in, item->prefix, s->e->natural[i],
			    "is required: it names the row");
	}
	return complete;
}

/* A new row may not have a name that the service gives itself: it would block the service's own
 * row. */
static void
check_reserved(struct standard *s, struct standard_item *item)
{
	for (size_t i = 0; s->e->natural[i] != NULL; i++) {
		int column = entity_column_find(s->e, s->e->natural[i]);
		const char *reserved = entity_reserved(
		    s->ctx->arena, &s->e->columns[column], item->row->values[column].s);

		if (reserved != NULL)
			read_fault(&s->ctx->in, item->prefix, s->e->natural[i],
			    "begins with %s, as only what the service makes itself may", reserved);
	}
}

static int
find_by_natural(struct standard *s, struct err *err)
{
	struct arena *a = s->ctx->arena;
	struct standard_item **of = arena_new(a, struct standard_item *, s->n);
	struct val *natural = arena_new(a, struct val, s->n * ENTITY_NATURAL_MAX),
		   *keys = arena_new(a, struct val, s->n);
	int columns[ENTITY_NATURAL_MAX], rc;
	size_t width = 0, n = 0;

	for (; s->e->natural[width] != NULL; width++)
		columns[width] = entity_column_find(s->e, s->e->natural[width]);
	for (size_t k = 0; k < s->n; k++) {
		struct standard_item *item = &s->items[k];

		if (standard_key_given(s, item) || !natural_complete(s, item))
			continue;
		for (size_t i = 0; i < width; i++)
			natural[n * width + i] = item->row->values[columns[i]];
		of[n++] = item;
	}
	if ((rc = entity_lookup(s->ctx->db,
		 &(struct entity_names){ s->e, columns, width, natural, n }, a, keys, err)) < 0)
		return rc;
	for (size_t k = 0; k < n; k++) {
		of[k]->stored = keys[k];
		if (keys[k].kind == VAL_NULL)
			check_reserved(s, of[k]);
	}
	return 0;
}

/* Entities without a natural key. A Contact may be named by its identifier. */
static int
find_by_itself(struct standard *s, struct standard_item *item, struct err *err)
{
	struct contact_key key;
	struct val natural[ENTITY_NATURAL_MAX];
	int64_t contact_id;
	int rc;

	if (standard_key_given(s, item) && item->own_external != NULL)
		read_fault(&s->ctx->in, item->prefix, s->e->key, "is given, and " EXTERNAL " too");
	if (standard_key_given(s, item))
		return 0;
	if (item->own_external == NULL) {
		if (!s->e->key_auto || s->action != STANDARD_INSERT)
			read_fault(&s->ctx->in, item->prefix, s->e->key,
			    entity_has_external(s->e) ? "is required, or " EXTERNAL
							": it names the row" :
							"is required: it names the row");
		return 0;
	}
	if (!standard_natural_read(s, entity_find("ContactIdentifier"),
		arena_printf(s->ctx->arena, "%s" EXTERNAL ".", item->prefix), item->own_external,
		natural))
		return 0;
	if (!platform_owner_source(s->ctx,
		arena_printf(s->ctx->arena, "%s" EXTERNAL ".", item->prefix), SOURCE, natural[1].i))
		return 0;
	key = (struct contact_key){ .identifier = item->identifier = natural[0].s,
		.source_id = item->identifier_source = (int16_t)natural[1].i };
	if ((rc = contact_find(s->ctx->db, &key, s->ctx->arena, &contact_id, err)) < 0)
		return rc;
	item->stored = v_int_or_null(contact_id, contact_id != 0);
	return 0;
}

/* A column that may not be NULL must be given for a new row, and may not be cleared in one that is
 * there. */
static void
check_required(struct standard *s, struct standard_item *item)
{
	for (int i = 0; s->e->columns[i].name != NULL; i++) {
		const struct entity_column *c = &s->e->columns[i];
		size_t n = 0;

		while (s->e->natural[n] != NULL && strcmp(s->e->natural[n], c->name) != 0)
			n++;
		if (s->e->natural[n] != NULL || strcmp(c->name, s->e->key) == 0)
			continue;
		if (strcmp(c->name, "DeletionFlag") == 0 && item->row->said[i] &&
		    item->row->values[i].kind == VAL_NULL)
			item->row->values[i] = v_int(0);
		if (!c->required || item->wrong[i] || item->external[i] != NULL)
			continue;
		if (item->row->said[i] ? item->row->values[i].kind != VAL_NULL :
					 item->stored.kind != VAL_NULL)
			continue;
		read_fault(&s->ctx->in, item->prefix, c->name,
		    item->row->said[i] ? "must have a value" : "is required: the row is new");
	}
}

int
standard_items_find(struct standard *s, struct err *err)
{
	int rc = find_by_key(s, err);

	if (rc == 0 && s->e->natural[0] != NULL)
		rc = find_by_natural(s, err);
	for (size_t k = 0; k < s->n && rc == 0; k++) {
		if (s->e->natural[0] == NULL)
			rc = find_by_itself(s, &s->items[k], err);
		if (rc == 0 && s->action != STANDARD_DELETE)
			check_required(s, &s->items[k]);
	}
	return rc;
}
