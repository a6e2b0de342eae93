#include "config.h"

#include "process/connector/shop_connection.h"

#include <inttypes.h>

#include "lib/conf.h"
#include "lib/err.h"
#include "process/run.h"
#include "store/connection/connection_ops.h"
#include "store/db_transact.h"
#include "store/registry/store_access.h"
#include "store/registry_db.h"

/* To which zones and brands the Source is limited. */
static int
read_source(struct run *run, struct shop_connection *s, struct db *registry, struct err *err)
{
	struct arena *a = &run->arena;
	const int64_t id = s->is->common->source_id.value;
	struct store_source *source = NULL;
	int rc;

	if (id == 0)
		return err_set(err, ERR_PERMANENT, "The connection %s has no SourceId: set it to "
		    "the Source that the shop's rows belong to.", s->is->name);
	rc = store_access_source_find(registry, a, run->tenant_id, (int16_t)id, &source, err);
	if (rc < 0)
		return rc;
	if (source == NULL)
		return err_set(err, ERR_PERMANENT, "The Source %" PRId64 " of the connection %s is "
		    "not there any more: set SourceId.", id, s->is->name);
	if (limit_read(a, source->zones, &s->limits.zones) < 0 ||
	    limit_read(a, source->brands, &s->limits.brands) < 0)
		return err_set(err, ERR_INTERNAL, "the zones or brands of Source %" PRId64
		    " cannot be read", id);
	return 0;
}

int
shop_connection_open(struct run *run, const char *name, const char *kinds,
    struct connection *connection, struct shop_connection *s, struct err *err)
{
	struct db *registry = NULL;
	int rc = registry_db_open(&registry, run->conf, 0, err);

	s->is = connection;
	if (rc == 0)
		rc = connection_ops_get(registry, &run->arena, run->conf->key_file, run->tenant_id,
		    name, kinds, connection, err);
	if (rc == 0)
		rc = store_access_alias_find(
		    registry, &run->arena, run->customer, run->alias, &s->alias, err);
	if (rc == 0 && s->alias == NULL)
		rc = err_set(err, ERR_PERMANENT, "The tenant is not there any more.");
	if (rc == 0)
		rc = read_source(run, s, registry, err);
	db_close(&registry);
	return rc;
}

struct platform_message
shop_connection_message(
    const struct run *run, const struct shop_connection *s, const char *platform)
{
	const struct connection_common *c = s->is->common;
	const struct store_alias *t = s->alias;

	return (struct platform_message){ .tenant_id = run->tenant_id,
		.platform = platform,
		.entity = "Record",
		.action = "Update",
		.source_id = (int16_t)c->source_id.value,
		.zone_id = c->zone_id.value != 0 ? (int32_t)c->zone_id.value :
		    limit_attach(&s->limits.zones, t->zone_id),
		.brand_id = c->brand_id.value != 0 ? (int32_t)c->brand_id.value :
		    limit_attach(&s->limits.brands, t->brand_id),
		.address_type_id = c->address_type_id.value != 0 ?
		    (int16_t)c->address_type_id.value : t->address_type_id,
		.time_zone = c->time_zone.value != NULL ? c->time_zone.value : run->time_zone,
		.reach = ENTITY_REACH_ALL,
		.is_proven = 1,
		.is_undated = 1 };
}

/* The run's own result is what counts: a failure to note it is only told. */
void
shop_connection_used(struct run *run, const struct shop_connection *s, const char *failure)
{
	struct db *registry = NULL;
	struct err err = { 0 };
	usec_t now;
	int rc;

	if (run->dry_run)
		return;
	rc = registry_db_open(&registry, run->conf, 0, &err);
	if (rc == 0)
		rc = db_now(registry, &now, &err);
	if (rc == 0)
		rc = store_connection_used(registry, &run->arena,
		    s->is->connection_id, failure, now, &err);
	if (rc < 0)
		run_log(run, "The connection does not know how it ended: %s", err.detail);
	db_close(&registry);
}
