#include "config.h"

#include "scheduler/tenants.h"

#include <string.h>

#include "lib/conf.h"
#include "lib/err.h"
#include "store/db.h"

enum { REREAD_S = 300, LOOK_S = 1 };

void
tenants_init(struct tenants *t, const struct conf *conf)
{
	*t = (struct tenants){ .conf = conf };
}

static void
empty(struct tenant *p)
{
	db_close(&p->db);
	arena_done(&p->arena);
	*p = (struct tenant){ 0 };
}

void
tenants_done(struct tenants *t)
{
	for (size_t i = 0; i < TENANTS_MAX; i++)
		empty(&t->places[i]);
	explicit_bzero(&t->box, sizeof t->box);
}

int
tenants_box(struct tenants *t, struct err *err)
{
	struct err own = { 0 };

	if (t->box.loaded || secret_box_load(&t->box, t->conf->key_file, &own) == 0)
		return 0;
	err_set(err, ERR_TRANSIENT, "%s", own.detail);	/* it is not the message's fault */
	err_inside(err, "%s", own.inside);
	return ERR_TRANSIENT;
}

static struct tenant *
place(struct tenants *t, int64_t tenant_id)
{
	struct tenant *oldest = &t->places[0];

	for (size_t i = 0; i < TENANTS_MAX; i++) {
		if (t->places[i].tenant_id == tenant_id)
			return &t->places[i];
		if (t->places[i].used < oldest->used)
			oldest = &t->places[i];
	}
	empty(oldest);
	return oldest;
}

/* A user of its own, never the service's: it may not see the registry. */
static int
aim_elsewhere(struct tenants *t, struct tenant *p, const struct rows *r, int64_t tenant_id,
    struct db_target *target, struct err *err)
{
	const struct val *sealed = rows_at(r, 0, C_tenant_get_db_password_sealed);
	size_t n;
	int rc;

	target->socket = rows_text(r, 0, C_tenant_get_socket);
	target->host = rows_text(r, 0, C_tenant_get_host);
	target->port = (unsigned)rows_int(r, 0, C_tenant_get_port);
	target->user = rows_text(r, 0, C_tenant_get_db_user);
	target->password = "";
	target->registry = NULL;
	if (sealed->kind == VAL_NULL)
		return 0;
	if ((rc = tenants_box(t, err)) < 0)
		return rc;
	target->password = secret_open(&p->arena, &t->box,
	    arena_printf(&p->arena, "alias:%lld", (long long)tenant_id), sealed->s, sealed->n, &n,
	    err);
	return target->password == NULL ? err->code : 0;
}

static int
read_alias(struct tenants *t, struct tenant *p, struct db *registry, int64_t tenant_id,
    struct db_target *target, struct err *err)
{
	struct rows r;
	int rc = db_query(registry, Q_tenant_get, DB_ARGS(v_int(tenant_id)), &p->arena, &r, err);

	if (rc < 0)
		return rc;
	if (r.n == 0)
		return err_set(
		    err, ERR_TRANSIENT, "The tenant %lld is not registered.", (long long)tenant_id);
	p->tenant_id = tenant_id;
	p->customer = rows_text(&r, 0, C_tenant_get_customer);
	p->alias = rows_text(&r, 0, C_tenant_get_alias);
	p->database = target->database = rows_text(&r, 0, C_tenant_get_database_name);
	p->zone_id = (int32_t)rows_int(&r, 0, C_tenant_get_zone_id);
	p->brand_id = (int32_t)rows_int(&r, 0, C_tenant_get_brand_id);
	p->address_type_id = (int16_t)rows_int(&r, 0, C_tenant_get_address_type_id);
	p->time_zone = rows_text(&r, 0, C_tenant_get_time_zone);
	p->reference_currency = rows_text(&r, 0, C_tenant_get_reference_currency);
	p->is_remote = rows_text(&r, 0, C_tenant_get_socket)[0] != '\0' ||
	    rows_text(&r, 0, C_tenant_get_host)[0] != '\0';
	return p->is_remote ? aim_elsewhere(t, p, &r, tenant_id, target, err) : 0;
}

/* Whatever is wrong with a tenant's connection is not the message's fault: it is tried again. */
static int
fill(struct tenants *t, struct tenant *p, struct db *registry, int64_t tenant_id, struct err *err)
{
	struct db_target target = db_target_registry(t->conf);
	struct err own = { 0 };
	int rc = read_alias(t, p, registry, tenant_id, &target, &own);

	target.timeout_s = t->timeout_s;
	if (rc == 0)
		rc = db_open(&p->db, &target, &own);
	if (rc < 0 && p->tenant_id != 0) {
		rc = err_set(err, ERR_TRANSIENT, "The tenant's database is not available.");
		err_inside(err, "%s %s", own.detail, own.inside);
	} else if (rc < 0)
		*err = own;
	p->opened = clock_monotonic_us();
	p->changes = t->changes;
	return rc;
}

/* So an alias that was changed is read anew, whatever is in its place. */
static int
look(struct tenants *t, struct db *registry, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc;

	if (t->looked != 0 && clock_monotonic_us() - t->looked < LOOK_S * USEC_SEC)
		return 0;
	if ((rc = db_query(registry, Q_tenant_changes, DB_NONE, &a, &r, err)) == 0) {
		t->changes = r.n == 0 ? 0 : rows_int(&r, 0, C_tenant_changes_alias_changes);
		t->looked = clock_monotonic_us();
	}
	arena_done(&a);
	return rc;
}

int
tenants_get(
    struct tenants *t, struct db *registry, int64_t tenant_id, struct tenant **out, struct err *err)
{
	struct tenant *p = place(t, tenant_id);
	int rc;

	*out = NULL;
	if ((rc = look(t, registry, err)) < 0)
		return rc;
	if (p->db == NULL || db_broken(p->db) || p->changes != t->changes ||
	    clock_monotonic_us() - p->opened > REREAD_S * USEC_SEC)
		empty(p);
	if (p->db == NULL)
		rc = fill(t, p, registry, tenant_id, err);
	p->used = ++t->clock;
	*out = p->tenant_id == 0 ? NULL : p;
	return rc;
}
