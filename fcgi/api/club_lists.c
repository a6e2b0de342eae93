/*
 * SetRetailers and SetPurchaseGoodCategories: the lists of a contact become what the arguments say.
 */
#include "config.h"

#include "fcgi/api/club_contact.h"

#include "fcgi/api/club.h"
#include "fcgi/api/club_row.h"
#include "fcgi/request.h"
#include "model/row.h"
#include "store/db.h"
#include "store/entity/put.h"
#include "store/store_club.h"

/* The contact of a list action, locked, with its present state; the preconditions hold. */
static int
open_list(struct club *c, const struct club_list_args *in, int64_t *contact_id,
    struct store_club_contact *all, struct err *err)
{
	int32_t zone_id;
	int rc, deleted;

	if ((rc = club_contact_get(c, in->drupal_id.value, contact_id, err)) < 0 ||
	    (rc = store_club_lock(c->db, &c->r->arena, *contact_id, &deleted, &zone_id, err)) < 0 ||
	    (rc = store_club_load(c->db, &c->r->arena, *contact_id, all, err)) < 0)
		return rc;
	if (all->contact.n == 0)
		return club_no_contact(err);
	return club_check_state(c, all, NULL, err);
}

typedef int find_fn(struct db *db, struct arena *a, const struct store_club_named *n, int64_t *id,
    int32_t *zone_id, int32_t *brand_id, struct err *err);

/* How the elements of a list are named. */
struct list_names {
	const char *list, *id, *identifier, *what;
	find_fn *find;
};

/* Finds element i among what the user may see; faults are gathered. ids[0 … i-1] were found before.
 */
static int
find_element(struct club *c, const struct list_names *names, const struct store_club_named *n,
    size_t i, int64_t *ids, struct err *err)
{
	struct arena *a = &c->r->arena;
	int32_t zone_id, brand_id;
	const char *field = arena_printf(
	    a, "%s[%zu].%s", names->list, i, n->identifier != NULL ? names->identifier : names->id);
	int rc;

	ids[i] = 0;
	if ((n->identifier != NULL) == (n->id != 0)) {
		err_fault(&c->faults, a, arena_printf(a, "%s[%zu]", names->list, i),
		    "must have either %s or %s", names->id, names->identifier);
		return 0;
	}
	if ((rc = names->find(c->db, a, n, &ids[i], &zone_id, &brand_id, err)) < 0)
		return rc;
	if (ids[i] != 0 && (!club_zone_allowed(c, zone_id) || !club_brand_allowed(c, brand_id)))
		ids[i] = 0;
	if (ids[i] == 0)
		err_fault(&c->faults, a, field, "is no %s of this tenant", names->what);
	for (size_t j = 0; j < i && ids[i] != 0; j++)
		if (ids[j] == ids[i]) {
			err_fault(&c->faults, a, field, "names the same %s as %s[%zu]", names->what,
			    names->list, j);
			break;
		}
	return 0;
}

static int
is_among(const int64_t *ids, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (ids[i] == id)
			return 1;
	return 0;
}

static const char *
given_text(const struct param_text *t)
{
	return t->value == NULL || t->value[0] == '\0' ? NULL : t->value;
}

/* How an element of a list names its row. */
static struct store_club_named
named_by(const struct club *c, const struct param_int *id, const struct param_text *identifier,
    const struct param_int *source_id)
{
	return (struct store_club_named){ .id = id->value,
		.identifier = given_text(identifier),
		.source_id = source_id->value != 0 ? (int16_t)source_id->value : c->source_id };
}

static int
attach(const struct club *c, int64_t contact_id, int64_t store_id, const struct param_int *type,
    struct err *err)
{
	struct row *row;
	int rc;

	row = row_new(&c->r->arena, E_AttachedStore, ROW_PUT);
	row_int(row, AttachedStore_ContactId, contact_id);
	row_int(row, AttachedStore_StoreId, store_id);
	row_bool(row, AttachedStore_DeletionFlag, 0);
	if (type->given)
		row_id(row, AttachedStore_AttachedStoreTypeId, type->value);
	rc = entity_put(c->db, row, &c->r->arena, c->changed, err);
	return rc < 0 ? rc : 0;
}

int
club_retailers_set(
    struct club *c, const struct club_list_args *in, struct reply *reply, struct err *err)
{
	static const struct list_names names = { .list = "Retailers",
		.id = "StoreId",
		.identifier = "StoreIdentifier",
		.what = "Store",
		.find = store_club_store_find };
	const struct club_retailer *list = in->rows.rows;
	struct store_club_contact all;
	int64_t contact_id, ids[CLUB_RETAILERS_MAX];
	int rc = 0;

	for (size_t i = 0; i < in->rows.n && rc == 0; i++) {
		const struct store_club_named n = named_by(
		    c, &list[i].store_id, &list[i].identifier, &list[i].source_id);

		rc = find_element(c, &names, &n, i, ids, err);
	}
	if (rc < 0 || (rc = club_faults(c, err)) < 0 ||
	    (rc = open_list(c, in, &contact_id, &all, err)) < 0)
		return rc;
	for (size_t i = 0; i < all.stores.n; i++)
		if (club_row_store_is_visible(c, &all.stores, i) &&
		    !is_among(ids, in->rows.n, rows_int(&all.stores, i, C_club_attached_id)) &&
		    (rc = store_club_store_detach(c->db, contact_id,
			 rows_int(&all.stores, i, C_club_attached_id), c->changed, err)) < 0)
			return rc;
	for (size_t i = 0; i < in->rows.n; i++)
		if ((rc = attach(c, contact_id, ids[i], &list[i].type_id, err)) < 0)
			return rc;
	return club_contact_render(c, contact_id, reply, err);
}

/* 1 when the contact's present interests, as told to this Source, have the category. */
static int
has_interest(const struct club *c, const struct rows *interests, int64_t category_id)
{
	for (size_t i = 0; i < interests->n; i++)
		if (rows_int(interests, i, C_club_attached_interest_source_id) == c->source_id &&
		    rows_int(interests, i, C_club_attached_category_id) == category_id)
			return 1;
	return 0;
}

static int
add_interest(const struct club *c, int64_t contact_id, int64_t category_id, struct err *err)
{
	struct row *row;
	int rc;

	row = row_new(&c->r->arena, E_ContactInterest, ROW_PUT);
	row_text(row, ContactInterest_ContactInterestIdentifier,
	    arena_printf(
		&c->r->arena, "club:%lld:%lld", (long long)contact_id, (long long)category_id));
	row_int(row, ContactInterest_SourceId, c->source_id);
	row_int(row, ContactInterest_ContactId, contact_id);
	row_int(row, ContactInterest_PurchaseGoodCategoryId, category_id);
	row_time(row, ContactInterest_InterestDate, c->now);
	row_bool(row, ContactInterest_DeletionFlag, 0);
	rc = entity_put(c->db, row, &c->r->arena, c->changed, err);
	return rc < 0 ? rc : 0;
}

/* Ends the interests, as told to this Source, in categories that are not among ids. */
static int
end_interests(const struct club *c, const struct rows *interests, const int64_t *ids, size_t n,
    struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < interests->n && rc >= 0; i++) {
		const int64_t category = rows_int(interests, i, C_club_attached_category_id);

		if (rows_int(interests, i, C_club_attached_interest_source_id) != c->source_id ||
		    !club_brand_allowed(c, rows_int(interests, i, C_club_attached_brand_id)))
			continue;
		if (!is_among(ids, n, category))
			rc = store_club_interest_end(
			    c->db, rows_int(interests, i, C_club_attached_id), c->changed, err);
	}
	return rc < 0 ? rc : 0;
}

int
club_categories_set(
    struct club *c, const struct club_list_args *in, struct reply *reply, struct err *err)
{
	static const struct list_names names = { .list = "PurchaseGoodCategories",
		.id = "PurchaseGoodCategoryId",
		.identifier = "Identifier",
		.what = "PurchaseGoodCategory",
		.find = store_club_category_find };
	const struct club_category *list = in->rows.rows;
	struct store_club_contact all;
	int64_t contact_id, ids[CLUB_CATEGORIES_MAX];
	int rc = 0;

	for (size_t i = 0; i < in->rows.n && rc == 0; i++) {
		const struct store_club_named n = named_by(
		    c, &list[i].category_id, &list[i].identifier, &list[i].source_id);

		rc = find_element(c, &names, &n, i, ids, err);
	}
	if (rc < 0 || (rc = club_faults(c, err)) < 0 ||
	    (rc = open_list(c, in, &contact_id, &all, err)) < 0)
		return rc;
	if ((rc = end_interests(c, &all.interests, ids, in->rows.n, err)) < 0)
		return rc;
	for (size_t i = 0; i < in->rows.n; i++)
		if (!has_interest(c, &all.interests, ids[i]) &&
		    (rc = add_interest(c, contact_id, ids[i], err)) < 0)
			return rc;
	return club_contact_render(c, contact_id, reply, err);
}
