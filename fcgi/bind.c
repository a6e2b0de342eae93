#include "config.h"

#include "fcgi/bind.h"

#include <string.h>

#include "fcgi/action.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "lib/text_near.h"

enum { NAMES_MAX = 64 };

/* ------------------------------------------------------------------ where values come from */

static const char *
path_value(const struct request *r, const struct action *action, const struct param *p)
{
	const char *path = action_matched_path(action, r);
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
bind_one(struct request *r, const struct action *action, const struct param *p, void *args,
    struct err *err)
{
	const char *text = p->in == PARAM_PATH ? path_value(r, action, p) : query_value(r, p);

	if (text != NULL && p->strip)
		text = text_trim_unseen(arena_strdup(&r->arena, text));
	if (text != NULL && *text == '\0' && p->in == PARAM_QUERY)
		text = NULL;	/* "ZoneId=" says nothing, as in the original API */
	if (text == NULL && p->required)
		err_fault(err, &r->arena, p->name, "is required");
	else if (text != NULL)
		param_bind_text(&r->arena, p, text, args, err);
}

/* ------------------------------------------------------------------ what nobody asked for */

static void
unknown_parameter(struct request *r, const struct action *action, const char *name, struct err *err)
{
	const char *names[NAMES_MAX + 1] = { 0 }, *near;
	size_t n = 0;

	if (err_fault_is_one_more(err, &r->arena))
		return;
	for (const struct param *p = action->params; p != NULL && p->name != NULL && n < NAMES_MAX;
	     p++)
		if (p->in == PARAM_QUERY)
			names[n++] = p->name;
	near = text_nearest(name, names);
	if (near != NULL)
		err_fault(err, &r->arena, name,
		    "is not a parameter of this action; did you mean %s?", near);
	else
		err_fault(err, &r->arena, name, "is not a parameter of this action");
}

enum { TYPO_LETTERS = 6 };

/* An undocumented name is content, unless it looks like a mistyped documented name. A long name
 * with one typing error does. */
static int
is_content(struct request *r, const struct action *action, const char *name, struct err *err)
{
	if (action->content == CONTENT_UNSET)
		return 0;
	for (const struct param *p = action->params; p->name != NULL; p++)
		if (p->in == PARAM_QUERY && strlen(p->name) >= TYPO_LETTERS &&
		    text_is_typo(name, p->name)) {
			err_fault(err, &r->arena, name,
			    "is not a parameter of this action; did you mean %s?", p->name);
			return 1;
		}
	return 1;
}

static void
check_query(struct request *r, const struct action *action, struct err *err)
{
	for (size_t i = 0; i < r->nparameters; i++) {
		const char *name = r->parameters[i].name;
		const struct param *p = param_find(action->params, name);
		const int is_known = p != NULL && p->in == PARAM_QUERY;
		size_t before = 0;

		for (size_t j = 0; j < i; j++)
			before += (size_t)text_ieq(r->parameters[j].name, name);
		if (!is_known && before == 0 && is_content(r, action, name, err))
			continue;
		if (before == 1 && (is_known || action->content == CONTENT_UNSET))
			err_fault(err, &r->arena, name, "is given twice");
		if (before == 0 && !is_known)
			unknown_parameter(r, action, name, err);
	}
}

/* ------------------------------------------------------------------ body */

/* An empty body is an object without members, so that each required member is named. */
static void
bind_body(struct request *r, const struct action *action, void *args, struct err *err)
{
	struct err fault = { 0 };

	if (r->body_bytes == 0)
		r->json = json_object_new_object();
	else if (json_parse_within(r->body, r->body_bytes, JSON_MEMORY_REQUEST, &r->json, &fault) <
	    0)
		err_fault(err, &r->arena, "body", "is not JSON: %s", fault.detail);
	else if (!json_object_is_type(r->json, json_type_object))
		err_fault(err, &r->arena, "body", "must be a JSON object");
	if (json_object_is_type(r->json, json_type_object))
		param_bind_json(&r->arena, action->params, "", r->json, args, err);
}

/* ------------------------------------------------------------------ all */

void *
bind_args_new(struct request *r, const struct action *action)
{
	void *args;

	if (action->args_bytes == 0)
		return NULL;
	args = arena_alloc(&r->arena, action->args_bytes);
	param_defaults(&r->arena, action->params, args);
	return args;
}

int
bind_args(struct request *r, const struct action *action, int auth, void *args, struct err *err)
{
	for (const struct param *p = action->params; p != NULL && p->name != NULL; p++)
		if (p->in != PARAM_BODY && (p->auth != 0) == (auth != 0))
			bind_one(r, action, p, args, err);
	if (auth)
		return err->code;
	check_query(r, action, err);
	if ((r->method & REQUEST_WITH_BODY) && action_has_body_params(action))
		bind_body(r, action, args, err);
	else if (r->body_bytes > 0 && (r->method != REQUEST_POST || !action->takes_body))
		err_fault(err, &r->arena, "body", "this request takes no body; %zu %s sent",
		    r->body_bytes, text_form((int64_t)r->body_bytes, "byte was", "bytes were"));
	if (arena_is_over(&r->arena))
		return err_set(err, ERR_TOO_LARGE,
		    "What the request says takes more memory than one may have.");
	return err->code;
}
