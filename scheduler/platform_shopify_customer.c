#include "scheduler/platform_shopify_customer.h"

#include <stdio.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/text.h"
#include "scheduler/platform.h"
#include "scheduler/platform_read.h"
#include "scheduler/platform_shopify_common.h"
#include "scheduler/platform_write.h"
#include "store/contact.h"

/* Rows of sql/tenant/0002-reference.sql. */
enum { CONTACT_TYPE_CUSTOMER = 1, CONTACT_TYPE_GUEST = 3 };
enum { ADDRESS_TYPE_BILLING = 2, ADDRESS_TYPE_DELIVERY = 3 };

static const struct platform_shopify_kind customer_kind = {
	.what = "a customer",
	.any = (const char *const[]){ "first_name", "last_name", "email", "phone", NULL },
	.none = (const char *const[]){ "line_items", "variants", "order_id", "financial_status", "customer", "order_edit", "customer_id", NULL },
	.own = (const char *const[]){ "default_address", "email_marketing_consent", NULL },
};

/* What a state of consent says: 1, 0, or -1 for nothing. */
static int
consent_state(const char *state)
{
	static const char *const no[] = { "not_subscribed", "unsubscribed", "pending", "invalid", "redacted" };

	if (state == NULL)
		return -1;
	if (text_ieq(state, "subscribed"))
		return 1;
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (text_ieq(state, no[i]))
			return 0;
	return -1;
}

/* One channel's opt-in and since when. */
struct consent {
	int optin;		/* 1, 0, or -1 for not said */
	usec_t since;
};

/* From the consent object, else (e-mail) from the older accepts_marketing. fallback is for a consent without a date of its own. */
static int
consent_read(struct json_object *o, const char *member, usec_t fallback, struct consent *c, struct err *err)
{
	char path[64];
	int r;

	snprintf(path, sizeof(path), "%s.state", member);
	c->optin = consent_state(json_text(o, path));
	snprintf(path, sizeof(path), "%s.consent_updated_at", member);
	r = platform_read_time(o, path, &c->since, err);
	if (r == 0 && c->optin < 0 && text_ieq(member, "email_marketing_consent")) {
		c->optin = json_flag(o, "accepts_marketing");
		r = platform_read_time(o, "accepts_marketing_updated_at", &c->since, err);
	}
	if (c->since == USEC_NONE)
		c->since = fallback;
	return r;
}

/* Sets the channel's two columns unless the stored state is younger. */
static void
consent_set(struct platform_write_row *row, const struct consent *c, usec_t stored, const char *optin, const char *since)
{
	if (c->optin < 0 || (stored != USEC_NONE && c->since < stored))
		return;
	platform_write_row_set(row, optin, v_int(c->optin));
	platform_write_row_set(row, since, v_time(c->since));
}

static int
consents_write(struct platform_context *ctx, struct platform_write_row *row, int64_t contact_id, struct json_object *o, usec_t fallback, struct err *err)
{
	const struct platform_message *m = ctx->message;
	struct consent email, mobile;
	struct rows stored;
	int r;

	if ((r = consent_read(o, "email_marketing_consent", fallback, &email, err)) < 0 ||
	    (r = consent_read(o, "sms_marketing_consent", fallback, &mobile, err)) < 0)
		return r;
	if ((r = db_query(ctx->db, Q_platform_consent_dates, DB_ARGS(v_int(contact_id), v_int(m->brand_id), v_int(m->address_type_id)), ctx->arena, &stored,
	    err)) < 0)
		return r;
	consent_set(row, &email, stored.n > 0 ? rows_time(&stored, 0, 0) : USEC_NONE, "EmailOptin", "EmailAdvertiserCreationDate");
	consent_set(row, &mobile, stored.n > 0 ? rows_time(&stored, 0, 1) : USEC_NONE, "MobilePhoneOptin", "MobilePhoneAdvertiserCreationDate");
	return 0;
}

static void
address_begin(struct platform_context *ctx, struct platform_write_row *row, int64_t contact_id, int16_t type)
{
	platform_write_row_init(row, "Address");
	platform_write_row_set(row, "ContactId", v_int(contact_id));
	platform_write_row_set(row, "BrandId", v_int(ctx->message->brand_id));
	platform_write_row_set(row, "ContactAddressTypeId", v_int(type));
	platform_write_row_set(row, "DeletionFlag", v_int(0));
}

/* The postal part and the phone of an address object. */
static int
address_set(struct platform_context *ctx, struct platform_write_row *row, struct json_object *o, struct err *err)
{
	struct val country;
	int r = platform_read_country(ctx, json_text(o, "country_code"), &country, err);

	if (r < 0)
		return r;
	platform_write_row_set_text(row, "Address1", o, "address1");
	platform_write_row_set_text(row, "Address2", o, "address2");
	platform_write_row_set_text(row, "Address3", o, "company");
	platform_write_row_set_text(row, "PostCode", o, "zip");
	platform_write_row_set_text(row, "City", o, "city");
	platform_write_row_set_text(row, "State", o, "province");
	platform_write_row_set(row, "CountryId", country);
	platform_write_row_set_text(row, "HomePhoneNumber", o, "phone");
	platform_write_row_set(row, "HomePhoneCountryId", json_text(o, "phone") != NULL ? country : v_null());
	return 0;
}

static int
contact_write(struct platform_context *ctx, int64_t contact_id, struct json_object *customer, int type, const char *locale, usec_t stamp, int revive, struct err *err)
{
	struct platform_write_row row;
	struct val language;
	usec_t since;
	int r;

	if ((r = platform_read_time(customer, "created_at", &since, err)) < 0 || (r = platform_read_language(ctx, locale, &language, err)) < 0)
		return r;
	platform_write_row_init(&row, "Contact");
	platform_write_row_set(&row, "ContactId", v_int(contact_id));
	platform_write_row_set(&row, "ContactTypeId", v_int(type));
	platform_write_row_set_text(&row, "FirstName", customer, "first_name");
	platform_write_row_set_text(&row, "LastName", customer, "last_name");
	if (platform_read_has(json_at(customer, "default_address"), "company"))
		platform_write_row_set(&row, "CompanyName", v_text(json_text(customer, "default_address.company")));
	if (since != USEC_NONE)
		platform_write_row_set(&row, "AdvertiserCreationDate", v_time(since));
	if (language.kind != VAL_NULL)
		platform_write_row_set(&row, "LanguageId", language);
	if (revive)
		platform_write_row_set(&row, "DeletionFlag", v_int(0));
	if (stamp != USEC_NONE)
		platform_write_row_set(&row, "SourceStamp", v_time(stamp));
	if ((r = platform_write_row_put(ctx, &row, NULL, err)) == ENTITY_UNCHANGED && stamp != USEC_NONE)
		r = (int)db_exec(ctx->db, Q_platform_contact_touch, DB_ARGS(v_time(stamp), v_int(contact_id)), err);
	return r < 0 ? r : 0;
}

/* The address of the message's type: e-mail, phones, opt-ins and, when the customer has one, the default address. */
static int
main_address_write(struct platform_context *ctx, int64_t contact_id, struct json_object *customer, usec_t consent_since, struct err *err)
{
	struct platform_write_row row;
	struct json_object *address = json_at(customer, "default_address");
	int r;

	address_begin(ctx, &row, contact_id, ctx->message->address_type_id);
	platform_write_row_set_text(&row, "Email", customer, "email");
	platform_write_row_set_text(&row, "MobilePhoneNumber", customer, "phone");
	if (json_object_is_type(address, json_type_object) && (r = address_set(ctx, &row, address, err)) < 0)
		return r;
	if ((r = consents_write(ctx, &row, contact_id, customer, consent_since, err)) < 0)
		return r;
	r = platform_write_row_put(ctx, &row, NULL, err);
	return r < 0 ? r : 0;
}

/* A notice of consent alone: customers_email_marketing_consent/update, customers_marketing_consent/update. It says nothing of the customer's own state, so
 * the contact's stamp stays. */
static int
customer_consent(struct platform_context *ctx, struct err *err)
{
	struct json_object *o = ctx->payload;
	struct contact_key key = { .source_id = ctx->message->source_id, .email = json_text(o, "email_address") };
	struct platform_write_row row;
	int64_t contact_id;
	usec_t stamp;
	int r;

	if ((r = platform_shopify_id_required(ctx, o, platform_read_has(o, "customer_id") ? "customer_id" : "id", &key.identifier, err)) < 0 ||
	    (r = platform_shopify_stamp(ctx, o, &stamp, err)) < 0 ||
	    (r = contact_resolve(ctx->db, &key, ctx->message->zone_id, ctx->arena, ctx->now, &contact_id, err)) < 0)
		return r;
	address_begin(ctx, &row, contact_id, ctx->message->address_type_id);
	if (r == CONTACT_CREATED) {
		platform_write_row_set(&row, "Email", v_text(key.email));
		platform_write_row_set_text(&row, "MobilePhoneNumber", o, "phone");
	}
	if ((r = consents_write(ctx, &row, contact_id, o, stamp, err)) < 0 || (r = platform_write_row_put(ctx, &row, NULL, err)) < 0)
		return r;
	snprintf(ctx->reason, sizeof(ctx->reason), "Consent of contact %lld: %s.", (long long)contact_id,
	    r == ENTITY_UNCHANGED ? "nothing new" : "written");
	return PLATFORM_DONE;
}

static int
customer_is_consent(struct json_object *o)
{
	if (!platform_read_has(o, "email_marketing_consent") && !platform_read_has(o, "sms_marketing_consent"))
		return 0;
	return platform_read_has(o, "customer_id") || !(platform_read_has(o, "first_name") || platform_read_has(o, "created_at"));
}

/* Finds or makes the contact of a customer's body. PLATFORM_SUPERSEDED when a newer state of it is stored, PLATFORM_DONE else, or a negative code. */
static int
customer_resolve(struct platform_context *ctx, const struct contact_key *key, usec_t *stamp, int64_t *contact_id, struct err *err)
{
	usec_t stored;
	int r = contact_find(ctx->db, key, ctx->arena, contact_id, err);

	if (r == CONTACT_NONE)
		r = contact_resolve(ctx->db, key, ctx->message->zone_id, ctx->arena, ctx->now, contact_id, err);
	if (r < 0 || (r = platform_read_stored_stamp(ctx, Q_platform_contact_stamp, DB_ARGS(v_int(*contact_id)), &stored, err)) < 0)
		return r;
	*stamp = platform_shopify_stamp_beside(ctx, ctx->payload, *stamp, stored);
	if (stored == USEC_NONE || *stamp >= stored)
		return PLATFORM_DONE;
	snprintf(ctx->reason, sizeof(ctx->reason), "A newer state of contact %lld is stored.", (long long)*contact_id);
	return PLATFORM_SUPERSEDED;
}

int
platform_shopify_customer_save(struct platform_context *ctx, struct err *err)
{
	struct json_object *o = ctx->payload;
	struct contact_key key = { .source_id = ctx->message->source_id, .email = json_text(o, "email") };
	int64_t contact_id;
	usec_t stamp;
	int r;

	if ((r = platform_shopify_topic_check(ctx, err)) < 0)
		return r;
	if (text_ieq(ctx->message->action, "Update") && customer_is_consent(o))
		return customer_consent(ctx, err);
	if ((r = platform_shopify_body_check(ctx->arena, o, &customer_kind, err)) < 0 || (r = platform_shopify_id_required(ctx, o, "id", &key.identifier, err)) < 0 ||
	    (r = platform_shopify_stamp(ctx, o, &stamp, err)) < 0 || (r = customer_resolve(ctx, &key, &stamp, &contact_id, err)) != PLATFORM_DONE)
		return r;
	if ((r = contact_write(ctx, contact_id, o, CONTACT_TYPE_CUSTOMER, NULL, stamp, 1, err)) < 0 ||
	    (r = main_address_write(ctx, contact_id, o, stamp, err)) < 0)
		return r;
	snprintf(ctx->reason, sizeof(ctx->reason), "Contact %lld written.", (long long)contact_id);
	return PLATFORM_DONE;
}

int
platform_shopify_customer_delete(struct platform_context *ctx, struct err *err)
{
	struct contact_key key = { .source_id = ctx->message->source_id };
	struct platform_write_row row;
	int64_t contact_id;
	usec_t stamp;
	int r;

	if ((r = platform_shopify_topic_check(ctx, err)) < 0 || (r = platform_shopify_deletion_check(ctx->payload, "a customer", err)) < 0 ||
	    (r = platform_shopify_id_required(ctx, ctx->payload, "id", &key.identifier, err)) < 0 ||
	    (r = platform_shopify_stamp(ctx, ctx->payload, &stamp, err)) < 0 || (r = customer_resolve(ctx, &key, &stamp, &contact_id, err)) != PLATFORM_DONE)
		return r;
	platform_write_row_init(&row, "Contact");
	platform_write_row_set(&row, "ContactId", v_int(contact_id));
	platform_write_row_set(&row, "DeletionFlag", v_int(1));
	platform_write_row_set(&row, "SourceStamp", v_time(stamp));
	if ((r = platform_write_row_put(ctx, &row, NULL, err)) < 0)
		return r;
	snprintf(ctx->reason, sizeof(ctx->reason), "Contact %lld marked as deleted.", (long long)contact_id);
	return PLATFORM_DONE;
}

/* ------------------------------------------------------------------ inside an order */

/* Who an order is from, by what it says. */
static int
order_key(struct platform_context *ctx, struct json_object *order, struct contact_key *key, struct err *err)
{
	static const char *const guest[] = { "email", "contact_email", "customer.email" };
	int r = platform_shopify_id(ctx, order, "customer.id", &key->identifier, err);

	key->source_id = ctx->message->source_id;
	key->email = key->identifier != NULL ? json_text(order, "customer.email") : NULL;
	for (size_t i = 0; contact_email(ctx->arena, key->email) == NULL && i < sizeof(guest) / sizeof(guest[0]); i++)
		key->email = json_text(order, guest[i]);
	return r;
}

/* 1 when the contact may take what the order says of it: nobody told us more of it, or nothing newer. */
static int
order_may_write(struct platform_context *ctx, int64_t contact_id, usec_t stamp, struct err *err)
{
	usec_t stored;
	int r = platform_read_stored_stamp(ctx, Q_platform_contact_stamp, DB_ARGS(v_int(contact_id)), &stored, err);

	return r < 0 ? r : stored == USEC_NONE || (stamp != USEC_NONE && stamp >= stored);
}

/* A guest: the names of the billing address, the order's e-mail and phone. */
static int
guest_write(struct platform_context *ctx, int64_t contact_id, struct json_object *order, const char *email, usec_t placed_at, struct err *err)
{
	const struct consent consent = { .optin = json_flag(order, "buyer_accepts_marketing"), .since = placed_at };
	struct json_object *named = json_at(order, json_at(order, "customer.last_name") != NULL ? "customer" : "billing_address");
	struct platform_write_row row;
	struct rows stored;
	int r;

	if ((r = contact_write(ctx, contact_id, named, CONTACT_TYPE_GUEST, json_text(order, "customer_locale"), USEC_NONE, 0, err)) < 0 ||
	    (r = db_query(ctx->db, Q_platform_consent_dates, DB_ARGS(v_int(contact_id), v_int(ctx->message->brand_id), v_int(ctx->message->address_type_id)),
	    ctx->arena, &stored, err)) < 0)
		return r;
	address_begin(ctx, &row, contact_id, ctx->message->address_type_id);
	platform_write_row_set(&row, "Email", v_text(email));
	if (json_text(order, "phone") != NULL)
		platform_write_row_set(&row, "MobilePhoneNumber", v_text(json_text(order, "phone")));
	consent_set(&row, &consent, stored.n > 0 ? rows_time(&stored, 0, 0) : USEC_NONE, "EmailOptin", "EmailAdvertiserCreationDate");
	r = platform_write_row_put(ctx, &row, NULL, err);
	return r < 0 ? r : 0;
}

static int
order_address_write(struct platform_context *ctx, int64_t contact_id, struct json_object *address, int16_t type, usec_t placed_at, struct err *err)
{
	struct platform_write_row row;
	int r;

	if (!json_object_is_type(address, json_type_object))
		return 0;
	address_begin(ctx, &row, contact_id, type);
	if ((r = address_set(ctx, &row, address, err)) < 0)
		return r;
	platform_write_row_set(&row, "SourceStamp", v_time(placed_at));
	r = platform_write_row_put(ctx, &row, NULL, err);
	return r < 0 ? r : 0;
}

int
platform_shopify_customer_of_order(struct platform_context *ctx, struct json_object *order, usec_t placed_at, int64_t *contact_id, struct err *err)
{
	struct json_object *customer = json_at(order, "customer");
	struct contact_key key;
	usec_t stamp;
	int r;

	*contact_id = 0;
	if ((r = order_key(ctx, order, &key, err)) < 0 || (r = platform_read_time(customer, "updated_at", &stamp, err)) < 0)
		return r;
	if ((r = contact_resolve(ctx->db, &key, ctx->message->zone_id, ctx->arena, ctx->now, contact_id, err)) <= 0)
		return r;
	if ((r = order_may_write(ctx, *contact_id, stamp, err)) < 0)
		return r;
	if (r > 0 && key.identifier == NULL)
		r = guest_write(ctx, *contact_id, order, key.email, placed_at, err);
	else if (r > 0 && (r = contact_write(ctx, *contact_id, customer, CONTACT_TYPE_CUSTOMER, json_text(order, "customer_locale"), stamp, 0, err)) == 0)
		r = main_address_write(ctx, *contact_id, customer, stamp != USEC_NONE ? stamp : placed_at, err);
	if (r < 0 || (r = order_address_write(ctx, *contact_id, json_at(order, "billing_address"), ADDRESS_TYPE_BILLING, placed_at, err)) < 0)
		return r;
	return order_address_write(ctx, *contact_id, json_at(order, "shipping_address"), ADDRESS_TYPE_DELIVERY, placed_at, err);
}
