#include "config.h"

#include "fcgi/help/openapi.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <json-c/json.h>

#include "fcgi/action.h"
#include "fcgi/api/ctl_reference.h"
#include "fcgi/help/openapi_entity.h"
#include "fcgi/help/openapi_header.h"
#include "fcgi/api/platform_sample.h"
#include "fcgi/api/sample.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"

/* json-c owns what is put into another object; these shorten the putting. */
static void
put(struct json_object *o, const char *name, struct json_object *value)
{
	json_object_object_add(o, name, value);
}

static void
put_text(struct json_object *o, const char *name, const char *text)
{
	put(o, name, json_object_new_string(text));
}

static struct json_object *
new_object(void)
{
	return json_object_new_object();
}

/* "a|b" as an array, behind what is there. */
static struct json_object *
choices_of(struct arena *a, const char *choices)
{
	struct json_object *list = json_object_new_array();
	char *rest = arena_strdup(a, choices), *one;

	while ((one = strsep(&rest, "|")) != NULL)
		json_object_array_add(list, json_object_new_string(one));
	return list;
}

/* ------------------------------------------------------------------ shared schemas */

/* Rows that several actions share are one schema, named for the first of them. */
static const struct action *
first_with(const struct field *reply, const struct param *params)
{
	for (size_t c = 0; controllers[c] != NULL; c++)
		for (const struct action *a = controllers[c]; a->name != NULL; a++)
			if (!a->hidden && (reply == NULL || a->reply == reply) &&
			    (params == NULL || a->params == params))
				return a;
	return NULL;
}

/* Controller and action, which often begins with the controller's name, or with its singular. */
static const char *
full_name(struct arena *a, const struct action *action)
{
	const size_t n = strlen(action->controller);
	const size_t singular = n > 1 && action->controller[n - 1] == 's' ? n - 1 : n;

	if (strncasecmp(action->name, action->controller, singular) == 0)
		return action->name;
	return arena_printf(a, "%s%s", action->controller, action->name);
}

static char *
with_first(struct arena *a, int (*turn)(int), const char *name, const char *more)
{
	char *text = arena_printf(a, "%s%s", name, more);

	text[0] = (char)turn((unsigned char)text[0]);
	return text;
}

static const char *
schema_name(struct arena *a, const struct action *first, const char *kind)
{
	return with_first(a, toupper, full_name(a, first), kind);
}

static struct json_object *
reference(struct arena *a, const char *name)
{
	struct json_object *o = new_object();

	put_text(o, "$ref", arena_printf(a, "#/components/%s", name));
	return o;
}

/* ------------------------------------------------------------------ parameters */

static struct json_object *
integer_schema(const struct param *p)
{
	struct json_object *o = new_object();

	put_text(o, "type", "integer");
	put(o, "minimum", json_object_new_int64(p->min));
	if (p->max != INT64_MAX)
		put(o, "maximum", json_object_new_int64(p->max));
	return o;
}

static struct json_object *
string_schema(struct arena *a, const struct param *p)
{
	struct json_object *o = new_object();

	put_text(o, "type", "string");
	if (p->choices != NULL)
		put(o, "enum", choices_of(a, p->choices));
	else if (p->kind == PARAM_TEXT)
		put(o, "maxLength", json_object_new_int64((int64_t)p->max_length));
	if (p->kind == PARAM_TEXT && p->min > 0)
		put(o, "minLength", json_object_new_int64(p->min));
	return o;
}

/* Whole numbers, words, or both. */
static struct json_object *
element_schema(struct arena *a, const struct param *p)
{
	const int has_numbers = p->min < p->max;
	struct json_object *any, *o;

	if (p->choices == NULL || !has_numbers)
		return has_numbers ? integer_schema(p) : string_schema(a, p);
	o = new_object();
	any = json_object_new_array();
	json_object_array_add(any, integer_schema(p));
	json_object_array_add(any, string_schema(a, p));
	put(o, "anyOf", any);
	return o;
}

static struct json_object *
list_schema(struct arena *a, const struct param *p)
{
	struct json_object *o = new_object();

	put_text(o, "type", "array");
	put(o, "items", element_schema(a, p));
	put(o, "minItems", json_object_new_int(1));
	put(o, "maxItems", json_object_new_int64((int64_t)p->max_length));
	return o;
}

static struct json_object *body_schema(struct arena *a, const struct param *rows);

static struct json_object *
array_schema(struct arena *a, const struct param *p)
{
	struct json_object *o = new_object();

	put_text(o, "type", "array");
	put(o, "items", body_schema(a, p->of));
	put(o, "maxItems", json_object_new_int64((int64_t)p->max_length));
	return o;
}

static struct json_object *
param_schema(struct arena *a, const struct param *p)
{
	struct json_object *o;

	switch (p->kind) {
	case PARAM_INT:
		o = integer_schema(p);
		break;
	case PARAM_TEXT:
		o = string_schema(a, p);
		break;
	case PARAM_LIST:
		o = list_schema(a, p);
		break;
	case PARAM_ROWS:
		o = array_schema(a, p);
		break;
	default:
		o = new_object();
		put_text(o, "type", p->kind == PARAM_FLAG ? "boolean" : "object");
		if (p->kind == PARAM_OBJECT)	/* else some take it for an empty one */
			put(o, "additionalProperties", json_object_new_boolean(1));
	}
	if (p->def != NULL) {
		struct buf b;

		buf_init(&b, a);
		sample_add_json(&b, p, p->def);
		put(o, "default", json_tokener_parse(b.data));
	}
	return o;
}

/* What it means, and where its values are listed. */
static void
put_doc(struct arena *a, struct json_object *o, const struct param *p)
{
	const char *path = ctl_reference_path(a, p->name);

	put_text(o, "description", path == NULL ? p->doc :
	    arena_printf(a, "%s GET /%s lists its values.", p->doc, path));
}

static struct json_object *
parameter(struct arena *a, const struct param *p)
{
	struct json_object *o = new_object();

	put_text(o, "name", p->name);
	put_text(o, "in", p->in == PARAM_PATH ? "path" : "query");
	put_doc(a, o, p);
	put(o, "required", json_object_new_boolean(p->required));
	put(o, "schema", param_schema(a, p));
	if (p->sample != NULL && !p->secret) {
		struct buf b;

		buf_init(&b, a);
		sample_add_json(&b, p, p->sample);
		put(o, "example", json_tokener_parse(b.data));
	}
	return o;
}

static struct json_object *
body_schema(struct arena *a, const struct param *rows)
{
	struct json_object *o = new_object(), *members = new_object(),
			   *required = json_object_new_array();

	for (const struct param *p = rows; p->name != NULL; p++)
		if (p->in == PARAM_BODY) {
			struct json_object *schema = param_schema(a, p);

			put_doc(a, schema, p);
			put(members, p->name, schema);
			if (p->required)
				json_object_array_add(required, json_object_new_string(p->name));
		}
	put_text(o, "type", "object");
	put(o, "properties", members);
	if (json_object_array_length(required) > 0)
		put(o, "required", required);
	else
		json_object_put(required);
	put(o, "additionalProperties", json_object_new_boolean(0));
	return o;
}

/* Whatever else the query holds. */
static struct json_object *
content_parameter(void)
{
	struct json_object *o = new_object(), *schema = new_object(), *any = new_object();

	put_text(o, "name", "content");
	put_text(o, "in", "query");
	put_text(o, "description", "Every other parameter is content: that of a request without a "
	    "body. Beside a body it stays in the URI and is shown in the mail.");
	put_text(o, "style", "form");
	put(o, "explode", json_object_new_boolean(1));
	put_text(any, "type", "string");
	put_text(schema, "type", "object");
	put(schema, "additionalProperties", any);
	put(o, "schema", schema);
	return o;
}

/* 1 when a request without a body would be refused, or worth nothing. */
static int
needs_body(const struct action *action)
{
	int needs = action->takes_body && action->content == CONTENT_UNSET;

	for (const struct param *p = action->params; p != NULL && p->name != NULL; p++)
		needs |= p->in == PARAM_BODY && p->required;
	return needs;
}

/* A body that is taken as it is: JSON for most, as its sample shows, or anything. */
static struct json_object *
free_body(const char *sample)
{
	struct json_object *content = new_object(), *media = new_object();
	struct json_object *example = json_tokener_parse(sample);

	put(media, "schema", new_object());
	put(media, "example", example != NULL ? example : json_object_new_string(sample));
	put(content, example != NULL ? "application/json" : "*/*", media);
	if (example != NULL)
		put(content, "*/*", new_object());
	return content;
}

/* What QueueProcess takes, with an example for each that is understood. */
static struct json_object *
delivery_body(struct arena *a)
{
	struct json_object *content = new_object(), *media = new_object();

	put(media, "schema", reference(a, "schemas/QueueProcessBody"));
	put(media, "examples", openapi_entity_examples(a));
	put(content, "application/json", media);
	put(content, "*/*", new_object());
	return content;
}

static struct json_object *
typed_body(struct arena *a, const struct action *action, const char *sample)
{
	const char *name = schema_name(a, first_with(NULL, action->params), "Body");
	struct json_object *content = new_object(), *media = new_object();

	put(media, "schema", reference(a, arena_printf(a, "schemas/%s", name)));
	put(media, "example", json_tokener_parse(sample));
	put(content, "application/json", media);
	return content;
}

static struct json_object *
request_body(struct arena *a, const struct action *action, unsigned method)
{
	const struct sample s = { .arena = a, .action = action, .method = method };
	struct json_object *o = new_object();

	put_text(o, "description", arena_printf(a, "%s %s", action_body_sentence(a, action),
	    ACTION_BODY_CODINGS));
	put(o, "required", json_object_new_boolean(needs_body(action)));
	if (action == platform_sample_action())
		put(o, "content", delivery_body(a));
	else if (action->takes_body)
		put(o, "content", free_body(sample_body(&s)));
	else
		put(o, "content", typed_body(a, action, sample_body(&s)));
	return o;
}

/* ------------------------------------------------------------------ replies */

static struct json_object *rows_schema(struct arena *a, const struct field *rows);

static const char *
type_of(const struct field *f)
{
	switch (f->kind) {
	case FIELD_INT:
		return "integer";
	case FIELD_FLAG:
		return "boolean";
	case FIELD_OBJECT:
	case FIELD_ANY:
		return "object";
	default:
		return "string";
	}
}

static struct json_object *
one_schema(struct arena *a, const struct field *f)
{
	struct json_object *o = f->kind == FIELD_OBJECT ? rows_schema(a, f->rows) : new_object();

	if (f->nullable && !f->list) {
		struct json_object *types = json_object_new_array();

		json_object_array_add(types, json_object_new_string(type_of(f)));
		json_object_array_add(types, json_object_new_string("null"));
		put(o, "type", types);
	} else {
		put_text(o, "type", type_of(f));
	}
	if (f->kind == FIELD_ANY)
		put(o, "additionalProperties", json_object_new_boolean(1));
	if (f->kind == FIELD_TIME)
		put_text(o, "format", "date-time");
	if (f->kind == FIELD_DECIMAL)
		put_text(o, "pattern", "^-?[0-9]+(\\.[0-9]+)?$");
	if (f->choices != NULL) {
		struct json_object *words = choices_of(a, f->choices);

		if (f->nullable && !f->list)
			json_object_array_add(words, NULL);
		put(o, "enum", words);
	}
	return o;
}

static struct json_object *
list_of(struct json_object *items, int nullable)
{
	struct json_object *o = new_object(), *types;

	if (nullable) {
		types = json_object_new_array();
		json_object_array_add(types, json_object_new_string("array"));
		json_object_array_add(types, json_object_new_string("null"));
		put(o, "type", types);
	} else {
		put_text(o, "type", "array");
	}
	put(o, "items", items);
	return o;
}

static struct json_object *
rows_schema(struct arena *a, const struct field *rows)
{
	struct json_object *o = new_object(), *members = new_object(),
			   *required = json_object_new_array();

	for (const struct field *f = rows; f->name != NULL; f++) {
		struct json_object *schema = one_schema(a, f);

		if (f->list)
			schema = list_of(schema, f->nullable);
		put_text(schema, "description", f->doc);
		put(members, f->name, schema);
		if (!f->optional)
			json_object_array_add(required, json_object_new_string(f->name));
	}
	put_text(o, "type", "object");
	put(o, "properties", members);
	put(o, "required", required);
	return o;
}

static struct json_object *
response(struct arena *a, const struct action *action, int status)
{
	struct json_object *o = new_object(), *content, *media;

	put_text(o, "description", action->reply_doc);
	put(o, "headers", openapi_header_success(a, action));
	if (status == 204 || status == 304)
		return o;
	content = new_object();
	media = new_object();
	if (action->reply == NULL) {
		struct json_object *text = new_object();

		put_text(text, "type", "string");
		put(media, "schema", text);
		put(content, action->reply_type, media);
	} else {
		struct json_object *schema = reference(a,
		    arena_printf(
			a, "schemas/%s", schema_name(a, first_with(action->reply, NULL), "Reply")));

		put(media, "schema", action->reply_list ? list_of(schema, 0) : schema);
		put(content, "application/json", media);
	}
	put(o, "content", content);
	return o;
}

static void
put_status(struct arena *a, struct json_object *responses, int status, struct json_object *value)
{
	put(responses, arena_printf(a, "%d", status), value);
}

static struct json_object *
responses(struct arena *a, const struct action *action)
{
	struct json_object *o = new_object();
	int codes[ACTION_ERRORS_MAX], n = action_errors(action, codes);

	put_status(a, o, action->status, response(a, action, action->status));
	if (action->status_too != 0)
		put_status(a, o, action->status_too, response(a, action, action->status_too));
	for (int i = 0; i < n; i++)
		put_status(a, o, err_status(codes[i]),
		    reference(a, arena_printf(a, "responses/Problem%d", err_status(codes[i]))));
	return o;
}

/* ------------------------------------------------------------------ operations */

/* One way to be let in: names of security schemes, "" = none is needed. */
static void
add_way(struct arena *a, struct json_object *ways, const char *names)
{
	struct json_object *o = new_object();
	char *rest = arena_strdup(a, names), *one;

	while ((one = strsep(&rest, " ")) != NULL)
		if (*one != '\0')
			put(o, one, json_object_new_array());
	json_object_array_add(ways, o);
}

static struct json_object *
security(struct arena *a, const struct action *action)
{
	struct json_object *ways = json_object_new_array();

	if (action->access != ACCESS_PUBLIC) {
		add_way(a, ways, "token customerName databaseAlias");
		add_way(a, ways, "apiKey");
	}
	if (action->access != ACCESS_TOKEN && action->access != ACCESS_ADMIN)
		add_way(a, ways, "");
	return ways;
}

static struct json_object *
operation(struct arena *a, const struct action *action, unsigned method)
{
	struct json_object *o = new_object(), *tags = json_object_new_array(),
			   *parameters = json_object_new_array();
	const char *stop = strstr(action->doc, ". ");
	const int is_get_too = method != REQUEST_POST && action->takes_body;

	put_text(o, "operationId",
	    with_first(a, tolower, full_name(a, action), is_get_too ? "ByGet" : ""));
	json_object_array_add(tags, json_object_new_string(action->controller));
	put(o, "tags", tags);
	put_text(o, "summary",
	    stop == NULL ? action->doc :
			   arena_strndup(a, action->doc, (size_t)(stop - action->doc) + 1));
	put_text(o, "description", action->doc);
	put(o, "security", security(a, action));
	for (const struct param *p = action->params; p != NULL && p->name != NULL; p++)
		if (p->in != PARAM_BODY)
			json_object_array_add(parameters, parameter(a, p));
	if (action->content != CONTENT_UNSET)
		json_object_array_add(parameters, content_parameter());
	openapi_header_parameters(a, action, method, parameters);
	put(o, "parameters", parameters);
	if ((method & REQUEST_WITH_BODY) && (action->takes_body || action_has_body_params(action)))
		put(o, "requestBody", request_body(a, action, method));
	put(o, "responses", responses(a, action));
	return o;
}

static struct json_object *
paths(struct arena *a)
{
	static const unsigned methods[] = { REQUEST_GET, REQUEST_POST, REQUEST_PUT,
	    REQUEST_DELETE };
	static const char *const names[] = { "get", "post", "put", "delete" };
	struct json_object *o = new_object(), *item;

	for (size_t c = 0; controllers[c] != NULL; c++)
		for (const struct action *x = controllers[c]; x->name != NULL; x++) {
			const char *path = arena_printf(a, "/%s", action_clear_path(x));

			if (x->hidden)
				continue;
			if (!json_object_object_get_ex(o, path, &item))
				put(o, path, item = new_object());
			for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
				if (x->methods & methods[i])
					put(item, names[i], operation(a, x, methods[i]));
		}
	return o;
}

/* ------------------------------------------------------------------ what operations share */

static struct json_object *
problem(struct arena *a, int code)
{
	struct json_object *o = new_object(), *content = new_object(), *media = new_object();

	put_text(o, "description", err_sentence(code));
	put(o, "headers", openapi_header_problem(a, err_status(code)));
	put(media, "schema", reference(a, "schemas/Problem"));
	put(content, "application/problem+json", media);
	put(o, "content", content);
	return o;
}

static void
add_problem(struct arena *a, struct json_object *all, int code)
{
	const char *name = arena_printf(a, "Problem%d", err_status(code));

	if (!json_object_object_get_ex(all, name, NULL))
		put(all, name, problem(a, code));
}

/* Those that an action answers, each status once. */
static struct json_object *
problems(struct arena *a)
{
	struct json_object *all = new_object();
	int codes[ACTION_ERRORS_MAX];

	for (size_t c = 0; controllers[c] != NULL; c++)
		for (const struct action *x = controllers[c]; x->name != NULL; x++) {
			const int n = x->hidden ? 0 : action_errors(x, codes);

			for (int i = 0; i < n; i++)
				add_problem(a, all, codes[i]);
		}
	return all;
}

static void
add_scheme(struct json_object *schemes, const char *name, const char *header, const char *doc)
{
	struct json_object *o = new_object();

	put_text(o, "type", "apiKey");
	put_text(o, "in", "header");
	put_text(o, "name", header);
	put_text(o, "description", doc);
	put(schemes, name, o);
}

static struct json_object *
schemas(struct arena *a)
{
	struct json_object *o = new_object();

	put(o, "Problem", rows_schema(a, reply_problem_rows));
	for (size_t c = 0; controllers[c] != NULL; c++)
		for (const struct action *x = controllers[c]; x->name != NULL; x++) {
			if (!x->hidden && x->reply != NULL && first_with(x->reply, NULL) == x) {
				struct json_object *schema = rows_schema(a, x->reply),
						   *examples = json_object_new_array();
				const struct action one = { .reply = x->reply };

				json_object_array_add(
				    examples, json_tokener_parse(sample_reply(a, &one)));
				put(schema, "examples", examples);
				put(o, schema_name(a, x, "Reply"), schema);
			}
			if (!x->hidden && action_has_body_params(x) &&
			    first_with(NULL, x->params) == x)
				put(o, schema_name(a, x, "Body"), body_schema(a, x->params));
		}
	openapi_entity_schemas(a, o);
	return o;
}

static struct json_object *
components(struct arena *a)
{
	struct json_object *o = new_object(), *schemes = new_object();

	put(o, "schemas", schemas(a));
	put(o, "responses", problems(a));
	put(o, "parameters", openapi_header_parameter_components());
	put(o, "headers", openapi_header_components());
	add_scheme(schemes, "token", "X-Crm360Api-Token",
	    "A token of the tenant. It needs the two other headers.");
	add_scheme(schemes, "customerName", "X-Crm360Api-CustomerName", "Name of the customer.");
	add_scheme(schemes, "databaseAlias", "X-Crm360Api-DatabaseAlias",
	    "Alias of the customer's database.");
	add_scheme(schemes, "apiKey", "X-Crm360Api-ApiKey",
	    "A token of the tenant, alone: it says itself which tenant is meant.");
	put(o, "securitySchemes", schemes);
	return o;
}

static int
has_tag(struct json_object *list, const char *name)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *tag = json_object_array_get_idx(list, i), *known = NULL;

		json_object_object_get_ex(tag, "name", &known);
		if (strcmp(json_object_get_string(known), name) == 0)
			return 1;
	}
	return 0;
}

static struct json_object *
tags(void)
{
	struct json_object *list = json_object_new_array();

	for (size_t c = 0; controllers[c] != NULL; c++)
		for (const struct action *a = controllers[c]; a->name != NULL; a++)
			if (!a->hidden && !has_tag(list, a->controller)) {
				struct json_object *o = new_object();

				put_text(o, "name", a->controller);
				put_text(
				    o, "description", action_about(controllers, a->controller));
				json_object_array_add(list, o);
			}
	return list;
}

/* Who runs the service says on what terms: the program does not know. */
static void
put_terms(struct json_object *info)
{
	struct json_object *license = new_object(), *contact = new_object();

	put_text(license, "name", "As agreed with who runs the service");
	put_text(license, "identifier", "LicenseRef-Agreement");
	put_text(contact, "name", "Who runs the service");
	put(info, "license", license);
	put(info, "contact", contact);
}

/* ------------------------------------------------------------------ all */

void
openapi_write(struct buf *b, const char *root)
{
	struct json_object *o = new_object(), *info = new_object(),
			   *servers = json_object_new_array(), *server = new_object();

	put_text(o, "openapi", "3.1.0");
	put_text(info, "title", "CustomerAPI");
	put_text(info, "version", PACKAGE_VERSION);
	put_text(info, "description",
	    "Webhooks and campaign participations in, processes on schedules, a club's members. "
	    "Every action has a page under HelpWebapi.");
	put_terms(info);
	put(o, "info", info);
	put_text(server, "url", *root == '\0' ? "/" : root);
	json_object_array_add(servers, server);
	put(o, "servers", servers);
	put(o, "tags", tags());
	put(o, "paths", paths(b->arena));
	put(o, "components", components(b->arena));
	buf_adds(b,
	    json_object_to_json_string_ext(
		o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	buf_addc(b, '\n');
	json_object_put(o);
}
