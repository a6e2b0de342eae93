#include "config.h"

#include "platform/standard/standard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/set.h"
#include "lib/text.h"
#include "model/change/change.h"
#include "model/change/consent.h"
#include "model/entity.h"
#include "platform/contact.h"
#include "platform/owner.h"
#include "platform/platform.h"
#include "platform/standard/item.h"
#include "platform/write.h"

/* How many rows had which fate. Elements that name one row are one row. */
struct tally {
	size_t of[ENTITY_SUPERSEDED + 1];
	size_t again;			/* elements whose row another had named */
};

/* ------------------------------------------------------------------ reading */

static void
standard_begin(struct standard *s)
{
	platform_owner_entity(s->ctx, s->e);
	s->items = arena_new(s->ctx->arena, struct standard_item, s->n);
}

static struct standard_item *
standard_item(struct standard *s, size_t i, const char *prefix)
{
	s->items[i].row = row_new_of(s->ctx->arena, s->e, ROW_PUT);
	s->items[i].prefix = prefix;
	return &s->items[i];
}

/* Asks for what the items name, and checks whether they may be written. */
static int
standard_look(struct standard *s, struct err *err)
{
	int rc;

	if ((rc = standard_items_refer(s, err)) < 0 || (rc = standard_items_find(s, err)) < 0)
		return rc;
	return standard_items_owned(s, err);
}

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
	standard_begin(s);
	standard_items_begin(s);
	for (size_t i = 0; i < s->n; i++) {
		struct json_object *o = is_list ? json_object_array_get_idx(body, i) : body;

		if (!json_object_is_type(o, json_type_object))
			return err_set(
			    err, ERR_PERMANENT, "Element [%zu] of the body is no object.", i);
		standard_item_read(s,
		    standard_item(s, i, is_list ? arena_printf(a, "[%zu].", i) : ""), o);
	}
	if ((rc = standard_look(s, err)) < 0)
		return rc;
	return read_settle(&s->ctx->in, err);
}

/* ------------------------------------------------------------------ putting */

/* What is said of the row is said of another one, which it is, unless that is of a later state. */
static void
say_of(struct row *to, const struct row *row)
{
	const struct val *stamp = row_said(row, Contact_SourceStamp),
			 *before = row_said(to, Contact_SourceStamp);

	if (before != NULL && stamp->i < before->i)
		return;
	for (int i = 0; row->entity->columns[i].name != NULL; i++)
		if (row->said[i])
			row_value_at(to, i, row->values[i]);
	to->is_undated = row->is_undated;
}

/* The contact that an ExternalKey names, added when there is none. */
static int
standard_contact(struct standard *s, struct standard_item *item, struct err *err)
{
	struct platform_contact *c;
	int rc = platform_contact(s->ctx, &item->who, &c, err);

	if (rc < 0)
		return rc;
	if (platform_contact_is_new(c)) {
		say_of(c->row, item->row);
		item->row = c->row;
	} else {
		item->stored = v_int(c->is.contact_id);
	}
	return 0;
}

/* The row's key is said where there is no natural key to find the row by. */
static void
standard_key(struct standard *s, struct standard_item *item)
{
	const int key = entity_column_find(s->e, s->e->key);

	item->row->said[key] = s->e->natural[0] == NULL &&
	    (item->stored.kind != VAL_NULL || item->row->said[key]);
	if (item->row->said[key] && item->stored.kind != VAL_NULL)
		item->row->values[key] = item->stored;
}

/* What the row refers to in the same change, which was put before it. */
static void
standard_refer(struct standard *s, struct standard_item *item)
{
	for (int i = 0; s->e->columns[i].name != NULL; i++)
		if (item->refers[i] != NULL)
			row_refer(item->row, column_at(s->e, i), item->refers[i]->row);
}

static int
standard_put(struct standard *s, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < s->n && rc == 0; i++) {
		struct standard_item *item = &s->items[i];

		if (item->is_deletion && item->stored.kind == VAL_NULL)
			continue;
		if (item->who.identifier != NULL)
			rc = standard_contact(s, item, err);
		standard_key(s, item);
		standard_refer(s, item);
		item->row->consent = s->consent;
		if (rc == 0)
			rc = platform_put_whole(s->ctx, item->row, err);
	}
	return rc;
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
	item->who.identifier = NULL;
	return enough;
}

/* The bytes of a key: of one entity all are numbers, or all are texts. */
static const void *
key_bytes(const struct val *key, size_t *n)
{
	*n = key->kind == VAL_INT ? sizeof key->i : key->n;
	return key->kind == VAL_INT ? (const void *)&key->i : key->s;
}

/* Elements that name one row take it away once. */
static int
standard_delete_hard(struct standard *s, struct err *err)
{
	const int key = entity_column_find(s->e, s->e->key);
	struct set seen;
	int rc = 0;

	set_init(&seen, s->ctx->arena);
	for (size_t i = 0; i < s->n && rc == 0; i++) {
		const struct val *stored = &s->items[i].stored;
		struct row *row;
		size_t n;
		const void *bytes = key_bytes(stored, &n);

		s->unknown += stored->kind == VAL_NULL;
		if (stored->kind == VAL_NULL || !set_add(&seen, bytes, n, i, NULL))
			continue;
		row = row_new_of(s->ctx->arena, s->e, ROW_DELETE);
		row_value_at(row, key, *stored);
		rc = platform_put_whole(s->ctx, row, err);
		s->gone++;
	}
	s->n = 0;
	return rc;
}

/* A deletion without a stamp counts as later than the stored state, even when that came from a
 * clock ahead of ours. */
static int
standard_delete_stamp(
    struct standard *s, struct standard_item *item, int stamp, struct err *err)
{
	const char *const key[] = { s->e->key, NULL };
	struct known_rows_of of = standard_question(s->e, key, &item->stored);
	const struct val *stored;
	struct known_rows rows;
	int rc;

	of.hold = KNOWN_LOCKED;
	of.want[0] = column_at(s->e, stamp);
	if ((rc = standard_known(s, &of, &rows, err)) <= 0)
		return rc;
	stored = known_first(&rows);
	if (stored != NULL && stored->kind == VAL_TIME && stored->i > item->row->values[stamp].i)
		item->row->values[stamp] = *stored;
	return 0;
}

static int
standard_delete_stamps(struct standard *s, struct err *err)
{
	const int stamp = entity_column_find(s->e, "SourceStamp");
	int rc = 0;

	for (size_t i = 0; i < s->n && rc == 0 && stamp >= 0; i++)
		if (!s->items[i].has_stamp && s->items[i].stored.kind != VAL_NULL)
			rc = standard_delete_stamp(s, &s->items[i], stamp, err);
	return rc < 0 ? rc : standard_items_wait(s, err);
}

static int
standard_delete(struct standard *s, struct err *err)
{
	size_t n = 0;
	int rc;

	if (entity_column_find(s->e, "DeletionFlag") < 0)
		return standard_delete_hard(s, err);
	if ((rc = standard_delete_stamps(s, err)) < 0)
		return rc;
	for (size_t i = 0; i < s->n; i++)
		if (standard_mark(s, &s->items[i]))
			s->items[n++] = s->items[i];
	s->unknown = s->n - n;
	s->n = n;
	return standard_put(s, err);
}

/* ------------------------------------------------------------------ what became of it */

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
	const struct row *a = ((const struct standard_item *)x)->row,
			 *b = ((const struct standard_item *)y)->row;
	const int order = compare_keys(&a->key, &b->key);

	return order != 0 ? order : (a->fate > b->fate) - (a->fate < b->fate);
}

static struct tally
count_rows(const struct standard *s)
{
	struct tally t = { 0 };

	qsort(s->items, s->n, sizeof s->items[0], by_row);
	for (size_t i = 0; i < s->n; i++)
		if (i > 0 &&
		    compare_keys(&s->items[i - 1].row->key, &s->items[i].row->key) == 0)
			t.again++;
		else
			t.of[s->items[i].row->fate]++;
	return t;
}

static int
standard_conclude(struct platform_context *ctx, void *arg)
{
	const struct standard *s = arg;
	const struct tally t = count_rows(s);
	const size_t done = t.of[ENTITY_INSERTED] + t.of[ENTITY_UPDATED] +
	    t.of[ENTITY_UNCHANGED] + s->gone;

	snprintf(ctx->reason, sizeof ctx->reason,
	    "%s: %zu added, %zu changed, %zu as before, %zu older than what is stored", s->e->set,
	    t.of[ENTITY_INSERTED], t.of[ENTITY_UPDATED], t.of[ENTITY_UNCHANGED],
	    t.of[ENTITY_SUPERSEDED]);
	if (s->action == STANDARD_DELETE)
		snprintf(ctx->reason, sizeof ctx->reason,
		    "%s: %zu deleted, %zu not known, %zu newer than the deletion", s->e->set, done,
		    s->unknown, t.of[ENTITY_SUPERSEDED]);
	if (t.again > 0)
		platform_remark(ctx,
		    "%zu %s a row that another element names too: what the last one says is "
		    "stored.",
		    t.again, text_form((int64_t)t.again, "element names", "elements name"));
	if (done > 0)
		return PLATFORM_DONE;
	return t.of[ENTITY_SUPERSEDED] > 0 ? PLATFORM_SUPERSEDED : PLATFORM_IGNORED;
}

/* ------------------------------------------------------------------ the mapping */

static enum standard_action
standard_action_of(const char *word)
{
	if (text_ieq(word, "Insert"))
		return STANDARD_INSERT;
	return text_ieq(word, "Update") ? STANDARD_UPDATE : STANDARD_DELETE;
}

/* Who writes a column of the model says what it is to be. */
static const struct consent *
statement(const struct platform_context *ctx)
{
	struct consent *consent = arena_new(ctx->arena, struct consent, 1);

	*consent = *ctx->consent;
	consent->kind = CONSENT_STATEMENT;
	return consent;
}

static int
standard_run(struct platform_context *ctx, struct err *err)
{
	struct standard *s = arena_new(ctx->arena, struct standard, 1);
	int rc;

	*s = (struct standard){ .ctx = ctx,
		.e = entity_find(ctx->message->entity),
		.action = standard_action_of(ctx->message->action),
		.consent = statement(ctx) };
	ctx->conclude = standard_conclude;
	ctx->concluding = s;
	platform_any_case(ctx);
	rc = standard_read(s, err);
	read_close(&ctx->in);
	if (rc == 0)
		rc = s->action == STANDARD_DELETE ? standard_delete(s, err) : standard_put(s, err);
	return rc < 0 ? rc : PLATFORM_DONE;
}

/* Deletions keep what names their row. */
static void
standard_deletions(struct standard *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i].is_deletion)
			standard_mark(s, &s->items[i]);
}

static void
standard_body(struct standard *s, size_t k, const struct standard_body *body)
{
	standard_item_take(s, standard_item(s, k, body->prefix), body->values, body->nvalues);
	s->items[k].is_deletion = body->is_deletion;
	s->items[k].is_ensured = body->is_ensured && s->e->natural[0] != NULL;
	if (s->items[k].is_ensured)
		s->items[k].row->rule = ROW_ENSURE;
}

/* Bodies from i on of one entity. */
static size_t
count_same(const struct standard_body *bodies, size_t n, size_t i)
{
	size_t end = i;

	while (end < n && bodies[end].entity == bodies[i].entity)
		end++;
	return end - i;
}

/* Bodies of one entity after the other, and what they name; all has room for n. */
static int
look_all(struct platform_context *ctx, const struct standard_body *bodies, size_t n,
    struct standard *all, size_t *parts, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i += all[(*parts)++].n) {
		struct standard *s = &all[*parts];

		*s = (struct standard){ .ctx = ctx, .e = bodies[i].entity,
			.action = STANDARD_INSERT, .n = count_same(bodies, n, i),
			.consent = ctx->consent, .before = *parts > 0 ? s - 1 : NULL };
		standard_begin(s);
		for (size_t k = 0; k < s->n; k++)
			standard_body(s, k, &bodies[i + k]);
		rc = standard_look(s, err);
		if (rc == ERR_ASKED)
			rc = 0;
	}
	return rc == 0 ? known_wait(ctx->known, err) : rc;
}

int
standard_ask(struct platform_context *ctx, const struct standard_body *bodies, size_t n,
    struct err *err)
{
	struct standard *all = arena_new(ctx->arena, struct standard, n);
	size_t parts = 0;

	return look_all(ctx, bodies, n, all, &parts, err);
}

int
standard_bodies(struct platform_context *ctx, const struct standard_body *bodies, size_t n,
    struct err *err)
{
	struct standard *all = arena_new(ctx->arena, struct standard, n);
	size_t parts = 0;
	int rc = look_all(ctx, bodies, n, all, &parts, err);

	if (rc == 0)
		rc = read_settle(&ctx->in, err);
	for (size_t i = 0; i < parts && rc == 0; i++) {
		standard_deletions(&all[i]);
		rc = standard_put(&all[i], err);
	}
	return rc;
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
