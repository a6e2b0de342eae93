#include "config.h"

#include "scheduler/tenants.h"

#include <string.h>

#include "lib/conf.h"
#include "lib/err.h"
#include "store/db.h"

void
tenants_init(struct tenants *t, const struct conf *conf)
{
	*t = (struct tenants){ .conf = conf };
}

void
tenants_done(struct tenants *t)
{
	tenant_pool_close(&t->pool);
	arena_done(&t->arena);
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

static struct tenant_place
place_of(const struct rows *r, int64_t tenant_id)
{
	const struct val *sealed = rows_at(r, 0, C_alias_db_password_sealed);

	return (struct tenant_place){ .alias_id = tenant_id,
		.database = rows_text(r, 0, C_alias_database_name),
		.socket = rows_text(r, 0, C_alias_socket),
		.host = rows_text(r, 0, C_alias_host),
		.port = (unsigned)rows_int(r, 0, C_alias_port),
		.user = rows_text(r, 0, C_alias_db_user),
		.sealed = sealed->kind == VAL_NULL ? NULL : sealed->s,
		.sealed_bytes = sealed->n };
}

static struct tenant
tenant_of(const struct rows *r, int64_t tenant_id)
{
	return (struct tenant){ .tenant_id = tenant_id,
		.customer = rows_text(r, 0, C_alias_customer),
		.alias = rows_text(r, 0, C_alias_alias),
		.database = rows_text(r, 0, C_alias_database_name),
		.zone_id = (int32_t)rows_int(r, 0, C_alias_zone_id),
		.brand_id = (int32_t)rows_int(r, 0, C_alias_brand_id),
		.address_type_id = (int16_t)rows_int(r, 0, C_alias_address_type_id),
		.time_zone = rows_text(r, 0, C_alias_time_zone),
		.reference_currency = rows_text(r, 0, C_alias_reference_currency) };
}

/* Whatever is wrong with a tenant's connection is not the message's fault: it is tried again. */
static int
connect_to(struct tenants *t, const struct tenant_place *p, struct db **out, struct err *err)
{
	const struct tenant_opener o = {
		.conf = t->conf, .box = &t->box, .timeout_s = t->timeout_s
	};
	struct err own = { 0 };
	int rc;

	if ((rc = tenant_pool_get(&t->pool, &o, p, out, &own)) < 0) {
		rc = err_set(err, ERR_TRANSIENT, "The tenant's database is not available.");
		err_inside(err, "%s %s", own.detail, own.inside);
	}
	return rc;
}

int
tenants_get(
    struct tenants *t, struct db *registry, int64_t tenant_id, struct tenant **out, struct err *err)
{
	struct tenant_place place;
	struct rows r;
	int rc;

	*out = NULL;
	arena_reset(&t->arena);
	if ((rc = db_query(
		 registry, Q_tenant_get, DB_ARGS(v_int(tenant_id)), &t->arena, &r, err)) < 0)
		return rc;
	if (r.n == 0)
		return err_set(
		    err, ERR_TRANSIENT, "The tenant %lld is not registered.", (long long)tenant_id);
	place = place_of(&r, tenant_id);
	t->now = tenant_of(&r, tenant_id);
	t->now.is_remote = tenant_is_remote(&place);
	*out = &t->now;
	return connect_to(t, &place, &t->now.db, err);
}
