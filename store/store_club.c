#include "config.h"

#include "store/store_club.h"

#include <stdlib.h>
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

enum { ADDRESS_COLUMNS = C_club_addresses_changed_at + 1,
	PERSON_COLUMNS = C_club_person_free5 + 1 };

static int
address_compare(const void *x, const void *y)
{
	const struct val *a = x, *b = y;
	const int last = C_club_addresses_address_type_id;
	int c = C_club_addresses_brand_id;

	while (c < last && a[c].i == b[c].i)
		c++;
	return (a[c].i > b[c].i) - (a[c].i < b[c].i);
}

/* The contact's rows have the columns of an address behind its own. */
static void
take_addresses(struct arena *a, struct store_club_contact *out)
{
	struct rows *to = &out->addresses;

	*to = (struct rows){ .columns = ADDRESS_COLUMNS,
		.cells = arena_new(a, struct val, out->contact.n * ADDRESS_COLUMNS) };
	for (size_t i = 0; i < out->contact.n; i++)
		if (!rows_null(&out->contact, i, PERSON_COLUMNS))
			memcpy(&to->cells[to->n++ * ADDRESS_COLUMNS],
			    rows_at(&out->contact, i, PERSON_COLUMNS),
			    ADDRESS_COLUMNS * sizeof to->cells[0]);
	qsort(to->cells, to->n, ADDRESS_COLUMNS * sizeof to->cells[0], address_compare);
	out->contact.n = 1;
}

/* The rest, when the contact is read. */
static int
load_lists(struct db *db, struct arena *a, struct store_club_contact *out, struct err *err)
{
	struct val *modified, list[2];
	int rc;

	if (out->contact.n == 0)
		return 0;
	take_addresses(a, out);
	modified = &out->contact.cells[C_club_person_modified_at];
	list[0] = v_int(rows_int(&out->contact, 0, C_club_person_contact_id));
	list[1] = v_int(STORE_CLUB_LIST_MAX);
	if ((rc = db_query(db, Q_club_stores, list, 2, a, &out->stores, err)) < 0 ||
	    (rc = db_query(db, Q_club_interests, list, 2, a, &out->interests, err)) < 0)
		return rc;
	keep_visible(&out->addresses, modified);
	keep_visible(&out->stores, modified);
	keep_visible(&out->interests, modified);
	return 0;
}

int
store_club_load(struct db *db, struct arena *a, int64_t contact_id, struct store_club_contact *out,
    struct err *err)
{
	int rc;

	*out = (struct store_club_contact){ 0 };
	rc = db_query(db, Q_club_contact, DB_ARGS(v_int(contact_id), v_int(STORE_CLUB_LIST_MAX)),
	    a, &out->contact, err);
	return rc < 0 ? rc : load_lists(db, a, out, err);
}

int
store_club_load_by_identifier(struct db *db, struct arena *a, const char *identifier,
    int16_t source_id, struct store_club_contact *out, struct err *err)
{
	int rc;

	*out = (struct store_club_contact){ 0 };
	rc = db_query(db, Q_club_contact_by_identifier, DB_ARGS(v_text(identifier),
	    v_int(source_id), v_int(STORE_CLUB_LIST_MAX)), a, &out->contact, err);
	return rc < 0 ? rc : load_lists(db, a, out, err);
}
