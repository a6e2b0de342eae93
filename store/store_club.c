#include "config.h"

#include "store/store_club.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"

int
store_club_find(struct db *db, struct arena *a, const char *identifier, int16_t source_id,
    int64_t *contact_id, int32_t *zone_id, struct err *err)
{
	struct rows r;
	int rc = db_query(
	    db, Q_club_contact_find, DB_ARGS(v_text(identifier), v_int(source_id)), a, &r, err);

	*contact_id = rc < 0 || r.n == 0 ? 0 : rows_int(&r, 0, C_club_contact_find_contact_id);
	*zone_id = rc < 0 || r.n == 0 ? 0 : (int32_t)rows_int(&r, 0, C_club_contact_find_zone_id);
	return rc;
}

int
store_club_lock(struct db *db, struct arena *a, int64_t contact_id, struct store_club_held *out,
    struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_club_contact_lock, DB_ARGS(v_int(contact_id)), a, &r, err);

	*out = (struct store_club_held){ .deleted = 1, .stamp = USEC_NONE };
	if (rc < 0 || r.n == 0)
		return rc;
	*out = (struct store_club_held){
		.deleted = rows_int(&r, 0, C_club_contact_lock_deleted) != 0,
		.zone_id = (int32_t)rows_int(&r, 0, C_club_contact_lock_zone_id),
		.stamp = rows_time(&r, 0, C_club_contact_lock_stamp)
	};
	return 0;
}

int
store_club_there(struct db *db, int64_t contact_id, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(db, Q_club_contact_there, DB_ARGS(v_int(contact_id)), &a, &r, err);

	if (rc == 0 && r.n == 0)
		rc = err_set(err, ERR_DB_RETRY, "The contact was erased at this moment.");
	arena_done(&a);
	return rc;
}

/* Drops the hidden rows of a list; *modified becomes the latest change of any. */
static void
keep_visible(struct rows *r, struct val *modified)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->n; i++) {
		usec_t changed = rows_time(r, i, r->columns - 1);

		if (changed > modified->i)
			modified->i = changed;
		if (rows_int(r, i, r->columns - 2) == 0)
			memmove(&r->cells[kept++ * r->columns], &r->cells[i * r->columns],
			    r->columns * sizeof r->cells[0]);
	}
	r->n = kept;
}

static int
load_lists(struct db *db, struct arena *a, struct store_club_contact *out, struct err *err)
{
	const struct val list[] = { v_int(rows_int(&out->contact, 0, C_club_person_contact_id)),
		v_int(STORE_CLUB_LIST_MAX) };
	struct val *modified = &out->contact.cells[C_club_person_modified_at];
	struct rows *stores = &out->stores, *interests = &out->interests;
	int rc;

	if ((rc = db_query(db, Q_club_addresses, list, 2, a, &out->addresses, err)) < 0 ||
	    (rc = db_query(db, Q_club_attached, list, 2, a, stores, err)) < 0)
		return rc;
	keep_visible(&out->addresses, modified);
	keep_visible(stores, modified);
	*interests = *stores;
	for (stores->n = 0;
	     stores->n < interests->n && rows_int(interests, stores->n, C_club_attached_kind) == 1;
	     stores->n++)
		;
	interests->cells += stores->n * stores->columns;
	interests->n -= stores->n;
	return 0;
}

int
store_club_load(struct db *db, struct arena *a, int64_t contact_id, struct store_club_contact *out,
    struct err *err)
{
	int rc;

	*out = (struct store_club_contact){ 0 };
	rc = db_query(db, Q_club_contact, DB_ARGS(v_int(contact_id)), a, &out->contact, err);
	return rc < 0 || out->contact.n == 0 ? rc : load_lists(db, a, out, err);
}

int
store_club_load_by_identifier(struct db *db, struct arena *a, const char *identifier,
    int16_t source_id, struct store_club_contact *out, struct err *err)
{
	int rc;

	*out = (struct store_club_contact){ 0 };
	rc = db_query(db, Q_club_contact_by_identifier,
	    DB_ARGS(v_text(identifier), v_int(source_id)), a, &out->contact, err);
	return rc < 0 || out->contact.n == 0 ? rc : load_lists(db, a, out, err);
}
