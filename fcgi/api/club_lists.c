/*
 * SetRetailers and SetPurchaseGoodCategories: the lists of a contact become what the arguments say.
 * The body becomes a change (model/change/change.h) by a mapping that knows nothing but the
 * request, the state of the contact before it, and the answers of its questions.
 */
#include "config.h"

#include "fcgi/api/club_contact.h"

#include <string.h>

#include "fcgi/api/club.h"
#include "fcgi/api/club_row.h"
#include "fcgi/request.h"
#include "lib/set.h"
#include "model/change/change.h"
#include "model/change/known.h"
#include "store/change_batch.h"
#include "store/store_club.h"

enum { LIST_MAX = CLUB_RETAILERS_MAX > CLUB_CATEGORIES_MAX ? CLUB_RETAILERS_MAX :
	CLUB_CATEGORIES_MAX };

/* How an element of a list names its row: by id, or by identifier and Source. */
struct element {
	int64_t id;
	const char *identifier;
	int64_t source_id;
};

struct listing;

/* A kind of list. */
struct list {
	const char *name, *id, *identifier, *what;
	enum column key, by[2];
	/* Key, DeletionFlag, brand, zone (of those that have one). */
	enum column want[4];
	struct element (*element)(const struct listing *l, size_t i);
	/* Adds the rows of the change when l->ids are there. */
	int (*add_rows)(struct listing *l, struct err *err);
};

enum { WANT_KEY, WANT_DELETION, WANT_BRAND, WANT_ZONE };

/* A change on its way. */
struct listing {
	struct change_item item;	/* first */
	struct club *c;
	const struct club_list_args *in;
	const struct list *list;
	int64_t contact_id;
	struct store_club_contact before;	/* its state */
	struct err refusal;		/* of that state */
	struct err faults;		/* those that were known before the mapping */
	int64_t ids[LIST_MAX];		/* of the rows that the elements name */
	struct set listed;		/* those ids, and their places */
};

/* ------------------------------------------------------------------ elements */

static struct element
element_of(const struct listing *l, const struct param_int *id, const struct param_text *identifier,
    const struct param_int *source_id)
{
	const char *text = identifier->value;

	return (struct element){ .id = id->value,
		.identifier = text == NULL || text[0] == '\0' ? NULL : text,
		.source_id = source_id->value != 0 ? source_id->value : l->c->source_id };
}

static struct element
retailer(const struct listing *l, size_t i)
{
	const struct club_retailer *of = (const struct club_retailer *)l->in->rows.rows + i;

	return element_of(l, &of->store_id, &of->identifier, &of->source_id);
}

static struct element
category(const struct listing *l, size_t i)
{
	const struct club_category *of = (const struct club_category *)l->in->rows.rows + i;

	return element_of(l, &of->category_id, &of->identifier, &of->source_id);
}

static int
is_named_once(const struct element *e)
{
	return (e->identifier != NULL) != (e->id != 0);
}

static struct known_rows_of
question_of(const struct list *list, const struct element *e)
{
	struct known_rows_of of = { .hold = KNOWN_LOOSE, .by = { list->key },
		.is = { v_int(e->id) } };

	if (e->identifier != NULL) {
		memcpy(of.by, list->by, sizeof list->by);
		of.is[0] = v_text(e->identifier);
		of.is[1] = v_int(e->source_id);
	}
	memcpy(of.want, list->want, sizeof list->want);
	return of;
}

static int64_t
number(const struct val *v)
{
	return v->kind == VAL_INT ? v->i : 0;
}

/* The user may see the first of the rows. */
static int
may_see(const struct club *c, const struct known_rows *rows)
{
	const struct val *row = rows->values;

	if (row[WANT_DELETION].kind != VAL_INT || row[WANT_DELETION].i != 0)
		return 0;
	return club_brand_allowed(c, number(&row[WANT_BRAND])) &&
	    (rows->ncolumns <= WANT_ZONE || club_zone_allowed(c, number(&row[WANT_ZONE])));
}

/* The key of the row that the user may see; *id 0: there is none. */
static int
find_row(const struct listing *l, const struct element *e, int64_t *id, struct err *err)
{
	const struct known_rows_of of = question_of(l->list, e);
	struct known_rows rows;
	int rc = known_rows(l->item.known, &of, &rows, err);

	*id = 0;
	if (rc == 0 && rows.n > 0 && may_see(l->c, &rows))
		*id = rows.values[WANT_KEY].i;
	return rc;
}

static const char *
field_of(const struct listing *l, size_t i, const char *member)
{
	return arena_printf(l->item.change.arena, "%s[%zu]%s%s", l->list->name, i,
	    member == NULL ? "" : ".", member == NULL ? "" : member);
}

/* Fills l->ids[i], and l->listed with it. */
static int
find_element(struct listing *l, size_t i, struct err *err)
{
	const struct list *list = l->list;
	const struct element e = list->element(l, i);
	const char *field = field_of(l, i, e.identifier != NULL ? list->identifier : list->id);
	struct err *faults = &l->c->faults;
	struct arena *a = &l->c->r->arena;
	size_t same;
	int rc;

	l->ids[i] = 0;
	if (!is_named_once(&e)) {
		err_fault(faults, a, field_of(l, i, NULL), "must have either %s or %s", list->id,
		    list->identifier);
		return 0;
	}
	if ((rc = find_row(l, &e, &l->ids[i], err)) < 0)
		return rc;
	if (l->ids[i] == 0)
		err_fault(faults, a, field, "is no %s of this tenant", list->what);
	else if (!set_add(&l->listed, &l->ids[i], sizeof l->ids[i], i, &same))
		err_fault(faults, a, field, "names the same %s as %s[%zu]", list->what, list->name,
		    same);
	return 0;
}

/* All are asked for together. */
static int
find_elements(struct listing *l, struct err *err)
{
	int rc;

	for (size_t i = 0; i < l->in->rows.n; i++) {
		const struct element e = l->list->element(l, i);
		const struct known_rows_of of = question_of(l->list, &e);

		if (is_named_once(&e))
			known_rows(l->item.known, &of, NULL, err);
	}
	if ((rc = known_wait(l->item.known, err)) < 0)
		return rc;
	set_init(&l->listed, l->item.change.arena);
	for (size_t i = 0; i < l->in->rows.n && rc == 0; i++)
		rc = find_element(l, i, err);
	return rc < 0 ? rc : club_faults(l->c, err);
}

static int
is_listed(const struct listing *l, int64_t id)
{
	return set_find(&l->listed, &id, sizeof id, NULL);
}

/* ------------------------------------------------------------------ stores */

static struct row *
attached(struct listing *l, int64_t store_id, int is_deleted)
{
	struct row *row = change_row(&l->item.change, E_AttachedStore, ROW_PUT);

	row_int(row, AttachedStore_ContactId, l->contact_id);
	row_int(row, AttachedStore_StoreId, store_id);
	row_bool(row, AttachedStore_DeletionFlag, is_deleted);
	return row;
}

static int
add_stores(struct listing *l, struct err *err)
{
	const struct club_retailer *of = l->in->rows.rows;
	const struct rows *stores = &l->before.stores;

	(void)err;
	for (size_t i = 0; i < stores->n; i++) {
		const int64_t id = rows_int(stores, i, C_club_stores_id);

		if (club_row_store_is_visible(l->c, stores, i) && !is_listed(l, id))
			attached(l, id, 1);
	}
	for (size_t i = 0; i < l->in->rows.n; i++) {
		struct row *row = attached(l, l->ids[i], 0);

		if (of[i].type_id.given)
			row_id(row, AttachedStore_AttachedStoreTypeId, of[i].type_id.value);
	}
	return 0;
}

/* ------------------------------------------------------------------ interests */

static struct row *
interest(struct listing *l, const char *identifier, int is_deleted)
{
	struct row *row = change_row(&l->item.change, E_ContactInterest, ROW_PUT);

	row_text(row, ContactInterest_ContactInterestIdentifier, identifier);
	row_int(row, ContactInterest_SourceId, l->c->source_id);
	row_bool(row, ContactInterest_DeletionFlag, is_deleted);
	return row;
}

static void
add_interest(struct listing *l, int64_t category_id)
{
	struct row *row = interest(l, arena_printf(l->item.change.arena, "club:%lld:%lld",
	    (long long)l->contact_id, (long long)category_id), 0);

	row_int(row, ContactInterest_ContactId, l->contact_id);
	row_int(row, ContactInterest_PurchaseGoodCategoryId, category_id);
	row_time(row, ContactInterest_InterestDate, l->c->now);
}

/* The categories of the contact's present interests, as told to this Source. */
static struct set
categories_of(const struct listing *l)
{
	const struct rows *r = &l->before.interests;
	struct set all;

	set_init(&all, l->item.change.arena);
	for (size_t i = 0; i < r->n; i++) {
		const struct val *id = rows_at(r, i, C_club_interests_category_id);

		if (rows_int(r, i, C_club_interests_interest_source_id) == l->c->source_id)
			set_add(&all, &id->i, sizeof id->i, i, NULL);
	}
	return all;
}

/* Ends the interests in categories that are not listed. told: those that this Source was told of,
 * by key and identifier. */
static void
end_interests(struct listing *l, const struct known_rows *told)
{
	const struct rows *r = &l->before.interests;
	struct set keys;
	size_t at;

	set_init(&keys, l->item.change.arena);
	for (size_t i = 0; i < told->n; i++) {
		const struct val *key = told->values + i * told->ncolumns;

		set_add(&keys, &key->i, sizeof key->i, i, NULL);
	}
	for (size_t i = 0; i < r->n; i++) {
		const int64_t id = rows_int(r, i, C_club_interests_id);

		if (!set_find(&keys, &id, sizeof id, &at) ||
		    !club_brand_allowed(l->c, rows_int(r, i, C_club_interests_brand_id)))
			continue;
		if (!is_listed(l, rows_int(r, i, C_club_interests_category_id)))
			interest(l, told->values[at * told->ncolumns + 1].s, 1);
	}
}

static int
add_interests(struct listing *l, struct err *err)
{
	struct known_rows told;
	struct set present;
	int rc = known_rows(l->item.known, &(struct known_rows_of){ .hold = KNOWN_LOCKED,
	    .by = { ContactInterest_ContactId, ContactInterest_SourceId },
	    .is = { v_int(l->contact_id), v_int(l->c->source_id) },
	    .want = { ContactInterest_ContactInterestId,
	    ContactInterest_ContactInterestIdentifier } }, &told, err);

	if (rc < 0)
		return rc;
	end_interests(l, &told);
	present = categories_of(l);
	for (size_t i = 0; i < l->in->rows.n; i++)
		if (!set_find(&present, &l->ids[i], sizeof l->ids[i], NULL))
			add_interest(l, l->ids[i]);
	return 0;
}

/* ------------------------------------------------------------------ the change */

static int
map(struct change_item *item, struct err *err)
{
	struct listing *l = (struct listing *)(void *)item;
	int rc;

	err_back(&l->c->faults, &l->faults);
	if ((rc = find_elements(l, err)) < 0)
		return rc;
	if (l->refusal.code != ERR_NONE)
		return (*err = l->refusal).code;
	rc = l->list->add_rows(l, err);
	return rc < 0 ? rc : CHANGE_WRITE;
}

/* The contact, locked, with its present state; the preconditions hold. */
static int
look(struct listing *l, struct err *err)
{
	struct club *c = l->c;
	struct store_club_held held;
	struct arena *a = &c->r->arena;
	int rc;

	if ((rc = club_contact_get(c, l->in->drupal_id.value, &l->contact_id, err)) < 0 ||
	    (rc = store_club_lock(c->db, a, l->contact_id, &held, err)) < 0 ||
	    (rc = store_club_load(c->db, a, l->contact_id, &l->before, err)) < 0)
		return rc;
	return l->before.contact.n == 0 ? club_no_contact(err) :
	    club_check_state(c, &l->before, NULL, err);
}

static int
set(struct club *c, const struct club_list_args *in, const struct list *list, struct reply *reply,
    struct err *err)
{
	struct listing l = { .item = { .map = map }, .c = c, .in = in, .list = list,
		.faults = c->faults };
	int rc = club_defer(look(&l, err), &l.refusal, err);

	if (rc < 0 || (rc = club_change(c, &l.item, err)) < 0)
		return rc;
	return club_contact_render(c, l.contact_id, reply, err);
}

int
club_retailers_set(
    struct club *c, const struct club_list_args *in, struct reply *reply, struct err *err)
{
	static const struct list list = { .name = "Retailers",
		.id = "StoreId",
		.identifier = "StoreIdentifier",
		.what = "Store",
		.key = Store_StoreId,
		.by = { Store_StoreIdentifier, Store_SourceId },
		.want = { Store_StoreId, Store_DeletionFlag, Store_BrandId, Store_ZoneId },
		.element = retailer,
		.add_rows = add_stores };

	return set(c, in, &list, reply, err);
}

int
club_categories_set(
    struct club *c, const struct club_list_args *in, struct reply *reply, struct err *err)
{
	static const struct list list = { .name = "PurchaseGoodCategories",
		.id = "PurchaseGoodCategoryId",
		.identifier = "Identifier",
		.what = "PurchaseGoodCategory",
		.key = PurchaseGoodCategory_PurchaseGoodCategoryId,
		.by = { PurchaseGoodCategory_Identifier, PurchaseGoodCategory_SourceId },
		.want = { PurchaseGoodCategory_PurchaseGoodCategoryId,
		    PurchaseGoodCategory_DeletionFlag, PurchaseGoodCategory_BrandId },
		.element = category,
		.add_rows = add_interests };

	return set(c, in, &list, reply, err);
}
