/*
 * tenant_db - the connection to the database of a request's tenant, from its thread's pool.
 */
#ifndef FCGI_TENANT_DB_H
#define FCGI_TENANT_DB_H

#include "store/tenant.h"

struct err;
struct request;

/* A thread serves one tenant at a time. */
enum { TENANT_DBS_MAX = 2 };

/* The connection to the database of the request's tenant, proven alive when it has not been used
 * for a while. *out belongs to the thread. Registry statements work on it for tenants on the
 * registry's server only. ERR_DB_GONE with retry_after_s when the database does not answer. */
int tenant_db_get(struct request *r, struct db **out, struct err *err);

#endif
