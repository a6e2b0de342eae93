/*
 * openapi_schema - schemas of the OpenAPI description: of parameters, of bodies and of what replies
 * have. The caller owns each object that is returned.
 */
#ifndef FCGI_HELP_OPENAPI_SCHEMA_H
#define FCGI_HELP_OPENAPI_SCHEMA_H

struct action;
struct arena;
struct field;
struct json_object;
struct param;

/* The object owns what is put into it. */
void openapi_put(struct json_object *o, const char *name, struct json_object *value);
void openapi_put_text(struct json_object *o, const char *name, const char *text);

/* Rows that several actions share are one schema, named for the first of them: with this reply, or
 * these parameters; NULL = any. */
const struct action *openapi_schema_first(const struct field *reply, const struct param *params);

/* Controller and action, which often begins with the controller's name, or with its singular. */
const char *openapi_schema_action_name(struct arena *a, const struct action *action);

/* The same with more behind it; turn (toupper, tolower) is for the first letter. */
char *openapi_schema_with_first(struct arena *a, int (*turn)(int), const char *name,
    const char *more);

/* The name of a shared schema; kind is "Body" or "Reply". */
const char *openapi_schema_name(struct arena *a, const struct action *first, const char *kind);

/* A reference to a component: "schemas/Problem". */
struct json_object *openapi_schema_reference(struct arena *a, const char *name);

struct json_object *openapi_schema_parameter(struct arena *a, const struct param *p);
struct json_object *openapi_schema_body(struct arena *a, const struct param *rows);
struct json_object *openapi_schema_rows(struct arena *a, const struct field *rows);
struct json_object *openapi_schema_list(struct json_object *items, int nullable);

#endif
