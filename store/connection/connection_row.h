/*
 * connection_row - the fields of a connection that the API and the command line show; never its
 * secrets.
 */
#ifndef STORE_CONNECTION_CONNECTION_ROW_H
#define STORE_CONNECTION_CONNECTION_ROW_H

#include "store/connection/store_connection.h"
#include "store/field.h"

struct arena;

struct connection_row {
	struct store_connection is;
	const char *secrets;		/* names, a JSON array */
};

void connection_row_fill(
    struct arena *a, const struct store_connection *is, struct connection_row *out);

extern const struct field connection_row[];

#endif
