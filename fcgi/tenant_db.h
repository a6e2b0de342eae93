/*
 * tenant_db - the connection to the database of a request's tenant.
 */
#ifndef FCGI_TENANT_DB_H
#define FCGI_TENANT_DB_H

#include "store/tenant.h"

struct err;
struct request;

/* The connection to the database of the request's tenant, proven alive when it has not been used
 * for a while. *out is the request's until that is over (connections.h). Registry statements work
 * on it for tenants on the registry's server only. ERR_DB_GONE with retry_after_s when the database
 * does not answer, ERR_UNAVAILABLE when all connections are in use. */
int tenant_db_get(struct request *r, struct db **out, struct err *err);

#endif
