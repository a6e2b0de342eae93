#include "config.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "model/entity_external.h"
#include "platform/owner.h"
#include "platform/platform.h"
#include "platform/standard/item.h"

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

/* A row that is to be taken away stays until then. */
static enum known_hold
hold(const struct standard *s)
{
	return s->action == STANDARD_DELETE && entity_column_find(s->e, "DeletionFlag") < 0 ?
	    KNOWN_LOCKED :
	    KNOWN_LOOSE;
}

/* For an item that gives its key: checks that the row exists and that a natural key given with it
 * is the row's. */
static int
find_by_key(struct standard *s, struct standard_item *item, struct err *err)
{
	const char *const key[] = { s->e->key, NULL };
	struct known_rows_of of = standard_question(
	    s->e, key, &item->row->values[entity_column_find(s->e, s->e->key)]);
	struct known_rows rows;
	size_t width = 0;
	int rc;

	of.hold = hold(s);
	for (; s->e->natural[width] != NULL; width++)
		of.want[1 + width] =
		    column_at(s->e, entity_column_find(s->e, s->e->natural[width]));
	if ((rc = standard_known(s, &of, &rows, err)) <= 0)
		return rc;
	if (rows.n > 0) {
		item->stored = rows.values[0];
		take_natural(s, item, rows.values + 1);
	} else if (s->e->key_auto || width > 0) {
		read_fault(&s->ctx->in, item->prefix, s->e->key,
		    "names no %s that is known; a new one gets its key here", s->e->name);
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
find_by_natural(struct standard *s, struct standard_item *item, struct err *err)
{
	struct val natural[ENTITY_NATURAL_MAX];
	struct known_rows_of of;
	struct known_rows rows;
	int rc;

	if (!natural_complete(s, item))
		return 0;
	if (item->is_ensured) {
		check_reserved(s, item);
		return 0;
	}
	for (size_t i = 0; s->e->natural[i] != NULL; i++)
		natural[i] = item->row->values[entity_column_find(s->e, s->e->natural[i])];
	of = standard_question(s->e, s->e->natural, natural);
	of.hold = hold(s);
	if ((rc = standard_known(s, &of, &rows, err)) <= 0)
		return rc;
	if (rows.n > 0)
		item->stored = rows.values[0];
	else if (!item->is_deletion)
		check_reserved(s, item);
	return 0;
}

static int
find_contact(struct standard *s, struct standard_item *item, struct err *err)
{
	const struct val *named = item->own_external->key;
	struct contact_key key;
	struct known_contact is;
	int rc;

	if (item->own_external->is_wrong ||
	    !platform_owner_source(s->ctx,
		arena_join(s->ctx->arena, item->prefix, EXTERNAL, "."), SOURCE, named[1].i))
		return 0;
	key = (struct contact_key){ .identifier = named[0].s, .source_id = (int16_t)named[1].i };
	rc = known_contact(s->ctx->known, &key, &is, err);
	if (rc == ERR_ASKED)
		return 0;
	item->who = key;
	item->stored = v_int_or_null(is.contact_id, is.found == CONTACT_KNOWN);
	return rc;
}

/* Entities without a natural key. A Contact may be named by its identifier. */
static int
find_by_itself(struct standard *s, struct standard_item *item, struct err *err)
{
	const char *what = "is required: it names the row";

	if (item->own_external != NULL)
		return find_contact(s, item, err);
	if (entity_has_external(s->e))
		what = "is required, or " EXTERNAL ": it names the row";
	if (!s->e->key_auto || s->action != STANDARD_INSERT)
		read_fault(&s->ctx->in, item->prefix, s->e->key, "%s", what);
	return 0;
}

static int
find_item(struct standard *s, struct standard_item *item, struct err *err)
{
	const int has_key = standard_key_given(s, item);

	if (has_key && item->own_external != NULL)
		read_fault(&s->ctx->in, item->prefix, s->e->key, "is given, and " EXTERNAL " too");
	if (has_key)
		return find_by_key(s, item, err);
	return s->e->natural[0] != NULL ? find_by_natural(s, item, err) :
					  find_by_itself(s, item, err);
}

/* A column that may not be NULL must be given for a new row, and may not be cleared in one that is
 * there. */
static void
check_required(struct standard *s, struct standard_item *item)
{
	const int deletion = entity_column_find(s->e, "DeletionFlag");

	for (int i = 0; s->e->columns[i].name != NULL; i++) {
		const struct entity_column *c = &s->e->columns[i];
		size_t n = 0;

		if (!c->required && i != deletion)
			continue;
		while (s->e->natural[n] != NULL && strcmp(s->e->natural[n], c->name) != 0)
			n++;
		if (s->e->natural[n] != NULL || strcmp(c->name, s->e->key) == 0)
			continue;
		if (i == deletion && item->row->said[i] &&
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
	int rc = 0;

	for (size_t k = 0; k < s->n && rc == 0; k++)
		rc = find_item(s, &s->items[k], err);
	if (rc < 0 || (rc = standard_items_wait(s, err)) < 0)
		return rc;
	for (size_t k = 0; k < s->n && s->action != STANDARD_DELETE; k++)
		if (!s->items[k].is_deletion)
			check_required(s, &s->items[k]);
	return 0;
}
