/*
 * connection_document - the JSON object that a connection is (model/connection/connection.h), and
 * the row that it is stored as.
 */
#ifndef STORE_CONNECTION_CONNECTION_DOCUMENT_H
#define STORE_CONNECTION_CONNECTION_DOCUMENT_H

struct arena;
struct connection_kind;
struct err;
struct json_object;
struct secret_box;
struct store_connection;

/* The document of a row without its secrets; the caller puts it. ERR_PERMANENT when what is stored
 * cannot be read. */
int connection_document_read(const struct connection_kind *kind,
    const struct store_connection *row, struct json_object **out, struct err *err);

/* The row's secrets, an object of texts; empty when it has none. The caller puts it. ERR_CONFIG
 * when the key is not loaded, or does not open them. */
int connection_document_secrets(struct arena *a, const struct secret_box *box,
    const struct store_connection *row, struct json_object **out, struct err *err);

/* 1 when given has a member of the name, in any case; null = not given. */
int connection_document_gives(struct json_object *given, const char *member);

/* Changes a document to what given says, names spelled as the kind does; null = not given. */
void connection_document_merge(
    const struct connection_kind *kind, struct json_object *document, struct json_object *given);

/* Fills what a row says of a valid document, whose args are bound; options has the document's
 * members only, without defaults. *secrets: its secrets as JSON, "" = none. All in a. */
void connection_document_write(struct arena *a, const struct connection_kind *kind,
    struct json_object *document, const void *args, struct store_connection *row,
    const char **secrets);

/* Seals secrets (as above) into the row, whose connection_id is known, with their names. */
int connection_document_seal(struct arena *a, const struct secret_box *box,
    const char *secrets, struct store_connection *row, struct err *err);

#endif
