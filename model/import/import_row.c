#include "config.h"

#include "model/import/import_row.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/entity.h"
#include "model/entity_external.h"
#include "model/import/import_map.h"
#include "model/import/import_value.h"
#include "model/platform.h"

/* ------------------------------------------------------------------ members */

static int
is_member(struct arena *a, const struct entity_column *c, const struct import_member *m)
{
	if (m->part == NULL)
		return c->made_from == NULL && text_ieq(m->name, c->name);
	return entity_external_of(c) != NULL && text_ieq(m->name, entity_external_name(a, c));
}

/* 1 for a column that names the entity's rows, or another's. */
static int
does_name(const struct entity *e, const struct entity_column *c)
{
	for (size_t i = 0; e->natural[i] != NULL; i++)
		if (strcmp(e->natural[i], c->name) == 0)
			return 1;
	return c->refers != NULL || strcmp(c->name, e->key) == 0;
}

/* 1 when the entity has a column of the member's name, or an external key: its place is noted. */
static int
find_member(struct arena *a, const struct entity *e, struct import_member *m)
{
	m->column = IMPORT_OWN;
	m->names = 1;
	if (m->part != NULL && entity_has_external(e) && text_ieq(m->name, ENTITY_EXTERNAL))
		return 1;
	for (int i = 0; e->columns[i].name != NULL; i++)
		if (is_member(a, &e->columns[i], m)) {
			m->column = i;
			m->names = m->part != NULL || does_name(e, &e->columns[i]);
			return 1;
		}
	return 0;
}

/* Where the part stands in the key that the member is. */
static void
check_part(struct import_reading *r, const char *field, const struct entity *e,
    struct import_member *m)
{
	const struct entity *by = m->column == IMPORT_OWN ?
	    entity_named_by(e) :
	    entity_external_of(&e->columns[m->column]);

	if (text_ieq(m->part, "Email") || text_ieq(m->part, "Phone")) {
		m->part_at = text_ieq(m->part, "Email") ? IMPORT_EMAIL : IMPORT_PHONE;
		return;
	}
	for (int i = 0; by->natural[i] != NULL; i++)
		if (text_ieq(m->part, by->natural[i])) {
			m->part_at = i;
			return;
		}
	import_unknown(r, field, m->part, by->natural);
}

static void
check_member(struct import_reading *r, const char *field, const struct entity *e,
    struct import_member *m)
{
	const char *names[2 * ENTITY_COLUMNS_MAX + 2] = { NULL };
	size_t n = 0;

	m->part_at = IMPORT_WHOLE;
	if (find_member(r->a, e, m)) {
		if (m->part != NULL)
			check_part(r, field, e, m);
		return;
	}
	for (const struct entity_column *c = e->columns; c->name != NULL; c++) {
		if (c->made_from == NULL && m->part == NULL)
			names[n++] = c->name;
		if (entity_external_of(c) != NULL && m->part != NULL)
			names[n++] = entity_external_name(r->a, c);
	}
	if (entity_has_external(e) && m->part != NULL)
		names[n++] = ENTITY_EXTERNAL;
	import_unknown(r, field, m->name, names);
}

/* "A.B": the part behind the point, which becomes the end of the name; NULL = none. */
static const char *
split_name(char *name)
{
	char *dot = strchr(name, '.');

	if (dot == NULL)
		return NULL;
	*dot = '\0';
	return dot + 1;
}

/* Members of an entity are checked. The platform of a body says what it does not know. */
static void
read_members(struct import_reading *r, const char *where, struct json_object *o,
    struct import_row *row)
{
	const size_t n = json_object_is_type(o, json_type_object) ?
	    (size_t)json_object_object_length(o) : 0;

	if (n == 0 || n > IMPORT_MEMBERS_MAX) {
		IMPORT_FAULT(r, where, "must be an object of 1 to %d members", IMPORT_MEMBERS_MAX);
		return;
	}
	row->members = arena_new(r->a, struct import_member, n);
	json_object_object_foreach(o, name, value) {
		struct import_member *m = &row->members[row->nmembers++];
		const char *field = import_path(r, where, arena_printf(r->a, ".%s", name));
		char *copy = arena_strdup(r->a, name);

		m->name = copy;
		m->part = split_name(copy);
		if (row->entity != NULL)
			check_member(r, field, row->entity, m);
		import_value_read(r, field, value, &m->value);
	}
}

/* ------------------------------------------------------------------ what a row is */

static int
has_kind(const char *platform, const char *entity, const char *action)
{
	for (const struct platform_kind *k = platform_kinds; k->platform != NULL; k++)
		if (text_ieq(k->platform, platform) && text_ieq(k->entity, entity) &&
		    text_ieq(k->action, action))
			return 1;
	return 0;
}

/* "Magento/Command/Update" */
static void
read_body(struct import_reading *r, const char *field, struct json_object *o,
    struct import_row *row)
{
	const char *text = import_text(r, field, o);
	char *rest = arena_strdup(r->a, text);

	for (size_t i = 0; i < 3; i++)
		row->body[i] = rest == NULL ? "" : strsep(&rest, "/");
	if (text == NULL || (rest == NULL && has_kind(row->body[0], row->body[1], row->body[2])))
		return;
	IMPORT_FAULT(r, field, "must name a webhook, such as Magento/Command/Update");
}

static void
read_entity(struct import_reading *r, const char *field, struct json_object *o,
    struct import_row *row)
{
	const int is_text = json_object_is_type(o, json_type_string);
	const char *name = is_text ? json_object_get_string(o) : "";

	if ((row->entity = entity_find(name)) == NULL)
		IMPORT_FAULT(r, field, "must name an entity of the model");
}

static void
read_list(struct import_reading *r, const char *field, struct json_object *o,
    struct import_row *row)
{
	row->list = import_text(r, field, o);
}

/* ------------------------------------------------------------------ how it is read */

static void
read_each(struct import_reading *r, const char *field, struct json_object *o,
    struct import_row *row)
{
	import_flag(r, field, o, &row->each);
}

static void
read_ensure(struct import_reading *r, const char *field, struct json_object *o,
    struct import_row *row)
{
	import_flag(r, field, o, &row->ensure);
}

static void
read_when(struct import_reading *r, const char *field, struct json_object *o,
    struct import_row *row)
{
	row->when = import_text(r, field, o);
}

static void
read_deletion(struct import_reading *r, const char *field, struct json_object *o,
    struct import_row *row)
{
	row->deletion = import_text(r, field, o);
}

static void
read_match(struct import_reading *r, const char *field, struct json_object *o,
    struct import_row *row)
{
	const char *text = import_text(r, field, o);

	row->by_sku = text != NULL && text_ieq(text, "Sku");
	if (text != NULL && !row->by_sku)
		IMPORT_FAULT(r, field, "must be Sku");
}

static void
read_stamp(struct import_reading *r, const char *field, struct json_object *o,
    struct import_row *row)
{
	row->stamp = arena_new(r->a, struct import_value, 1);
	import_value_read(r, field, o, row->stamp);
}

static void
read_once(struct import_reading *r, const char *field, struct json_object *o,
    struct import_row *row)
{
	row->once.n = import_texts(r, field, o, IMPORT_FIRST_OF_MAX, row->once.columns);
}

static void
read_child(struct import_reading *r, const char *field, struct json_object *o,
    struct import_row *row)
{
	row->child.n = import_texts(r, field, o, IMPORT_FIRST_OF_MAX, row->child.columns);
	if (row->child.n == 1)
		IMPORT_FAULT(r, field, "needs a column of amounts, too");
}

static void
read_row_members(struct import_reading *r, const char *field, struct json_object *o,
    struct import_row *row)
{
	read_members(r, field, o, row);
}

static const struct {
	const char *name;
	void (*read)(struct import_reading *r, const char *field, struct json_object *o,
	    struct import_row *row);
} parts[] = { { "Entity", read_entity }, { "Body", read_body }, { "List", read_list },
	{ "Each", read_each }, { "Ensure", read_ensure }, { "When", read_when },
	{ "Deletion", read_deletion }, { "Match", read_match }, { "Stamp", read_stamp },
	{ "Once", read_once }, { "Child", read_child },
	{ "Members", read_row_members } };
enum { PARTS = sizeof parts / sizeof parts[0], KINDS = 3 };

/* ------------------------------------------------------------------ a row */

/* What does not go together. */
static void
check_row(struct import_reading *r, const char *where, const struct import_row *row)
{
	const int is_good = row->entity != NULL && strcmp(row->entity->name, "PurchaseGood") == 0;

	if (row->ensure && (row->entity == NULL || row->entity->natural[0] == NULL))
		IMPORT_FAULT(r, import_path(r, where, ".Ensure"),
		    "needs an entity with a natural key");
	if (row->deletion != NULL &&
	    (row->entity == NULL || entity_column_find(row->entity, "DeletionFlag") < 0))
		IMPORT_FAULT(r, import_path(r, where, ".Deletion"),
		    "needs an entity with a DeletionFlag");
	if (row->by_sku && !is_good)
		IMPORT_FAULT(r, import_path(r, where, ".Match"), "needs the entity PurchaseGood");
	if (row->stamp != NULL && row->body[0] == NULL)
		IMPORT_FAULT(r, import_path(r, where, ".Stamp"), "needs a Body");
	if ((row->once.n > 0 || row->child.n > 0) && !row->each)
		IMPORT_FAULT(r, where, "needs Each for Once and Child");
	if (row->body[0] != NULL && row->each)
		IMPORT_FAULT(r, import_path(r, where, ".Each"), "is not for a Body");
	if (row->nmembers == 0)
		IMPORT_FAULT(r, import_path(r, where, ".Members"), "is required");
}

/* Reads the parts that say what the row is, or all others. Returns how many were read. */
static int
read_parts(struct import_reading *r, const char *where, struct json_object *o,
    struct import_row *row, int kinds)
{
	const char *known[PARTS + 1] = { NULL };
	int n = 0;

	for (size_t i = 0; i < PARTS; i++)
		known[i] = parts[i].name;
	json_object_object_foreach(o, name, value) {
		const char *field = import_path(r, where, arena_printf(r->a, ".%s", name));
		size_t i = 0;

		while (i < PARTS && !text_ieq(name, known[i]))
			i++;
		if (i == PARTS && !kinds)
			import_unknown(r, field, name, known);
		if (i == PARTS || (i < KINDS) != kinds)
			continue;
		parts[i].read(r, field, value, row);
		n++;
	}
	return n;
}

/* The kind is read first: members are checked by it. */
static void
read_row(struct import_reading *r, const char *where, struct json_object *o,
    struct import_row *row)
{
	const int kinds = read_parts(r, where, o, row, 1);

	read_parts(r, where, o, row, 0);
	if (kinds != 1)
		IMPORT_FAULT(r, import_path(r, where, ".Entity"),
		    "must name an entity of the model; or give one Body, or List");
	check_row(r, where, row);
}

/* Elements of lists belong to the body in front of them. */
static void
check_place(struct import_reading *r, const char *where, const struct import_map *map, size_t i)
{
	const struct import_row *row = &map->rows[i];
	const int is_behind = i > 0 && map->rows[0].body[0] != NULL;

	if (row->list != NULL && !is_behind)
		IMPORT_FAULT(r, import_path(r, where, ".List"), "must follow a Body");
	if (row->body[0] != NULL && i > 0)
		IMPORT_FAULT(r, import_path(r, where, ".Body"), "must be the first row");
	if (row->entity != NULL && is_behind)
		IMPORT_FAULT(r, import_path(r, where, ".Entity"), "does not go with a Body");
}

void
import_rows_read(struct import_reading *r, const char *field, struct json_object *list,
    struct import_map *map)
{
	const size_t n = json_object_is_type(list, json_type_array) ? json_count(list) : 0;

	if (n == 0 || n > IMPORT_ROWS_MAX) {
		IMPORT_FAULT(r, field, "must be a list of 1 to %d rows", IMPORT_ROWS_MAX);
		return;
	}
	map->rows = arena_new(r->a, struct import_row, n);
	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		const char *where = arena_printf(r->a, "%s[%zu]", field, i);

		if (json_object_is_type(o, json_type_object)) {
			read_row(r, where, o, &map->rows[map->nrows++]);
			check_place(r, where, map, map->nrows - 1);
		} else {
			IMPORT_FAULT(r, where, "must be an object");
		}
	}
}
