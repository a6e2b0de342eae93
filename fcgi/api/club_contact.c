/*
 * SetContact: its body becomes a change (model/change/change.h) by a mapping that knows nothing but
 * the request, the state of the contact before it, and the answers of its questions.
 */
#include "config.h"

#include "fcgi/api/club_contact.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/access/auth.h"
#include "fcgi/api/club.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/clock.h"
#include "lib/set.h"
#include "model/change/change.h"
#include "model/change/consent.h"
#include "model/change/known.h"
#include "model/entity.h"
#include "store/change_batch.h"
#include "store/contact.h"
#include "store/db.h"
#include "store/entity/erased.h"
#include "store/store_club.h"

/* A change on its way. */
struct setting {
	struct change_item item;	/* first */
	struct club *c;
	const struct club_contact_args *in;
	int64_t known_id;		/* the contact of the identifier; 0 = there was none */
	struct store_club_held before;	/* its state */
	struct err refusal;		/* of that state */
	struct err faults;		/* those that were known before the mapping */

	struct row *contact;
	int64_t contact_id;		/* out */
	int is_new;			/* out */
};

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

/* ------------------------------------------------------------------ what may not be */

/* A key that leads to no row becomes a fault. While the answer is missing there is none. */
static int
check_key(const struct setting *s, const char *field, const char *refers, const struct val *key,
    struct err *err)
{
	const struct entity *e = entity_find(refers);
	const enum column column = column_at(e, entity_column_find(e, e->key));
	struct known_rows rows;
	int rc = known_rows(s->item.known, &(struct known_rows_of){ .hold = KNOWN_LOOSE,
	    .by = { column }, .is = { *key }, .want = { column } }, &rows, err);

	if (rc == 0 && rows.n == 0)
		err_fault(&s->c->faults, &s->c->r->arena, field, "is no %s of this tenant", refers);
	return rc == ERR_ASKED ? 0 : rc;
}

static int
check_references(const struct setting *s, const char *entity, const struct param *params,
    const void *args, const char *prefix, struct err *err)
{
	const struct entity *e = entity_find(entity);
	int rc = 0;

	for (const struct param *p = params; p->name != NULL && rc == 0; p++) {
		const int column = p->in == PARAM_BODY ? entity_column_find(e, p->name) : -1;
		struct val v;

		if (column < 0 || e->columns[column].refers == NULL)
			continue;
		if (value_of(p, args, e->columns[column].type, &v) && v.kind != VAL_NULL)
			rc = check_key(s,
			    arena_printf(s->item.change.arena, "%s%s", prefix, p->name),
			    e->columns[column].refers, &v, err);
	}
	return rc;
}

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

/* before: the brands and types of those before it; it gets this one's, too. */
static void
check_repeated(const struct setting *s, size_t i, struct set *before)
{
	const struct club_address *a = (const struct club_address *)s->in->addresses.rows + i;
	struct arena *arena = s->item.change.arena;
	size_t first;

	if (!set_add_text(before, arena_printf(arena, "%lld/%lld", (long long)brand_of(s->c, a),
		(long long)type_of(s->c, a)), i, &first))
		err_fault(&s->c->faults, &s->c->r->arena,
		    arena_printf(arena, "Addresses[%zu]", i),
		    "has the same brand and type as Addresses[%zu]", first);
}

static int
check_addresses(const struct setting *s, struct err *err)
{
	const struct param *of = param_find(club_contact_params, "Addresses")->of;
	const struct club_address *list = s->in->addresses.rows;
	struct set before;
	int rc;

	set_init(&before, s->item.change.arena);
	for (size_t i = 0; i < s->in->addresses.n; i++) {
		if ((rc = check_references(s, "Address", of, &list[i],
			 arena_printf(s->item.change.arena, "Addresses[%zu].", i), err)) < 0)
			return rc;
		if (!club_brand_allowed(s->c, brand_of(s->c, &list[i])))
			return err_set(err, ERR_FORBIDDEN,
			    "The token's user may not work with the brand of Addresses[%zu].", i);
		check_repeated(s, i, &before);
	}
	return 0;
}

/* Asks for all that the body refers to. */
static int
check_body(const struct setting *s, struct err *err)
{
	const int64_t zone_id = s->in->zone_id.value;
	const struct val zone = v_int(zone_id);
	int rc = check_references(s, "Contact", club_contact_params, s->in, "", err);

	if (rc == 0 && zone_id != 0 && !club_zone_allowed(s->c, zone_id))
		return err_set(err, ERR_FORBIDDEN,	/* whether there is such a zone or not */
		    "The token's user may not work with this zone.");
	if (rc == 0 && zone_id != 0)
		rc = check_key(s, "ZoneId", "Zone", &zone, err);
	return rc < 0 ? rc : check_addresses(s, err);
}

/* ------------------------------------------------------------------ who it is */

/* A guest in a zone that the user may not work with is treated as missing, because the user may not
 * know of it. */
static int
is_hidden(const struct setting *s, int64_t contact_id, int *yes, struct err *err)
{
	struct known_rows rows;
	int rc;

	*yes = 0;
	if (contact_id == 0 || !s->c->limits.zones.is_set)
		return 0;
	rc = known_rows(s->item.known, &(struct known_rows_of){ .hold = KNOWN_LOCKED,
	    .by = { Contact_ContactId }, .is = { v_int(contact_id) },
	    .want = { Contact_ZoneId } }, &rows, err);
	if (rc == 0 && rows.n > 0 && rows.values[0].kind == VAL_INT)
		*yes = !club_zone_allowed(s->c, rows.values[0].i);
	return rc;
}

/* Of an identifier that nobody has: the Source's guest with the mail address of the first address,
 * or a new contact. */
static int
find_other(const struct setting *s, struct known_contact *is, struct err *err)
{
	const struct club_address *first = s->in->addresses.rows;
	struct contact_key key = { .source_id = s->c->source_id,
		.identifier = s->in->drupal_id.value,
		.email = s->in->addresses.n == 0 ? NULL : first->email.value };
	int rc = known_contact(s->item.known, &key, is, err), hidden;

	if (rc == 0 && is->found == CONTACT_KNOWN)
		return err_set(err, ERR_DB_RETRY, "Another request made this contact.");
	if (rc < 0 || (rc = is_hidden(s, is->contact_id, &hidden, err)) < 0)
		return rc;
	key.email = NULL;
	return hidden ? known_contact(s->item.known, &key, is, err) : 0;
}

static int64_t
new_zone(const struct setting *s)
{
	return s->in->zone_id.value != 0 ? s->in->zone_id.value : s->c->r->access->alias->zone_id;
}

static int
find_contact(const struct setting *s, struct known_contact *is, struct err *err)
{
	*is = (struct known_contact){ .found = CONTACT_KNOWN, .contact_id = s->known_id,
		.stamp = s->before.stamp };
	if (s->known_id != 0)
		return 0;
	if (!club_zone_allowed(s->c, new_zone(s)))
		return err_set(err, ERR_FORBIDDEN, "The token's user may not work with the "
		    "tenant's default zone; give a ZoneId.");
	return find_other(s, is, err);
}

/* ------------------------------------------------------------------ the change */

/* The parts of a date of birth; "" empties them. */
static void
row_birth(struct row *row, const char *born)
{
	const int given = born[0] != '\0';
	int year = 0, month = 0, day = 0;

	if (given)
		sscanf(born, "%4d-%2d-%2d", &year, &month, &day);
	row_value(row, Contact_BirthYear, v_int_or_null(year, given));
	row_value(row, Contact_BirthMonth, v_int_or_null(month, given));
	row_value(row, Contact_BirthDay, v_int_or_null(day, given));
}

/* A change by the club is newer than deliveries that are still to be processed. Only a stored stamp
 * of the future stays. */
static void
row_stamp(const struct setting *s, struct row *row, enum column stamp, usec_t stored)
{
	if (stored == USEC_NONE || stored <= s->c->now)
		row_time(row, stamp, s->c->now);
}

static void
add_identifier(struct setting *s)
{
	struct row *row = change_row(&s->item.change, E_ContactIdentifier, ROW_ADD);

	row_text(row, ContactIdentifier_Identifier, s->in->drupal_id.value);
	row_int(row, ContactIdentifier_SourceId, s->c->source_id);
	row_refer(row, ContactIdentifier_ContactId, s->contact);
}

static void
add_contact(struct setting *s, const struct known_contact *is)
{
	const struct club_contact_args *in = s->in;
	struct row *row = s->contact = change_row(&s->item.change, E_Contact, ROW_PUT);

	s->is_new = is->contact_id == 0;
	if (!s->is_new)
		row_int(row, Contact_ContactId, is->contact_id);
	row_bool(row, Contact_DeletionFlag, 0);
	if (s->is_new || in->zone_id.value != 0)
		row_int(row, Contact_ZoneId, new_zone(s));
	if (in->birth_date.value != NULL)
		row_birth(row, in->birth_date.value);
	row_args(row, club_contact_params, in);
	row_stamp(s, row, Contact_SourceStamp, is->stamp);
	if (is->found != CONTACT_KNOWN)
		add_identifier(s);
}

static struct known_rows_of
stamp_of(const struct setting *s, const struct club_address *a, int64_t contact_id)
{
	return (struct known_rows_of){ .hold = KNOWN_LOCKED,
		.by = { Address_ContactId, Address_BrandId, Address_ContactAddressTypeId },
		.is = { v_int(contact_id), v_int(brand_of(s->c, a)), v_int(type_of(s->c, a)) },
		.want = { Address_SourceStamp } };
}

/* Asks for the stamps of all addresses. */
static int
ask_addresses(const struct setting *s, int64_t contact_id, struct err *err)
{
	const struct club_address *addresses = s->in->addresses.rows;

	for (size_t i = 0; i < s->in->addresses.n && contact_id != 0; i++) {
		const struct known_rows_of of = stamp_of(s, &addresses[i], contact_id);

		known_rows(s->item.known, &of, NULL, err);
	}
	return known_wait(s->item.known, err);
}

static int
add_address(struct setting *s, const struct club_address *a, int64_t contact_id, struct err *err)
{
	const struct known_rows_of of = stamp_of(s, a, contact_id);
	struct known_rows stored = { 0 };
	struct row *row;
	int rc = contact_id == 0 ? 0 : known_rows(s->item.known, &of, &stored, err);

	if (rc < 0)
		return rc;
	row = change_row(&s->item.change, E_Address, ROW_PUT);
	row_args(row, param_find(club_contact_params, "Addresses")->of, a);
	row_refer(row, Address_ContactId, s->contact);
	row_int(row, Address_BrandId, brand_of(s->c, a));
	row_int(row, Address_ContactAddressTypeId, type_of(s->c, a));
	row_bool(row, Address_DeletionFlag, 0);
	row_stamp(s, row, Address_SourceStamp,
	    stored.n == 0 ? USEC_NONE : known_time(stored.values));
	return 0;
}

static int
add_rows(struct setting *s, const struct known_contact *is, struct err *err)
{
	const struct club_address *addresses = s->in->addresses.rows;
	int rc = ask_addresses(s, is->contact_id, err);

	if (rc == 0)
		add_contact(s, is);
	for (size_t i = 0; i < s->in->addresses.n && rc == 0; i++)
		rc = add_address(s, &addresses[i], is->contact_id, err);
	return rc < 0 ? rc : CHANGE_WRITE;
}

static int
map(struct change_item *item, struct err *err)
{
	struct setting *s = (struct setting *)(void *)item;
	struct known_contact is;
	int rc, found;

	err_back(&s->c->faults, &s->faults);
	if ((rc = check_body(s, err)) < 0)
		return rc;
	found = find_contact(s, &is, err);
	if ((rc = known_wait(item->known, err)) < 0 || (rc = club_faults(s->c, err)) < 0)
		return rc;
	if (s->refusal.code != ERR_NONE)
		return (*err = s->refusal).code;
	return found < 0 ? found : add_rows(s, &is, err);
}

static void
conclude(struct change_item *item)
{
	struct setting *s = (struct setting *)(void *)item;

	s->contact_id = s->contact->key.i;
}

/* ------------------------------------------------------------------ before it, and all */

/* Finds and locks the stored contact and checks that it has the state that the client knows. */
static int
look(struct setting *s, struct err *err)
{
	const struct contact_key key = { .source_id = s->c->source_id,
		.identifier = s->in->drupal_id.value };
	struct arena *a = &s->c->r->arena;
	struct store_club_contact all = { 0 };
	int rc = contact_find(s->c->db, &key, a, &s->known_id, err);

	if (rc == CONTACT_NONE)
		return club_check_state(s->c, NULL, s->in, err);
	if (rc < 0 || (rc = store_club_lock(s->c->db, a, s->known_id, &s->before, err)) < 0)
		return rc;
	if (!club_zone_allowed(s->c, s->before.zone_id))
		return err_set(err, ERR_FORBIDDEN,
		    "The token's user may not work with the zone of this contact.");
	if (!s->before.deleted &&
	    (rc = store_club_load(s->c->db, a, s->known_id, &all, err)) < 0)
		return rc;
	return club_check_state(s->c, all.contact.n == 0 ? NULL : &all, s->in, err);
}

int
club_contact_set(
    struct club *c, const struct club_contact_args *in, struct reply *reply, struct err *err)
{
	/* Members edit their own profile here, so its opt-ins are statements of the person. */
	const struct consent consent = { .kind = CONSENT_STATEMENT, .text = "Club SetContact",
		.source_id = c->source_id, .at = c->now, .latest = c->now };
	struct setting s = { .item = { .map = map, .conclude = conclude, .consent = &consent },
		.c = c, .in = in, .before = { .stamp = USEC_NONE }, .faults = c->faults };
	struct entity_guard guard;
	int is_guarded, rc;

	if ((rc = club_guard(c, &guard, &is_guarded, err)) < 0)
		return rc;
	s.item.guard = is_guarded ? &guard : NULL;
	if ((rc = club_defer(look(&s, err), &s.refusal, err)) == 0)
		rc = club_change(c, &s.item, err);
	explicit_bzero(&guard, sizeof guard);
	if (rc < 0)
		return rc;
	reply->status = s.is_new ? 201 : 200;
	return club_contact_render(c, s.contact_id, reply, err);
}
