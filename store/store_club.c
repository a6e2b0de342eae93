#include "config.h"

#include "store/store_club.h"

#include "lib/err.h"

int
store_club_find(struct db *db, struct arena *a, const char *identifier, int16_t source_id, int64_t *contact_id, int32_t *zone_id, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_club_contact_find, DB_ARGS(v_text(identifier), v_int(source_id)), a, &r, err);

	*contact_id = rc < 0 || r.n == 0 ? 0 : rows_int(&r, 0, 0);
	*zone_id = rc < 0 || r.n == 0 ? 0 : (int32_t)rows_int(&r, 0, 1);
	return rc;
}

int
store_club_lock(struct db *db, struct arena *a, int64_t contact_id, int *deleted, int32_t *zone_id, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_club_contact_lock, DB_ARGS(v_int(contact_id)), a, &r, err);

	*deleted = rc < 0 || r.n == 0 || rows_int(&r, 0, 1) != 0;
	*zone_id = rc < 0 || r.n == 0 ? 0 : (int32_t)rows_int(&r, 0, 2);
	return rc;
}

int
store_club_load(struct db *db, struct arena *a, int64_t contact_id, struct store_club_contact *out, struct err *err)
{
	const struct val list[] = { v_int(contact_id), v_int(STORE_CLUB_LIST_MAX) };
	int rc;

	*out = (struct store_club_contact){ 0 };
	if ((rc = db_query(db, Q_club_contact, list, 1, a, &out->contact, err)) < 0 || out->contact.n == 0)
		return rc;
	if ((rc = db_query(db, Q_club_addresses, list, 2, a, &out->addresses, err)) < 0 || (rc = db_query(db, Q_club_stores, list, 2, a, &out->stores, err)) < 0)
		return rc;
	return db_query(db, Q_club_interests, list, 2, a, &out->interests, err);
}

static int
named_find(struct db *db, struct arena *a, enum query by_id, enum query by_identifier, const struct store_club_named *n, int64_t *id, int32_t *zone_id,
    int32_t *brand_id, struct err *err)
{
	struct rows r;
	int rc = n->identifier == NULL ? db_query(db, by_id, DB_ARGS(v_int(n->id)), a, &r, err) :
	    db_query(db, by_identifier, DB_ARGS(v_text(n->identifier), v_int(n->source_id)), a, &r, err);
	int found = rc == 0 && r.n > 0;

	*id = found ? rows_int(&r, 0, 0) : 0;
	*zone_id = found ? (int32_t)rows_int(&r, 0, 1) : 0;
	*brand_id = found ? (int32_t)rows_int(&r, 0, 2) : 0;
	return rc;
}

int
store_club_store_find(struct db *db, struct arena *a, const struct store_club_named *n, int64_t *id, int32_t *zone_id, int32_t *brand_id, struct err *err)
{
	return named_find(db, a, Q_club_store_by_id, Q_club_store_by_identifier, n, id, zone_id, brand_id, err);
}

int
store_club_category_find(struct db *db, struct arena *a, const struct store_club_named *n, int64_t *id, int32_t *zone_id, int32_t *brand_id, struct err *err)
{
	return named_find(db, a, Q_club_category_by_id, Q_club_category_by_identifier, n, id, zone_id, brand_id, err);
}

int
store_club_store_detach(struct db *db, int64_t contact_id, int64_t store_id, usec_t now, struct err *err)
{
	return db_exec(db, Q_club_store_detach, DB_ARGS(v_time(now), v_int(contact_id), v_int(store_id)), err) < 0 ? err->code : 0;
}

int
store_club_interest_end(struct db *db, int64_t interest_id, usec_t now, struct err *err)
{
	return db_exec(db, Q_club_interest_end, DB_ARGS(v_time(now), v_int(interest_id)), err) < 0 ? err->code : 0;
}
