#include "config.h"

#include "fcgi/api/club_contact.h"

#include "fcgi/access/auth.h"
#include "fcgi/api/club.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/clock.h"
#include "model/entity.h"
#include "store/contact.h"
#include "store/db.h"
#include "store/entity/lookup.h"
#include "store/entity/put.h"
#include "store/store_club.h"

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

/* Says the columns that are named among the arguments. */
static void
row_args(struct row *row, const struct param *params, const void *args)
{
	for (const struct param *p = params; p->name != NULL; p++) {
		int column = p->in == PARAM_BODY ? entity_column_find(row->entity, p->name) : -1;
		struct val v;

		if (column >= 0 && value_of(p, args, row->entity->columns[column].type, &v))
			row_value_at(row, column, v);
	}
}

/* A change by the club is newer than deliveries that are still to be processed. Only a stamp in the
 * future stays. */
static int
row_write(const struct club *c, struct row *row, enum column stamp, struct err *err)
{
	int rc;

	row_time(row, stamp, c->now);
	if ((rc = entity_put(c->db, row, &c->r->arena, c->changed, err)) != ENTITY_SUPERSEDED)
		return rc < 0 ? rc : 0;
	row_unsay(row, stamp);
	rc = entity_put(c->db, row, &c->r->arena, c->changed, err);
	return rc < 0 ? rc : 0;
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
		    !value_of(p, args, e->columns[column].type, &v))
			continue;
		if (v.kind == VAL_NULL)
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

/* ------------------------------------------------------------------ SetContact: the change */

/* The parts of a date of birth; "" empties them. */
static void
row_birth(const struct club *c, struct row *row, const char *born)
{
	const int given = born[0] != '\0';
	int64_t year = 0, month = 0, day = 0;

	if (given) {
		text_int64(arena_strndup(&c->r->arena, born, 4), &year);
		text_int64(arena_strndup(&c->r->arena, born + 5, 2), &month);
		text_int64(arena_strndup(&c->r->arena, born + 8, 2), &day);
	}
	row_value(row, Contact_BirthYear, v_int_or_null(year, given));
	row_value(row, Contact_BirthMonth, v_int_or_null(month, given));
	row_value(row, Contact_BirthDay, v_int_or_null(day, given));
}

static int
write_contact(
    const struct club *c, const struct club_contact_args *in, int64_t contact_id, struct err *err)
{
	struct row *row = row_new(&c->r->arena, E_Contact, ROW_PUT);

	row_int(row, Contact_ContactId, contact_id);
	row_bool(row, Contact_DeletionFlag, 0);
	if (in->zone_id.value != 0)
		row_int(row, Contact_ZoneId, in->zone_id.value);
	if (in->birth_date.value != NULL)
		row_birth(c, row, in->birth_date.value);
	row_args(row, club_contact_params, in);
	return row_write(c, row, Contact_SourceStamp, err);
}

static int
write_address(
    const struct club *c, const struct club_address *a, int64_t contact_id, struct err *err)
{
	struct club_address full = *a;
	struct row *row;

	full.brand_id = (struct param_int){ .value = brand_of(c, a), .given = 1 };
	full.address_type_id = (struct param_int){ .value = type_of(c, a), .given = 1 };
	row = row_new(&c->r->arena, E_Address, ROW_PUT);
	row_int(row, Address_ContactId, contact_id);
	row_bool(row, Address_DeletionFlag, 0);
	row_args(row, param_find(club_contact_params, "Addresses")->of, &full);
	return row_write(c, row, Address_SourceStamp, err);
}

/* Finds and locks the stored contact and checks that it has the state that the client knows.
 * *contact_id 0: there is none. */
static int
find_known(struct club *c, const struct contact_key *key, const struct club_contact_args *in,
    int64_t *contact_id, struct err *err)
{
	struct store_club_contact all = { 0 };
	int32_t zone_id;
	int rc = contact_find(c->db, key, &c->r->arena, contact_id, err), deleted = 0;

	if (rc == CONTACT_NONE)
		return club_check_state(c, NULL, in, err);
	if (rc < 0 ||
	    (rc = store_club_lock(c->db, &c->r->arena, *contact_id, &deleted, &zone_id, err)) < 0)
		return rc;
	if (!club_zone_allowed(c, zone_id))
		return err_set(err, ERR_FORBIDDEN,
		    "The token's user may not work with the zone of this contact.");
	if (!deleted && (rc = store_club_load(c->db, &c->r->arena, *contact_id, &all, err)) < 0)
		return rc;
	return club_check_state(c, all.contact.n == 0 ? NULL : &all, in, err);
}

/* A guest in a zone that the user may not work with is treated as missing, because the user may not
 * know of it. */
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

/* Creates the contact, or takes that of the Source's guest with the same mail address. */
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
