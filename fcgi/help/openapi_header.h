/*
 * openapi_header - the headers of requests and replies in the OpenAPI description, as they follow
 * from an action's row (action.h): If-Match, If-None-Match and Idempotency-Key; ETag, Retry-After
 * and the others that reply_send() writes.
 */
#ifndef FCGI_HELP_OPENAPI_HEADER_H
#define FCGI_HELP_OPENAPI_HEADER_H

#include <stddef.h>

struct action;
struct arena;
struct json_object;

/* Name and meaning of the i-th header that a request of this method may have; 0 when there are no
 * more. */
int openapi_header_get(const struct action *action, unsigned method, size_t i, const char **name,
    const char **doc);

/* Adds what a request of this method may have to the operation's parameters. */
void openapi_header_parameters(struct arena *a, const struct action *action, unsigned method,
    struct json_object *parameters);

/* The headers of a success of the action; of an error with this status. The caller owns them. */
struct json_object *openapi_header_success(struct arena *a, const struct action *action);
struct json_object *openapi_header_problem(struct arena *a, int status);

/* What the others refer to: the parameters and headers of the document's components. */
struct json_object *openapi_header_parameter_components(void);
struct json_object *openapi_header_components(void);

#endif
