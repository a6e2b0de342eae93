/*
 * tenants - connections to tenant databases: one per tenant for life, a bounded pool per process.
 */
#ifndef SCHEDULER_TENANTS_H
#define SCHEDULER_TENANTS_H

#include <stdint.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/secret.h"

struct conf;
struct db;
struct err;

enum { TENANTS_MAX = 16 };

struct tenant {
	int64_t tenant_id;
	struct arena arena; /* of its strings; emptied when the place is taken by another */
	const char *customer, *alias, *database, *time_zone, *reference_currency;
	int is_remote; /* on another server: the registry's tables are not there, see queue.c */
	int32_t zone_id, brand_id;	/* defaults */
	int16_t address_type_id;
	struct db *db;
	usec_t opened;			/* monotonic clock; after a while it is read anew */
	int64_t changes;		/* what tenants.changes was then */
	uint64_t used;			/* for least recently used */
};

struct tenants {
	const struct conf *conf;
	unsigned timeout_s;		/* as in struct db_target; set it after tenants_init() */
	struct secret_box box;		/* opens the passwords of other servers */
	int64_t changes;		/* another number: an admin has changed some alias */
	usec_t looked;			/* monotonic: when it was read */
	struct tenant places[TENANTS_MAX];
	uint64_t clock;
};

void tenants_init(struct tenants *t, const struct conf *conf);
void tenants_done(struct tenants *t);

/* Loads the key file's key once. */
int tenants_box(struct tenants *t, struct err *err);

/* The tenant with an open connection; valid until the next call. registry: a connection to the
 * registry. When only its database cannot be reached, *out->db is NULL and the rest is filled; when
 * it is not known at all, *out is NULL. */
int tenants_get(struct tenants *t, struct db *registry, int64_t tenant_id, struct tenant **out,
    struct err *err);

#endif
