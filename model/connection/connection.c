#include "config.h"

#include "model/connection/connection.h"

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/connection/connection_address.h"

const struct connection_kind *
connection_kind_find(const char *name)
{
	for (const struct connection_kind *k = connection_kinds; k->name != NULL; k++)
		if (text_ieq(k->name, name))
			return k;
	return NULL;
}

int
connection_is_field(const struct param *p)
{
	return p->offset <= offsetof(struct connection_common, enabled);
}

int
connection_is(const struct connection *c, const char *kind)
{
	return text_ieq(c->kind->name, kind);
}

/* ------------------------------------------------------------------ a document */

/* An option of another kind is told apart from a word that nobody knows. Returns 1 when a fault was
 * added. */
static int
is_foreign(struct arena *a, const struct connection_kind *kind, const char *name, struct err *err)
{
	for (const struct connection_kind *k = connection_kinds; k->name != NULL; k++)
		if (k != kind && param_find(k->params, name) != NULL) {
			err_fault(err, a, param_find(k->params, name)->name,
			    "is no option of %s; connections of the kind %s have it", kind->name,
			    k->name);
			return 1;
		}
	return 0;
}

static void
check_address(struct arena *a, const struct connection_kind *kind, const char *text,
    struct err *err)
{
	struct connection_address address;
	const char *fault;

	if (text != NULL &&
	    (fault = connection_address_read(a, text, kind->schemes, &address)) != NULL)
		err_fault(err, a, "Address", "%s", fault);
}

/* The members that the kind knows, and those that nobody knows. */
static struct json_object *
without_foreign(struct arena *a, const struct connection_kind *kind,
    struct json_object *document, struct err *err)
{
	struct json_object *rest = json_object_new_object();

	json_object_object_foreach(document, name, value)
		if (param_find(kind->params, name) != NULL || !is_foreign(a, kind, name, err))
			json_object_object_add(rest, name, json_object_get(value));
	return rest;
}

int
connection_bind(struct arena *a, const struct connection_kind *kind, struct json_object *document,
    void **args, struct err *err)
{
	struct json_object *own = without_foreign(a, kind, document, err);
	const struct connection_common *common;
	int is_bound;

	*args = arena_alloc(a, kind->args_bytes);
	common = *args;
	param_defaults(a, kind->params, *args);
	is_bound = param_bind_json(a, kind->params, "", own, *args, err) == 0;
	json_object_put(own);
	check_address(a, kind, common->address.value, err);
	if (is_bound && kind->check != NULL)
		kind->check(a, *args, err);
	return err->code;
}

/* ------------------------------------------------------------------ the table */

static const char *
option_lint(const struct connection_kind *k, const struct param *p)
{
	const char *fault = param_lint(p);

	if (fault != NULL)
		return fault;
	if (p->in != PARAM_BODY || p->offset + param_field_bytes(p->kind) > k->args_bytes)
		return "has an option that is not in the body, or lies outside its struct";
	if (param_find(k->params, p->name) != p)
		return "has an option that stands twice";
	if (p->secret && (p->kind != PARAM_TEXT || p->def != NULL))
		return "has a secret that is no text, or has a default";
	return p->kind == PARAM_TEXT && p->min == 0 && p->choices == NULL ?
	    "has an option that may be empty" : NULL;
}

static const char *
params_lint(const struct connection_kind *k)
{
	const char *fault;
	size_t n = 0;

	for (const struct param *p = k->params; p->name != NULL; p++, n++)
		if ((fault = option_lint(k, p)) != NULL)
			return fault;
	return n < CONNECTION_PARAMS_MAX ? NULL : "has too many options";
}

/* CONNECTION_KIND_NAMES says all of them, in the order of the table, and no more. */
static int
are_named(void)
{
	const char *at = CONNECTION_KIND_NAMES;

	for (const struct connection_kind *k = connection_kinds; k->name != NULL; k++) {
		size_t n = strlen(k->name);

		if (strncmp(at, k->name, n) != 0)
			return 0;
		at += n;
		if (k[1].name != NULL && *at++ != '|')
			return 0;
	}
	return *at == '\0';
}

const char *
connection_lint(void)
{
	static char text[300];
	const char *fault;
	size_t n = 0;

	for (const struct connection_kind *k = connection_kinds; k->name != NULL; k++, n++) {
		fault = params_lint(k);
		if (fault == NULL && strncmp(k->doc, "A ", 2) != 0)
			fault = "is not said to lead to \"A …\"";
		if (fault == NULL)
			continue;
		snprintf(text, sizeof text, "The kind of connection %s %s.", k->name, fault);
		return text;
	}
	if (!are_named())
		return "CONNECTION_KIND_NAMES says other kinds of connections than the table.";
	return n < CONNECTION_KINDS_MAX ? NULL : "There are too many kinds of connections.";
}
