#include "config.h"

#include "platform/standard/file_show.h"

#include <string.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "platform/standard/file.h"

static void
add_inner(struct file_show_list *s, const char *name, struct json_object *o)
{
	if (json_object_is_type(o, json_type_array))
		for (size_t i = 0; i < json_object_array_length(o); i++)
			file_show_add(s, arena_printf(s->arena, "%s[%zu]", name, i),
			    json_object_array_get_idx(o, i));
	if (!json_object_is_type(o, json_type_object))
		return;
	json_object_object_foreach(o, inner, value)
		file_show_add(s, arena_printf(s->arena, "%s.%s", name, inner), value);
}

void
file_show_add(struct file_show_list *s, const char *name, struct json_object *o)
{
	struct file_shown *more;

	if (json_object_is_type(o, json_type_array) || json_object_is_type(o, json_type_object)) {
		add_inner(s, name, o);
		return;
	}
	if (s->n == s->room) {
		more = arena_new(s->arena, struct file_shown, s->room * 2 + 32);
		if (s->n > 0)
			memcpy(more, s->shown, s->n * sizeof *more);
		s->shown = more;
		s->room = s->room * 2 + 32;
	}
	s->shown[s->n++] = (struct file_shown){ .member = name,
		.value = o == NULL ? "" : arena_strdup(s->arena, json_object_get_string(o)) };
}
