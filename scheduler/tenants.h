/*
 * tenants - what the daemon knows of the tenant that it works for, and the connection to it.
 */
#ifndef SCHEDULER_TENANTS_H
#define SCHEDULER_TENANTS_H

#include <stdint.h>

#include "lib/arena.h"
#include "lib/secret.h"
#include "store/tenant.h"

struct conf;
struct db;
struct err;

struct tenant {
	int64_t tenant_id;
	const char *customer, *alias, *database, *time_zone, *reference_currency;
	int is_remote; /* on another server: the registry's tables are not there, see queue.c */
	int32_t zone_id, brand_id;	/* defaults */
	int16_t address_type_id;
	struct db *db;
};

struct tenants {
	const struct conf *conf;
	unsigned timeout_s;		/* as in struct db_target; set it after tenants_init() */
	struct secret_box box;		/* opens the passwords of other servers */
	struct tenant_pool pool;
	struct tenant now;		/* the one that was asked for last */
	struct arena arena;		/* of its strings */
};

void tenants_init(struct tenants *t, const struct conf *conf);
void tenants_done(struct tenants *t);

/* Loads the key file's key once. */
int tenants_box(struct tenants *t, struct err *err);

/* The tenant with an open connection; valid until the next call. What an admin changes about an
 * alias holds from here on: its row is read each time. registry: a connection to the registry. When
 * only its database cannot be reached, *out->db is NULL and the rest is filled; when it is not
 * known at all, *out is NULL. */
int tenants_get(struct tenants *t, struct db *registry, int64_t tenant_id, struct tenant **out,
    struct err *err);

#endif
