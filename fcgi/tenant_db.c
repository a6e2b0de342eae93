#include "config.h"

#include "fcgi/tenant_db.h"

#include <stdlib.h>
#include <string.h>

#include "fcgi/access/auth.h"
#include "fcgi/request.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "store/db.h"

enum { RETRY_AFTER_S = 30, TRUST_S = 5 };

static int
is_remote(const struct store_alias *t)
{
	return t->socket[0] != '\0' || t->host[0] != '\0';
}

static const char *
where_of(struct arena *a, const struct store_alias *t)
{
	return arena_printf(a, "%s\n%s\n%s\n%u\n%s\n%s", t->database_name, t->socket, t->host,
	    t->port, t->db_user,
	    t->db_password_sealed == NULL ?
		"" :
		text_hex(a, t->db_password_sealed, t->db_password_bytes));
}

static void
empty(struct tenant_db *p)
{
	db_close(&p->db);
	free(p->where);
	*p = (struct tenant_db){ 0 };
}

/* The tenant's place, emptied when it is another's or leads to where the tenant is no more. */
static struct tenant_db *
place(struct tenant_dbs *t, int64_t alias_id, const char *where)
{
	struct tenant_db *p = &t->places[0];

	for (size_t i = 0; i < TENANT_DBS_MAX; i++) {
		if (t->places[i].alias_id == alias_id) {
			p = &t->places[i];
			break;
		}
		if (t->places[i].used < p->used)
			p = &t->places[i];
	}
	if (p->alias_id != alias_id || strcmp(p->where, where) != 0)
		empty(p);
	return p;
}

static int
connect_to(struct request *r, const struct store_alias *t, struct db **out, struct err *err)
{
	struct db_target target = db_target_registry(r->thread->conf);
	size_t n;

	target.database = t->database_name;
	if (is_remote(
		t)) { /* a user of its own, never the service's: it may not see the registry */
		target.socket = t->socket;
		target.host = t->host;
		target.port = t->port;
		target.user = t->db_user;
		target.password = "";
		target.registry = NULL;
	}
	if (is_remote(t) && t->db_password_sealed != NULL &&
	    (target.password = secret_open(&r->arena, r->thread->box,
		 arena_printf(&r->arena, "alias:%lld", (long long)t->alias_id),
		 t->db_password_sealed, t->db_password_bytes, &n, err)) == NULL)
		return err->code;
	return db_open(out, &target, err);
}

static int
fill(struct request *r, struct tenant_db *p, const struct store_alias *t, const char *where,
    struct err *err)
{
	int rc = connect_to(r, t, &p->db, err);

	if (rc < 0) {
		err->retry_after_s = RETRY_AFTER_S;
		return rc;
	}
	p->alias_id = t->alias_id;
	p->where = strdup(where);
	if (p->where == NULL)
		abort();
	return 0;
}

int
tenant_db_get(struct request *r, struct db **out, struct err *err)
{
	const struct store_alias *t = r->access->alias;
	const char *where = where_of(&r->arena, t);
	struct tenant_db *p = place(&r->thread->tenants, t->alias_id, where);
	struct err lost = { 0 };
	usec_t now;
	int rc;

	if (p->db != NULL && !db_in_transaction(p->db) &&
	    clock_monotonic_us() - p->used > TRUST_S * USEC_SEC)
		db_now(p->db, &now, &lost);
	if (p->db != NULL && db_broken(p->db))
		empty(p);
	if (p->db == NULL && (rc = fill(r, p, t, where, err)) < 0)
		return rc;
	p->used = clock_monotonic_us();
	*out = p->db;
	return 0;
}

void
tenant_db_close_all(struct tenant_dbs *t)
{
	for (size_t i = 0; i < TENANT_DBS_MAX; i++)
		empty(&t->places[i]);
}
