#include "config.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "platform/magento/rest/rest.h"
#include "platform/platform.h"

struct json_object *
magento_rest_records(struct json_object *answer)
{
	return json_object_is_type(answer, json_type_array) ? answer : json_array(answer, "items");
}

struct json_object *
magento_rest_index(struct json_object *records)
{
	struct json_object *index = json_object_new_object();

	for (size_t i = 0; i < json_count(records); i++) {
		struct json_object *record = json_object_array_get_idx(records, i);
		const char *id = json_text(record, "id");

		if (id != NULL)
			json_object_object_add(index, id, json_object_get(record));
	}
	return index;
}

/* ------------------------------------------------------------------ errors */

/* The value of "%name", or of "%1" of a list; NULL: there is none. */
static const char *
parameter(struct arena *a, struct json_object *of, const char *name, size_t n)
{
	struct json_object *v = NULL;

	if (json_object_is_type(of, json_type_object))
		json_object_object_get_ex(of, arena_strndup(a, name, n), &v);
	else if (json_object_is_type(of, json_type_array) && strspn(name, "123456789") == 1)
		v = json_object_array_get_idx(of, (size_t)(*name - '1'));
	return v == NULL ? NULL : json_object_get_string(v);
}

const char *
magento_rest_error(struct arena *a, struct json_object *body)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	const char *p = json_text(body, "message");
	struct json_object *of = json_at(body, "parameters");
	struct buf b;

	if (p == NULL)
		return NULL;
	buf_init(&b, a);
	while (*p != '\0') {
		const size_t n = *p == '%' ? strspn(p + 1, letters) : 0;
		const char *value = n > 0 ? parameter(a, of, p + 1, n) : NULL;

		if (value != NULL)
			buf_adds(&b, value);
		else
			buf_add(&b, p, n + 1);
		p += n + 1;
	}
	return text_shown(a, b.data, 0);
}

/* ------------------------------------------------------------------ categories */

static void
flatten(struct json_object *list, struct json_object *category, int depth)
{
	struct json_object *children = json_array(category, "children_data");

	if (!json_object_is_type(category, json_type_object) || depth > JSON_MAX_DEPTH)
		return;
	json_object_array_add(list, json_object_get(category));
	for (size_t i = 0; i < json_count(children); i++)
		flatten(list, json_object_array_get_idx(children, i), depth + 1);
}

struct json_object *
magento_rest_flatten(struct json_object *tree)
{
	struct json_object *list = json_object_new_array();

	flatten(list, tree, 0);
	return list;
}

/* ------------------------------------------------------------------ members */

const char *
magento_rest_id(struct json_object *o, const char *member)
{
	const char *id = json_text(o, member);

	if (id == NULL || strspn(id, "0123456789") != strlen(id) || strcmp(id, "0") == 0)
		return NULL;
	return id;
}

const char *
magento_rest_store_code(const struct platform_context *ctx, struct json_object *o)
{
	const struct magento_shop *shop = ctx->record;
	const char *id = json_text(o, "store_id"), *code = NULL;
	struct json_object *store = NULL;

	if (id == NULL)
		return NULL;
	if (shop->stores != NULL && json_object_object_get_ex(shop->stores, id, &store))
		code = json_text(store, "code");
	return code != NULL ? code : id;
}

usec_t
magento_rest_stamp(struct platform_context *ctx, struct json_object *o)
{
	const usec_t at = read_date(&ctx->in, o, "", "updated_at");

	return at != USEC_NONE ? at : read_date(&ctx->in, o, "", "created_at");
}
