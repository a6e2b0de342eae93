#include "config.h"

#include "fcgi/api/club.h"

#include "fcgi/access/auth.h"
#include "fcgi/access/auth_limits.h"
#include "fcgi/request.h"
#include "store/change_batch.h"
#include "store/db.h"
#include "store/entity/erased.h"
#include "store/known/reference_cache.h"
#include "store/store_club.h"

int
club_open(struct club *c, struct request *r, int64_t source_id, struct err *err)
{
	const struct store_source *source;
	int rc;

	*c = (struct club){ .r = r, .source_id = (int16_t)source_id, .now = r->access->now };
	if ((rc = tenant_db_get(r, &c->db, err)) < 0 ||
	    (db_in_transaction(c->db) && (rc = db_now(c->db, &c->now, err)) < 0))
		return rc;
	c->changed = c->now;
	if ((rc = auth_source_find(r, c->source_id, &source, err)) < 0)
		return rc;
	if (source == NULL)
		err_fault(&c->faults, &r->arena, "SourceId", "is no Source of this tenant");
	return auth_limits(r, source, &c->limits, err);
}

int
club_guard(const struct club *c, struct entity_guard *g, int *is_set, struct err *err)
{
	const struct request *r = c->r;
	int rc = reference_begin(c->db, is_set, err);

	if (rc < 0 || !*is_set)
		return rc;
	if (!r->thread->box->loaded)
		return err_set(err, ERR_UNAVAILABLE,
		    "Whether this person was erased cannot be told: the key file is not there.");
	entity_erased_key(g, r->thread->box, r->access->alias->alias_id);
	g->as_of = r->access->now;
	return 0;
}

int
club_change(const struct club *c, struct change_item *item, struct err *err)
{
	struct change_item *items[] = { item };
	int rc = change_batch_run(&(struct change_batch){ .db = c->db, .items = items, .n = 1,
	    .now = c->changed }, err);

	if (rc == 0 && item->rc < 0)
		rc = (*err = item->err).code;
	change_item_done(item);
	return rc;
}

int
club_defer(int rc, struct err *refusal, struct err *err)
{
	if (rc >= 0 || db_spoils(rc))
		return rc;
	*refusal = *err;
	err_clear(err);
	return 0;
}

int
club_faults(const struct club *c, struct err *err)
{
	if (c->faults.code != ERR_NONE)
		*err = c->faults;
	return c->faults.code;
}

int
club_zone_allowed(const struct club *c, int64_t zone_id)
{
	return limit_allows(&c->limits.zones, zone_id);
}

int
club_brand_allowed(const struct club *c, int64_t brand_id)
{
	return limit_allows(&c->limits.brands, brand_id);
}

int
club_no_contact(struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "There is no contact with this DrupalId in the Source.");
}

int
club_contact_get(const struct club *c, const char *drupal_id, int64_t *contact_id, struct err *err)
{
	int32_t zone_id;
	int rc = store_club_find(
	    c->db, &c->r->arena, drupal_id, c->source_id, contact_id, &zone_id, err);

	if (rc < 0)
		return rc;
	return *contact_id == 0 || !club_zone_allowed(c, zone_id) ? club_no_contact(err) : 0;
}
