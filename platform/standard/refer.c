/*
 * What the columns of items refer to: by key, or by external key.
 */
#include "config.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/entity_external.h"
#include "platform/platform.h"
#include "platform/standard/item.h"
#include "store/contact.h"
#include "store/db.h"
#include "store/entity/lookup.h"

int
standard_natural_read(struct standard *s, const struct entity *by, const char *prefix,
    struct json_object *o, struct val *out)
{
	const size_t before = s->ctx->in.nfaults;

	for (size_t i = 0; by->natural[i] != NULL; i++) {
		const struct entity_column *c =
		    &by->columns[entity_column_find(by, by->natural[i])];

		out[i] = read_value(&s->ctx->in, by, c, prefix, c->name,
		    read_member(&s->ctx->in, o, c->name, NULL));
		if (strcmp(c->name, "SourceId") == 0 && (out[i].kind == VAL_NULL || out[i].i == 0))
			out[i] = v_int(s->ctx->message->source_id);
		else if (out[i].kind == VAL_NULL && s->ctx->in.nfaults == before)
			read_fault(&s->ctx->in, prefix, c->name, "is required");
	}
	json_object_object_foreach(o, name, value) {
		int known = 0;

		(void)value;
		for (size_t i = 0; by->natural[i] != NULL; i++)
			known |= text_ieq(name, by->natural[i]);
		if (!known)
			read_fault(&s->ctx->in, prefix, name, "is not part of this key");
	}
	return s->ctx->in.nfaults == before;
}

/* The keys of the rows that the external keys of column i name. A Contact's are those of its
 * identifiers' rows, one step further. */
static int
refer_external(struct standard *s, int i, const struct entity *by, struct err *err)
{
	struct arena *a = s->ctx->arena;
	const struct entity_column *c = &s->e->columns[i];
	struct standard_item **of = arena_new(a, struct standard_item *, s->n);
	struct val *natural = arena_new(a, struct val, s->n * ENTITY_NATURAL_MAX),
		   *keys = arena_new(a, struct val, s->n);
	int columns[ENTITY_NATURAL_MAX];
	size_t width = 0, n = 0;
	int rc;

	for (; by->natural[width] != NULL; width++)
		columns[width] = entity_column_find(by, by->natural[width]);
	for (size_t k = 0; k < s->n; k++) {
		struct standard_item *item = &s->items[k];

		if (item->external[i] != NULL &&
		    standard_natural_read(s, by,
			arena_printf(a, "%s%s.", item->prefix, entity_external_name(a, c)),
			item->external[i], natural + n * width))
			of[n++] = item;
	}
	if ((rc = entity_lookup(s->ctx->db,
		 &(struct entity_names){ by, columns, width, natural, n }, a, keys, err)) < 0)
		return rc;
	for (size_t k = 0; k < n; k++) {
		int64_t contact_id = 0;

		if (strcmp(c->refers, by->name) != 0 && keys[k].kind != VAL_NULL) {
			const struct contact_key key = { .identifier = natural[k * width].s,
				.source_id = (int16_t)natural[k * width + 1].i };

			if ((rc = contact_find(s->ctx->db, &key, a, &contact_id, err)) < 0)
				return rc;
			keys[k] = v_int_or_null(contact_id, contact_id != 0);
		}
		if (keys[k].kind == VAL_NULL)
			read_fault(&s->ctx->in, of[k]->prefix, entity_external_name(a, c),
			    "names no %s that is known", c->refers);
		of[k]->wrong[i] |= keys[k].kind == VAL_NULL;
		of[k]->row->values[i] = keys[k];
		of[k]->row->said[i] = 1;
	}
	return 0;
}

/* Does what column i refers to by its key exist? */
static int
refer_key(struct standard *s, int i, struct err *err)
{
	struct arena *a = s->ctx->arena;
	const struct entity_column *c = &s->e->columns[i];
	const struct entity *to = entity_find(c->refers);
	struct standard_item **of = arena_new(a, struct standard_item *, s->n);
	struct val *values = arena_new(a, struct val, s->n), *keys = arena_new(a, struct val, s->n);
	int key = entity_column_find(to, to->key), rc;
	size_t n = 0;

	for (size_t k = 0; k < s->n; k++)
		if (s->items[k].row->said[i] && s->items[k].external[i] == NULL &&
		    s->items[k].row->values[i].kind != VAL_NULL) {
			of[n] = &s->items[k];
			values[n++] = s->items[k].row->values[i];
		}
	/* A contact must not be merged into another before what refers to it is written. */
	rc = entity_has_external(to) ?
	    entity_hold(s->ctx->db, to, values, n, a, keys, err) :
	    entity_lookup(
		s->ctx->db, &(struct entity_names){ to, &key, 1, values, n }, a, keys, err);
	if (rc < 0)
		return rc;
	for (size_t k = 0; k < n; k++) {
		if (keys[k].kind != VAL_NULL)
			continue;
		if (entity_column_is_spare(s->e, c)) {
			platform_remark(s->ctx, "%s%s left out: it names no %s that is known.",
			    of[k]->prefix, c->name, to->name);
			of[k]->row->said[i] = 0;
			continue;
		}
		read_fault(
		    &s->ctx->in, of[k]->prefix, c->name, "names no %s that is known", to->name);
		of[k]->wrong[i] = 1;
	}
	return 0;
}

int
standard_items_refer(struct standard *s, struct err *err)
{
	int rc = 0;

	for (int i = 0; s->e->columns[i].name != NULL && rc == 0; i++) {
		const struct entity *by = entity_external_of(&s->e->columns[i]);

		if (by != NULL)
			rc = refer_external(s, i, by, err);
		if (rc == 0 && s->e->columns[i].refers != NULL)
			rc = refer_key(s, i, err);
	}
	return rc;
}
