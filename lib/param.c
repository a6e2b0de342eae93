#include "config.h"

#include "lib/param.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "lib/text_near.h"

enum { NAME_MAX_BYTES = 100, NAMES_MAX = 64 };

/* ------------------------------------------------------------------ one value from text; name =
 * the field in faults */

static void
bind_int(struct arena *a, const struct param *p, const char *name, const char *text,
    struct param_int *out, struct err *err)
{
	int64_t v;

	switch (text_int64(text, &v)) {
	case 0:
		if (v >= p->min && v <= p->max) {
			*out = (struct param_int){ .value = v, .given = 1 };
			break;
		}
		/* fall through */
	case -2:
		err_fault(err, a, name, "must be from %lld to %lld", (long long)p->min,
		    (long long)p->max);
		break;
	default:
		err_fault(err, a, name, "is not an integer; it must be one from %lld to %lld",
		    (long long)p->min, (long long)p->max);
	}
}

static void
bind_flag(
    struct arena *a, const char *name, const char *text, struct param_flag *out, struct err *err)
{
	if (text_ieq(text, "true") || strcmp(text, "1") == 0)
		*out = (struct param_flag){ .value = 1, .given = 1 };
	else if (text_ieq(text, "false") || strcmp(text, "0") == 0)
		*out = (struct param_flag){ .value = 0, .given = 1 };
	else
		err_fault(err, a, name, "must be true or false");
}

/* The choice that text means, spelled as documented, or NULL. */
static const char *
choice_find(struct arena *a, const char *choices, const char *text)
{
	char *rest = arena_strdup(a, choices), *word;

	while ((word = strsep(&rest, "|")) != NULL)
		if (text_ieq(word, text))
			return word;
	return NULL;
}

static void
bind_text(struct arena *a, const struct param *p, const char *name, const char *text,
    struct param_text *out, struct err *err)
{
	const char *word, *what;

	if (text_has_control_but(text, p->lines ? "\n\r\t" : ""))
		err_fault(err, a, name, "must not hold control characters");
	else if (text_utf8_length(text) > p->max_length)
		err_fault(err, a, name, "is longer than %zu %s", p->max_length,
		    text_form((int64_t)p->max_length, "character", "characters"));
	else if (p->min == 1 && *text == '\0')
		err_fault(err, a, name, "must not be empty");
	else if (text_utf8_length(text) < (size_t)p->min)
		err_fault(err, a, name, "is shorter than %lld characters", (long long)p->min);
	else if (p->check != NULL && *text != '\0' && (what = p->check(text)) != NULL)
		err_fault(err, a, name, "%s", what);
	else if (p->choices == NULL)
		out->value = text;
	else if ((word = choice_find(a, p->choices, text)) != NULL)
		out->value = word;
	else
		err_fault(err, a, name, "must be one of %s", p->choices);
}

/* ------------------------------------------------------------------ lists */

static const char *
list_expects(struct arena *a, const struct param *p)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "");
	if (p->min < p->max)
		buf_addf(&b, "from %lld to %lld", (long long)p->min, (long long)p->max);
	if (p->choices != NULL)
		buf_addf(&b, "%sone of %s", b.len > 0 ? ", or " : "", p->choices);
	return b.data;
}

/* Adds one element; elements that are there already are not added again. */
static void
list_add(struct arena *a, const struct param *p, const char *name, const char *text,
    struct param_list *out, struct err *err)
{
	const char *word = p->choices == NULL ? NULL : choice_find(a, p->choices, text);
	int64_t v;

	if (word == NULL && p->min < p->max && text_int64(text, &v) == 0)
		if (v >= p->min && v <= p->max)
			word = arena_printf(a, "%lld", (long long)v);
	if (word == NULL) {
		err_fault(err, a, name, "holds \"%.40s\"; each element must be %s", text,
		    list_expects(a, p));
		return;
	}
	for (size_t i = 0; i < out->n; i++)
		if (strcmp(out->values[i], word) == 0)
			return;
	out->values[out->n++] = word;
}

static void
list_begin(struct arena *a, const struct param *p, struct param_list *out)
{
	*out = (struct param_list){ .values = arena_new(a, const char *, p->max_length),
		.given = 1 };
}

static void
bind_list(struct arena *a, const struct param *p, const char *text, struct param_list *out,
    struct err *err)
{
	char *rest = arena_strdup(a, text), *word;
	size_t n = 0;

	list_begin(a, p, out);
	while ((word = strsep(&rest, ",")) != NULL)
		if (n++ < p->max_length)
			list_add(a, p, p->name, text_trim(word), out, err);
	if (n > p->max_length)
		err_fault(err, a, p->name, "holds more than %zu %s", p->max_length,
		    text_form((int64_t)p->max_length, "element", "elements"));
}

static void
bind_list_json(struct arena *a, const struct param *p, const char *name, struct json_object *array,
    struct param_list *out, struct err *err)
{
	size_t n = json_object_array_length(array);

	list_begin(a, p, out);
	if (n == 0)
		err_fault(
		    err, a, name, "is empty; name at least one element (%s)", list_expects(a, p));
	else if (n > p->max_length)
		err_fault(err, a, name, "holds more than %zu %s", p->max_length,
		    text_form((int64_t)p->max_length, "element", "elements"));
	for (size_t i = 0; i < n && n <= p->max_length && !arena_is_over(a); i++) {
		struct json_object *o = json_object_array_get_idx(array, i);

		if (json_object_is_type(o, json_type_string) ||
		    json_object_is_type(o, json_type_int))
			list_add(a, p, name, json_object_get_string(o), out, err);
		else
			err_fault(err, a, name,
			    "holds an element that is neither text nor an integer; each must be %s",
			    list_expects(a, p));
	}
}

/* ------------------------------------------------------------------ text */

static void
bind_named(struct arena *a, const struct param *p, const char *name, const char *text, void *args,
    struct err *err)
{
	void *field = (char *)args + p->offset;

	switch (p->kind) {
	case PARAM_INT:
		bind_int(a, p, name, text, field, err);
		break;
	case PARAM_FLAG:
		bind_flag(a, name, text, field, err);
		break;
	case PARAM_TEXT:
		bind_text(a, p, name, text, field, err);
		break;
	case PARAM_LIST:
		bind_list(a, p, text, field, err);
		break;
	case PARAM_OBJECT:
		err_fault(err, a, name, "must be a JSON object");
		break;
	case PARAM_ROWS:
		err_fault(err, a, name, "must be a JSON array of objects");
		break;
	case PARAM_UNSET:
		break;
	}
}

void
param_bind_text(
    struct arena *a, const struct param *p, const char *text, void *args, struct err *err)
{
	bind_named(a, p, p->name, text, args, err);
}

void
param_defaults(struct arena *a, const struct param *rows, void *args)
{
	struct err none = { 0 };

	for (const struct param *p = rows; p != NULL && p->name != NULL; p++) {
		void *field = (char *)args + p->offset;

		if (p->def == NULL)
			continue;
		bind_named(a, p, p->name, p->def, args, &none);
		if (p->kind == PARAM_INT)
			((struct param_int *)field)->given = 0;
		else if (p->kind == PARAM_FLAG)
			((struct param_flag *)field)->given = 0;
		else if (p->kind == PARAM_LIST)
			((struct param_list *)field)->given = 0;
	}
}

const struct param *
param_find(const struct param *rows, const char *name)
{
	for (const struct param *p = rows; p != NULL && p->name != NULL; p++)
		if (text_ieq(p->name, name))
			return p;
	return NULL;
}

/* ------------------------------------------------------------------ JSON */

static const char *
full_name(struct arena *a, const char *prefix, const char *name)
{
	struct buf b;

	buf_init(&b, a);
	buf_addf(&b, "%s%.*s", prefix, NAME_MAX_BYTES, name);
	return b.data;
}

/* An empty array counts as given: it says that the list is empty. */
static void
bind_rows(struct arena *a, const struct param *p, const char *name, struct json_object *array,
    struct param_rows *out, struct err *err)
{
	size_t n = json_object_array_length(array);
	char *rows;

	if (n > p->max_length) {
		err_fault(err, a, name, "holds more than %zu %s", p->max_length,
		    text_form((int64_t)p->max_length, "element", "elements"));
		return;
	}
	rows = arena_alloc(a, n * p->of_bytes + 1);
	*out = (struct param_rows){ .rows = rows, .n = n, .given = 1 };
	for (size_t i = 0; i < n && !arena_is_over(a); i++) {
		struct json_object *o = json_object_array_get_idx(array, i);

		param_defaults(a, p->of, rows + i * p->of_bytes);
		if (json_object_is_type(o, json_type_object))
			param_bind_json(a, p->of, arena_printf(a, "%s[%zu].", name, i), o,
			    rows + i * p->of_bytes, err);
		else
			err_fault(err, a, arena_printf(a, "%s[%zu]", name, i), "must be an object");
	}
}

static void
bind_value(struct arena *a, const struct param *p, const char *name, struct json_object *value,
    void *args, struct err *err)
{
	static const char *const words[] = { [PARAM_INT] = "an integer",
		[PARAM_FLAG] = "true or false",
		[PARAM_TEXT] = "text",
		[PARAM_LIST] = "an array",
		[PARAM_OBJECT] = "an object",
		[PARAM_ROWS] = "an array of objects",
		[PARAM_UNSET] = "nothing" };
	enum json_type type = json_object_get_type(value);
	int fits = 0;

	if (p->kind == PARAM_LIST && type == json_type_array) {
		bind_list_json(a, p, name, value, (void *)((char *)args + p->offset), err);
		return;
	}
	if (p->kind == PARAM_ROWS && type == json_type_array) {
		bind_rows(a, p, name, value, (void *)((char *)args + p->offset), err);
		return;
	}
	if (p->kind == PARAM_OBJECT && type == json_type_object) {
		((struct param_object *)(void *)((char *)args + p->offset))->value = value;
		return;
	}
	fits |= p->kind == PARAM_INT && (type == json_type_int || type == json_type_string);
	fits |= p->kind == PARAM_FLAG && (type == json_type_boolean || type == json_type_string);
	fits |= p->kind == PARAM_TEXT && type == json_type_string;
	if (fits)
		bind_named(a, p, name, arena_strdup(a, json_object_get_string(value)), args, err);
	else
		err_fault(err, a, name, "must be %s", words[p->kind]);
}

static void
unknown_member(struct arena *a, const struct param *rows, const char *prefix, const char *name,
    struct err *err)
{
	const char *names[NAMES_MAX + 1] = { NULL }, *near;
	size_t n = 0;

	if (err_fault_is_one_more(err, a))
		return;
	for (const struct param *p = rows; p != NULL && p->name != NULL && n < NAMES_MAX; p++)
		if (p->in == PARAM_BODY)
			names[n++] = p->name;
	near = text_nearest(name, names);
	if (near != NULL)
		err_fault(err, a, full_name(a, prefix, name), "is not known here; did you mean %s?",
		    near);
	else
		err_fault(err, a, full_name(a, prefix, name), "is not known here");
}

int
param_bind_json(struct arena *a, const struct param *rows, const char *prefix,
    struct json_object *object, void *args, struct err *err)
{
	const void *seen[NAMES_MAX] = { NULL };
	size_t nseen = 0;

	json_object_object_foreach(object, name, value) {
		const struct param *p = param_find(rows, name);
		int twice = 0;

		if (arena_is_over(a))
			break;
		if (p == NULL || p->in != PARAM_BODY) {
			unknown_member(a, rows, prefix, name, err);
			continue;
		}
		for (size_t i = 0; i < nseen; i++)
			twice |= seen[i] == p;
		if (twice)
			err_fault(err, a, full_name(a, prefix, p->name), "is given twice");
		else if (value != NULL)
			bind_value(a, p, full_name(a, prefix, p->name), value, args, err);
		if (!twice && nseen < NAMES_MAX && value != NULL)
			seen[nseen++] = p;
	}
	for (const struct param *p = rows; p != NULL && p->name != NULL; p++) {
		int there = 0;

		for (size_t i = 0; i < nseen; i++)
			there |= seen[i] == p;
		if (p->in == PARAM_BODY && p->required && !there)
			err_fault(err, a, full_name(a, prefix, p->name), "is required");
	}
	return err->code;
}
