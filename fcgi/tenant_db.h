/*
 * tenant_db - a thread's connections to the databases of tenants: one per tenant for life, a
 * bounded few, the least recently used goes first.
 */
#ifndef FCGI_TENANT_DB_H
#define FCGI_TENANT_DB_H

#include <stdint.h>

#include "lib/clock.h"

struct db;
struct err;
struct request;

enum { TENANT_DBS_MAX = 2 };

struct tenant_dbs {
	struct tenant_db {
		int64_t alias_id;		/* 0 = free */
		char *where; /* what the registry says of it, as one text: another text means
				another connection */
		struct db *db;
		usec_t used;			/* monotonic: when it was last given out */
	} places[TENANT_DBS_MAX];
};

/* The connection to the database of the request's tenant, proven alive when it has not been used
 * for a while. *out belongs to the thread. Registry statements work on it for tenants on the
 * registry's server only. ERR_DB_GONE with retry_after_s when the database does not answer. */
int tenant_db_get(struct request *r, struct db **out, struct err *err);

void tenant_db_close_all(struct tenant_dbs *t);

#endif
