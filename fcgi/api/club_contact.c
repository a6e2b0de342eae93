#include "config.h"

#include "fcgi/api/club_contact.h"

#include <string.h>

#include "fcgi/access/auth.h"
#include "fcgi/api/club.h"
#include "fcgi/api/club_row.h"
#include "fcgi/api/precondition.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/clock.h"
#include "model/entity.h"
#include "store/contact.h"
#include "store/db.h"
#include "store/entity/lookup.h"
#include "store/entity/upsert.h"
#include "store/store_club.h"

/* ------------------------------------------------------------------ showing */

static void
reply_with(const struct club *c, const struct store_club_contact *all, struct reply *reply)
{
	club_row_reply(c, all, reply);
	reply->etag = precondition_etag(&c->r->arena, reply->body.data, reply->body.len);
	reply->contact_id = rows_int(&all->contact, 0, C_club_person_contact_id);
}

int
club_contact_render(const struct club *c, int64_t contact_id, struct reply *reply, struct err *err)
{
	struct store_club_contact all;
	int rc = store_club_load(c->db, &c->r->arena, contact_id, &all, err);

	if (rc < 0)
		return rc;
	if (all.contact.n == 0)
		return club_no_contact(err);
	reply_with(c, &all, reply);
	return 0;
}

int
club_contact_show(const struct club *c, const char *drupal_id, struct reply *reply, struct err *err)
{
	struct store_club_contact all;
	int rc = store_club_load_by_identifier(
	    c->db, &c->r->arena, drupal_id, c->source_id, &all, err);

	if (rc < 0)
		return rc;
	if (all.contact.n == 0 ||
	    !club_zone_allowed(c, rows_int(&all.contact, 0, C_club_person_zone_id)))
		return club_no_contact(err);
	reply_with(c, &all, reply);
	return 0;
}

/* ------------------------------------------------------------------ arguments as columns */

/* The value of a bound argument; 0 = it was not given. */
static int
value_of(const struct param *p, const void *args, enum entity_type type, struct val *out)
{
	const void *field = (const char *)args + p->offset;
	const struct param_text *text = field;
	const struct param_int *number = field;
	const struct param_flag *flag = field;
	int has_offset;
	usec_t t;

	if (p->kind == PARAM_INT) {
		*out = v_int_or_null(number->value, number->value != 0);
		return number->given;
	}
	if (p->kind == PARAM_FLAG) {
		*out = v_int(flag->value);
		return flag->given;
	}
	if (p->kind != PARAM_TEXT || text->value == NULL)
		return 0;
	*out = text->value[0] == '\0' ? v_null() : v_text(text->value);
	if (type == ENTITY_DATETIME && out->kind != VAL_NULL &&
	    clock_parse(text->value, &t, &has_offset) == 0)
		*out = v_time(t);
	return 1;
}

struct row {
	const struct entity *entity;
	struct entity_batch batch;
	struct val values[ENTITY_COLUMNS_MAX];
};

static void
row_init(struct row *row, const char *entity)
{
	*row = (struct row){ .entity = entity_find(entity), .batch = { .nrows = 1 } };
	row->batch.values = row->values;
}

static void
row_set(struct row *row, const char *column, struct val v)
{
	entity_batch_column(&row->batch, row->entity, column);
	row->values[row->batch.ncolumns - 1] = v;
}

static void
row_set_args(struct row *row, const struct param *params, const void *args)
{
	for (const struct param *p = params; p->name != NULL; p++) {
		int column = p->in == PARAM_BODY ? entity_column_find(row->entity, p->name) : -1;
		struct val v;

		if (column >= 0 && value_of(p, args, row->entity->columns[column].type, &v))
			row_set(row, p->name, v);
	}
}

/* What was said to the club is younger than what is on its way from elsewhere; only a stamp of the
 * future is left as it is. */
static int
row_write(const struct club *c, struct row *row, int64_t *key, struct err *err)
{
	struct row plain = *row;
	int rc;

	plain.batch.values = plain.values;
	row_set(row, "SourceStamp", v_time(c->now));
	if ((rc = entity_upsert(c->db, row->entity, &row->batch, &c->r->arena, c->changed, err)) <
	    0)
		return rc;
	if (key != NULL)
		*key = row->batch.keys[0].i;
	return row->batch.fates[0] != ENTITY_SUPERSEDED ?
	    0 :
	    entity_upsert(c->db, plain.entity, &plain.batch, &c->r->arena, c->changed, err);
}

/* Keys that lead to no row become faults. */
static int
check_references(struct club *c, const char *entity, const struct param *params, const void *args,
    const char *prefix, struct err *err)
{
	const struct entity *e = entity_find(entity);
	int exists, rc;

	for (const struct param *p = params; p->name != NULL; p++) {
		int column = p->in == PARAM_BODY ? entity_column_find(e, p->name) : -1;
		struct val v;

		if (column < 0 || e->columns[column].refers == NULL ||
		    !value_of(p, args, e->columns[column].type, &v) || v.kind == VAL_NULL)
			continue;
		if ((rc = entity_exists(c->db, entity_find(e->columns[column].refers), &v,
			 &c->r->arena, &exists, err)) < 0)
			return rc;
		if (!exists)
			err_fault(&c->faults, &c->r->arena,
			    arena_printf(&c->r->arena, "%s%s", prefix, p->name),
			    "is no %s of this tenant", e->columns[column].refers);
	}
	return 0;
}

/* ------------------------------------------------------------------ SetContact: what may not be */

static int64_t
brand_of(const struct club *c, const struct club_address *a)
{
	return a->brand_id.value != 0 ? a->brand_id.value : c->r->access->alias->brand_id;
}

static int64_t
type_of(const struct club *c, const struct club_address *a)
{
	return a->address_type_id.value != 0 ? a->address_type_id.value :
					       c->r->access->alias->address_type_id;
}

static int
check_addresses(struct club *c, const struct param_rows *rows, struct err *err)
{
	const struct param *of = param_find(club_contact_params, "Addresses")->of;
	const struct club_address *list = rows->rows;
	struct arena *a = &c->r->arena;
	int rc;

	for (size_t i = 0; i < rows->n; i++) {
		if ((rc = check_references(c, "Address", of, &list[i],
			 arena_printf(a, "Addresses[%zu].", i), err)) < 0)
			return rc;
		if (!club_brand_allowed(c, brand_of(c, &list[i])))
			return err_set(err, ERR_FORBIDDEN,
			    "The token's user may not work with the brand of Addresses[%zu].", i);
		for (size_t j = 0; j < i; j++)
			if (brand_of(c, &list[j]) == brand_of(c, &list[i]) &&
			    type_of(c, &list[j]) == type_of(c, &list[i])) {
				err_fault(&c->faults, a, arena_printf(a, "Addresses[%zu]", i),
				    "has the same brand and type as Addresses[%zu]", j);
				break; /* one is enough: each with each would be a fault of its own
					*/
			}
	}
	return 0;
}

static int
check_contact(struct club *c, const struct club_contact_args *in, struct err *err)
{
	const struct val zone = v_int(in->zone_id.value);
	int exists, rc;

	if ((rc = check_references(c, "Contact", club_contact_params, in, "", err)) < 0)
		return rc;
	if (in->zone_id.value != 0) {
		if (!club_zone_allowed(
			c, in->zone_id.value)) /* whether there is such a zone or not */
			return err_set(
			    err, ERR_FORBIDDEN, "The token's user may not work with this zone.");
		if ((rc = entity_exists(
			 c->db, entity_find("Zone"), &zone, &c->r->arena, &exists, err)) < 0)
			return rc;
		if (!exists)
			err_fault(&c->faults, &c->r->arena, "ZoneId", "is no Zone of this tenant");
	}
	if ((rc = check_addresses(c, &in->addresses, err)) < 0)
		return rc;
	return club_faults(c, err);
}

/* The state that the client knows must be the one that is stored. A change of it is later than all
 * of it, also when this transaction's instant is not, because it waited for another's or the clock
 * was put back: else the ModificationDate would stay as it was. */
static int
check_state(struct club *c, const struct store_club_contact *all,
    const struct club_contact_args *in, struct err *err)
{
	struct reply now = { 0 };
	int has_offset, rc;
	usec_t known;

	if (all != NULL) {
		if (c->changed <= rows_time(&all->contact, 0, C_club_person_modified_at))
			c->changed = rows_time(&all->contact, 0, C_club_person_modified_at) + 1;
		buf_init(&now.body, &c->r->arena);
		reply_with(c, all, &now);
	}
	if ((rc = precondition_check(c->r, now.etag, err)) < 0)
		return rc;
	if (in == NULL || in->modification_date.value == NULL ||
	    in->modification_date.value[0] == '\0')
		return 0;
	if (clock_parse(in->modification_date.value, &known, &has_offset) == 0 && all != NULL &&
	    rows_time(&all->contact, 0, C_club_person_modified_at) == known)
		return 0;
	return err_set(err, ERR_CONFLICT,
	    all == NULL ?
		"ModificationDate was given, but there is no such contact." :
		"The contact was changed since the ModificationDate that was given; get it again.");
}

/* ------------------------------------------------------------------ SetContact: the change */

static int
write_contact(
    const struct club *c, const struct club_contact_args *in, int64_t contact_id, struct err *err)
{
	const char *born = in->birth_date.value;
	struct row row;

	row_init(&row, "Contact");
	row_set(&row, "ContactId", v_int(contact_id));
	row_set(&row, "DeletionFlag", v_int(0));
	if (in->zone_id.value != 0)
		row_set(&row, "ZoneId", v_int(in->zone_id.value));
	if (born != NULL) {
		int given = born[0] != '\0';
		int64_t year = 0, month = 0, day = 0;

		if (given) {
			text_int64(arena_strndup(&c->r->arena, born, 4), &year);
			text_int64(arena_strndup(&c->r->arena, born + 5, 2), &month);
			text_int64(arena_strndup(&c->r->arena, born + 8, 2), &day);
		}
		row_set(&row, "BirthYear", v_int_or_null(year, given));
		row_set(&row, "BirthMonth", v_int_or_null(month, given));
		row_set(&row, "BirthDay", v_int_or_null(day, given));
	}
	row_set_args(&row, club_contact_params, in);
	return row_write(c, &row, NULL, err);
}

static int
write_address(
    const struct club *c, const struct club_address *a, int64_t contact_id, struct err *err)
{
	struct club_address full = *a;
	struct row row;

	full.brand_id = (struct param_int){ .value = brand_of(c, a), .given = 1 };
	full.address_type_id = (struct param_int){ .value = type_of(c, a), .given = 1 };
	row_init(&row, "Address");
	row_set(&row, "ContactId", v_int(contact_id));
	row_set(&row, "DeletionFlag", v_int(0));
	row_set_args(&row, param_find(club_contact_params, "Addresses")->of, &full);
	return row_write(c, &row, NULL, err);
}

/* The contact that is there already, locked, and in the state that the client knows; *contact_id 0
 * = there is none. */
static int
find_known(struct club *c, const struct contact_key *key, const struct club_contact_args *in,
    int64_t *contact_id, struct err *err)
{
	struct store_club_contact all = { 0 };
	int32_t zone_id;
	int rc = contact_find(c->db, key, &c->r->arena, contact_id, err), deleted = 0;

	if (rc == CONTACT_NONE)
		return check_state(c, NULL, in, err);
	if (rc < 0 ||
	    (rc = store_club_lock(c->db, &c->r->arena, *contact_id, &deleted, &zone_id, err)) < 0)
		return rc;
	if (!club_zone_allowed(c, zone_id))
		return err_set(err, ERR_FORBIDDEN,
		    "The token's user may not work with the zone of this contact.");
	if (!deleted && (rc = store_club_load(c->db, &c->r->arena, *contact_id, &all, err)) < 0)
		return rc;
	return check_state(c, all.contact.n == 0 ? NULL : &all, in, err);
}

/* A guest in a zone that the user may not work with is none: whether there is one of this address
 * is not for it to know. */
static int
drop_hidden_guest(const struct club *c, struct contact_key *key, struct err *err)
{
	const struct contact_key guest = { .source_id = c->source_id, .email = key->email };
	int64_t contact_id;
	int32_t zone_id;
	int deleted, rc;

	if (key->email == NULL || !c->limits.zones.is_set)
		return 0;
	if ((rc = contact_find(c->db, &guest, &c->r->arena, &contact_id, err)) == CONTACT_NONE)
		return 0;
	if (rc < 0 ||
	    (rc = store_club_lock(c->db, &c->r->arena, contact_id, &deleted, &zone_id, err)) < 0)
		return rc;
	if (!club_zone_allowed(c, zone_id))
		key->email = NULL;
	return 0;
}

/* Makes the contact, or joins a guest of the Source who is known by the mail address. */
static int
make_contact(const struct club *c, struct contact_key *key, const struct club_contact_args *in,
    int64_t *contact_id, int *created, struct err *err)
{
	int64_t zone = in->zone_id.value != 0 ? in->zone_id.value : c->r->access->alias->zone_id;
	int32_t zone_id;
	int rc, deleted;

	if (!club_zone_allowed(c, zone))
		return err_set(err, ERR_FORBIDDEN,
		    "The token's user may not work with the tenant's default zone; give a ZoneId.");
	if ((rc = drop_hidden_guest(c, key, err)) < 0 ||
	    (rc = contact_resolve(
		 c->db, key, (int32_t)zone, &c->r->arena, c->now, contact_id, err)) < 0)
		return rc;
	*created = rc == CONTACT_CREATED;
	if (*created)
		return 0;
	if ((rc = store_club_lock(c->db, &c->r->arena, *contact_id, &deleted, &zone_id, err)) < 0)
		return rc;
	return club_zone_allowed(c, zone_id) ?
	    0 :
	    err_set(
		err, ERR_FORBIDDEN, "The token's user may not work with the zone of this contact.");
}

int
club_contact_set(
    struct club *c, const struct club_contact_args *in, struct reply *reply, struct err *err)
{
	const struct club_address *addresses = in->addresses.rows;
	struct contact_key key = { .source_id = c->source_id,
		.identifier = in->drupal_id.value,
		.email = in->addresses.n > 0 && addresses[0].email.value != NULL &&
			addresses[0].email.value[0] != '\0' ?
		    addresses[0].email.value :
		    NULL };
	int64_t contact_id = 0;
	int created = 0, rc;

	if ((rc = check_contact(c, in, err)) < 0 ||
	    (rc = find_known(c, &key, in, &contact_id, err)) < 0)
		return rc;
	if (contact_id == 0 && (rc = make_contact(c, &key, in, &contact_id, &created, err)) < 0)
		return rc;
	if ((rc = write_contact(c, in, contact_id, err)) < 0)
		return rc;
	for (size_t i = 0; i < in->addresses.n; i++)
		if ((rc = write_address(c, &addresses[i], contact_id, err)) < 0)
			return rc;
	reply->status = created ? 201 : 200;
	return club_contact_render(c, contact_id, reply, err);
}

/* ------------------------------------------------------------------ lists */

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
	return check_state(c, all, NULL, err);
}

typedef int find_fn(struct db *db, struct arena *a, const struct store_club_named *n, int64_t *id,
    int32_t *zone_id, int32_t *brand_id, struct err *err);

/* How the elements of a list are named. */
struct list_names { const char *list, *id, *identifier, *what; find_fn *find; };

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

static int
attach(const struct club *c, int64_t contact_id, int64_t store_id, const struct param_int *type,
    struct err *err)
{
	struct row row;

	row_init(&row, "AttachedStore");
	row_set(&row, "ContactId", v_int(contact_id));
	row_set(&row, "StoreId", v_int(store_id));
	row_set(&row, "DeletionFlag", v_int(0));
	if (type->given)
		row_set(&row, "AttachedStoreTypeId", v_int_or_null(type->value, type->value != 0));
	return entity_upsert(c->db, row.entity, &row.batch, &c->r->arena, c->changed, err);
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
		const struct store_club_named n = { .id = list[i].store_id.value,
			.identifier = given_text(&list[i].identifier),
			.source_id = list[i].source_id.value != 0 ?
			    (int16_t)list[i].source_id.value :
			    c->source_id };

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
	struct row row;

	row_init(&row, "ContactInterest");
	row_set(&row, "ContactInterestIdentifier",
	    v_text(arena_printf(
		&c->r->arena, "club:%lld:%lld", (long long)contact_id, (long long)category_id)));
	row_set(&row, "SourceId", v_int(c->source_id));
	row_set(&row, "ContactId", v_int(contact_id));
	row_set(&row, "PurchaseGoodCategoryId", v_int(category_id));
	row_set(&row, "InterestDate", v_time(c->now));
	row_set(&row, "DeletionFlag", v_int(0));
	return entity_upsert(c->db, row.entity, &row.batch, &c->r->arena, c->changed, err);
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
		const struct store_club_named n = { .id = list[i].category_id.value,
			.identifier = given_text(&list[i].identifier),
			.source_id = list[i].source_id.value != 0 ?
			    (int16_t)list[i].source_id.value :
			    c->source_id };

		rc = find_element(c, &names, &n, i, ids, err);
	}
	if (rc < 0 || (rc = club_faults(c, err)) < 0 ||
	    (rc = open_list(c, in, &contact_id, &all, err)) < 0)
		return rc;
	for (size_t i = 0; i < all.interests.n; i++)
		if (rows_int(&all.interests, i, C_club_attached_interest_source_id) ==
			c->source_id &&
		    club_brand_allowed(c, rows_int(&all.interests, i, C_club_attached_brand_id)) &&
		    !is_among(ids, in->rows.n,
			rows_int(&all.interests, i, C_club_attached_category_id)) &&
		    (rc = store_club_interest_end(c->db,
			 rows_int(&all.interests, i, C_club_attached_id), c->changed, err)) < 0)
			return rc;
	for (size_t i = 0; i < in->rows.n; i++)
		if (!has_interest(c, &all.interests, ids[i]) &&
		    (rc = add_interest(c, contact_id, ids[i], err)) < 0)
			return rc;
	return club_contact_render(c, contact_id, reply, err);
}
