#include "config.h"

#include "fcgi/help/openapi_schema.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include <json-c/json.h>

#include "fcgi/action.h"
#include "fcgi/api/ctl_reference.h"
#include "fcgi/api/sample.h"
#include "lib/arena.h"
#include "lib/format/writer.h"
#include "lib/text.h"

void
openapi_put(struct json_object *o, const char *name, struct json_object *value)
{
	json_object_object_add(o, name, value);
}

void
openapi_put_text(struct json_object *o, const char *name, const char *text)
{
	openapi_put(o, name, json_object_new_string(text));
}

/* "a|b" as an array, behind what is there. */
static struct json_object *
choices_of(struct arena *a, const char *choices)
{
	struct json_object *list = json_object_new_array();
	char *rest = arena_strdup(a, choices), *one;

	while ((one = strsep(&rest, "|")) != NULL)
		json_object_array_add(list, json_object_new_string(one));
	return list;
}

/* ------------------------------------------------------------------ shared schemas */

/* 1 when the action has these rows; NULL: any. */
static int
has_rows(const struct action *a, const struct field *reply, const struct param *params)
{
	if (reply != NULL && a->reply != reply)
		return 0;
	return params == NULL || a->params == params;
}

/* Rows that several actions share are one schema, named for the first of them. */
const struct action *
openapi_schema_first(const struct field *reply, const struct param *params)
{
	for (size_t c = 0; controllers[c] != NULL; c++)
		for (const struct action *a = controllers[c]; a->name != NULL; a++)
			if (!a->hidden && has_rows(a, reply, params))
				return a;
	return NULL;
}

/* Controller and action, which often begins with the controller's name, or with its singular. */
const char *
openapi_schema_action_name(struct arena *a, const struct action *action)
{
	const size_t n = strlen(action->controller);
	const size_t singular = n > 1 && action->controller[n - 1] == 's' ? n - 1 : n;

	if (strncasecmp(action->name, action->controller, singular) == 0)
		return action->name;
	return arena_printf(a, "%s%s", action->controller, action->name);
}

char *
openapi_schema_with_first(struct arena *a, int (*turn)(int), const char *name, const char *more)
{
	char *text = arena_printf(a, "%s%s", name, more);

	text[0] = (char)turn((unsigned char)text[0]);
	return text;
}

const char *
openapi_schema_name(struct arena *a, const struct action *first, const char *kind)
{
	return openapi_schema_with_first(a, toupper, openapi_schema_action_name(a, first), kind);
}

struct json_object *
openapi_schema_reference(struct arena *a, const char *name)
{
	struct json_object *o = json_object_new_object();

	openapi_put_text(o, "$ref", arena_printf(a, "#/components/%s", name));
	return o;
}

/* ------------------------------------------------------------------ parameters */

static struct json_object *
integer_schema(const struct param *p)
{
	struct json_object *o = json_object_new_object();

	openapi_put_text(o, "type", "integer");
	openapi_put(o, "minimum", json_object_new_int64(p->min));
	if (p->max != INT64_MAX)
		openapi_put(o, "maximum", json_object_new_int64(p->max));
	return o;
}

static struct json_object *
string_schema(struct arena *a, const struct param *p)
{
	struct json_object *o = json_object_new_object();

	openapi_put_text(o, "type", "string");
	if (p->choices != NULL)
		openapi_put(o, "enum", choices_of(a, p->choices));
	else if (p->kind == PARAM_TEXT)
		openapi_put(o, "maxLength", json_object_new_int64((int64_t)p->max_length));
	if (p->kind == PARAM_TEXT && p->min > 0)
		openapi_put(o, "minLength", json_object_new_int64(p->min));
	return o;
}

/* Whole numbers, words, or both. */
static struct json_object *
element_schema(struct arena *a, const struct param *p)
{
	const int has_numbers = p->min < p->max;
	struct json_object *any, *o;

	if (p->choices == NULL || !has_numbers)
		return has_numbers ? integer_schema(p) : string_schema(a, p);
	o = json_object_new_object();
	any = json_object_new_array();
	json_object_array_add(any, integer_schema(p));
	json_object_array_add(any, string_schema(a, p));
	openapi_put(o, "anyOf", any);
	return o;
}

static struct json_object *
list_schema(struct arena *a, const struct param *p)
{
	struct json_object *o = json_object_new_object();

	openapi_put_text(o, "type", "array");
	openapi_put(o, "items", element_schema(a, p));
	openapi_put(o, "minItems", json_object_new_int(1));
	openapi_put(o, "maxItems", json_object_new_int64((int64_t)p->max_length));
	return o;
}

static struct json_object *
array_schema(struct arena *a, const struct param *p)
{
	struct json_object *o = json_object_new_object();

	openapi_put_text(o, "type", "array");
	openapi_put(o, "items", openapi_schema_body(a, p->of));
	openapi_put(o, "maxItems", json_object_new_int64((int64_t)p->max_length));
	return o;
}

/* A member of a schema that holds a value of the parameter. */
static void
put_value(struct arena *a, struct json_object *o, const char *name, const struct param *p,
    const char *text)
{
	struct writer w;
	struct buf b;

	buf_init(&b, a);
	writer_init(&w, &b);
	sample_write(&w, p, text);
	openapi_put(o, name, json_tokener_parse(b.data));
}

static struct json_object *
param_schema(struct arena *a, const struct param *p)
{
	struct json_object *o;

	switch (p->kind) {
	case PARAM_INT:
		o = integer_schema(p);
		break;
	case PARAM_TEXT:
		o = string_schema(a, p);
		break;
	case PARAM_LIST:
		o = list_schema(a, p);
		break;
	case PARAM_ROWS:
		o = array_schema(a, p);
		break;
	default:
		o = json_object_new_object();
		openapi_put_text(o, "type", p->kind == PARAM_FLAG ? "boolean" : "object");
		if (p->kind == PARAM_OBJECT)	/* else some take it for an empty one */
			openapi_put(o, "additionalProperties", json_object_new_boolean(1));
	}
	if (p->def != NULL)
		put_value(a, o, "default", p, p->def);
	return o;
}

/* What it means, and where its values are listed. */
static void
put_doc(struct arena *a, struct json_object *o, const struct param *p)
{
	const char *path = ctl_reference_path(a, p->name);

	openapi_put_text(o, "description", path == NULL ? p->doc :
	    arena_printf(a, "%s GET /%s lists its values.", p->doc, path));
}

struct json_object *
openapi_schema_parameter(struct arena *a, const struct param *p)
{
	struct json_object *o = json_object_new_object();

	openapi_put_text(o, "name", p->name);
	openapi_put_text(o, "in", p->in == PARAM_PATH ? "path" : "query");
	put_doc(a, o, p);
	openapi_put(o, "required", json_object_new_boolean(p->required));
	openapi_put(o, "schema", param_schema(a, p));
	if (p->sample != NULL && !p->secret)
		put_value(a, o, "example", p, p->sample);
	return o;
}

struct json_object *
openapi_schema_body(struct arena *a, const struct param *rows)
{
	struct json_object *o = json_object_new_object(), *members = json_object_new_object(),
			   *required = json_object_new_array();

	for (const struct param *p = rows; p->name != NULL; p++)
		if (p->in == PARAM_BODY) {
			struct json_object *schema = param_schema(a, p);

			put_doc(a, schema, p);
			if (p->secret) {
				openapi_put_text(schema, "format", "password");
				openapi_put(schema, "writeOnly", json_object_new_boolean(1));
			}
			openapi_put(members, p->name, schema);
			if (p->required)
				json_object_array_add(required, json_object_new_string(p->name));
		}
	openapi_put_text(o, "type", "object");
	openapi_put(o, "properties", members);
	if (json_object_array_length(required) > 0)
		openapi_put(o, "required", required);
	else
		json_object_put(required);
	openapi_put(o, "additionalProperties", json_object_new_boolean(0));
	return o;
}

/* ------------------------------------------------------------------ replies */

static const char *
type_of(const struct field *f)
{
	switch (f->kind) {
	case FIELD_INT:
		return "integer";
	case FIELD_FLAG:
		return "boolean";
	case FIELD_OBJECT:
	case FIELD_ANY:
		return "object";
	default:
		return "string";
	}
}

static struct json_object *
one_schema(struct arena *a, const struct field *f)
{
	struct json_object *o = f->kind == FIELD_OBJECT ? openapi_schema_rows(a, f->rows) :
							  json_object_new_object();

	if (f->nullable && !f->list) {
		struct json_object *types = json_object_new_array();

		json_object_array_add(types, json_object_new_string(type_of(f)));
		json_object_array_add(types, json_object_new_string("null"));
		openapi_put(o, "type", types);
	} else {
		openapi_put_text(o, "type", type_of(f));
	}
	if (f->kind == FIELD_ANY)
		openapi_put(o, "additionalProperties", json_object_new_boolean(1));
	if (f->kind == FIELD_TIME)
		openapi_put_text(o, "format", "date-time");
	if (f->kind == FIELD_DECIMAL)
		openapi_put_text(o, "pattern", "^-?[0-9]+(\\.[0-9]+)?$");
	if (f->choices != NULL) {
		struct json_object *words = choices_of(a, f->choices);

		if (f->nullable && !f->list)
			json_object_array_add(words, NULL);
		openapi_put(o, "enum", words);
	}
	return o;
}

struct json_object *
openapi_schema_list(struct json_object *items, int nullable)
{
	struct json_object *o = json_object_new_object(), *types;

	if (nullable) {
		types = json_object_new_array();
		json_object_array_add(types, json_object_new_string("array"));
		json_object_array_add(types, json_object_new_string("null"));
		openapi_put(o, "type", types);
	} else {
		openapi_put_text(o, "type", "array");
	}
	openapi_put(o, "items", items);
	return o;
}

struct json_object *
openapi_schema_rows(struct arena *a, const struct field *rows)
{
	struct json_object *o = json_object_new_object(), *members = json_object_new_object(),
			   *required = json_object_new_array();

	for (const struct field *f = rows; f->name != NULL; f++) {
		struct json_object *schema = one_schema(a, f);

		if (f->list)
			schema = openapi_schema_list(schema, f->nullable);
		openapi_put_text(schema, "description", f->doc);
		openapi_put(members, f->name, schema);
		if (!f->optional)
			json_object_array_add(required, json_object_new_string(f->name));
	}
	openapi_put_text(o, "type", "object");
	openapi_put(o, "properties", members);
	openapi_put(o, "required", required);
	return o;
}
