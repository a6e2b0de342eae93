/*
 * openapi_entity - the bodies of the platform Standard in the OpenAPI description: a schema for
 * each entity of the model, external keys included.
 */
#ifndef FCGI_HELP_OPENAPI_ENTITY_H
#define FCGI_HELP_OPENAPI_ENTITY_H

struct arena;
struct json_object;

/* Adds the schemas StandardContact, … to the document's, and QueueProcessBody: any of them, or
 * other content. */
void openapi_entity_schemas(struct arena *a, struct json_object *schemas);

/* Adds examples of QueueProcess by name: "Standard.Contact.Insert". The caller owns them. */
struct json_object *openapi_entity_examples(struct arena *a);

#endif
