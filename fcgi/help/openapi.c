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
#include "fcgi/help/openapi_schema.h"
#include "fcgi/api/platform_sample.h"
#include "fcgi/api/sample.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/writer.h"
#include "lib/text.h"

/* ------------------------------------------------------------------ requests */

/* All parameters of the query that the action does not name. */
static struct json_object *
content_parameter(void)
{
	struct json_object *o = json_object_new_object(), *schema = json_object_new_object();
	struct json_object *any = json_object_new_object();

	openapi_put_text(o, "name", "content");
	openapi_put_text(o, "in", "query");
	openapi_put_text(o, "description",
	    "Every other parameter. Without a body, these parameters are the content. "
	    "With a body, they stay in the URI, and the mail shows them.");
	openapi_put_text(o, "style", "form");
	openapi_put(o, "explode", json_object_new_boolean(1));
	openapi_put_text(any, "type", "string");
	openapi_put_text(schema, "type", "object");
	openapi_put(schema, "additionalProperties", any);
	openapi_put(o, "schema", schema);
	return o;
}

/* 1 when a request without a body would be refused or would have no content. */
static int
needs_body(const struct action *action)
{
	int needs = action->takes_body && action->content == CONTENT_UNSET;

	for (const struct param *p = action->params; p != NULL && p->name != NULL; p++)
		needs |= p->in == PARAM_BODY && p->required;
	return needs;
}

/* A body of any kind. Its sample shows whether JSON is usual. */
static struct json_object *
free_body(const char *sample)
{
	struct json_object *content = json_object_new_object(), *media = json_object_new_object();
	struct json_object *example = json_tokener_parse(sample);

	openapi_put(media, "schema", json_object_new_object());
	openapi_put(media, "example", example != NULL ? example : json_object_new_string(sample));
	openapi_put(content, example != NULL ? "application/json" : "*/*", media);
	if (example != NULL)
		openapi_put(content, "*/*", json_object_new_object());
	return content;
}

/* The body of QueueProcess, with an example for each webhook that is processed. */
static struct json_object *
delivery_body(struct arena *a)
{
	struct json_object *content = json_object_new_object(), *media = json_object_new_object();

	openapi_put(media, "schema", openapi_schema_reference(a, "schemas/QueueProcessBody"));
	openapi_put(media, "examples", openapi_entity_examples(a));
	openapi_put(content, "application/json", media);
	openapi_put(content, "*/*", json_object_new_object());
	return content;
}

static struct json_object *
named_schema(struct arena *a, const struct action *first, const char *kind)
{
	const char *name = openapi_schema_name(a, first, kind);

	return openapi_schema_reference(a, arena_printf(a, "schemas/%s", name));
}

static struct json_object *
typed_body(struct arena *a, const struct action *action, const char *sample)
{
	const struct action *first = openapi_schema_first(NULL, action->params);
	struct json_object *content = json_object_new_object(), *media = json_object_new_object();

	openapi_put(media, "schema", named_schema(a, first, "Body"));
	openapi_put(media, "example", json_tokener_parse(sample));
	openapi_put(content, "application/json", media);
	return content;
}

static struct json_object *
request_body(struct arena *a, const struct action *action, unsigned method)
{
	const struct sample s = { .arena = a, .action = action, .method = method };
	struct json_object *o = json_object_new_object();

	openapi_put_text(o, "description", arena_printf(a, "%s %s", action_body_sentence(a, action),
	    ACTION_BODY_CODINGS));
	openapi_put(o, "required", json_object_new_boolean(needs_body(action)));
	if (action == platform_sample_action())
		openapi_put(o, "content", delivery_body(a));
	else if (action->takes_body)
		openapi_put(o, "content", free_body(sample_body(&s)));
	else
		openapi_put(o, "content", typed_body(a, action, sample_body(&s)));
	return o;
}

/* ------------------------------------------------------------------ replies */

static struct json_object *
text_schema(void)
{
	struct json_object *o = json_object_new_object();

	openapi_put_text(o, "type", "string");
	return o;
}

static struct json_object *
reply_schema(struct arena *a, const struct action *action)
{
	const struct action *first = openapi_schema_first(action->reply, NULL);
	struct json_object *schema = named_schema(a, first, "Reply");

	return action->reply_list ? openapi_schema_list(schema, 0) : schema;
}

static struct json_object *
response(struct arena *a, const struct action *action, int status)
{
	struct json_object *o = json_object_new_object(), *content, *media;

	openapi_put_text(o, "description", action->reply_doc);
	openapi_put(o, "headers", openapi_header_success(a, action));
	if (status == 204 || status == 304)
		return o;
	content = json_object_new_object();
	media = json_object_new_object();
	if (action->reply == NULL) {
		openapi_put(media, "schema", text_schema());
		openapi_put(content, action->reply_type, media);
	} else {
		openapi_put(media, "schema", reply_schema(a, action));
		openapi_put(content, "application/json", media);
	}
	openapi_put(o, "content", content);
	return o;
}

static void
put_status(struct arena *a, struct json_object *responses, int status, struct json_object *value)
{
	openapi_put(responses, arena_printf(a, "%d", status), value);
}

static struct json_object *
responses(struct arena *a, const struct action *action)
{
	struct json_object *o = json_object_new_object();
	int codes[ACTION_ERRORS_MAX], n = action_errors(action, codes);

	put_status(a, o, action->status, response(a, action, action->status));
	if (action->status_too != 0)
		put_status(a, o, action->status_too, response(a, action, action->status_too));
	for (int i = 0; i < n; i++) {
		const int status = err_status(codes[i]);
		const char *name = arena_printf(a, "responses/Problem%d", status);

		put_status(a, o, status, openapi_schema_reference(a, name));
	}
	return o;
}

/* ------------------------------------------------------------------ operations */

/* One way to be let in: the names of the security schemes that it needs; "" = none. */
static void
add_way(struct arena *a, struct json_object *ways, const char *names)
{
	struct json_object *o = json_object_new_object();
	char *rest = arena_strdup(a, names), *one;

	while ((one = strsep(&rest, " ")) != NULL)
		if (*one != '\0')
			openapi_put(o, one, json_object_new_array());
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
	struct json_object *o = json_object_new_object(), *tags = json_object_new_array(),
			   *parameters = json_object_new_array();
	const char *stop = strstr(action->doc, ". ");
	const char *name = openapi_schema_action_name(a, action);
	const int is_get_too = method != REQUEST_POST && action->takes_body;

	openapi_put_text(o, "operationId",
	    openapi_schema_with_first(a, tolower, name, is_get_too ? "ByGet" : ""));
	json_object_array_add(tags, json_object_new_string(action->controller));
	openapi_put(o, "tags", tags);
	openapi_put_text(o, "summary",
	    stop == NULL ? action->doc :
			   arena_strndup(a, action->doc, (size_t)(stop - action->doc) + 1));
	openapi_put_text(o, "description", action->doc);
	openapi_put(o, "security", security(a, action));
	for (const struct param *p = action->params; p != NULL && p->name != NULL; p++)
		if (p->in != PARAM_BODY)
			json_object_array_add(parameters, openapi_schema_parameter(a, p));
	if (action->content != CONTENT_UNSET)
		json_object_array_add(parameters, content_parameter());
	openapi_header_parameters(a, action, method, parameters);
	openapi_put(o, "parameters", parameters);
	if ((method & REQUEST_WITH_BODY) && (action->takes_body || action_has_body_params(action)))
		openapi_put(o, "requestBody", request_body(a, action, method));
	openapi_put(o, "responses", responses(a, action));
	return o;
}

static struct json_object *
paths(struct arena *a)
{
	static const unsigned methods[] = { REQUEST_GET, REQUEST_POST, REQUEST_PUT,
	    REQUEST_DELETE };
	static const char *const names[] = { "get", "post", "put", "delete" };
	struct json_object *o = json_object_new_object(), *item;

	for (size_t c = 0; controllers[c] != NULL; c++)
		for (const struct action *x = controllers[c]; x->name != NULL; x++) {
			const char *path = arena_printf(a, "/%s", action_clear_path(x));

			if (x->hidden)
				continue;
			if (!json_object_object_get_ex(o, path, &item))
				openapi_put(o, path, item = json_object_new_object());
			for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
				if (x->methods & methods[i])
					openapi_put(item, names[i], operation(a, x, methods[i]));
		}
	return o;
}

/* ------------------------------------------------------------------ what operations share */

static struct json_object *
problem(struct arena *a, int code)
{
	struct json_object *o = json_object_new_object(), *content = json_object_new_object();
	struct json_object *media = json_object_new_object();

	openapi_put_text(o, "description", err_sentence(code));
	openapi_put(o, "headers", openapi_header_problem(a, err_status(code)));
	openapi_put(media, "schema", openapi_schema_reference(a, "schemas/Problem"));
	openapi_put(content, "application/problem+json", media);
	openapi_put(o, "content", content);
	return o;
}

static void
add_problem(struct arena *a, struct json_object *all, int code)
{
	const char *name = arena_printf(a, "Problem%d", err_status(code));

	if (!json_object_object_get_ex(all, name, NULL))
		openapi_put(all, name, problem(a, code));
}

/* The problems that actions answer, one for each status. */
static struct json_object *
problems(struct arena *a)
{
	struct json_object *all = json_object_new_object();
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
	struct json_object *o = json_object_new_object();

	openapi_put_text(o, "type", "apiKey");
	openapi_put_text(o, "in", "header");
	openapi_put_text(o, "name", header);
	openapi_put_text(o, "description", doc);
	openapi_put(schemes, name, o);
}

static struct json_object *
schema_with_example(struct arena *a, const struct field *reply)
{
	struct json_object *schema = openapi_schema_rows(a, reply);
	struct json_object *examples = json_object_new_array();
	const struct action one = { .reply = reply };

	json_object_array_add(examples, json_tokener_parse(sample_reply(a, &one)));
	openapi_put(schema, "examples", examples);
	return schema;
}

/* The schemas of the reply and the body, unless an action before it has the same rows. */
static void
add_schemas(struct arena *a, struct json_object *all, const struct action *x)
{
	if (x->reply != NULL && openapi_schema_first(x->reply, NULL) == x)
		openapi_put(all, openapi_schema_name(a, x, "Reply"),
		    schema_with_example(a, x->reply));
	if (action_has_body_params(x) && openapi_schema_first(NULL, x->params) == x)
		openapi_put(all, openapi_schema_name(a, x, "Body"),
		    openapi_schema_body(a, x->params));
}

static struct json_object *
schemas(struct arena *a)
{
	struct json_object *o = json_object_new_object();

	openapi_put(o, "Problem", openapi_schema_rows(a, reply_problem_rows));
	for (size_t c = 0; controllers[c] != NULL; c++)
		for (const struct action *x = controllers[c]; x->name != NULL; x++)
			if (!x->hidden)
				add_schemas(a, o, x);
	openapi_entity_schemas(a, o);
	return o;
}

static struct json_object *
components(struct arena *a)
{
	struct json_object *o = json_object_new_object(), *schemes = json_object_new_object();

	openapi_put(o, "schemas", schemas(a));
	openapi_put(o, "responses", problems(a));
	openapi_put(o, "parameters", openapi_header_parameter_components());
	openapi_put(o, "headers", openapi_header_components());
	add_scheme(schemes, "token", "X-Crm360Api-Token",
	    "A token of the tenant. The request must also have the headers of customer and "
	    "database.");
	add_scheme(schemes, "customerName", "X-Crm360Api-CustomerName", "Name of the customer.");
	add_scheme(schemes, "databaseAlias", "X-Crm360Api-DatabaseAlias",
	    "Alias of the customer's database.");
	add_scheme(schemes, "apiKey", "X-Crm360Api-ApiKey",
	    "A token of the tenant. It names its tenant, so no other header is needed.");
	openapi_put(o, "securitySchemes", schemes);
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
				struct json_object *o = json_object_new_object();

				openapi_put_text(o, "name", a->controller);
				openapi_put_text(
				    o, "description", action_about(controllers, a->controller));
				json_object_array_add(list, o);
			}
	return list;
}

/* The operator of the service decides on the terms. The program does not know them. */
static void
put_terms(struct json_object *info)
{
	struct json_object *license = json_object_new_object(), *contact = json_object_new_object();

	openapi_put_text(license, "name", "As agreed with the operator of the service");
	openapi_put_text(license, "identifier", "LicenseRef-Agreement");
	openapi_put_text(contact, "name", "The operator of the service");
	openapi_put(info, "license", license);
	openapi_put(info, "contact", contact);
}

/* ------------------------------------------------------------------ all */

void
openapi_write(struct buf *b, const char *root)
{
	struct json_object *o = json_object_new_object(), *info = json_object_new_object(),
			   *servers = json_object_new_array(), *server = json_object_new_object();
	struct writer w;

	openapi_put_text(o, "openapi", "3.1.0");
	openapi_put_text(info, "title", "CustomerAPI");
	openapi_put_text(info, "version", PACKAGE_VERSION);
	openapi_put_text(info, "description",
	    "Takes in webhooks and campaign participations, runs processes on schedules, and "
	    "serves a club's members. Every action has a page under HelpWebapi.");
	put_terms(info);
	openapi_put(o, "info", info);
	openapi_put_text(server, "url", *root == '\0' ? "/" : root);
	json_object_array_add(servers, server);
	openapi_put(o, "servers", servers);
	openapi_put(o, "tags", tags());
	openapi_put(o, "paths", paths(b->arena));
	openapi_put(o, "components", components(b->arena));
	writer_init_block(&w, b, 0);
	writer_tree(&w, o);
	buf_addc(b, '\n');
	json_object_put(o);
}
