#include "config.h"

#include "fcgi/help/openapi_entity.h"

#include <stdint.h>
#include <string.h>

#include <json-c/json.h>

#include "fcgi/api/ctl_reference.h"
#include "fcgi/api/platform_sample.h"
#include "lib/arena.h"
#include "model/entity.h"
#include "model/entity_external.h"

#define BODY "QueueProcessBody"

enum { TEXT_BYTES = 65535 };

static void
put_text(struct json_object *o, const char *name, const char *text)
{
	json_object_object_add(o, name, json_object_new_string(text));
}

static struct json_object *
reference_to(struct arena *a, const char *schema)
{
	struct json_object *o = json_object_new_object();

	put_text(o, "$ref", arena_printf(a, "#/components/schemas/%s", schema));
	return o;
}

/* ------------------------------------------------------------------ a column */

/* null clears a column, so it is a value of each. */
static void
put_types(struct json_object *o, const char *one, const char *other)
{
	struct json_object *types = json_object_new_array();

	json_object_array_add(types, json_object_new_string(one));
	if (other != NULL)
		json_object_array_add(types, json_object_new_string(other));
	json_object_array_add(types, json_object_new_string("null"));
	json_object_object_add(o, "type", types);
}

static void
put_integer(struct json_object *o, int64_t least, int64_t most)
{
	put_types(o, "integer", NULL);
	json_object_object_add(o, "minimum", json_object_new_int64(least));
	json_object_object_add(o, "maximum", json_object_new_int64(most));
}

static void
put_string(struct json_object *o, int most)
{
	put_types(o, "string", NULL);
	json_object_object_add(o, "maxLength", json_object_new_int(most));
}

static void
put_type(struct json_object *o, const struct entity_column *c)
{
	switch (c->type) {
	case ENTITY_INT16:
		put_integer(o, INT16_MIN, INT16_MAX);
		break;
	case ENTITY_INT32:
		put_integer(o, INT32_MIN, INT32_MAX);
		break;
	case ENTITY_BOOLEAN:
		put_types(o, "boolean", NULL);
		break;
	case ENTITY_DECIMAL:
		put_types(o, "string", "number");
		break;
	case ENTITY_STRING:
	case ENTITY_CODE:
		put_string(o, c->length);
		break;
	case ENTITY_TEXT:
		put_string(o, TEXT_BYTES);
		break;
	default:	/* a day, or an instant: without an offset of the tenant's zone */
		put_types(o, "string", NULL);
	}
}

static const char *
column_doc(struct arena *a, const struct entity *e, const struct entity_column *c)
{
	const char *path = ctl_reference_path(a, c->name), *key = "";

	if (strcmp(c->name, e->key) == 0)
		key = e->key_auto ? "The key, which the database gives. " : "The key. ";
	if (path != NULL)
		return arena_printf(a, "%sGET /%s lists its values.", key, path);
	if (c->refers == NULL)
		return key;
	return arena_printf(a, "%sKey of a %s.", key, c->refers);
}

static struct json_object *
column_schema(struct arena *a, const struct entity *e, const struct entity_column *c)
{
	struct json_object *o = json_object_new_object();
	const char *doc = column_doc(a, e, c);

	put_type(o, c);
	if (*doc != '\0')
		put_text(o, "description", doc);
	return o;
}

/* ------------------------------------------------------------------ external keys */

static struct json_object *
external_schema(struct arena *a, const struct entity *named_by, const char *doc)
{
	struct json_object *o = json_object_new_object(), *members = json_object_new_object();

	for (size_t i = 0; named_by->natural[i] != NULL; i++) {
		const int at = entity_column_find(named_by, named_by->natural[i]);
		const struct entity_column *c = &named_by->columns[at];
		const struct entity *to = entity_external_of(c);

		json_object_object_add(members, c->name, column_schema(a, named_by, c));
		if (to != NULL)
			json_object_object_add(members, entity_external_name(a, c),
			    external_schema(a, to, arena_printf(a, "Instead of %s.", c->name)));
	}
	put_text(o, "type", "object");
	put_text(o, "description", doc);
	json_object_object_add(o, "properties", members);
	json_object_object_add(o, "additionalProperties", json_object_new_boolean(0));
	return o;
}

/* ------------------------------------------------------------------ an entity */

static void
put_column(struct arena *a, struct json_object *members, const struct entity *e,
    const struct entity_column *c)
{
	const struct entity *to = entity_external_of(c);

	if (c->made_from != NULL)
		return;
	json_object_object_add(members, c->name, column_schema(a, e, c));
	if (to != NULL)
		json_object_object_add(members, entity_external_name(a, c), external_schema(a, to,
		    arena_printf(a, "Instead of %s: what names the %s from outside. Without "
		    "SourceId it is of the delivery's Source.", c->name, c->refers)));
}

static struct json_object *
entity_schema(struct arena *a, const struct entity *e)
{
	struct json_object *o = json_object_new_object(), *members = json_object_new_object();

	for (const struct entity_column *c = e->columns; c->name != NULL; c++)
		put_column(a, members, e, c);
	if (entity_has_external(e))
		json_object_object_add(members, ENTITY_EXTERNAL, external_schema(a,
		    entity_named_by(e), arena_printf(a, "Names the %s from outside, instead of %s; "
		    "without SourceId in the delivery's Source.", e->name, e->key)));
	put_text(o, "type", "object");
	put_text(o, "description", e->doc);
	json_object_object_add(o, "properties", members);
	json_object_object_add(o, "additionalProperties", json_object_new_boolean(0));
	return o;
}

static const char *
schema_of(struct arena *a, const struct entity *e)
{
	return arena_printf(a, "Standard%s", e->name);
}

/* ------------------------------------------------------------------ all */

static struct json_object *
object_schema(const char *doc)
{
	struct json_object *o = json_object_new_object();

	put_text(o, "type", "object");
	put_text(o, "description", doc);
	json_object_object_add(o, "additionalProperties", json_object_new_boolean(1));
	return o;
}

static struct json_object *
list_schema(void)
{
	struct json_object *o = json_object_new_object();

	put_text(o, "type", "array");
	put_text(o, "description", "Of the platform Standard: up to 1,000 rows of the entity.");
	json_object_object_add(o, "items", object_schema("A row of the entity."));
	return o;
}

void
openapi_entity_schemas(struct arena *a, struct json_object *schemas)
{
	struct json_object *body = json_object_new_object(), *any = json_object_new_array();

	for (const struct entity *e = entities; e->name != NULL; e++) {
		json_object_object_add(schemas, schema_of(a, e), entity_schema(a, e));
		json_object_array_add(any, reference_to(a, schema_of(a, e)));
	}
	json_object_array_add(any, list_schema());
	json_object_array_add(any, object_schema("What another platform sends."));
	put_text(body, "description", "What was sent: it is taken as it is, and judged when it is "
	    "processed. Of the platform Standard it is a row of the entity in the address.");
	json_object_object_add(body, "anyOf", any);
	json_object_object_add(schemas, BODY, body);
}

struct json_object *
openapi_entity_examples(struct arena *a)
{
	struct json_object *all = json_object_new_object();

	for (const struct platform_sample *s = platform_samples(a, NULL); s->platform != NULL;
	     s++) {
		struct json_object *o = json_object_new_object();
		const char *needs = platform_sample_needs(a, s);

		put_text(o, "summary", arena_printf(a, "%s/%s/%s", s->platform, s->entity,
		    s->action));
		if (*needs != '\0')
			put_text(o, "description", arena_printf(a, "It refers to what the samples "
			    "of %s write: send these before it.", needs));
		json_object_object_add(o, "value", json_tokener_parse(s->body));
		json_object_object_add(all, arena_printf(a, "%s.%s.%s", s->platform, s->entity,
		    s->action), o);
	}
	return all;
}
