#include "config.h"

#include "platform/standard/standard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/entity.h"
#include "platform/contact.h"
#include "platform/owner.h"
#include "platform/platform.h"
#include "platform/standard/item.h"
#include "platform/write.h"
#include "model/change/consent.h"
#include "store/db.h"
#include "store/entity/lookup.h"
#include "store/entity/put.h"

/* What became of the row that an element named. */
struct outcome {
	struct val key;
	enum entity_fate fate;
};

/* How many rows had which fate. Elements that name one row are one row. */
struct tally {
	size_t of[ENTITY_SUPERSEDED + 1];
	size_t gone, unknown, again;	/* again: elements whose row another had named */
	struct outcome *outcomes;
	size_t n;
};

/* ------------------------------------------------------------------ reading */

static int
standard_read(struct standard *s, struct err *err)
{
	struct arena *a = s->ctx->arena;
	struct json_object *body = s->ctx->payload;
	const int is_list = json_object_is_type(body, json_type_array);
	int rc;

	s->n = is_list ? json_count(body) : 1;
	if (!is_list && !json_object_is_type(body, json_type_object))
		return err_set(
		    err, ERR_PERMANENT, "The body must be an object, or a list of objects.");
	if (s->n == 0 || s->n > PLATFORM_STANDARD_LIST_MAX)
		return err_set(err, ERR_PERMANENT,
		    "The body is a list of %zu elements; it must hold from 1 to %d.", s->n,
		    PLATFORM_STANDARD_LIST_MAX);
	platform_owner_entity(s->ctx, s->e);
	standard_items_begin(s);
	s->items = arena_new(a, struct standard_item, s->n);
	for (size_t i = 0; i < s->n; i++) {
		struct json_object *o = is_list ? json_object_array_get_idx(body, i) : body;

		s->items[i].row = row_new_of(a, s->e, ROW_PUT);
		s->items[i].prefix = is_list ? arena_printf(a, "[%zu].", i) : "";
		if (json_object_is_type(o, json_type_object))
			standard_item_read(s, &s->items[i], o);
		else
			return err_set(
			    err, ERR_PERMANENT, "Element [%zu] of the body is no object.", i);
	}
	if ((rc = standard_items_refer(s, err)) < 0 || (rc = standard_items_find(s, err)) < 0 ||
	    (rc = standard_items_owned(s, err)) < 0)
		return rc;
	return read_settle(&s->ctx->in, err);
}

/* ------------------------------------------------------------------ writing */

/* The contact that an ExternalKey names, made when there is none. */
static int
standard_contact(struct standard *s, struct standard_item *item, struct err *err)
{
	const struct contact_key key = { .identifier = item->identifier,
		.source_id = item->identifier_source };
	struct platform_context *ctx = s->ctx;
	int64_t contact_id;
	int rc = platform_contact_resolve(ctx, &key, &contact_id, err);

	if (rc < 0)
		return rc;
	item->made = rc == CONTACT_CREATED;
	item->stored = v_int(contact_id);
	return 0;
}

/* The row's key is in the batch where there is no natural key to find the row by. */
static void
standard_key(struct standard *s, struct standard_item *item)
{
	const int key = entity_column_find(s->e, s->e->key);

	item->row->said[key] = s->e->natural[0] == NULL &&
	    (item->stored.kind != VAL_NULL || item->row->said[key]);
	if (item->row->said[key] && item->stored.kind != VAL_NULL)
		item->row->values[key] = item->stored;
}

static int
compare_keys(const struct val *x, const struct val *y)
{
	if (x->kind == VAL_INT || y->kind == VAL_INT)
		return (x->i > y->i) - (x->i < y->i);
	return strcmp(x->s == NULL ? "" : x->s, y->s == NULL ? "" : y->s);
}

/* Sorts by row; for one row the fate that says most comes first: added, changed, as before,
 * older. */
static int
by_row(const void *x, const void *y)
{
	const struct outcome *a = x, *b = y;
	const int order = compare_keys(&a->key, &b->key);

	return order != 0 ? order : (a->fate > b->fate) - (a->fate < b->fate);
}

static void
count_rows(struct tally *t)
{
	qsort(t->outcomes, t->n, sizeof t->outcomes[0], by_row);
	for (size_t i = 0; i < t->n; i++)
		if (i > 0 && compare_keys(&t->outcomes[i - 1].key, &t->outcomes[i].key) == 0)
			t->again++;
		else
			t->of[t->outcomes[i].fate]++;
}

static int
standard_write(struct standard *s, struct tally *t, struct err *err)
{
	struct change change;
	int rc = 0;

	change_init(&change, s->ctx->arena);
	t->outcomes = arena_new(s->ctx->arena, struct outcome, s->n);
	for (size_t i = 0; i < s->n && rc == 0; i++) {
		if (s->items[i].identifier != NULL)
			rc = standard_contact(s, &s->items[i], err);
		standard_key(s, &s->items[i]);
		change_add(&change, s->items[i].row);
	}
	if (rc == 0)
		rc = platform_write_change(s->ctx, &change, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < s->n; i++) {
		const struct row *row = s->items[i].row;

		t->outcomes[t->n++] = (struct outcome){ row->key,
			s->items[i].made ? ENTITY_INSERTED : row->fate };
	}
	count_rows(t);
	return 0;
}

/* ------------------------------------------------------------------ deleting */

/* What a row that is marked as deleted still says. */
static int
names_row(const struct entity *e, const struct entity_column *c, int is_new)
{
	for (size_t i = 0; e->natural[i] != NULL; i++)
		if (strcmp(e->natural[i], c->name) == 0)
			return 1;
	if (strcmp(c->name, "SourceStamp") == 0 || strcmp(c->name, e->key) == 0)
		return 1;
	return is_new && strcmp(c->name, "SourceId") == 0;
}

/* Keeps only what names the row and the deletion mark; for a row never seen, also its owner. 0 when
 * the row needs more. */
static int
standard_mark(struct standard *s, struct standard_item *item)
{
	const int is_new = item->stored.kind == VAL_NULL;
	int enough = !is_new || s->e->natural[0] != NULL;

	for (int i = 0; s->e->columns[i].name != NULL; i++) {
		const struct entity_column *c = &s->e->columns[i];

		if (strcmp(c->name, "DeletionFlag") == 0) {
			item->row->said[i] = 1;
			item->row->values[i] = v_int(1);
		} else if (!names_row(s->e, c, is_new)) {
			item->row->said[i] = 0;
			enough &= !is_new || !c->required;
		}
	}
	item->identifier = NULL;
	return enough;
}

static int
standard_delete_hard(struct standard *s, struct tally *t, struct err *err)
{
	struct val *keys = arena_new(s->ctx->arena, struct val, s->n);
	size_t n = 0;
	int rc;

	for (size_t i = 0; i < s->n; i++)
		if (s->items[i].stored.kind != VAL_NULL)
			keys[n++] = s->items[i].stored;
	if ((rc = entity_delete(s->ctx->db, s->e, keys, n, s->ctx->arena, err)) < 0)
		return rc;
	t->gone = (size_t)rc;
	t->unknown = s->n - n;
	return 0;
}

/* A deletion without a stamp counts as later than the stored state, even when that came from a
 * clock ahead of ours. */
static int
standard_delete_stamps(struct standard *s, struct err *err)
{
	struct arena *a = s->ctx->arena;
	const int stamp = entity_column_find(s->e, "SourceStamp");
	struct standard_item **of = arena_new(a, struct standard_item *, s->n);
	struct val *keys = arena_new(a, struct val, s->n);
	usec_t *stored = arena_new(a, usec_t, s->n);
	size_t n = 0;
	int rc;

	for (size_t i = 0; i < s->n && stamp >= 0; i++)
		if (!s->items[i].has_stamp && s->items[i].stored.kind != VAL_NULL) {
			keys[n] = s->items[i].stored;
			of[n++] = &s->items[i];
		}
	if ((rc = entity_stamps(s->ctx->db, s->e, keys, n, a, stored, err)) < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		if (stored[i] != USEC_NONE && stored[i] > of[i]->row->values[stamp].i)
			of[i]->row->values[stamp] = v_time(stored[i]);
	return 0;
}

static int
standard_delete(struct standard *s, struct tally *t, struct err *err)
{
	size_t n = 0;
	int rc;

	if (entity_column_find(s->e, "DeletionFlag") < 0)
		return standard_delete_hard(s, t, err);
	if ((rc = standard_delete_stamps(s, err)) < 0)
		return rc;
	for (size_t i = 0; i < s->n; i++)
		if (standard_mark(s, &s->items[i]))
			s->items[n++] = s->items[i];
	t->unknown = s->n - n;
	s->n = n;
	return standard_write(s, t, err);
}

/* ------------------------------------------------------------------ the handler */

static int
standard_outcome(struct standard *s, const struct tally *t)
{
	struct platform_context *ctx = s->ctx;
	const size_t done = t->of[ENTITY_INSERTED] + t->of[ENTITY_UPDATED] +
	    t->of[ENTITY_UNCHANGED] + t->gone;

	snprintf(ctx->reason, sizeof ctx->reason,
	    "%s: %zu added, %zu changed, %zu as before, %zu older than what is stored", s->e->set,
	    t->of[ENTITY_INSERTED], t->of[ENTITY_UPDATED], t->of[ENTITY_UNCHANGED],
	    t->of[ENTITY_SUPERSEDED]);
	if (s->action == STANDARD_DELETE)
		snprintf(ctx->reason, sizeof ctx->reason,
		    "%s: %zu deleted, %zu not known, %zu newer than the deletion", s->e->set, done,
		    t->unknown, t->of[ENTITY_SUPERSEDED]);
	if (t->again > 0)
		platform_remark(ctx,
		    "%zu %s a row that another element names too: what the last one says is "
		    "stored.",
		    t->again, text_form((int64_t)t->again, "element names", "elements name"));
	if (done > 0)
		return PLATFORM_DONE;
	return t->of[ENTITY_SUPERSEDED] > 0 ? PLATFORM_SUPERSEDED : PLATFORM_IGNORED;
}

static enum standard_action
standard_action_of(const char *word)
{
	if (text_ieq(word, "Insert"))
		return STANDARD_INSERT;
	return text_ieq(word, "Update") ? STANDARD_UPDATE : STANDARD_DELETE;
}

/* Who writes a column of the model says what it is to be. */
static int
standard_effect(struct standard *s, struct tally *t, struct err *err)
{
	struct platform_context *ctx = s->ctx;
	const struct consent *before = db_consent(ctx->db);
	struct consent consent = *ctx->consent;
	int rc;

	consent.kind = CONSENT_STATEMENT;
	db_set_consent(ctx->db, &consent);
	rc = s->action == STANDARD_DELETE ? standard_delete(s, t, err) : standard_write(s, t, err);
	db_set_consent(ctx->db, before);
	return rc;
}

static int
standard_run(struct platform_context *ctx, struct err *err)
{
	struct standard s = { .ctx = ctx,
		.e = entity_find(ctx->message->entity),
		.action = standard_action_of(ctx->message->action) };
	struct tally t = { 0 };
	int rc;

	platform_any_case(ctx);
	rc = standard_read(&s, err);
	read_close(&ctx->in);
	if (rc == 0)
		rc = standard_effect(&s, &t, err);
	return rc < 0 ? rc : standard_outcome(&s, &t);
}

const struct platform_row platform_standard_rows[] = {
	PLATFORM("Standard", .id = "id", .stamp = "SourceStamp")
	PLATFORM_ROW("Standard", "*", "Insert", standard_run,
	    NULL,
	    "Takes one row of the entity, or a list of up to 1,000. Rows that are there are "
	    "changed, others are added. A member that is null or \"\" clears its column, one that "
	    "is left out keeps it. A row is named by its key or natural key, a Contact also by "
	    "\"ExternalKey\": {\"Identifier\": \"42\", \"SourceId\": 1}; what it refers to by key "
	    "or by an external key such as \"ContactExternalKey\". With a Source's own credential "
	    "(signature, key, or none where it is open) only rows of that Source are written; the "
	    "tenant's token reaches the others.")
	PLATFORM_ROW("Standard", "*", "Update", standard_run,
	    NULL,
	    "Takes and writes the same as Insert; a row of an entity without a natural key must be "
	    "there.")
	PLATFORM_ROW("Standard", "*", "Delete", standard_run,
	    NULL,
	    "Takes what names a row, or a list of up to 1,000. Marks the rows as deleted; rows of "
	    "entities without DeletionFlag are taken away.")
	{ .platform = NULL },
};
