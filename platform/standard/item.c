#include "config.h"

#include "platform/standard/item.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "lib/text_near.h"
#include "model/entity_external.h"
#include "model/entity_person.h"
#include "platform/owner.h"
#include "platform/platform.h"
#include "platform/standard/standard.h"

#define EXTERNAL ENTITY_EXTERNAL
#define SOURCE "SourceId"

/* ------------------------------------------------------------------ what the entity table says */

void
standard_items_begin(struct standard *s)
{
	for (int i = 0; s->e->columns[i].name != NULL; i++)
		if (entity_external_of(&s->e->columns[i]) != NULL)
			s->external[i] = entity_external_name(s->ctx->arena, &s->e->columns[i]);
}

const char *
standard_external(const struct standard *s, int i)
{
	return entity_external_name(s->ctx->arena, &s->e->columns[i]);
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

	if (s->ctx->in.nfaults >= READ_FAULTS_MAX) {
		/* It is only counted: no words are looked for. */
		read_fault(&s->ctx->in, "", "", "%s", "");
		return;
	}
	if (is_kept(s->e, name)) {
		read_fault(&s->ctx->in, item->prefix, name, "is kept by the service; leave it out");
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
		read_fault(&s->ctx->in, item->prefix, name,
		    "is no property of %s; did you mean %s?", s->e->name, near);
	else
		read_fault(&s->ctx->in, item->prefix,
		    text_is_name(name) ? name : "a name in the body", "is no property of %s",
		    s->e->name); /* reasons are shown: no data of persons */
}

static void
take_column(struct standard *s, struct standard_item *item, int i, struct json_object *value)
{
	const struct entity_column *c = &s->e->columns[i];
	const size_t before = s->ctx->in.nfaults;

	if (item->row->said[i]) {
		read_fault(&s->ctx->in, item->prefix, c->name, "is given twice");
		return;
	}
	item->row->values[i] = read_value(&s->ctx->in, s->e, c, item->prefix, c->name, value);
	item->row->said[i] = !s->ctx->in.is_left_out;
	item->wrong[i] = s->ctx->in.nfaults > before;
}

static void
check_parts(struct standard *s, const struct entity *by, const char *prefix, struct json_object *o)
{
	json_object_object_foreach(o, name, value) {
		int known = 0;

		(void)value;
		for (size_t i = 0; by->natural[i] != NULL; i++)
			known |= text_ieq(name, by->natural[i]);
		if (!known)
			read_fault(&s->ctx->in, prefix, name, "is not part of this key");
	}
}

/* A SourceId that is not given is the message's. */
static void
check_part(struct standard *s, const char *prefix, const char *name, size_t nfaults, struct val *v)
{
	if (strcmp(name, SOURCE) == 0 && (v->kind == VAL_NULL || v->i == 0))
		*v = v_int(s->ctx->message->source_id);
	else if (v->kind == VAL_NULL && s->ctx->in.nfaults == nfaults)
		read_fault(&s->ctx->in, prefix, name, "is required");
}

static const struct entity_column *
part_column(const struct entity *by, size_t i)
{
	return &by->columns[entity_column_find(by, by->natural[i])];
}

static struct standard_named *
read_named(struct standard *s, const struct entity *by, const char *prefix, struct json_object *o)
{
	struct standard_named *named = arena_new(s->ctx->arena, struct standard_named, 1);
	const size_t before = s->ctx->in.nfaults;

	for (size_t i = 0; by->natural[i] != NULL; i++) {
		const char *name = by->natural[i];

		named->key[i] = read_value(&s->ctx->in, by, part_column(by, i), prefix, name,
		    read_member(&s->ctx->in, o, name, NULL));
		check_part(s, prefix, name, before, &named->key[i]);
	}
	check_parts(s, by, prefix, o);
	named->is_wrong = s->ctx->in.nfaults > before;
	return named;
}

/* The column of which name is the external key, or -1. */
static int
external_column(const struct standard *s, const char *name)
{
	for (int i = 0; s->e->columns[i].name != NULL; i++)
		if (s->external[i] != NULL && text_ieq(name, s->external[i]))
			return i;
	return -1;
}

/* 1 when name is the external key of a column, or of the entity itself. */
static int
read_external(
    struct standard *s, struct standard_item *item, const char *name, struct json_object *value)
{
	const int is_own = entity_has_external(s->e) && text_ieq(name, EXTERNAL),
		  i = external_column(s, name);
	struct standard_named **into;

	if (!is_own && i < 0)
		return 0;
	into = is_own ? &item->own_external : &item->external[i];
	if (*into != NULL)
		read_fault(&s->ctx->in, item->prefix, name, "is given twice");
	else if (value != NULL && !json_object_is_type(value, json_type_object))
		read_fault(&s->ctx->in, item->prefix, name, "must be an object");
	else if (value != NULL)
		*into = read_named(s,
		    is_own ? entity_named_by(s->e) : entity_external_of(&s->e->columns[i]),
		    arena_printf(s->ctx->arena, "%s%s.", item->prefix,
			is_own ? EXTERNAL : s->external[i]), value);
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
	const struct platform_message *m = s->ctx->message;
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
	item->row->is_undated = !item->has_stamp && m->is_undated;
	item->row->said[stamp] = 1;
}

/* How the body names column i. */
static const char *
named_as(struct standard *s, const struct standard_item *item, int i)
{
	return item->external[i] != NULL ? standard_external(s, i) : s->e->columns[i].name;
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
	item->foreign = !platform_owner_source(s->ctx, item->prefix, SOURCE,
	    item->row->values[i].kind == VAL_NULL ? 0 : item->row->values[i].i);
}

/* When all members are read. */
static void
read_end(struct standard *s, struct standard_item *item)
{
	for (int i = 0; s->e->columns[i].name != NULL; i++)
		if (item->external[i] != NULL && item->row->said[i])
			read_fault(&s->ctx->in, item->prefix, s->e->columns[i].name,
			    "is given, and %s too", standard_external(s, i));
	fill_from_message(s, item);
	check_source(s, item);
}

void
standard_item_read(struct standard *s, struct standard_item *item, struct json_object *o)
{
	item->stored = v_null();
	json_object_object_foreach(o, name, value) {
		int i = column_by_any_case(s->e, name);

		if (i >= 0)
			take_column(s, item, i, value);
		else if (!read_external(s, item, name, value))
			unknown_member(s, item, name);
	}
	read_end(s, item);
}

/* ------------------------------------------------------------------ taking values */

/* The text of a part among the values of a column; NULL = it is not there. */
static const char *
part_text(const struct standard_value *values, size_t n, int column, int part)
{
	for (size_t i = 0; i < n; i++)
		if (values[i].column == column && values[i].part == part)
			return values[i].text;
	return NULL;
}

/* All parts of the external key that is given for the column. */
static struct standard_named *
take_named(struct standard *s, const struct standard_item *item,
    const struct standard_value *values, size_t n, int column)
{
	struct standard_named *named = arena_new(s->ctx->arena, struct standard_named, 1);
	const int is_own = column == STANDARD_OWN;
	const struct entity *by =
	    is_own ? entity_named_by(s->e) : entity_external_of(&s->e->columns[column]);
	const char *prefix = arena_join(s->ctx->arena, item->prefix,
	    is_own ? EXTERNAL : standard_external(s, column), ".");
	const size_t before = s->ctx->in.nfaults;

	for (int i = 0; by->natural[i] != NULL; i++) {
		named->key[i] = read_plain(&s->ctx->in, by, part_column(by, (size_t)i), prefix,
		    by->natural[i], part_text(values, n, column, i));
		check_part(s, prefix, by->natural[i], before, &named->key[i]);
	}
	named->is_wrong = s->ctx->in.nfaults > before;
	return named;
}

static void
take_value(struct standard *s, struct standard_item *item, const struct standard_value *value)
{
	const struct entity_column *c = &s->e->columns[value->column];
	const size_t before = s->ctx->in.nfaults;

	item->row->values[value->column] =
	    read_plain(&s->ctx->in, s->e, c, item->prefix, c->name, value->text);
	item->row->said[value->column] = !s->ctx->in.is_left_out;
	item->wrong[value->column] = s->ctx->in.nfaults > before;
}

void
standard_item_take(struct standard *s, struct standard_item *item,
    const struct standard_value *values, size_t n)
{
	item->stored = v_null();
	for (size_t i = 0; i < n; i++) {
		const int column = values[i].column, is_own = column == STANDARD_OWN;
		struct standard_named **into =
		    is_own ? &item->own_external : &item->external[column];

		if (values[i].part == STANDARD_WHOLE)
			take_value(s, item, &values[i]);
		else if (*into == NULL)
			*into = take_named(s, item, values, n, column);
	}
	read_end(s, item);
}

int
standard_key_given(const struct standard *s, const struct standard_item *item)
{
	int key = entity_column_find(s->e, s->e->key);

	return item->row->said[key] && item->row->values[key].kind != VAL_NULL;
}

/* ------------------------------------------------------------------ asking */

struct known_rows_of
standard_question(const struct entity *e, const char *const *columns, const struct val *is)
{
	struct known_rows_of of = { .want = { column_at(e, entity_column_find(e, e->key)) } };

	for (size_t i = 0; columns[i] != NULL; i++) {
		of.by[i] = column_at(e, entity_column_find(e, columns[i]));
		of.is[i] = is[i];
	}
	return of;
}

int
standard_known(struct standard *s, const struct known_rows_of *of, struct known_rows *out,
    struct err *err)
{
	int rc = known_rows(s->ctx->known, of, out, err);

	if (rc == ERR_ASKED)
		return 0;
	return rc < 0 ? rc : 1;
}

int
standard_items_wait(struct standard *s, struct err *err)
{
	return known_wait(s->ctx->known, err);
}

/* ------------------------------------------------------------------ whose it is */

static void
fill_source(struct standard *s, struct standard_item *item)
{
	if (item->stored.kind == VAL_NULL && strcmp(s->e->key, SOURCE) != 0)
		fill(s, item, SOURCE, v_int(s->ctx->message->source_id));
}

/* A contact without an identifier in the Source does not belong to it. */
static void
check_new_contact(struct standard *s, struct standard_item *item)
{
	if (!entity_has_external(s->e) || s->action != STANDARD_INSERT)
		return;
	if (item->own_external == NULL && !standard_key_given(s, item))
		read_fault(&s->ctx->in, item->prefix, EXTERNAL,
		    "is required: a Source knows its contacts by their identifiers");
}

/* Notes a fault for each item of which column i names a row of entity "of" that is not the
 * Source's; i < 0: for each item whose own row is not. Does not wait for answers. */
static int
check_rows(struct standard *s, const struct entity *of, int i, struct err *err)
{
	struct platform_owner_row *rows = arena_new(s->ctx->arena, struct platform_owner_row, s->n);
	struct standard_item **from = arena_new(s->ctx->arena, struct standard_item *, s->n);
	size_t n = 0;
	int rc;

	for (size_t k = 0; k < s->n; k++) {
		struct standard_item *item = &s->items[k];
		const int named = i >= 0 ?
		    i :
		    entity_column_find(s->e,
			standard_key_given(s, item) || s->e->natural[0] == NULL ? s->e->key :
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
	rc = platform_owner_rows(s->ctx, of, rows, n, err);
	for (size_t k = 0; k < n; k++)
		from[k]->foreign |= i < 0 && rows[k].refused;
	return rc == ERR_ASKED ? 0 : rc;
}

/* A reference to a row of another Source's person is refused: it could put a purchase into a
 * stranger's history. Goods and stores may belong to another Source. */
int
standard_items_owned(struct standard *s, struct err *err)
{
	int rc;

	for (size_t k = 0; k < s->n; k++)
		fill_source(s, &s->items[k]);
	if (!platform_owner_limited(s->ctx))
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
	return rc < 0 ? rc : standard_items_wait(s, err);
}
