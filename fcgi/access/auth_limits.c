#include "config.h"

#include "fcgi/access/auth_limits.h"

#include <string.h>

#include "fcgi/access/auth.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "store/db.h"
#include "store/registry/store_access.h"

static int
of_user(struct request *r, struct limits *out, struct err *err)
{
	const int64_t user_id = r->access->user_id;
	struct store_ids zones = { 0 }, brands = { 0 };
	struct db *db;
	int rc;

	*out = (struct limits){ 0 };
	if (user_id == 0)
		return 0;
	if ((rc = request_db(r, &db, err)) < 0 ||
	    (rc = store_access_user_zones(db, &r->arena, user_id, &zones, err)) < 0 ||
	    (rc = store_access_user_brands(db, &r->arena, user_id, &brands, err)) < 0)
		return rc;
	out->zones = limit_of(zones.ids, zones.n);
	out->brands = limit_of(brands.ids, brands.n);
	return 0;
}

static int
of_source(struct request *r, const struct store_source *source, struct limits *out, struct err *err)
{
	*out = (struct limits){ 0 };
	if (source == NULL)
		return 0;
	if (limit_read(&r->arena, source->zones, &out->zones) < 0 ||
	    limit_read(&r->arena, source->brands, &out->brands) < 0)
		return err_set(err, ERR_INTERNAL, "the zones or brands of Source %d cannot be read",
		    source->source_id);
	return 0;
}

/* The limits of the user and of the Source have nothing in common. Each of them alone allows
 * something. */
static int
is_nothing(const struct limit *l)
{
	return l->is_set && l->n == 0;
}

int
auth_limits(struct request *r, const struct store_source *source, struct limits *out,
    struct err *err)
{
	struct limits user, of;
	int rc;

	if ((rc = of_user(r, &user, err)) < 0 || (rc = of_source(r, source, &of, err)) < 0)
		return rc;
	*out = limits_meet(&r->arena, &user, &of);
	if (!is_nothing(&out->zones) && !is_nothing(&out->brands))
		return 0;
	return err_set(err, ERR_FORBIDDEN,
	    "The token's user and Source %d have no %s in common that both may work with.",
	    source->source_id, is_nothing(&out->zones) ? "zone" : "brand");
}

/* Only the tenant's own credentials may see their limits. */
static int
is_tenants(const struct access *x)
{
	return store_message_auth_is_tenants(auth_noted(x));
}

int
auth_limits_none(struct request *r, struct err *err)
{
	struct limits l;
	int rc = auth_limits(r, NULL, &l, err);

	if (rc < 0 || !limits_any(&l))
		return rc;
	return err_set(err, ERR_FORBIDDEN,
	    "This works on rows of all zones and brands, and the token's user is limited to %s.",
	    limits_words(&r->arena, &l));
}

static int
refuse(struct request *r, const char *name, int64_t id, const struct limits *l, struct err *err)
{
	if (!is_tenants(r->access))
		return err_set(err, ERR_FORBIDDEN, "%s", err_sentence(ERR_FORBIDDEN));
	return err_set(err, ERR_FORBIDDEN,
	    "%s %lld is not among what this credential and this Source may work with: %s.", name,
	    (long long)id, limits_words(&r->arena, l));
}

int
auth_limits_named(struct request *r, const struct limits *l, int64_t zone_id, int64_t brand_id,
    struct err *err)
{
	if (!limit_allows(&l->zones, zone_id))
		return refuse(r, "ZoneId", zone_id, l, err);
	return limit_allows(&l->brands, brand_id) ? 0 : refuse(r, "BrandId", brand_id, l, err);
}

void
auth_limits_keep(const struct limit *allowed, struct rows *rows)
{
	size_t n = 0;

	for (size_t i = 0; i < rows->n; i++)
		if (limit_allows(allowed, rows_int(rows, i, ROWS_ONLY)))
			memmove(&rows->cells[n++ * rows->columns],
			    &rows->cells[i * rows->columns], rows->columns * sizeof(struct val));
	rows->n = n;
}
