#include "config.h"

#include <string.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/param.h"

static int
is_valid(const struct param *p, const char *text)
{
	union {
		struct param_int i;
		struct param_flag f;
		struct param_text t;
		struct param_list l;
		struct param_object o;
	} field = { 0 };
	struct param row = *p;
	struct arena a = { 0 };
	struct err err = { 0 };

	row.offset = 0;
	param_bind_text(&a, &row, text, &field, &err);
	arena_done(&a);
	return err.code == ERR_NONE;
}

size_t
param_field_bytes(enum param_kind kind)
{
	static const size_t bytes[] = {
		[PARAM_UNSET] = 0,
		[PARAM_INT] = sizeof(struct param_int),
		[PARAM_FLAG] = sizeof(struct param_flag),
		[PARAM_TEXT] = sizeof(struct param_text),
		[PARAM_LIST] = sizeof(struct param_list),
		[PARAM_OBJECT] = sizeof(struct param_object),
		[PARAM_ROWS] = sizeof(struct param_rows),
	};

	return bytes[kind];
}

static int
is_rows(const struct param *p, const char *json)
{
	struct param row[] = { *p, { .name = NULL } };
	struct json_object *value = NULL, *body = json_object_new_object();
	struct param_rows field = { 0 };
	struct arena a = { 0 };
	struct err err = { 0 };

	row[0].offset = 0;
	if (json_parse(json, strlen(json), &value, &err) == 0) {
		json_object_object_add(body, p->name, value);
		param_bind_json(&a, row, "", body, &field, &err);
	}
	json_object_put(body);
	arena_done(&a);
	return err.code == ERR_NONE;
}

/* The members of the elements of PARAM_ROWS. */
static const char *
rows_lint(const struct param *p)
{
	const char *fault;

	if (p->of == NULL || p->of_bytes == 0 || p->max_length == 0)
		return "does not say what its elements are, or how many there may be";
	if (p->in != PARAM_BODY || p->def != NULL)
		return "is an array of objects, but not in the body or with a default";
	for (const struct param *q = p->of; q->name != NULL; q++) {
		if ((fault = param_lint(q)) != NULL)
			return fault;
		if (q->in != PARAM_BODY || q->auth ||
		    q->offset + param_field_bytes(q->kind) > p->of_bytes)
			return "has a member that is not in the body, or lies outside its struct";
		if (param_find(p->of, q->name) != q)
			return "has a member that stands twice";
	}
	if (p->sample != NULL && !is_rows(p, p->sample))
		return "has a sample that would be refused";
	return NULL;
}

const char *
param_lint(const struct param *p)
{
	size_t n = p->doc == NULL ? 0 : strlen(p->doc);

	if (p->kind == PARAM_UNSET || p->in == PARAM_IN_UNSET)
		return "kind or place is not said";
	if (n <= 3 || p->doc[n - 1] != '.')
		return "has no doc sentence";
	if (p->kind == PARAM_INT && p->min >= p->max)
		return "has no range";
	if (p->kind == PARAM_LIST && p->min >= p->max && p->choices == NULL)
		return "has neither a range nor choices";
	if ((p->kind == PARAM_TEXT || p->kind == PARAM_LIST) && p->max_length == 0)
		return "has no greatest length";
	if (p->kind == PARAM_TEXT && (p->min < 0 || (size_t)p->min > p->max_length))
		return "is text whose shortest is no length";
	if (p->check != NULL && p->kind != PARAM_TEXT)
		return "has a check, but is no text";
	if (p->kind == PARAM_ROWS)
		return rows_lint(p);
	if ((p->kind == PARAM_LIST || p->kind == PARAM_OBJECT) && p->in == PARAM_PATH)
		return "is no single value, but stands in the path";
	if (p->required && p->def != NULL)
		return "is required and has a default";
	if (p->def != NULL && !is_valid(p, p->def))
		return "has a default that would be refused";
	if (p->sample != NULL && !p->secret &&
	    (p->kind == PARAM_OBJECT ? !json_is_object(p->sample) : !is_valid(p, p->sample)))
		return "has a sample that would be refused";
	return NULL;
}
