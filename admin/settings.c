#include "config.h"

#include "admin/settings.h"

#include <string.h>

#include <json-c/json.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/param.h"
#include "lib/text.h"

/* A member of a JSON object from text, by its row: lists are comma separated, objects are
 * JSON. What is not right stays text, and is refused where all is checked. */
static struct json_object *
json_value(struct arena *a, const struct param *p, const char *text)
{
	struct json_object *list;
	char *rest = arena_strdup(a, text), *word;
	struct err no = { 0 };
	int64_t n;

	if (p != NULL && p->kind == PARAM_INT && text_int64(text, &n) == 0)
		return json_object_new_int64(n);
	if (p != NULL && p->kind == PARAM_OBJECT && json_parse(text, strlen(text), &list, &no) == 0)
		return list;
	if (p != NULL && p->kind == PARAM_FLAG && text_ieq(text, "true"))
		return json_object_new_boolean(1);
	if (p != NULL && p->kind == PARAM_FLAG && text_ieq(text, "false"))
		return json_object_new_boolean(0);
	if (p == NULL || p->kind != PARAM_LIST)
		return json_object_new_string(text);
	list = json_object_new_array();
	while ((word = strsep(&rest, ",")) != NULL)
		json_object_array_add(list,
		    text_int64(text_trim(word), &n) == 0 ? json_object_new_int64(n) :
							   json_object_new_string(text_trim(word)));
	return list;
}

struct json_object *
settings_json(struct context *x, const char *option, const struct param *rows)
{
	struct json_object *o = json_object_new_object();

	for (size_t i = 0; i < cmd_count(&x->line, option); i++) {
		const char *text = cmd_nth(&x->line, option, i), *equals = strchr(text, '=');
		const char *name = equals == NULL ?
		    text :
		    arena_strndup(&x->arena, text, (size_t)(equals - text));
		const struct param *p = param_find(rows, name);

		if (equals == NULL)
			err_fault(&x->err, &x->arena, option, "\"%.60s\" is not NAME=VALUE", text);
		else
			json_object_object_add(
			    o, p == NULL ? name : p->name, json_value(&x->arena, p, equals + 1));
	}
	return o;
}
