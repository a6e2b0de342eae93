#include "config.h"

#include "platform/standard/file_show.h"

#include <string.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "model/entity.h"
#include "model/entity_external.h"
#include "platform/standard/file.h"
#include "platform/standard/standard.h"

static void
add(struct file_show_list *s, const char *member, const char *value)
{
	struct file_shown *more;

	if (s->n == s->room) {
		more = arena_new(s->arena, struct file_shown, s->room * 2 + 32);
		if (s->n > 0)
			memcpy(more, s->shown, s->n * sizeof *more);
		s->shown = more;
		s->room = s->room * 2 + 32;
	}
	s->shown[s->n++] = (struct file_shown){ .member = member,
		.value = value == NULL ? "" : arena_strdup(s->arena, value) };
}

/* ------------------------------------------------------------------ bodies of webhooks */

static void
add_inner(struct file_show_list *s, const char *name, struct json_object *o)
{
	if (json_object_is_type(o, json_type_array))
		for (size_t i = 0; i < json_object_array_length(o); i++)
			file_show_json(s, arena_printf(s->arena, "%s[%zu]", name, i),
			    json_object_array_get_idx(o, i));
	if (!json_object_is_type(o, json_type_object))
		return;
	json_object_object_foreach(o, inner, value)
		file_show_json(s, arena_printf(s->arena, "%s.%s", name, inner), value);
}

void
file_show_json(struct file_show_list *s, const char *name, struct json_object *o)
{
	if (json_object_is_type(o, json_type_array) || json_object_is_type(o, json_type_object))
		add_inner(s, name, o);
	else
		add(s, name, o == NULL ? NULL : json_object_get_string(o));
}

/* ------------------------------------------------------------------ rows of entities */

/* "ContactExternalKey.Identifier" */
static const char *
member_of(struct arena *a, const struct entity *e, const struct standard_value *v)
{
	const struct entity *by;

	if (v->column == STANDARD_OWN)
		return arena_printf(
		    a, ENTITY_EXTERNAL ".%s", entity_named_by(e)->natural[v->part]);
	if (v->part == STANDARD_WHOLE)
		return e->columns[v->column].name;
	by = entity_external_of(&e->columns[v->column]);
	return arena_printf(a, "%s.%s", entity_external_name(a, &e->columns[v->column]),
	    by->natural[v->part]);
}

void
file_show_body(struct file_show_list *s, const struct standard_body *body, size_t nth)
{
	const char *name = body->entity->name;

	if (nth > 0)
		name = arena_printf(s->arena, "%s[%zu]", name, nth);
	for (size_t i = 0; i < body->nvalues; i++)
		add(s, arena_printf(s->arena, "%s.%s", name,
		    member_of(s->arena, body->entity, &body->values[i])), body->values[i].text);
}
