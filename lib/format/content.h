/*
 * content - reads a webhook's content that is not JSON, the query of its address or a form post
 * (application/x-www-form-urlencoded), as one JSON object of texts.
 *
 * A name that is given several times becomes a list, in the order given. What cannot be decoded
 * ("%zz") stays as it was written; bytes that are not valid UTF-8 become U+FFFD.
 */
#ifndef LIB_FORMAT_CONTENT_H
#define LIB_FORMAT_CONTENT_H

#include <stddef.h>

#include <json-c/json.h>

struct arena;
struct err;

/* Whose query: each action has its own documented parameters, all others are content. */
enum content_kind { CONTENT_UNSET, CONTENT_EMAIL, CONTENT_QUEUE };

enum { CONTENT_FIELDS_MAX = 2000, CONTENT_NAME_BYTES = 500 };

/* The documented query parameters of an action, in lower case; ends with NULL. action_lint() holds
 * them together with the action's rows. */
const char *const *content_documented(enum content_kind kind);

/* Parameters that are secret in every query and form: they are no content. Ends with NULL. */
extern const char *const content_secrets[];

/* The object that a form post of n bytes says. The caller frees *out. *repaired counts the replaced
 * characters. ERR_PERMANENT for more than CONTENT_FIELDS_MAX fields, or a longer name than
 * CONTENT_NAME_BYTES. */
int content_form(struct arena *a, const char *p, size_t n, struct json_object **out,
    size_t *repaired, struct err *err);

/* The same for a query, without documented and secret parameters. */
int content_query(struct arena *a, enum content_kind kind, const char *query,
    struct json_object **out, size_t *repaired, struct err *err);

/* The query as written, without documented and secret parameters; "" when nothing is left. */
const char *content_query_text(struct arena *a, enum content_kind kind, const char *query);

/* The first field of that name in the n bytes of a form or query, decoded; NULL when there is
 * none, or it is empty. */
const char *content_peek(struct arena *a, const char *p, size_t n, const char *name);

/* What is behind the "?" of a URI, or "". */
const char *content_query_of(const char *uri);

/* Adds a field to the object o. A name that is there becomes a list, in which the value is last. */
void content_add(struct json_object *o, const char *name, const char *value);

/* The media type of a stored message, without parameters, in lower case, from the JSON object of
 * its headers; "" when it says none. *whole, unless whole is NULL, gets the header as it came. */
const char *content_type_kept(struct arena *a, const char *headers, const char **whole);

/* A stored message. The body of a GET is its query without the secret parameters. */
struct content_text {
	enum content_kind kind;
	const char *method, *headers, *uri;
	const char *body;		/* unpacked, with a NUL behind */
	size_t bytes;
};

/* The query that is its content, documented parameters included; NULL when it has a body. */
const char *content_query_kept(const struct content_text *t);

/* 1 when its body is a form post. A body that begins like JSON is not one, whatever its type: curl
 * -d sends everything as a form. */
int content_is_form(struct arena *a, const struct content_text *t);

/* The content as JSON: JSON as it is, a form post or a query as an object. The caller frees *out.
 * ERR_PERMANENT when it is none of these. */
int content_read(struct arena *a, const struct content_text *t, struct json_object **out,
    size_t *repaired, struct err *err);

#endif
