#include "config.h"

#include "platform/standard/item.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "lib/text_near.h"
#include "model/entity_external.h"
#include "model/entity_person.h"
#include "platform/owner.h"
#include "platform/platform.h"
#include "store/contact.h"
#include "store/db.h"
#include "store/entity/lookup.h"

#define EXTERNAL ENTITY_EXTERNAL
#define SOURCE "SourceId"

/* ------------------------------------------------------------------ what the entity table says */

void
standard_items_begin(struct standard *s)
{
	for (int i = 0; s->e->columns[i].name != NULL; i++)
		if (entity_external_of(&s->e->columns[i]) != NULL)
			s->external[i] = entity_external_name(
			    s->reader.ctx->arena, &s->e->columns[i]);
}

/* ------------------------------------------------------------------ reading members */

/* What a body may not say. */
static int
is_kept(const struct entity *e, const char *name)
{
	for (const struct entity_column *c = e->columns; c->name != NULL; c++)
		if (c->made_from != NULL && text_ieq(c->name, name))
			return 1;
	return text_ieq(name, "CreationDate") || text_ieq(name, "ModificationDate");
}

static void
unknown_member(struct standard *s, struct standard_item *item, const char *name)
{
	const char *names[2 * ENTITY_COLUMNS_MAX + 2] = { NULL }, *near;
	size_t n = 0;

	if (s->reader.nfaults >=
	    PLATFORM_VALUE_FAULTS_MAX) { /* it is only counted: no words are looked for */
		platform_value_fault(&s->reader, "", "", "%s", "");
		return;
	}
	if (is_kept(s->e, name)) {
		platform_value_fault(
		    &s->reader, item->prefix, name, "is kept by the service; leave it out");
		return;
	}
	for (int i = 0; s->e->columns[i].name != NULL; i++) {
		if (s->e->columns[i].made_from == NULL)
			names[n++] = s->e->columns[i].name;
		if (s->external[i] != NULL)
			names[n++] = s->external[i];
	}
	if (entity_has_external(s->e))
		names[n++] = EXTERNAL;
	if ((near = text_nearest(name, names)) != NULL)
		platform_value_fault(&s->reader, item->prefix, name,
		    "is no property of %s; did you mean %s?", s->e->name, near);
	else
		platform_value_fault(&s->reader, item->prefix,
		    text_is_name(name) ? name : "a name in the body", "is no property of %s",
		    s->e->name); /* reasons are shown: no data of persons */
}

static void
read_column(struct standard *s, struct standard_item *item, int i, struct json_object *value)
{
	const struct entity_column *c = &s->e->columns[i];
	const size_t before = s->reader.nfaults;

	if (item->row->said[i]) {
		platform_value_fault(&s->reader, item->prefix, c->name, "is given twice");
		return;
	}
	item->row->values[i] = platform_value_of(&s->reader, s->e, c, item->prefix, c->name, value);
	item->row->said[i] = !s->reader.is_left_out;
	item->wrong[i] = s->reader.nfaults > before;
}

/* 1 when name is the external key of a column, or of the entity itself. */
static int
read_external(
    struct standard *s, struct standard_item *item, const char *name, struct json_object *value)
{
	struct json_object **into = NULL;

	if (entity_has_external(s->e) && text_ieq(name, EXTERNAL))
		into = &item->own_external;
	for (int i = 0; s->e->columns[i].name != NULL && into == NULL; i++)
		if (s->external[i] != NULL && text_ieq(name, s->external[i]))
			into = &item->external[i];
	if (into == NULL)
		return 0;
	if (*into != NULL)
		platform_value_fault(&s->reader, item->prefix, name, "is given twice");
	else if (value != NULL && !json_object_is_type(value, json_type_object))
		platform_value_fault(&s->reader, item->prefix, name, "must be an object");
	else
		*into = value;
	return 1;
}

/* Of those that a body may set. */
static int
column_by_any_case(const struct entity *e, const char *name)
{
	for (int i = 0; e->columns[i].name != NULL; i++)
		if (e->columns[i].made_from == NULL && text_ieq(e->columns[i].name, name))
			return i;
	return -1;
}

static void
fill(struct standard *s, struct standard_item *item, const char *column, struct val v)
{
	int i = entity_column_find(s->e, column);

	if (i < 0 || item->row->said[i] || item->external[i] != NULL)
		return;
	item->row->said[i] = 1;
	item->row->values[i] = v;
}

/* What the message says where the body does not. A stamp from the future would shut out what comes
 * until then. */
static void
fill_from_message(struct standard *s, struct standard_item *item)
{
	const struct platform_message *m = s->reader.ctx->message;
	int source = entity_column_find(s->e, SOURCE),
	    stamp = entity_column_find(s->e, "SourceStamp");

	if (source >= 0 && s->e->columns[source].required && strcmp(s->e->key, SOURCE) != 0)
		fill(s, item, SOURCE, v_int(m->source_id));
	if (strcmp(s->e->name, "Address") == 0) {
		fill(s, item, "BrandId", v_int(m->brand_id));
		fill(s, item, "ContactAddressTypeId", v_int(m->address_type_id));
	}
	if (stamp < 0)
		return;
	item->has_stamp = item->row->said[stamp] && item->row->values[stamp].kind == VAL_TIME &&
	    item->row->values[stamp].i <= m->received_at;
	if (!item->has_stamp)
		item->row->values[stamp] = v_time(m->received_at);
	item->row->said[stamp] = 1;
}

/* How the body names column i. */
static const char *
named_as(struct standard *s, const struct standard_item *item, int i)
{
	return item->external[i] != NULL ?
	    entity_external_name(s->reader.ctx->arena, &s->e->columns[i]) :
	    s->e->columns[i].name;
}

/* A SourceId that is missing where there must be one is a fault of the row, not of its owner. */
static void
check_source(struct standard *s, struct standard_item *item)
{
	int i = entity_column_find(s->e, SOURCE);

	if (i < 0 || strcmp(s->e->key, SOURCE) == 0 || !item->row->said[i])
		return;
	if (item->wrong[i] || (item->row->values[i].kind == VAL_NULL && s->e->columns[i].required))
		return;
	item->foreign = !platform_owner_source(&s->reader, item->prefix, SOURCE,
	    item->row->values[i].kind == VAL_NULL ? 0 : item->row->values[i].i);
}

void
standard_item_read(struct standard *s, struct standard_item *item, struct json_object *o)
{
	item->stored = v_null();
	json_object_object_foreach(o, name, value) {
		int i = column_by_any_case(s->e, name);

		if (i >= 0)
			read_column(s, item, i, value);
		else if (!read_external(s, item, name, value))
			unknown_member(s, item, name);
	}
	for (int i = 0; s->e->columns[i].name != NULL; i++)
		if (item->external[i] != NULL && item->row->said[i])
			platform_value_fault(&s->reader, item->prefix, s->e->columns[i].name,
			    "is given, and %s too",
			    entity_external_name(s->reader.ctx->arena, &s->e->columns[i]));
	fill_from_message(s, item);
	check_source(s, item);
}

/* ------------------------------------------------------------------ the item's own row */

static int
key_given(const struct standard *s, const struct standard_item *item)
{
	int key = entity_column_find(s->e, s->e->key);

	return item->row->said[key] && item->row->values[key].kind != VAL_NULL;
}

/* Items that give their key: is the row there, and does the natural key that they give beside it
 * belong to it? */
static int
find_by_key(struct standard *s, struct err *err)
{
	struct arena *a = s->reader.ctx->arena;
	const int key = entity_column_find(s->e, s->e->key);
	struct standard_item **of = arena_new(a, struct standard_item *, s->n);
	struct val *values = arena_new(a, struct val, s->n), *keys = arena_new(a, struct val, s->n),
		   *natural = arena_new(a, struct val, s->n * ENTITY_NATURAL_MAX);
	size_t n = 0, width = 0;
	int rc;

	while (s->e->natural[width] != NULL)
		width++;
	for (size_t k = 0; k < s->n; k++)
		if (key_given(s, &s->items[k])) {
			of[n] = &s->items[k];
			values[n++] = s->items[k].row->values[key];
		}
	if ((rc = entity_lookup(s->reader.ctx->db,
		 &(struct entity_names){ s->e, &key, 1, values, n }, a, keys, err)) < 0 ||
	    (width > 0 &&
		(rc = entity_natural_get(s->reader.ctx->db, s->e, values, n, a, natural, err)) < 0))
		return rc;
	for (size_t k = 0; k < n; k++) {
		of[k]->stored = keys[k];
		if (keys[k].kind == VAL_NULL && (s->e->key_auto || width > 0))
			platform_value_fault(&s->reader, of[k]->prefix, s->e->key,
			    "names no %s that is known; a new one gets its key here", s->e->name);
		for (size_t i = 0; i < width && keys[k].kind != VAL_NULL; i++) {
			int column = entity_column_find(s->e, s->e->natural[i]);
			const struct val *stored = &natural[k * width + i],
					 *now = &of[k]->row->values[column];
			int same = stored->kind == VAL_INT ?
			    now->kind == VAL_INT && now->i == stored->i :
			    now->kind != VAL_INT && now->s != NULL &&
				strcmp(now->s, stored->s) == 0;

			if (of[k]->row->said[column] && !same &&
			    (strcmp(s->e->natural[i], SOURCE) != 0 ||
				now->i != s->reader.ctx->message->source_id))
				platform_value_fault(&s->reader, of[k]->prefix, s->e->natural[i],
				    "is another one in the row of this %s, and cannot be changed",
				    s->e->key);
			of[k]->row->said[column] = 1;
			of[k]->row->values[column] = *stored;
		}
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
			platform_value_fault(&s->reader, item->prefix, s->e->natural[i],
			    "is required: it names the row");
	}
	return complete;
}

/* A new row under a name that the service gives would stand in the way of its own. */
static void
check_reserved(struct standard *s, struct standard_item *item)
{
	for (size_t i = 0; s->e->natural[i] != NULL; i++) {
		int column = entity_column_find(s->e, s->e->natural[i]);
		const char *reserved = entity_reserved(
		    s->reader.ctx->arena, &s->e->columns[column], item->row->values[column].s);

		if (reserved != NULL)
			platform_value_fault(&s->reader, item->prefix, s->e->natural[i],
			    "begins with %s, as only what the service makes itself may", reserved);
	}
}

static int
find_by_natural(struct standard *s, struct err *err)
{
	struct arena *a = s->reader.ctx->arena;
	struct standard_item **of = arena_new(a, struct standard_item *, s->n);
	struct val *natural = arena_new(a, struct val, s->n * ENTITY_NATURAL_MAX),
		   *keys = arena_new(a, struct val, s->n);
	int columns[ENTITY_NATURAL_MAX], rc;
	size_t width = 0, n = 0;

	for (; s->e->natural[width] != NULL; width++)
		columns[width] = entity_column_find(s->e, s->e->natural[width]);
	for (size_t k = 0; k < s->n; k++) {
		struct standard_item *item = &s->items[k];

		if (key_given(s, item) || !natural_complete(s, item))
			continue;
		for (size_t i = 0; i < width; i++)
			natural[n * width + i] = item->row->values[columns[i]];
		of[n++] = item;
	}
	if ((rc = entity_lookup(s->reader.ctx->db,
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

	if (key_given(s, item) && item->own_external != NULL)
		platform_value_fault(
		    &s->reader, item->prefix, s->e->key, "is given, and " EXTERNAL " too");
	if (key_given(s, item))
		return 0;
	if (item->own_external == NULL) {
		if (!s->e->key_auto || s->action != STANDARD_INSERT)
			platform_value_fault(&s->reader, item->prefix, s->e->key,
			    entity_has_external(s->e) ? "is required, or " EXTERNAL
							": it names the row" :
							"is required: it names the row");
		return 0;
	}
	if (!standard_natural_read(s, entity_find("ContactIdentifier"),
		arena_printf(s->reader.ctx->arena, "%s" EXTERNAL ".", item->prefix),
		item->own_external, natural))
		return 0;
	if (!platform_owner_source(&s->reader,
		arena_printf(s->reader.ctx->arena, "%s" EXTERNAL ".", item->prefix), SOURCE,
		natural[1].i))
		return 0;
	key = (struct contact_key){ .identifier = item->identifier = natural[0].s,
		.source_id = item->identifier_source = (int16_t)natural[1].i };
	if ((rc = contact_find(s->reader.ctx->db, &key, s->reader.ctx->arena, &contact_id, err)) <
	    0)
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
		platform_value_fault(&s->reader, item->prefix, c->name,
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

/* ------------------------------------------------------------------ whose it is */

static void
fill_source(struct standard *s, struct standard_item *item)
{
	if (item->stored.kind == VAL_NULL && strcmp(s->e->key, SOURCE) != 0)
		fill(s, item, SOURCE, v_int(s->reader.ctx->message->source_id));
}

/* Who has no identifier in the Source is not the Source's. */
static void
check_new_contact(struct standard *s, struct standard_item *item)
{
	if (!entity_has_external(s->e) || s->action != STANDARD_INSERT)
		return;
	if (item->own_external == NULL && !key_given(s, item))
		platform_value_fault(&s->reader, item->prefix, EXTERNAL,
		    "is required: a Source knows its contacts by their identifiers");
}

/* Notes a fault for each item of which column i names a row of entity "of" that is not the
 * Source's; i < 0: for each item whose own row is not. */
static int
check_rows(struct standard *s, const struct entity *of, int i, struct err *err)
{
	struct platform_owner_row *rows = arena_new(
	    s->reader.ctx->arena, struct platform_owner_row, s->n);
	struct standard_item **from = arena_new(s->reader.ctx->arena, struct standard_item *, s->n);
	size_t n = 0;
	int rc;

	for (size_t k = 0; k < s->n; k++) {
		struct standard_item *item = &s->items[k];
		const int named = i >= 0 ?
		    i :
		    entity_column_find(s->e,
			key_given(s, item) || s->e->natural[0] == NULL ? s->e->key :
									 s->e->natural[0]);
		const struct val *key = i < 0 ? &item->stored : &item->row->values[i];

		if (item->foreign || key->kind == VAL_NULL)
			continue;
		if (i >= 0 && (!item->row->said[i] || item->wrong[i]))
			continue;
		rows[n] = (struct platform_owner_row){
			.prefix = item->prefix, .field = named_as(s, item, named), .key = *key
		};
		from[n++] = item;
	}
	if ((rc = platform_owner_rows(&s->reader, of, rows, n, err)) < 0)
		return rc;
	for (size_t k = 0; k < n; k++)
		from[k]->foreign |= i < 0 && rows[k].refused;
	return 0;
}

/* A row of another Source's person is nothing to refer to: that would put a purchase, say, into a
 * stranger's history. Goods and stores may be another's. */
int
standard_items_owned(struct standard *s, struct err *err)
{
	int rc;

	for (size_t k = 0; k < s->n; k++)
		fill_source(s, &s->items[k]);
	if (!platform_owner_limited(&s->reader))
		return 0;
	for (size_t k = 0; k < s->n; k++)
		check_new_contact(s, &s->items[k]);
	rc = check_rows(s, s->e, -1, err);
	for (int i = 0; s->e->columns[i].name != NULL && rc == 0; i++) {
		const struct entity *to = s->e->columns[i].refers == NULL ?
		    NULL :
		    entity_find(s->e->columns[i].refers);

		if (to != NULL && entity_is_personal(to))
			rc = check_rows(s, to, i, err);
	}
	return rc;
}
