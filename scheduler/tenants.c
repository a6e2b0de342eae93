#include "config.h"

#include "scheduler/tenants.h"

#include "lib/conf.h"
#include "lib/err.h"
#include "store/db.h"

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

static int
fill(struct tenants *t, struct tenant *p, struct db *registry, int64_t tenant_id, struct err *err)
{
	struct db_target target = db_target_registry(t->conf);
	struct rows r;
	int rc = db_query(registry, Q_tenant_get, DB_ARGS(v_int(tenant_id)), &p->arena, &r, err);

	if (rc < 0)
		return rc;
	if (r.n == 0)
		return err_set(err, ERR_TRANSIENT, "The tenant %lld is not registered.", (long long)tenant_id);
	if (rows_text(&r, 0, 3)[0] != '\0' || rows_text(&r, 0, 4)[0] != '\0')
		return err_set(err, ERR_TRANSIENT, "The tenant's database is on another server, which this version cannot reach.");
	p->customer = rows_text(&r, 0, 0);
	p->alias = rows_text(&r, 0, 1);
	p->database = target.database = rows_text(&r, 0, 2);
	p->zone_id = (int32_t)rows_int(&r, 0, 5);
	p->brand_id = (int32_t)rows_int(&r, 0, 6);
	p->address_type_id = (int16_t)rows_int(&r, 0, 7);
	if ((rc = db_open(&p->db, &target, err)) == 0)
		p->tenant_id = tenant_id;
	return rc;
}

int
tenants_get(struct tenants *t, struct db *registry, int64_t tenant_id, struct tenant **out, struct err *err)
{
	struct tenant *p = place(t, tenant_id);
	int rc = 0;

	if (p->db != NULL && db_broken(p->db))
		empty(p);
	if (p->db == NULL && (rc = fill(t, p, registry, tenant_id, err)) < 0)
		empty(p);
	p->used = ++t->clock;
	*out = p;
	return rc;
}
