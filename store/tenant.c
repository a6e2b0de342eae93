#include "config.h"

#include "store/tenant.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/registry/store_access.h"
#include "store/registry_db.h"

enum { TRUST_S = 5 };

struct tenant_place
tenant_place_of(const struct store_alias *t)
{
	return (struct tenant_place){ .alias_id = t->alias_id,
		.database = t->database_name,
		.socket = t->socket,
		.host = t->host,
		.port = t->port,
		.user = t->db_user,
		.sealed = t->db_password_sealed,
		.sealed_bytes = t->db_password_bytes };
}

int
tenant_is_remote(const struct tenant_place *p)
{
	return p->socket[0] != '\0' || p->host[0] != '\0';
}

/* ------------------------------------------------------------------ one connection */

static int
open_sealed(struct arena *a, const struct secret_box *box, const struct tenant_place *p,
    const char **out, struct err *err)
{
	size_t n;

	*out = secret_open(a, box, arena_printf(a, "alias:%lld", (long long)p->alias_id), p->sealed,
	    p->sealed_bytes, &n, err);
	return *out == NULL ? err->code : 0;
}

int
tenant_password(struct arena *a, const struct tenant_opener *o, const struct tenant_place *p,
    const char **out, struct err *err)
{
	struct secret_box own = { .loaded = 0 };
	int rc;

	*out = NULL;
	if (p->sealed == NULL)
		return 0;
	if (o->box != NULL && o->box->loaded)
		return open_sealed(a, o->box, p, out, err);
	if ((rc = secret_box_load(&own, o->conf->key_file, err)) == 0)
		rc = open_sealed(a, &own, p, out, err);
	explicit_bzero(&own, sizeof own);
	return rc;
}

/* A user must be named: otherwise the client library takes the name of the process's own user,
 * which is the service's. */
static int
aim_elsewhere(struct arena *a, const struct tenant_opener *o, const struct tenant_place *p,
    struct db_target *target, struct err *err)
{
	const char *password = p->password;
	int rc;

	if (p->user == NULL || p->user[0] == '\0')
		return err_set(err, ERR_CONFIG,
		    "An alias on another server needs a user of its own; it has none.");
	if (password == NULL && (rc = tenant_password(a, o, p, &password, err)) < 0)
		return rc;
	target->socket = p->socket;
	target->host = p->host;
	target->port = p->port;
	target->user = p->user;
	target->password = password == NULL ? "" : password;
	return 0;
}

static int
open_at(struct db **out, const struct tenant_opener *o, const struct tenant_place *p,
    const char *database, struct err *err)
{
	struct db_target target = {
		.database = database, .timeout_s = o->timeout_s, .tls_ca = o->conf->db_tls_ca
	};
	struct arena a = { 0 };
	int rc = 0;

	*out = NULL;
	if (!tenant_is_remote(p))
		target = registry_db_target(o->conf, database, o->timeout_s);
	else
		rc = aim_elsewhere(&a, o, p, &target, err);
	if (rc == 0)
		rc = db_open(out, &target, err);
	arena_done(&a);
	return rc;
}

int
tenant_open(struct db **out, const struct tenant_opener *o, const struct tenant_place *p,
    struct err *err)
{
	return open_at(out, o, p, p->database, err);
}

int
tenant_open_server(struct db **out, const struct tenant_opener *o, const struct tenant_place *p,
    struct err *err)
{
	return open_at(out, o, p, NULL, err);
}

/* ------------------------------------------------------------------ a pool */

static char *
where_of(const struct tenant_place *p)
{
	struct arena a = { 0 };
	char *where = strdup(arena_printf(&a, "%s\n%s\n%s\n%u\n%s\n%s", p->database, p->socket,
	    p->host, p->port, p->user,
	    p->sealed == NULL ? "" : text_hex(&a, p->sealed, p->sealed_bytes)));

	if (where == NULL)
		abort();
	arena_done(&a);
	return where;
}

static void
empty(struct tenant_link *l)
{
	db_close(&l->db);
	free(l->where);
	*l = (struct tenant_link){ 0 };
}

/* The alias's own link, or the least recently used, emptied. */
static struct tenant_link *
link_of(struct tenant_pool *pool, int64_t alias_id)
{
	const size_t max = pool->max == 0 ? TENANT_POOL_MAX : pool->max;
	struct tenant_link *oldest = &pool->links[0];

	for (size_t i = 0; i < max; i++) {
		if (pool->links[i].alias_id == alias_id)
			return &pool->links[i];
		if (pool->links[i].used < oldest->used)
			oldest = &pool->links[i];
	}
	empty(oldest);
	return oldest;
}

int
tenant_pool_get(struct tenant_pool *pool, const struct tenant_opener *o,
    const struct tenant_place *p, struct db **out, struct err *err)
{
	struct tenant_link *l = link_of(pool, p->alias_id);
	char *where = where_of(p);
	int rc = 0;

	*out = NULL;
	if (l->db != NULL)
		db_prove(l->db, &l->used, TRUST_S * USEC_SEC);
	if (l->db != NULL && (db_broken(l->db) || strcmp(l->where, where) != 0))
		empty(l);
	if (l->db == NULL && (rc = tenant_open(&l->db, o, p, err)) == 0) {
		l->alias_id = p->alias_id;
		l->where = where;
		where = NULL;
		l->used = clock_monotonic_us();
	}
	free(where);
	*out = l->db;
	return rc;
}

void
tenant_pool_close(struct tenant_pool *pool)
{
	for (size_t i = 0; i < TENANT_POOL_MAX; i++)
		empty(&pool->links[i]);
}
