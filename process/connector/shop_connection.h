/*
 * shop_connection - the connection that a connector's run is about, with what its tenant and its
 * Source say: defaults and limits.
 */
#ifndef PROCESS_CONNECTOR_SHOP_CONNECTION_H
#define PROCESS_CONNECTOR_SHOP_CONNECTION_H

#include "lib/limits.h"
#include "model/connection/connection.h"
#include "platform/platform.h"

struct err;
struct run;
struct store_alias;

struct shop_connection {
	const struct connection *is;
	struct store_alias *alias;	/* of the tenant */
	struct limits limits;		/* of the Source */
};

/* Reads the tenant's connection of that name, which must be of one of the kinds, enabled, and of a
 * Source. All of it lives as long as the run; *about borrows *connection. */
int shop_connection_open(struct run *run, const char *name, const char *kinds,
    struct connection *connection, struct shop_connection *about, struct err *err);

/* As what its records are mapped. */
struct platform_message shop_connection_message(
    const struct run *run, const struct shop_connection *s, const char *platform);

/* Notes on the connection how the run ended; failure "" = well. A dry run notes nothing. The run's
 * result is what counts: that it cannot be noted is only told in its log. */
void shop_connection_used(struct run *run, const struct shop_connection *s, const char *failure);

#endif
