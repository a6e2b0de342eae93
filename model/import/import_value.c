#include "config.h"

#include "model/import/import_value.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "lib/text_near.h"
#include "model/import/import_map.h"

/* ------------------------------------------------------------------ parts of a map */

const char *
import_path(struct import_reading *r, const char *where, const char *name)
{
	return arena_printf(r->a, "%s%s", where, name);
}

const char *
import_text(struct import_reading *r, const char *field, struct json_object *o)
{
	if (json_object_is_type(o, json_type_string) && json_object_get_string_len(o) > 0)
		return arena_strdup(r->a, json_object_get_string(o));
	IMPORT_FAULT(r, field, "must be a text that is not empty");
	return NULL;
}

size_t
import_texts(struct import_reading *r, const char *field, struct json_object *list, size_t most,
    const char **out)
{
	const size_t n = json_object_is_type(list, json_type_array) ? json_count(list) : 0;

	if (n == 0 || n > most) {
		IMPORT_FAULT(r, field, "must be a list of 1 to %zu names of columns", most);
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		out[i] = import_text(r, field, json_object_array_get_idx(list, i));
	return n;
}

void
import_flag(struct import_reading *r, const char *field, struct json_object *o, int *out)
{
	if (json_object_is_type(o, json_type_boolean))
		*out = json_object_get_boolean(o);
	else
		IMPORT_FAULT(r, field, "must be true or false");
}

void
import_unknown(
    struct import_reading *r, const char *field, const char *name, const char *const *known)
{
	const char *near = text_nearest(name, known);

	if (near != NULL)
		IMPORT_FAULT(r, field, "is not known; did you mean %s?", near);
	else
		IMPORT_FAULT(r, field, "is not known; %s are", text_names(r->a, known, 200));
}

/* ------------------------------------------------------------------ a value */

static void
read_column(struct import_reading *r, const char *field, struct json_object *o,
    struct import_value *v)
{
	v->columns[0] = import_text(r, field, o);
	v->ncolumns = 1;
}

static void
read_first_of(struct import_reading *r, const char *field, struct json_object *list,
    struct import_value *v)
{
	v->ncolumns = import_texts(r, field, list, IMPORT_FIRST_OF_MAX, v->columns);
}

static void
read_constant(struct import_reading *r, const char *field, struct json_object *o,
    struct import_value *v)
{
	if (json_object_is_type(o, json_type_object) || json_object_is_type(o, json_type_array))
		IMPORT_FAULT(r, field, "must be a text, a number or a flag");
	else
		v->constant = arena_strdup(r->a, o == NULL ? "" : json_object_get_string(o));
}

static void
read_form(struct import_reading *r, const char *field, struct json_object *o,
    struct import_value *v)
{
	const char *text = import_text(r, field, o);
	const char *names[CELL_DATE_N] = { NULL };

	if (text == NULL || (v->date = cell_date_find(text)) != CELL_DATE_UNSET)
		return;
	for (enum cell_date d = CELL_DATE_UNSET + 1; d < CELL_DATE_N; d++)
		names[d - 1] = cell_date_name(d);
	IMPORT_FAULT(r, field, "must be one of %s", text_names(r->a, names, 200));
}

static void
read_zone(struct import_reading *r, const char *field, struct json_object *o,
    struct import_value *v)
{
	const char *text = import_text(r, field, o);

	v->is_utc = text != NULL && text_ieq(text, "UTC");
	if (text != NULL && !v->is_utc)
		IMPORT_FAULT(r, field, "must be UTC; without it dates are in the import's zone");
}

static void
read_mark(struct import_reading *r, const char *field, struct json_object *o,
    struct import_value *v)
{
	static const char *const names[] = { [CELL_MARK_LAST] = "Last", [CELL_MARK_POINT] = "Point",
		[CELL_MARK_COMMA] = "Comma" };
	const char *text = import_text(r, field, o);

	v->is_number = 1;
	for (enum cell_mark m = CELL_MARK_LAST; m <= CELL_MARK_COMMA && text != NULL; m++)
		if (text_ieq(text, names[m])) {
			v->decimal = m;
			return;
		}
	if (text != NULL)
		IMPORT_FAULT(r, field, "must be Point, Comma or Last");
}

static void
read_split(struct import_reading *r, const char *field, struct json_object *o,
    struct import_value *v)
{
	const char *text = import_text(r, field, o);

	if (text != NULL && strlen(text) == 1 && text[0] > 0)
		v->split = text[0];
	else if (text != NULL)
		IMPORT_FAULT(r, field, "must be one character of ASCII");
}

static void
read_table(struct import_reading *r, const char *field, struct json_object *o,
    struct import_value *v)
{
	v->values = o;
	if (!json_object_is_type(o, json_type_object))
		IMPORT_FAULT(r, field, "must be an object of words");
}

static void
read_label(struct import_reading *r, const char *field, struct json_object *o,
    struct import_value *v)
{
	v->label = import_text(r, field, o);
}

static void
read_if(struct import_reading *r, const char *field, struct json_object *o, struct import_value *v)
{
	v->only_with = import_text(r, field, o);
}

static void
read_clear(struct import_reading *r, const char *field, struct json_object *o,
    struct import_value *v)
{
	import_flag(r, field, o, &v->clear);
}

static void
read_ordinal(struct import_reading *r, const char *field, struct json_object *o,
    struct import_value *v)
{
	import_flag(r, field, o, &v->ordinal);
}

static void
read_value_object(struct import_reading *r, const char *where, struct json_object *o,
    struct import_value *v)
{
	static const struct {
		const char *name;
		void (*read)(struct import_reading *r, const char *field, struct json_object *o,
		    struct import_value *v);
	} parts[] = { { "Column", read_column }, { "FirstOf", read_first_of },
		{ "Constant", read_constant }, { "Date", read_form }, { "Zone", read_zone },
		{ "Decimal", read_mark }, { "Split", read_split }, { "Values", read_table },
		{ "Label", read_label }, { "If", read_if }, { "Clear", read_clear },
		{ "Ordinal", read_ordinal } };
	enum { PARTS = sizeof parts / sizeof parts[0], WAYS = 3 };
	const char *known[PARTS + 1] = { NULL };
	int ways = 0;

	for (size_t i = 0; i < PARTS; i++)
		known[i] = parts[i].name;
	json_object_object_foreach(o, name, value) {
		const char *field = import_path(r, where, arena_printf(r->a, ".%s", name));
		size_t i = 0;

		while (i < PARTS && !text_ieq(name, known[i]))
			i++;
		ways += i < WAYS;
		if (i < PARTS)
			parts[i].read(r, field, value, v);
		else
			import_unknown(r, field, name, known);
	}
	if (ways != 1)
		IMPORT_FAULT(r, where, "needs one of Column, FirstOf and Constant");
}

void
import_value_read(struct import_reading *r, const char *where, struct json_object *o,
    struct import_value *v)
{
	if (json_object_is_type(o, json_type_object))
		read_value_object(r, where, o, v);
	else
		read_column(r, where, o, v);
}
