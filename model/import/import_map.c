#include "config.h"

#include "model/import/import_map.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "lib/text_near.h"
#include "model/import/import_row.h"
#include "model/import/import_value.h"

/* ------------------------------------------------------------------ how it is written */

/* A text of one ASCII character, "" and "none" when it may be none. */
static void
read_character(
    struct import_reading *r, const char *field, struct json_object *o, int may_be_none, char *out)
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
		IMPORT_FAULT(r, field, "must be one character of ASCII, or TAB");
}

static void
read_encoding(struct import_reading *r, const char *field, struct json_object *o,
    struct csv_dialect *d)
{
	const char *text = import_text(r, field, o), *names[ENCODING_N] = { NULL };

	if (text == NULL || (d->encoding = encoding_find(text)) != ENCODING_UNSET)
		return;
	for (int e = ENCODING_UNSET + 1; e < ENCODING_N; e++)
		names[e - 1] = encoding_name((enum encoding)e);
	IMPORT_FAULT(r, field, "must be one of %s", text_names(r->a, names, 200));
}

static void
read_columns(struct import_reading *r, const char *field, struct json_object *list,
    struct import_map *map)
{
	const size_t n = json_object_is_type(list, json_type_array) ? json_count(list) : 0;

	if (n == 0 || n > CSV_FIELDS_MAX) {
		IMPORT_FAULT(r, field, "must be a list of 1 to %d names", CSV_FIELDS_MAX);
		return;
	}
	map->columns = arena_new(r->a, const char *, n);
	for (size_t i = 0; i < n; i++)
		map->columns[i] = import_text(r, field, json_object_array_get_idx(list, i));
	map->dialect.fields = n;
}

static void
read_dialect(struct import_reading *r, const char *where, struct json_object *o,
    struct import_map *map)
{
	static const char *const known[] = { "Encoding", "Delimiter", "Quote", "Header", "Columns",
		NULL };
	struct csv_dialect *d = &map->dialect;

	if (!json_object_is_type(o, json_type_object)) {
		IMPORT_FAULT(r, where, "must be an object");
		return;
	}
	json_object_object_foreach(o, name, value) {
		const char *field = import_path(r, where, arena_printf(r->a, ".%s", name));

		if (text_ieq(name, "Encoding"))
			read_encoding(r, field, value, d);
		else if (text_ieq(name, "Delimiter"))
			read_character(r, field, value, 0, &d->delimiter);
		else if (text_ieq(name, "Quote"))
			read_character(r, field, value, 1, &d->quote);
		else if (text_ieq(name, "Header"))
			import_flag(r, field, value, &d->header);
		else if (text_ieq(name, "Columns"))
			read_columns(r, field, value, map);
		else
			import_unknown(r, field, name, known);
	}
	if (!d->header && map->columns == NULL)
		IMPORT_FAULT(r, where, "needs Columns, because the file has no header");
}

static void
read_group(struct import_reading *r, const char *field, struct json_object *list,
    struct import_map *map)
{
	map->group.n = import_texts(r, field, list, IMPORT_FIRST_OF_MAX, map->group.columns);
}

static void
read_consent(struct import_reading *r, const char *field, struct json_object *o,
    struct import_map *map)
{
	const char *text = import_text(r, field, o);

	map->is_mention = text != NULL && text_ieq(text, "Mention");
	if (text != NULL && !map->is_mention && !text_ieq(text, "Statement"))
		IMPORT_FAULT(r, field, "must be Mention or Statement");
}

static void
read_as_of(struct import_reading *r, const char *field, struct json_object *o,
    struct import_map *map)
{
	map->as_of = arena_new(r->a, struct import_value, 1);
	import_value_read(r, field, o, map->as_of);
}

int
import_map_read(struct arena *a, const char *where, struct json_object *json,
    struct import_map *out, struct err *err)
{
	static const char *const known[] = { "File", "GroupBy", "Rows", "Consent", "AsOf", NULL };
	struct import_reading r = { .a = a, .err = err };

	*out = (struct import_map){ .json = json_object_get(json),
		.dialect = { .encoding = ENCODING_UTF8, .delimiter = ',', .quote = '"',
		    .header = 1 } };
	if (!json_object_is_type(json, json_type_object))
		return IMPORT_FAULT(&r, where, "must be an object");
	json_object_object_foreach(json, name, value) {
		const char *field = import_path(&r, where, name);

		if (text_ieq(name, "Rows"))
			import_rows_read(&r, field, value, out);
		else if (text_ieq(name, "File"))
			read_dialect(&r, field, value, out);
		else if (text_ieq(name, "GroupBy"))
			read_group(&r, field, value, out);
		else if (text_ieq(name, "Consent"))
			read_consent(&r, field, value, out);
		else if (text_ieq(name, "AsOf"))
			read_as_of(&r, field, value, out);
		else
			import_unknown(&r, field, name, known);
	}
	if (out->nrows == 0 && err->faults == NULL)
		IMPORT_FAULT(&r, import_path(&r, where, "Rows"), "is required");
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
	struct import_reading r;
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
	IMPORT_FAULT(&b->r, name, "is no column of the file%s%s%s",
	    near == NULL ? "" : "; did you mean ", near == NULL ? "" : near,
	    near == NULL ? "" : "?");
}

static void
bind_value(struct binding *b, struct import_value *v)
{
	for (size_t i = 0; i < v->ncolumns; i++)
		bind_column(b, v->columns[i], &v->at[i]);
	if (v->only_with != NULL)
		bind_column(b, v->only_with, &v->only_with_at);
}

static void
bind_columns(struct binding *b, struct import_columns *c)
{
	for (size_t i = 0; i < c->n; i++)
		bind_column(b, c->columns[i], &c->at[i]);
}

static void
bind_row(struct binding *b, struct import_row *row)
{
	if (row->when != NULL)
		bind_column(b, row->when, &row->when_at);
	if (row->deletion != NULL)
		bind_column(b, row->deletion, &row->deletion_at);
	for (size_t i = 0; i < row->nmembers; i++)
		bind_value(b, &row->members[i].value);
	if (row->stamp != NULL)
		bind_value(b, row->stamp);
	bind_columns(b, &row->once);
	bind_columns(b, &row->child);
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
	bind_columns(&b, &map->group);
	if (map->as_of != NULL)
		bind_value(&b, map->as_of);
	left = arena_new(a, const char *, n + 1);
	for (size_t i = 0; i < n; i++)
		if (!b.used[i])
			left[nleft++] = names[i];
	*unused = left;
	return err->faults != NULL ? err->code : 0;
}
