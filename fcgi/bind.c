#include "config.h"

#include "fcgi/bind.h"

#include <string.h>

#include "fcgi/action.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"

enum { NAMES_MAX = 64 };

/* ------------------------------------------------------------------ one value */

static void
bind_int(struct request *r, const struct param *p, const char *text, struct param_int *out, struct err *err)
{
	int64_t v;

	switch (text_int64(text, &v)) {
	case 0:
		if (v < p->min || v > p->max)
			err_fault(err, &r->arena, p->name, "must be from %lld to %lld", (long long)p->min, (long long)p->max);
		else
			*out = (struct param_int){ .value = v, .given = 1 };
		break;
	case -2:
		err_fault(err, &r->arena, p->name, "must be from %lld to %lld", (long long)p->min, (long long)p->max);
		break;
	default:
		err_fault(err, &r->arena, p->name, "is not an integer; it must be one from %lld to %lld", (long long)p->min, (long long)p->max);
	}
}

static void
bind_flag(struct request *r, const struct param *p, const char *text, struct param_flag *out, struct err *err)
{
	if (text_ieq(text, "true") || strcmp(text, "1") == 0)
		*out = (struct param_flag){ .value = 1, .given = 1 };
	else if (text_ieq(text, "false") || strcmp(text, "0") == 0)
		*out = (struct param_flag){ .value = 0, .given = 1 };
	else
		err_fault(err, &r->arena, p->name, "must be true or false");
}

/* The choice that text means, spelled as documented, or NULL. */
static const char *
choice_find(struct request *r, const char *choices, const char *text)
{
	char *rest = arena_strdup(&r->arena, choices), *word;

	while ((word = strsep(&rest, "|")) != NULL)
		if (text_ieq(word, text))
			return word;
	return NULL;
}

static void
bind_text(struct request *r, const struct param *p, const char *text, struct param_text *out, struct err *err)
{
	const char *word;

	for (const char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f) {
			err_fault(err, &r->arena, p->name, "must not hold control characters");
			return;
		}
	if (text_utf8_length(text) > p->max_length)
		err_fault(err, &r->arena, p->name, "is longer than %zu characters", p->max_length);
	else if (p->choices == NULL)
		out->value = text;
	else if ((word = choice_find(r, p->choices, text)) != NULL)
		out->value = word;
	else
		err_fault(err, &r->arena, p->name, "must be one of %s", p->choices);
}

static void
bind_value(struct request *r, const struct param *p, const char *text, void *args, struct err *err)
{
	void *field = (char *)args + p->offset;

	switch (p->kind) {
	case PARAM_INT:
		bind_int(r, p, text, field, err);
		break;
	case PARAM_FLAG:
		bind_flag(r, p, text, field, err);
		break;
	case PARAM_TEXT:
		bind_text(r, p, text, field, err);
		break;
	case PARAM_UNSET:
		break;
	}
}

/* ------------------------------------------------------------------ where values come from */

static const char *
path_value(const struct request *r, const struct action *action, const struct param *p)
{
	const char *path = action->path;
	size_t n, length = strlen(p->name);

	for (size_t i = 0; i < r->nsegments; i++, path += n + (path[n] == '/')) {
		n = strcspn(path, "/");
		if (n == length + 2 && path[0] == '{' && strncmp(path + 1, p->name, length) == 0)
			return r->segments[i];
	}
	return NULL;
}

static const char *
query_value(const struct request *r, const struct param *p)
{
	for (size_t i = 0; i < r->nparameters; i++)
		if (text_ieq(r->parameters[i].name, p->name))
			return r->parameters[i].value;
	return NULL;
}

static void
bind_one(struct request *r, const struct action *action, const struct param *p, void *args, struct err *err)
{
	const char *text = p->in == PARAM_PATH ? path_value(r, action, p) : query_value(r, p);

	if (text != NULL && *text == '\0' && p->in == PARAM_QUERY)
		text = NULL;	/* "ZoneId=" says nothing, as in the original API */
	if (text == NULL && p->required)
		err_fault(err, &r->arena, p->name, "is required");
	else if (text != NULL)
		bind_value(r, p, text, args, err);
}

/* ------------------------------------------------------------------ what nobody asked for */

static const struct param *
param_find(const struct action *action, const char *name)
{
	for (const struct param *p = action->params; p != NULL && p->name != NULL; p++)
		if (p->in == PARAM_QUERY && text_ieq(p->name, name))
			return p;
	return NULL;
}

static void
unknown_parameter(struct request *r, const struct action *action, const char *name, struct err *err)
{
	const char *names[NAMES_MAX + 1] = { 0 }, *near;
	size_t n = 0;

	for (const struct param *p = action->params; p != NULL && p->name != NULL && n < NAMES_MAX; p++)
		if (p->in == PARAM_QUERY)
			names[n++] = p->name;
	near = text_nearest(name, names);
	if (near != NULL)
		err_fault(err, &r->arena, name, "is not a parameter of this action; did you mean %s?", near);
	else
		err_fault(err, &r->arena, name, "is not a parameter of this action");
}

static void
check_query(struct request *r, const struct action *action, struct err *err)
{
	for (size_t i = 0; i < r->nparameters; i++) {
		const char *name = r->parameters[i].name;
		size_t before = 0;

		for (size_t j = 0; j < i; j++)
			before += (size_t)text_ieq(r->parameters[j].name, name);
		if (before == 1)
			err_fault(err, &r->arena, name, "is given twice");
		if (before == 0 && param_find(action, name) == NULL)
			unknown_parameter(r, action, name, err);
	}
}

/* ------------------------------------------------------------------ all */

void *
bind_args_new(struct request *r, const struct action *action)
{
	struct err err = { 0 };
	void *args;

	if (action->args_bytes == 0)
		return NULL;
	args = arena_alloc(&r->arena, action->args_bytes);
	for (const struct param *p = action->params; p != NULL && p->name != NULL; p++) {
		if (p->def == NULL)
			continue;
		bind_value(r, p, p->def, args, &err);
		if (p->kind == PARAM_INT)
			((struct param_int *)(void *)((char *)args + p->offset))->given = 0;
		else if (p->kind == PARAM_FLAG)
			((struct param_flag *)(void *)((char *)args + p->offset))->given = 0;
	}
	return args;
}

int
bind_args(struct request *r, const struct action *action, int auth, void *args, struct err *err)
{
	for (const struct param *p = action->params; p != NULL && p->name != NULL; p++)
		if ((p->auth != 0) == (auth != 0))
			bind_one(r, action, p, args, err);
	if (!auth) {
		check_query(r, action, err);
		if (r->body_bytes > 0 && (r->method != REQUEST_POST || !action->takes_body))
			err_fault(err, &r->arena, "body", "this request takes no body; %zu bytes were sent", r->body_bytes);
	}
	return err->code;
}
