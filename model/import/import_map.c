#include "config.h"

#include "model/import/import_map.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "lib/text_near.h"
#include "model/entity.h"
#include "model/entity_external.h"

/* Where the reading stands: faults are named by it. */
struct reading {
	struct arena *a;
	struct err *err;
};

#define FAULT(r, field, ...) err_fault((r)->err, (r)->a, field, __VA_ARGS__)

static const char *
path(struct reading *r, const char *where, const char *name)
{
	return arena_printf(r->a, "%s%s", where, name);
}

/* ------------------------------------------------------------------ values */

static const char *
text_of(struct reading *r, const char *field, struct json_object *o)
{
	if (json_object_is_type(o, json_type_string) && json_object_get_string_len(o) > 0)
		return arena_strdup(r->a, json_object_get_string(o));
	FAULT(r, field, "must be a text that is not empty");
	return NULL;
}

static void
read_first_of(struct reading *r, const char *field, struct json_object *list,
    struct import_value *v)
{
	const size_t n = json_object_is_type(list, json_type_array) ? json_count(list) : 0;

	if (n == 0 || n > IMPORT_FIRST_OF_MAX) {
		FAULT(r, field, "must be a list of 1 to %d columns", IMPORT_FIRST_OF_MAX);
		return;
	}
	for (size_t i = 0; i < n; i++)
		v->columns[v->ncolumns++] =
		    text_of(r, field, json_object_array_get_idx(list, i));
}

static void
read_constant(struct reading *r, const char *field, struct json_object *o, struct import_value *v)
{
	if (json_object_is_type(o, json_type_object) || json_object_is_type(o, json_type_array))
		FAULT(r, field, "must be a text, a number or a flag");
	else
		v->constant = arena_strdup(r->a, o == NULL ? "" : json_object_get_string(o));
}

static void
read_form(struct reading *r, const char *field, struct json_object *o, struct import_value *v)
{
	const char *text = text_of(r, field, o);
	const char *names[CELL_DATE_N] = { NULL };

	if (text == NULL || (v->date = cell_date_find(text)) != CELL_DATE_UNSET)
		return;
	for (enum cell_date d = CELL_DATE_UNSET + 1; d < CELL_DATE_N; d++)
		names[d - 1] = cell_date_name(d);
	FAULT(r, field, "must be one of %s", text_names(r->a, names, 200));
}

static void
read_mark(struct reading *r, const char *field, struct json_object *o, struct import_value *v)
{
	const char *text = text_of(r, field, o);

	if (text == NULL)
		return;
	v->decimal = text_ieq(text, "Point") ? CELL_MARK_POINT : CELL_MARK_COMMA;
	if (v->decimal == CELL_MARK_COMMA && !text_ieq(text, "Comma"))
		FAULT(r, field, "must be Point or Comma");
}

static void
read_table(struct reading *r, const char *field, struct json_object *o, struct import_value *v)
{
	v->values = o;
	if (!json_object_is_type(o, json_type_object))
		FAULT(r, field, "must be an object of words");
}

static void
read_flag(struct reading *r, const char *field, struct json_object *o, int *out)
{
	if (json_object_is_type(o, json_type_boolean))
		*out = json_object_get_boolean(o);
	else
		FAULT(r, field, "must be true or false");
}

/* One member of the object that says a value. 0 when there is none of the name. */
static int
read_part(struct reading *r, const char *field, const char *name, struct json_object *o,
    struct import_value *v)
{
	if (text_ieq(name, "Column"))
		v->columns[v->ncolumns++] = text_of(r, field, o);
	else if (text_ieq(name, "FirstOf"))
		read_first_of(r, field, o, v);
	else if (text_ieq(name, "Constant"))
		read_constant(r, field, o, v);
	else if (text_ieq(name, "Date"))
		read_form(r, field, o, v);
	else if (text_ieq(name, "Decimal"))
		read_mark(r, field, o, v);
	else if (text_ieq(name, "Values"))
		read_table(r, field, o, v);
	else if (text_ieq(name, "Label"))
		v->label = text_of(r, field, o);
	else if (text_ieq(name, "Clear"))
		read_flag(r, field, o, &v->clear);
	else
		return 0;
	return 1;
}

static void
unknown(struct reading *r, const char *field, const char *name, const char *const *known)
{
	const char *near = text_nearest(name, known);

	if (near != NULL)
		FAULT(r, field, "is not known; did you mean %s?", near);
	else
		FAULT(r, field, "is not known; %s are", text_names(r->a, known, 200));
}

static void
read_value_object(struct reading *r, const char *where, struct json_object *o,
    struct import_value *v)
{
	static const char *const known[] = { "Column", "FirstOf", "Constant", "Date", "Decimal",
		"Values", "Label", "Clear", NULL };
	int ways = 0;

	json_object_object_foreach(o, name, value) {
		const char *field = path(r, where, arena_printf(r->a, ".%s", name));

		ways += text_ieq(name, "Column") + text_ieq(name, "FirstOf") +
		    text_ieq(name, "Constant");
		if (!read_part(r, field, name, value, v))
			unknown(r, field, name, known);
	}
	if (ways != 1)
		FAULT(r, where, "needs one of Column, FirstOf and Constant");
}

static void
read_value_of(struct reading *r, const char *where, struct json_object *o, struct import_value *v)
{
	if (json_object_is_type(o, json_type_object))
		read_value_object(r, where, o, v);
	else if ((v->columns[0] = text_of(r, where, o)) != NULL)
		v->ncolumns = 1;
}

/* ------------------------------------------------------------------ members */

/* 1 when the entity has a column of the name, or an external key. */
static int
has_member(struct arena *a, const struct entity *e, const char *name, int is_key)
{
	if (is_key && entity_has_external(e) && text_ieq(name, ENTITY_EXTERNAL))
		return 1;
	for (const struct entity_column *c = e->columns; c->name != NULL; c++)
		if (is_key ? entity_external_of(c) != NULL &&
				text_ieq(name, entity_external_name(a, c)) :
			     c->made_from == NULL && text_ieq(name, c->name))
			return 1;
	return 0;
}

static void
check_member(struct reading *r, const char *field, const struct entity *e,
    const struct import_member *m)
{
	const char *names[2 * ENTITY_COLUMNS_MAX + 2] = { NULL };
	size_t n = 0;

	if (has_member(r->a, e, m->name, m->part != NULL))
		return;
	for (const struct entity_column *c = e->columns; c->name != NULL; c++) {
		if (c->made_from == NULL && m->part == NULL)
			names[n++] = c->name;
		if (entity_external_of(c) != NULL && m->part != NULL)
			names[n++] = entity_external_name(r->a, c);
	}
	if (entity_has_external(e) && m->part != NULL)
		names[n++] = ENTITY_EXTERNAL;
	unknown(r, field, m->name, names);
}

static void
read_members(struct reading *r, const char *where, struct json_object *o, struct import_row *row)
{
	const size_t n = json_object_is_type(o, json_type_object) ?
	    (size_t)json_object_object_length(o) : 0;

	if (n == 0 || n > IMPORT_MEMBERS_MAX) {
		FAULT(r, where, "must be an object of 1 to %d members", IMPORT_MEMBERS_MAX);
		return;
	}
	row->members = arena_new(r->a, struct import_member, n);
	json_object_object_foreach(o, name, value) {
		struct import_member *m = &row->members[row->nmembers++];
		const char *field = path(r, where, arena_printf(r->a, ".%s", name));
		char *dot;

		m->name = arena_strdup(r->a, name);
		if ((dot = strchr((char *)(uintptr_t)m->name, '.')) != NULL) {
			*dot = '\0';
			m->part = dot + 1;
		}
		check_member(r, field, row->entity, m);
		read_value_of(r, field, value, &m->value);
	}
}

/* ------------------------------------------------------------------ rows */

static int
read_row(struct reading *r, const char *where, struct json_object *o, struct import_row *row)
{
	static const char *const known[] = { "Entity", "Each", "Ensure", "When", "Deletion",
		"Members", NULL };
	const char *entity = json_text(o, "Entity");

	if ((row->entity = entity_find(entity == NULL ? "" : entity)) == NULL)
		return FAULT(r, path(r, where, ".Entity"), "must name an entity of the model");
	json_object_object_foreach(o, name, value) {
		const char *field = path(r, where, arena_printf(r->a, ".%s", name));

		if (text_ieq(name, "Members"))
			read_members(r, field, value, row);
		else if (text_ieq(name, "Each"))
			read_flag(r, field, value, &row->each);
		else if (text_ieq(name, "Ensure"))
			read_flag(r, field, value, &row->ensure);
		else if (text_ieq(name, "When"))
			row->when = text_of(r, field, value);
		else if (text_ieq(name, "Deletion"))
			row->deletion = text_of(r, field, value);
		else if (!text_ieq(name, "Entity"))
			unknown(r, field, name, known);
	}
	if (row->ensure && row->entity->natural[0] == NULL)
		FAULT(r, path(r, where, ".Ensure"), "needs an entity with a natural key");
	if (row->deletion != NULL && entity_column_find(row->entity, "DeletionFlag") < 0)
		FAULT(r, path(r, where, ".Deletion"), "needs an entity with a DeletionFlag");
	if (row->nmembers == 0)
		FAULT(r, path(r, where, ".Members"), "is required");
	return 0;
}

static void
read_rows(struct reading *r, const char *field, struct json_object *list, struct import_map *map)
{
	const size_t n = json_object_is_type(list, json_type_array) ? json_count(list) : 0;

	if (n == 0 || n > IMPORT_ROWS_MAX) {
		FAULT(r, field, "must be a list of 1 to %d rows", IMPORT_ROWS_MAX);
		return;
	}
	map->rows = arena_new(r->a, struct import_row, n);
	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		const char *where = arena_printf(r->a, "%s[%zu]", field, i);

		if (json_object_is_type(o, json_type_object))
			read_row(r, where, o, &map->rows[map->nrows++]);
		else
			FAULT(r, where, "must be an object");
	}
}

/* ------------------------------------------------------------------ how it is written */

/* A text of one ASCII character, "" and "none" when it may be none. */
static void
read_character(
    struct reading *r, const char *field, struct json_object *o, int may_be_none, char *out)
{
	const char *text =
	    json_object_is_type(o, json_type_string) ? json_object_get_string(o) : "  ";

	if (text_ieq(text, "TAB"))
		text = "\t";
	if (strlen(text) == 1 && text[0] > 0)
		*out = text[0];
	else if (may_be_none && text[0] == '\0')
		*out = '\0';
	else
		FAULT(r, field, "must be one character of ASCII, or TAB");
}

static void
read_encoding(struct reading *r, const char *field, struct json_object *o, struct csv_dialect *d)
{
	const char *text = text_of(r, field, o), *names[ENCODING_N] = { NULL };

	if (text == NULL || (d->encoding = encoding_find(text)) != ENCODING_UNSET)
		return;
	for (int e = ENCODING_UNSET + 1; e < ENCODING_N; e++)
		names[e - 1] = encoding_name((enum encoding)e);
	FAULT(r, field, "must be one of %s", text_names(r->a, names, 200));
}

static void
read_columns(struct reading *r, const char *field, struct json_object *list,
    struct import_map *map)
{
	const size_t n = json_object_is_type(list, json_type_array) ? json_count(list) : 0;

	if (n == 0 || n > CSV_FIELDS_MAX) {
		FAULT(r, field, "must be a list of 1 to %d names", CSV_FIELDS_MAX);
		return;
	}
	map->columns = arena_new(r->a, const char *, n);
	for (size_t i = 0; i < n; i++)
		map->columns[i] = text_of(r, field, json_object_array_get_idx(list, i));
	map->dialect.fields = n;
}

static void
read_dialect(struct reading *r, const char *where, struct json_object *o, struct import_map *map)
{
	static const char *const known[] = { "Encoding", "Delimiter", "Quote", "Header", "Columns",
		NULL };
	struct csv_dialect *d = &map->dialect;

	if (!json_object_is_type(o, json_type_object)) {
		FAULT(r, where, "must be an object");
		return;
	}
	json_object_object_foreach(o, name, value) {
		const char *field = path(r, where, arena_printf(r->a, ".%s", name));

		if (text_ieq(name, "Encoding"))
			read_encoding(r, field, value, d);
		else if (text_ieq(name, "Delimiter"))
			read_character(r, field, value, 0, &d->delimiter);
		else if (text_ieq(name, "Quote"))
			read_character(r, field, value, 1, &d->quote);
		else if (text_ieq(name, "Header"))
			read_flag(r, field, value, &d->header);
		else if (text_ieq(name, "Columns"))
			read_columns(r, field, value, map);
		else
			unknown(r, field, name, known);
	}
	if (!d->header && map->columns == NULL)
		FAULT(r, where, "needs Columns, because the file has no header");
}

static void
read_group(struct reading *r, const char *field, struct json_object *list, struct import_map *map)
{
	const size_t n = json_object_is_type(list, json_type_array) ? json_count(list) : 0;

	if (n == 0 || n > IMPORT_FIRST_OF_MAX) {
		FAULT(r, field, "must be a list of 1 to %d columns", IMPORT_FIRST_OF_MAX);
		return;
	}
	map->group_by = arena_new(r->a, const char *, n);
	map->group_at = arena_new(r->a, int, n);
	for (size_t i = 0; i < n; i++)
		map->group_by[map->ngroup++] =
		    text_of(r, field, json_object_array_get_idx(list, i));
}

static void
read_consent(struct reading *r, const char *field, struct json_object *o, struct import_map *map)
{
	const char *text = text_of(r, field, o);

	map->is_mention = text != NULL && text_ieq(text, "Mention");
	if (text != NULL && !map->is_mention && !text_ieq(text, "Statement"))
		FAULT(r, field, "must be Mention or Statement");
}

int
import_map_read(struct arena *a, const char *where, struct json_object *json,
    struct import_map *out, struct err *err)
{
	static const char *const known[] = { "File", "GroupBy", "Rows", "Consent", NULL };
	struct reading r = { .a = a, .err = err };

	*out = (struct import_map){ .json = json_object_get(json),
		.dialect = { .encoding = ENCODING_UTF8, .delimiter = ',', .quote = '"',
		    .header = 1 } };
	if (!json_object_is_type(json, json_type_object))
		return FAULT(&r, where, "must be an object");
	json_object_object_foreach(json, name, value) {
		const char *field = path(&r, where, name);

		if (text_ieq(name, "Rows"))
			read_rows(&r, field, value, out);
		else if (text_ieq(name, "File"))
			read_dialect(&r, field, value, out);
		else if (text_ieq(name, "GroupBy"))
			read_group(&r, field, value, out);
		else if (text_ieq(name, "Consent"))
			read_consent(&r, field, value, out);
		else
			unknown(&r, field, name, known);
	}
	if (out->nrows == 0 && err->faults == NULL)
		FAULT(&r, path(&r, where, "Rows"), "is required");
	return err->faults != NULL ? err->code : 0;
}

void
import_map_done(struct import_map *map)
{
	json_object_put(map->json);
	map->json = NULL;
}

/* ------------------------------------------------------------------ the columns of a file */

struct binding {
	struct reading r;
	const char *const *names;	/* of the file, ends with NULL */
	size_t n;
	unsigned char *used;
};

static void
bind_column(struct binding *b, const char *name, int *at)
{
	const char *near;

	*at = -1;
	for (size_t i = 0; i < b->n && *at < 0; i++)
		if (text_ieq(b->names[i], name))
			*at = (int)i;
	if (*at >= 0) {
		b->used[*at] = 1;
		return;
	}
	near = text_nearest(name, b->names);
	FAULT(&b->r, name, "is no column of the file%s%s%s", near == NULL ? "" : "; did you mean ",
	    near == NULL ? "" : near, near == NULL ? "" : "?");
}

static void
bind_row(struct binding *b, struct import_row *row)
{
	if (row->when != NULL)
		bind_column(b, row->when, &row->when_at);
	if (row->deletion != NULL)
		bind_column(b, row->deletion, &row->deletion_at);
	for (size_t i = 0; i < row->nmembers; i++)
		for (size_t k = 0; k < row->members[i].value.ncolumns; k++)
			bind_column(b, row->members[i].value.columns[k],
			    &row->members[i].value.at[k]);
}

int
import_map_bind(struct arena *a, struct import_map *map, const char *const *names, size_t n,
    const char *const **unused, struct err *err)
{
	const char **ended = arena_new(a, const char *, n + 1), **left;
	struct binding b = { .r = { .a = a, .err = err }, .names = ended, .n = n };
	size_t nleft = 0;

	memcpy(ended, names, n * sizeof(*ended));
	b.used = arena_new(a, unsigned char, n + 1);
	for (size_t i = 0; i < map->nrows; i++)
		bind_row(&b, &map->rows[i]);
	for (size_t i = 0; i < map->ngroup; i++)
		bind_column(&b, map->group_by[i], &map->group_at[i]);
	left = arena_new(a, const char *, n + 1);
	for (size_t i = 0; i < n; i++)
		if (!b.used[i])
			left[nleft++] = names[i];
	*unused = left;
	return err->faults != NULL ? err->code : 0;
}
