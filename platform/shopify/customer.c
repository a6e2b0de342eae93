#include "platform/shopify/customer.h"

#include <stdio.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "platform/address.h"
#include "platform/contact.h"
#include "platform/label.h"
#include "platform/platform.h"
#include "platform/read.h"
#include "platform/shopify/common.h"
#include "platform/shopify/consent.h"
#include "platform/write.h"
#include "store/entity/upsert.h"

/* Rows of sql/tenant/0002-reference.sql. */
enum { CONTACT_TYPE_CUSTOMER = 1, CONTACT_TYPE_GUEST = 3 };
enum { ADDRESS_TYPE_BILLING = 2, ADDRESS_TYPE_DELIVERY = 3 };

static const struct platform_shopify_kind customer_kind = {
	.what = "a customer",
	.any = (const char *const[]){ "first_name", "last_name", "email", "phone", NULL },
	.none = (const char *const[]){ "line_items", "variants", "order_id", "financial_status",
	    "customer", "order_edit", "customer_id", NULL },
	.own = (const char *const[]){ "default_address", "email_marketing_consent", NULL },
};

/* The country of an address object. 1, *country being SQL NULL where it names none; 0 when what it
 * names is not known, which is a remark; or a negative code. */
static int
country_read(struct platform_context *ctx, struct json_object *o, struct val *country,
    struct err *err)
{
	const char *code = platform_read_text(ctx, o, "country_code");
	const char *named = code != NULL ? code : platform_read_text(ctx, o, "country");
	int r = platform_label(ctx, "Country", named, country, err);

	if (r < 0 || country->kind != VAL_NULL)
		return r < 0 ? r : 1;
	if (named == NULL)
		return platform_read_is_text(ctx, o, "country_code") &&
		    platform_read_is_text(ctx, o, "country");
	platform_label_unknown(ctx, "Country", "country_code", named);
	return 0;
}

/* The postal part and the phone of an address object. */
static int
address_set(struct platform_context *ctx, struct platform_write_row *row, struct json_object *o,
    struct err *err)
{
	struct val country;
	int r = country_read(ctx, o, &country, err);

	if (r < 0)
		return r;
	platform_write_row_set_text(ctx, row, "Address1", o, "address1");
	platform_write_row_set_text(ctx, row, "Address2", o, "address2");
	platform_write_row_set_text(ctx, row, "Address3", o, "company");
	platform_write_row_set_text(ctx, row, "PostCode", o, "zip");
	platform_write_row_set_text(ctx, row, "City", o, "city");
	platform_write_row_set_text(ctx, row, "State", o, "province");
	platform_write_row_set_text(ctx, row, "HomePhoneNumber", o, "phone");
	if (r == 0)
		return 0;
	platform_write_row_set(row, "CountryId", country);
	if (platform_read_is_text(ctx, o, "phone"))
		platform_write_row_set(row, "HomePhoneCountryId",
		    json_text(o, "phone") != NULL ? country : v_null());
	return 0;
}

/* A customer's object on its way to the contact. */
struct customer {
	int64_t contact_id;
	struct json_object *json;
	int type;
	const char *locale;
	usec_t stamp;			/* USEC_NONE: the contact's stays */
	usec_t consent_at;		/* of opt-ins without a date of their own */
	int revives;			/* a contact that is marked as deleted is so no more */
	int fills;			/* only what the contact has not: see is_late() */
};

static int
contact_write(struct platform_context *ctx, const struct customer *c, struct err *err)
{
	struct json_object *o = c->json;
	struct platform_write_row row;
	struct val language;
	usec_t since;
	int r;

	since = platform_read_date(ctx, o, "created_at");
	if ((r = platform_read_language(ctx, c->locale, &language, err)) < 0)
		return r;
	platform_write_row_init(&row, "Contact");
	row.batch.fill = c->fills;
	platform_write_row_set(&row, "ContactId", v_int(c->contact_id));
	platform_write_row_set(&row, "ContactTypeId", v_int(c->type));
	platform_write_row_set_text(ctx, &row, "FirstName", o, "first_name");
	platform_write_row_set_text(ctx, &row, "LastName", o, "last_name");
	platform_write_row_set_text(
	    ctx, &row, "CompanyName", json_at(o, "default_address"), "company");
	if (since != USEC_NONE)
		platform_write_row_set(&row, "AdvertiserCreationDate", v_time(since));
	if (language.kind != VAL_NULL)
		platform_write_row_set(&row, "LanguageId", language);
	if (c->revives)
		platform_write_row_set(&row, "DeletionFlag", v_int(0));
	if (c->stamp != USEC_NONE)
		platform_write_row_set(&row, "SourceStamp", v_time(c->stamp));
	if ((r = platform_write_row_put(ctx, &row, NULL, err)) == ENTITY_UNCHANGED &&
	    c->stamp != USEC_NONE)
		r = (int)db_exec(ctx->db, Q_platform_contact_touch,
		    DB_ARGS(v_time(c->stamp), v_int(c->contact_id)), err);
	return r < 0 ? r : 0;
}

/* Gives the contact a mail address and a mobile phone where it has none in the address of the
 * message's type. 1 when it got one, 0 or a negative code. */
static int
numbers_fill(struct platform_context *ctx, int64_t contact_id, const char *email, const char *phone,
    struct err *err)
{
	struct platform_write_row row;
	int r;

	if (contact_email(ctx->arena, email) == NULL)
		email = NULL;
	if (email == NULL && phone == NULL)
		return 0;
	platform_address_begin(&row, contact_id, ctx->message->brand_id,
	    ctx->message->address_type_id);
	if (email != NULL)
		platform_write_row_set(&row, "Email", v_text(email));
	if (phone != NULL)
		platform_write_row_set(&row, "MobilePhoneNumber", v_text(phone));
	row.batch.fill = 1;
	r = platform_write_row_put(ctx, &row, NULL, err);
	return r < 0 ? r : r != ENTITY_UNCHANGED;
}

/* The address of the message's type: e-mail, phones, opt-ins and, when the customer has one, the
 * default address. */
static int
main_address_write(struct platform_context *ctx, const struct customer *c, struct err *err)
{
	struct json_object *customer = c->json, *address = json_at(customer, "default_address");
	struct platform_write_row row;
	struct consent consent;
	int r;

	platform_address_begin(&row, c->contact_id, ctx->message->brand_id,
	    ctx->message->address_type_id);
	platform_write_row_set_text(ctx, &row, "Email", customer, "email");
	if (json_text(customer, "phone") != NULL ||
	    platform_shopify_consent_phone(customer) == NULL)
		platform_write_row_set_text(ctx, &row, "MobilePhoneNumber", customer, "phone");
	if (json_object_is_type(address, json_type_object) &&
	    (r = address_set(ctx, &row, address, err)) < 0)
		return r;
	platform_shopify_consent_read(ctx, &row, customer, c->consent_at, 0, &consent);
	row.batch.fill = c->fills;
	if ((r = platform_write_row_put(ctx, &row, NULL, err)) < 0)
		return r;
	r = numbers_fill(ctx, c->contact_id, NULL, platform_shopify_consent_phone(customer), err);
	return r < 0 ? r : 0;
}

/* A notice of consent alone: customers_email_marketing_consent/update,
 * customers_marketing_consent/update. It says nothing of the customer's own state, so the contact's
 * stamp stays. */
static int
customer_consent(struct platform_context *ctx, struct err *err)
{
	struct json_object *o = ctx->payload;
	struct contact_key key = { .source_id = ctx->message->source_id,
		.email = json_text(o, "email_address") };
	struct platform_write_row row;
	struct consent consent;
	int64_t contact_id;
	usec_t stamp;
	int filled, r;

	if ((r = platform_shopify_id_required(ctx, o,
		 platform_read_has(o, "customer_id") ? "customer_id" : "id", &key.identifier,
		 err)) < 0 ||
	    (r = platform_shopify_stamp(ctx, o, &stamp, err)) < 0 ||
	    (r = platform_contact_resolve(ctx, &key, &contact_id, err)) < 0 ||
	    (r = filled = numbers_fill(
		 ctx, contact_id, key.email, platform_shopify_consent_phone(o), err)) < 0)
		return r;
	platform_address_begin(&row, contact_id, ctx->message->brand_id,
	    ctx->message->address_type_id);
	platform_shopify_consent_read(ctx, &row, o, stamp, 1, &consent);
	if ((r = platform_write_row_put(ctx, &row, NULL, err)) < 0)
		return r;
	snprintf(ctx->reason, sizeof(ctx->reason), "Consent of contact %lld: %s.",
	    (long long)contact_id, r == ENTITY_UNCHANGED && !filled ? "nothing new" : "written");
	return PLATFORM_DONE;
}

/* A notice of consent alone: its topic says so; without a topic, what it has and lacks. */
static int
customer_is_consent(const struct platform_context *ctx, struct json_object *o)
{
	if (json_text(ctx->message->headers, "x-shopify-topic") != NULL)
		return platform_shopify_topic_is(ctx, "customers_email_marketing_consent/update") ||
		    platform_shopify_topic_is(ctx, "customers_marketing_consent/update");
	if (!platform_read_has(o, "email_marketing_consent") &&
	    !platform_read_has(o, "sms_marketing_consent"))
		return 0;
	return platform_read_has(o, "customer_id") ||
	    !(platform_read_has(o, "first_name") || platform_read_has(o, "created_at"));
}

/* An identifier's contact, and since when its customer is gone from the shop: deleted, or merged
 * into another. */
struct found {
	int64_t contact_id;
	usec_t ended_at;		/* USEC_NONE: it is not */
	int is_deleted;			/* the contact is marked so */
};

static int
customer_find(struct platform_context *ctx, const struct contact_key *key, struct found *f,
    struct err *err)
{
	struct rows rows;
	int r;

	*f = (struct found){ .ended_at = USEC_NONE };
	if ((r = platform_contact_resolve(ctx, key, &f->contact_id, err)) <= 0 ||
	    key->identifier == NULL || r != CONTACT_KNOWN)
		return r;
	if ((r = db_query(ctx->db, Q_contact_identifier_state,
	    DB_ARGS(v_text(key->identifier), v_int(key->source_id)), ctx->arena, &rows, err)) < 0)
		return r;
	f->ended_at = rows.n > 0 ? rows_time(&rows, 0, C_contact_identifier_state_ended_at) :
				   USEC_NONE;
	f->is_deleted = rows.n > 0 && rows_int(&rows, 0, C_contact_identifier_state_deleted) != 0;
	return CONTACT_KNOWN;
}

/* What is told, as of a time before, of a customer who was merged into another: the other's own
 * data come first. */
static int
is_late(const struct found *f, usec_t stamp)
{
	return f->ended_at != USEC_NONE && !f->is_deleted &&
	    (stamp == USEC_NONE || stamp <= f->ended_at);
}

/* PLATFORM_SUPERSEDED when a newer state of the contact is stored, PLATFORM_DONE else, or a
 * negative code. *stamp: as it is beside the stored one. */
static int
customer_guard(struct platform_context *ctx, int64_t contact_id, usec_t *stamp, struct err *err)
{
	usec_t stored;
	int r = platform_read_stored_stamp(ctx, Q_platform_contact_stamp,
	    DB_ARGS(v_int(contact_id)), &stored, err);

	if (r < 0)
		return r;
	*stamp = platform_shopify_stamp_beside(ctx, ctx->payload, *stamp, stored);
	if (stored == USEC_NONE || *stamp >= stored)
		return PLATFORM_DONE;
	snprintf(ctx->reason, sizeof(ctx->reason), "A newer state of contact %lld is stored.",
	    (long long)contact_id);
	return PLATFORM_SUPERSEDED;
}

static int
customer_end(struct platform_context *ctx, const struct contact_key *key, int64_t contact_id,
    usec_t at, struct err *err)
{
	return db_exec(ctx->db, Q_contact_identifier_end,
	    DB_ARGS(v_text(key->identifier), v_int(key->source_id), v_int(contact_id), v_time(at)),
	    err) < 0 ? err->code : 0;
}

static int
customer_revive(struct platform_context *ctx, const struct contact_key *key, struct err *err)
{
	return db_exec(ctx->db, Q_contact_identifier_revive,
	    DB_ARGS(v_text(key->identifier), v_int(key->source_id)), err) < 0 ? err->code : 0;
}

int
platform_shopify_customer_save(struct platform_context *ctx, struct err *err)
{
	struct json_object *o = ctx->payload;
	struct contact_key key = { .source_id = ctx->message->source_id,
		.email = json_text(o, "email") };
	struct customer c = { .json = o, .type = CONTACT_TYPE_CUSTOMER, .revives = 1 };
	struct found found;
	int r;

	if ((r = platform_shopify_topic_check(ctx, err)) < 0)
		return r;
	if (text_ieq(ctx->message->action, "Update") && customer_is_consent(ctx, o))
		return customer_consent(ctx, err);
	if ((r = platform_shopify_body_check(ctx->arena, o, &customer_kind, err)) < 0 ||
	    (r = platform_shopify_id_required(ctx, o, "id", &key.identifier, err)) < 0 ||
	    (r = platform_shopify_stamp(ctx, o, &c.stamp, err)) < 0 ||
	    (r = customer_find(ctx, &key, &found, err)) < 0)
		return r;
	c.contact_id = found.contact_id;
	c.consent_at = c.stamp;
	if (is_late(&found, c.stamp)) {
		c.fills = 1;
		c.revives = 0;
		c.stamp = USEC_NONE;
	} else if ((r = customer_guard(ctx, c.contact_id, &c.stamp, err)) != PLATFORM_DONE ||
	    (found.ended_at != USEC_NONE && (r = customer_revive(ctx, &key, err)) < 0))
		return r;
	if ((r = contact_write(ctx, &c, err)) < 0 || (r = main_address_write(ctx, &c, err)) < 0)
		return r;
	snprintf(ctx->reason, sizeof(ctx->reason), c.fills ?
	    "Contact %lld, into which this customer was merged, got what it had not." :
	    "Contact %lld written.",
	    (long long)c.contact_id);
	return PLATFORM_DONE;
}

/* How many other customers of the Source, who are not gone, the contact is, and how often others
 * know it. */
static int
customer_others(struct platform_context *ctx, const struct contact_key *key, int64_t contact_id,
    int64_t *others, struct err *err)
{
	struct rows rows;
	int r = db_query(ctx->db, Q_contact_living_ids,
	    DB_ARGS(v_int(contact_id), v_int(key->source_id), v_text(key->identifier)),
	    ctx->arena, &rows, err);

	*others = r < 0 ? 0 : rows_int(&rows, 0, C_contact_living_ids_ids);
	return r;
}

/* The contact stays as long as it is another customer of the shop's, or another Source's; the
 * identifier goes on leading to it. */
int
platform_shopify_customer_delete(struct platform_context *ctx, struct err *err)
{
	struct contact_key key = { .source_id = ctx->message->source_id };
	struct platform_write_row row;
	struct found found;
	int64_t others;
	usec_t stamp;
	int r;

	if ((r = platform_shopify_topic_check(ctx, err)) < 0 ||
	    (r = platform_shopify_deletion_check(ctx->payload, "a customer", err)) < 0 ||
	    (r = platform_shopify_id_required(ctx, ctx->payload, "id", &key.identifier, err)) < 0 ||
	    (r = platform_shopify_stamp(ctx, ctx->payload, &stamp, err)) < 0 ||
	    (r = customer_find(ctx, &key, &found, err)) < 0 ||
	    (r = customer_others(ctx, &key, found.contact_id, &others, err)) < 0)
		return r;
	if (others == 0 && (r = customer_guard(ctx, found.contact_id, &stamp,
	    err)) != PLATFORM_DONE)
		return r;
	if (found.ended_at == USEC_NONE && (r = customer_end(ctx, &key, found.contact_id, stamp,
	    err)) < 0)
		return r;
	if (others > 0) {
		snprintf(ctx->reason, sizeof(ctx->reason), "The customer is gone; contact %lld "
		    "stays, as it is known by other identifiers.", (long long)found.contact_id);
		return PLATFORM_DONE;
	}
	platform_write_row_init(&row, "Contact");
	platform_write_row_set(&row, "ContactId", v_int(found.contact_id));
	platform_write_row_set(&row, "DeletionFlag", v_int(1));
	platform_write_row_set(&row, "SourceStamp", v_time(stamp));
	if ((r = platform_write_row_put(ctx, &row, NULL, err)) < 0)
		return r;
	snprintf(ctx->reason, sizeof(ctx->reason), "Contact %lld marked as deleted.",
	    (long long)found.contact_id);
	return PLATFORM_DONE;
}

/* ------------------------------------------------------------------ inside an order */

/* Neither null nor "". */
static int
is_said(struct json_object *o)
{
	return o != NULL &&
	    !(json_object_is_type(o, json_type_string) && json_object_get_string_len(o) == 0);
}

/* Who an order is from, by what it says. */
static int
order_key(struct platform_context *ctx, struct json_object *order, struct contact_key *key,
    struct err *err)
{
	static const char *const guest[] = { "email", "contact_email", "customer.email" };
	int r = platform_shopify_id(ctx, order, "customer.id", &key->identifier, err);

	key->source_id = ctx->message->source_id;
	key->email = key->identifier != NULL ? json_text(order, "customer.email") : NULL;
	for (size_t i = 0;
	     contact_email(ctx->arena, key->email) == NULL && i < sizeof(guest) / sizeof(guest[0]);
	     i++)
		key->email = json_text(order, guest[i]);
	if (is_said(json_at(order, "email")) && contact_email(ctx->arena, key->email) == NULL)
		platform_remark(ctx, "email left out: it is no mail address.");
	return r;
}

/* 1 when the contact may take what the order says of it: nobody told us more of it, or nothing
 * newer. */
static int
order_may_write(struct platform_context *ctx, int64_t contact_id, usec_t stamp, struct err *err)
{
	usec_t stored;
	int r = platform_read_stored_stamp(
	    ctx, Q_platform_contact_stamp, DB_ARGS(v_int(contact_id)), &stored, err);

	return r < 0 ? r : stored == USEC_NONE || (stamp != USEC_NONE && stamp >= stored);
}

/* A guest: the names of the billing address, the order's e-mail and phone. */
static int
guest_write(struct platform_context *ctx, int64_t contact_id, struct json_object *order,
    const char *email, usec_t placed_at, struct err *err)
{
	const char *names = json_at(order, "customer.last_name") != NULL ? "customer" :
	    "billing_address";
	const struct customer c = { .contact_id = contact_id, .json = json_at(order, names),
		.type = CONTACT_TYPE_GUEST,
		.locale = platform_read_text(ctx, order, "customer_locale"), .stamp = USEC_NONE };
	const char *phone = platform_read_text(ctx, order, "phone");
	struct platform_write_row row;
	struct consent consent;
	int r;

	if ((r = contact_write(ctx, &c, err)) < 0)
		return r;
	platform_address_begin(&row, contact_id, ctx->message->brand_id,
	    ctx->message->address_type_id);
	platform_write_row_set(&row, "Email", v_text(email));
	if (phone != NULL)
		platform_write_row_set(&row, "MobilePhoneNumber", v_text(phone));
	platform_shopify_consent_box(ctx, &row, order, placed_at, &consent);
	r = platform_write_row_put(ctx, &row, NULL, err);
	return r < 0 ? r : 0;
}

/* An order's guest whose address is that of a customer is this customer, but nobody signed in: it
 * says nothing of the contact. */
static int
guest_save(struct platform_context *ctx, int64_t contact_id, struct json_object *order,
    const char *email, usec_t placed_at, struct err *err)
{
	struct rows ids;
	int r = db_query(ctx->db, Q_contact_customer_ids,
	    DB_ARGS(v_int(contact_id), v_int(ctx->message->source_id)), ctx->arena, &ids, err);

	if (r < 0 || rows_int(&ids, 0, C_contact_customer_ids_ids) > 0)
		return r;
	if ((r = order_may_write(ctx, contact_id, USEC_NONE, err)) <= 0)
		return r;
	return guest_write(ctx, contact_id, order, email, placed_at, err);
}

/* What the customer's object in the order lacks, and the contact too: the names of the billing
 * address, the order's e-mail. */
static int
order_lend(struct platform_context *ctx, int64_t contact_id, struct json_object *order,
    const char *email, struct err *err)
{
	struct json_object *billing = json_at(order, "billing_address");
	struct platform_write_row row;
	int r = json_text(order, "customer.email") == NULL ?
	    numbers_fill(ctx, contact_id, email, NULL, err) : 0;

	if (r < 0 || json_text(order, "customer.first_name") != NULL ||
	    json_text(order, "customer.last_name") != NULL)
		return r < 0 ? r : 0;
	if (json_text(billing, "first_name") == NULL && json_text(billing, "last_name") == NULL)
		return 0;
	platform_write_row_init(&row, "Contact");
	row.batch.fill = 1;
	platform_write_row_set(&row, "ContactId", v_int(contact_id));
	platform_write_row_set_text(ctx, &row, "FirstName", billing, "first_name");
	platform_write_row_set_text(ctx, &row, "LastName", billing, "last_name");
	r = platform_write_row_put(ctx, &row, NULL, err);
	return r < 0 ? r : 0;
}

/* The customer's object in an order, where nothing newer is stored. */
static int
buyer_save(struct platform_context *ctx, const struct found *found, struct json_object *order,
    usec_t stamp, usec_t placed_at, struct err *err)
{
	struct customer c = { .contact_id = found->contact_id,
		.json = json_at(order, "customer"),
		.type = CONTACT_TYPE_CUSTOMER,
		.locale = platform_read_text(ctx, order, "customer_locale"),
		.stamp = stamp,
		.consent_at = stamp != USEC_NONE ? stamp : placed_at };
	int r;

	if (is_late(found, stamp)) {
		c.fills = 1;
		c.stamp = USEC_NONE;
	} else if ((r = order_may_write(ctx, c.contact_id, stamp, err)) <= 0)
		return r;
	return (r = contact_write(ctx, &c, err)) < 0 ? r : main_address_write(ctx, &c, err);
}

static int
order_address_write(struct platform_context *ctx, int64_t contact_id, struct json_object *address,
    int16_t type, usec_t placed_at, struct err *err)
{
	struct platform_write_row row;
	int r;

	if (!json_object_is_type(address, json_type_object))
		return 0;
	platform_address_begin(&row, contact_id, ctx->message->brand_id, type);
	if ((r = address_set(ctx, &row, address, err)) < 0)
		return r;
	platform_write_row_set(&row, "SourceStamp", v_time(placed_at));
	r = platform_write_row_put(ctx, &row, NULL, err);
	return r < 0 ? r : 0;
}

int
platform_shopify_customer_of_order(struct platform_context *ctx, struct json_object *order,
    usec_t placed_at, int64_t *contact_id, struct err *err)
{
	struct contact_key key;
	struct found found;
	usec_t stamp;
	int r;

	*contact_id = 0;
	if ((r = order_key(ctx, order, &key, err)) < 0)
		return r;
	stamp = platform_read_date(ctx, order, "customer.updated_at");
	if ((r = customer_find(ctx, &key, &found, err)) <= 0)
		return r;
	*contact_id = found.contact_id;
	if (key.identifier == NULL)
		r = guest_save(ctx, *contact_id, order, key.email, placed_at, err);
	else if ((r = buyer_save(ctx, &found, order, stamp, placed_at, err)) == 0)
		r = order_lend(ctx, *contact_id, order, key.email, err);
	if (r < 0 ||
	    (r = order_address_write(ctx, *contact_id, json_at(order, "billing_address"),
		 ADDRESS_TYPE_BILLING, placed_at, err)) < 0)
		return r;
	return order_address_write(ctx, *contact_id, json_at(order, "shipping_address"),
	    ADDRESS_TYPE_DELIVERY, placed_at, err);
}
