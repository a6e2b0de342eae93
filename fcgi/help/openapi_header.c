#include "config.h"

#include "fcgi/help/openapi_header.h"

#include <stddef.h>
#include <string.h>

#include <json-c/json.h>

#include "fcgi/action.h"
#include "fcgi/idempotency.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/err.h"

struct header {
	const char *id, *name, *doc, *example;
	const char *type;		/* of its value, as JSON Schema calls it */
	int most;			/* characters; 0 = not said */
	int (*takes)(const struct action *action, unsigned method);	/* of requests */
};

static int
takes_if_match(const struct action *action, unsigned method)
{
	return method != REQUEST_GET && action_has_error(action, ERR_PRECONDITION);
}

static int
takes_if_none_match(const struct action *action, unsigned method)
{
	return takes_if_match(action, method) ||
	    (method == REQUEST_GET && action->status_too == 304);
}

static int
takes_key(const struct action *action, unsigned method)
{
	return method == REQUEST_POST && action_has_error(action, ERR_KEY_REUSED);
}

/* Deliveries have their own rule for repetitions, see fcgi/api/delivery.h. */
static int
takes_delivery_key(const struct action *action, unsigned method)
{
	return method == REQUEST_POST && action->content != CONTENT_UNSET;
}

/* Of requests. */
static const struct header asked[] = {
	{ "IfMatch", "If-Match",
	    "Entity tags, or *. The request is carried out only if one of them is the current "
	    "ETag; else the reply is 412.",
	    "\"0123456789abcdef0123456789abcdef\"", "string", 0, takes_if_match },
	{ "IfNoneMatch", "If-None-Match",
	    "Entity tags, or *. The request is carried out only if none of them is the current "
	    "ETag; else the reply is 304 to a GET and 412 to a change.",
	    "\"0123456789abcdef0123456789abcdef\"", "string", 0, takes_if_none_match },
	{ "IdempotencyKey", "Idempotency-Key",
	    "Visible ASCII characters, best a UUID. The same request with the same key gets the "
	    "first reply again and changes nothing. Another request with the same key gets 422.",
	    "7f1c2d9e-5b0c-4a6d-9e48-719c04a7b1d8", "string", IDEMPOTENCY_KEY_MAX, takes_key },
	{ "DeliveryKey", "Idempotency-Key",
	    "Visible ASCII characters. The same content with the same key is the same delivery; "
	    "other content is another delivery. The header is ignored with a signature of Shopify "
	    "or Standard Webhooks.",
	    "7f1c2d9e-5b0c-4a6d-9e48-719c04a7b1d8", "string", 0, takes_delivery_key },
	{ .id = NULL },
};

/* Of replies. */
static const struct header sent[] = {
	{ "RequestId", "X-Request-Id", "The request's id in the logs.", "6f1d3c0e", "string",
	    0, NULL },
	{ "ETag", "ETag", "The state that the reply shows. It can be sent in If-Match and "
			  "If-None-Match.",
	    "\"0123456789abcdef0123456789abcdef\"", "string", 0, NULL },
	{ "IdempotencyReplayed", "Idempotency-Replayed",
	    "true when this is the reply to an earlier request with the same Idempotency-Key.",
	    "true", "string", 0, NULL },
	{ "RetryAfter", "Retry-After", "After how many seconds the request may be repeated.", "30",
	    "integer", 0, NULL },
	{ "WwwAuthenticate", "WWW-Authenticate", "How to authenticate.",
	    "X-Crm360Api-Token realm=\"CustomerAPI\"", "string", 0, NULL },
	{ "AcceptEncoding", "Accept-Encoding", "How a body may be compressed.",
	    "gzip, x-gzip, deflate", "string", 0, NULL },
	{ .id = NULL },
};

static struct json_object *
reference_to(struct arena *a, const char *kind, const char *id)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "$ref",
	    json_object_new_string(arena_printf(a, "#/components/%s/%s", kind, id)));
	return o;
}

/* ------------------------------------------------------------------ requests */

int
openapi_header_get(const struct action *action, unsigned method, size_t i, const char **name,
    const char **doc)
{
	for (const struct header *h = asked; h->id != NULL; h++)
		if (h->takes(action, method) && i-- == 0) {
			*name = h->name;
			*doc = h->doc;
			return 1;
		}
	return 0;
}

void
openapi_header_parameters(struct arena *a, const struct action *action, unsigned method,
    struct json_object *parameters)
{
	for (const struct header *h = asked; h->id != NULL; h++)
		if (h->takes(action, method))
			json_object_array_add(parameters, reference_to(a, "parameters", h->id));
}

/* ------------------------------------------------------------------ replies */

static void
add_sent(struct arena *a, struct json_object *headers, const char *name)
{
	const struct header *h = sent;

	while (strcmp(h->name, name) != 0)
		h++;
	json_object_object_add(headers, h->name, reference_to(a, "headers", h->id));
}

struct json_object *
openapi_header_success(struct arena *a, const struct action *action)
{
	struct json_object *headers = json_object_new_object();

	add_sent(a, headers, "X-Request-Id");
	if (action_has_etag(action))
		add_sent(a, headers, "ETag");
	if (action_has_error(action, ERR_KEY_REUSED))
		add_sent(a, headers, "Idempotency-Replayed");
	return headers;
}

struct json_object *
openapi_header_problem(struct arena *a, int status)
{
	struct json_object *headers = json_object_new_object();

	add_sent(a, headers, "X-Request-Id");
	if (status == 401)
		add_sent(a, headers, "WWW-Authenticate");
	if (status == 415)
		add_sent(a, headers, "Accept-Encoding");
	if (status == 429 || status == 503)
		add_sent(a, headers, "Retry-After");
	return headers;
}

/* ------------------------------------------------------------------ components */

static struct json_object *
schema_of(const struct header *h)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "type", json_object_new_string(h->type));
	if (h->most > 0) {
		json_object_object_add(o, "minLength", json_object_new_int(1));
		json_object_object_add(o, "maxLength", json_object_new_int(h->most));
	}
	return o;
}

static struct json_object *
described(const struct header *h)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "description", json_object_new_string(h->doc));
	json_object_object_add(o, "schema", schema_of(h));
	json_object_object_add(o, "example", strcmp(h->type, "integer") == 0 ?
	    json_tokener_parse(h->example) : json_object_new_string(h->example));
	return o;
}

struct json_object *
openapi_header_parameter_components(void)
{
	struct json_object *all = json_object_new_object();

	for (const struct header *h = asked; h->id != NULL; h++) {
		struct json_object *o = described(h);

		json_object_object_add(o, "name", json_object_new_string(h->name));
		json_object_object_add(o, "in", json_object_new_string("header"));
		json_object_object_add(o, "required", json_object_new_boolean(0));
		json_object_object_add(all, h->id, o);
	}
	return all;
}

struct json_object *
openapi_header_components(void)
{
	struct json_object *all = json_object_new_object();

	for (const struct header *h = sent; h->id != NULL; h++)
		json_object_object_add(all, h->id, described(h));
	return all;
}
