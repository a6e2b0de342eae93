/*
 * What GetContact and the actions that change a contact answer.
 */
#include "config.h"

#include "fcgi/api/club_contact.h"

#include "fcgi/api/club.h"
#include "fcgi/api/precondition.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/clock.h"
#include "model/entity.h"
#include "store/db.h"
#include "store/store_club.h"

enum { DATE_BYTES = 10 };

static void
add_name(struct buf *b, const char *name)
{
	buf_adds(b, b->data[b->len - 1] == '{' ? "\"" : ",\"");
	buf_adds(b, name);
	buf_adds(b, "\":");
}

static void
add_value(struct buf *b, enum entity_type type, const struct val *v)
{
	char text[32];

	if (v->kind == VAL_NULL)
		buf_adds(b, "null");
	else if (v->kind == VAL_INT && type == ENTITY_BOOLEAN)
		buf_adds(b, v->i != 0 ? "true" : "false");
	else if (v->kind == VAL_INT)
		buf_addf(b, "%lld", (long long)v->i);
	else if (v->kind == VAL_TIME) {
		clock_iso8601(v->i, text);
		buf_add_json(b, text);
	} else
		buf_add_json_n(b, v->s, v->n);
}

/* Columns of a row from the first on, named by the entity's columns among the parameters. */
static void
add_fields(struct buf *b, const struct entity *e, const struct param *params, const struct rows *r,
    size_t row, size_t first)
{
	for (const struct param *p = params; p->name != NULL; p++) {
		int column = p->in == PARAM_BODY ? entity_column_find(e, p->name) : -1;
		struct val v;

		if (column < 0)
			continue;
		v = *rows_at(r, row, first++);
		add_name(b, p->name);
		if (v.kind == VAL_TIME) { /* the only one is a date of birth */
			char text[32];

			clock_iso8601(v.i, text);
			buf_add_json_n(b, text, DATE_BYTES);
		} else
			add_value(b, e->columns[column].type, &v);
	}
}

static void
add_named(struct buf *b, const char *name, const struct rows *r, size_t row, size_t column)
{
	add_name(b, name);
	add_value(b, ENTITY_UNSET, rows_at(r, row, column));
}

/* "[" or "," and a new line, then "{". */
static void
begin_element(struct buf *b)
{
	buf_adds(b, b->data[b->len - 1] == '[' ? "\n{" : ",\n{");
}

static void
add_addresses(const struct club *c, struct buf *b, const struct rows *r)
{
	const struct param *of = param_find(club_contact_params, "Addresses")->of;

	buf_adds(b, ",\n\"Addresses\":[");
	for (size_t i = 0; i < r->n; i++) {
		if (!club_brand_allowed(c, rows_int(r, i, C_club_addresses_brand_id)))
			continue;
		begin_element(b);
		buf_addf(b, "\"AddressId\":%lld",
		    (long long)rows_int(r, i, C_club_addresses_address_id));
		add_fields(b, entity_find("Address"), of, r, i, C_club_addresses_brand_id);
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
}

int
club_store_is_visible(const struct club *c, const struct rows *r, size_t i)
{
	return club_brand_allowed(c, rows_int(r, i, C_club_attached_brand_id)) &&
	    club_zone_allowed(c, rows_int(r, i, C_club_attached_zone_id));
}

static void
add_stores(const struct club *c, struct buf *b, const struct rows *r)
{
	static const struct {
		const char *name;
		size_t column;
	} members[] = { { "StoreId", C_club_attached_id },
		{ "StoreIdentifier", C_club_attached_identifier },
		{ "SourceId", C_club_attached_source_id }, { "Label", C_club_attached_label },
		{ "Address1", C_club_attached_address1 }, { "PostCode", C_club_attached_post_code },
		{ "City", C_club_attached_city }, { "CountryId", C_club_attached_country_id },
		{ "AttachedStoreTypeId", C_club_attached_type_id } };

	buf_adds(b, ",\n\"AttachedStores\":[");
	for (size_t i = 0; i < r->n; i++) {
		if (!club_store_is_visible(c, r, i))
			continue;
		begin_element(b);
		for (size_t m = 0; m < sizeof members / sizeof members[0]; m++)
			add_named(b, members[m].name, r, i, members[m].column);
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
}

static void
add_interests(const struct club *c, struct buf *b, const struct rows *r)
{
	static const struct {
		const char *name;
		size_t column;
	} members[] = { { "ContactInterestId", C_club_attached_id },
		{ "PurchaseGoodCategoryId", C_club_attached_category_id },
		{ "Identifier", C_club_attached_identifier }, { "Label", C_club_attached_label },
		{ "InterestDate", C_club_attached_interest_date },
		{ "SourceId", C_club_attached_interest_source_id } };

	buf_adds(b, ",\n\"ContactInterests\":[");
	for (size_t i = 0; i < r->n; i++) {
		if (!club_brand_allowed(c, rows_int(r, i, C_club_attached_brand_id)))
			continue;
		begin_element(b);
		for (size_t m = 0; m < sizeof members / sizeof members[0]; m++)
			add_named(b, members[m].name, r, i, members[m].column);
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
}

/* Appends the contact to an empty buffer. */
static void
add_contact(const struct club *c, struct buf *b, const struct store_club_contact *all)
{
	const struct rows *r = &all->contact;

	buf_addc(b, '{');
	add_named(b, "ContactId", r, 0, C_club_person_contact_id);
	add_named(b, "CreationDate", r, 0, C_club_person_created_at);
	add_named(b, "ModificationDate", r, 0, C_club_person_modified_at);
	add_named(b, "ZoneId", r, 0, C_club_person_zone_id);
	add_fields(b, entity_find("Contact"), club_contact_params, r, 0, C_club_person_gender_id);
	add_addresses(c, b, &all->addresses);
	add_stores(c, b, &all->stores);
	add_interests(c, b, &all->interests);
	buf_adds(b, "}\n");
}

void
club_contact_reply_with(
    const struct club *c, const struct store_club_contact *all, struct reply *reply)
{
	add_contact(c, &reply->body, all);
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
	club_contact_reply_with(c, &all, reply);
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
	club_contact_reply_with(c, &all, reply);
	return 0;
}

/* The state that the client knows must be the one that is stored. A change of it is later than all
 * of it, also when this transaction's instant is not, because it waited for another's or the clock
 * was put back: else the ModificationDate would stay as it was. */
int
club_check_state(struct club *c, const struct store_club_contact *all,
    const struct club_contact_args *in, struct err *err)
{
	struct reply now = { 0 };
	int has_offset, rc;
	usec_t known;

	if (all != NULL) {
		if (c->changed <= rows_time(&all->contact, 0, C_club_person_modified_at))
			c->changed = rows_time(&all->contact, 0, C_club_person_modified_at) + 1;
		buf_init(&now.body, &c->r->arena);
		club_contact_reply_with(c, all, &now);
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
