/*
 * Who an order is from.
 */
#include "config.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "platform/address.h"
#include "platform/contact.h"
#include "platform/label.h"
#include "platform/platform.h"
#include "platform/shopify/common.h"
#include "platform/shopify/consent.h"
#include "platform/shopify/customer.h"
#include "platform/shopify/person.h"
#include "platform/write.h"

/* A row of sql/tenant/0002-reference.sql. */
enum { ADDRESS_TYPE_BILLING = 2, ADDRESS_TYPE_DELIVERY = 3 };

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
	return r;
}

void
platform_shopify_customer_ask(struct platform_context *ctx, struct json_object *order)
{
	static const char *const addresses[] = { "customer.default_address", "billing_address",
		"shipping_address" };
	struct contact_key key;
	struct val language;

	if (order_key(ctx, order, &key, NULL) == 0)
		known_contact(ctx->known, &key, NULL, NULL);
	platform_label_language(ctx, json_text(order, "customer_locale"), &language, NULL);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		platform_shopify_person_ask(ctx, json_at(order, addresses[i]));
}

/* 1 when the order may change the contact: the contact has no stamp, or none newer than the
 * order's. */
static int
order_may_write(const struct platform_contact *contact, usec_t stamp)
{
	const usec_t stored = contact->is.stamp;

	return stored == USEC_NONE || (stamp != USEC_NONE && stamp >= stored);
}

/* A guest: the names of the billing address, the order's e-mail and phone. */
static int
guest_write(struct platform_context *ctx, const struct platform_contact *contact,
    struct json_object *order, usec_t placed_at, struct err *err)
{
	const char *names = json_at(order, "customer.last_name") != NULL ? "customer" :
									   "billing_address";
	const struct platform_shopify_customer c = { .contact = contact,
		.json = json_at(order, names),
		.type = CONTACT_TYPE_GUEST,
		.locale = read_text(&ctx->in, order, "customer_locale"),
		.stamp = USEC_NONE };
	const char *phone = read_text(&ctx->in, order, "phone");
	struct row *row;
	int r;

	if ((r = platform_shopify_person_contact(ctx, &c, err)) < 0)
		return r;
	row = platform_shopify_person_row(ctx, contact);
	row_text(row, Address_Email, contact->key.email);
	if (phone != NULL)
		row_text(row, Address_MobilePhoneNumber, phone);
	platform_shopify_consent_box(ctx, row, order, placed_at);
	return platform_put(ctx, row, err);
}

/* A guest with a customer's mail address is this customer. But nobody signed in, so the order does
 * not change the contact. */
static int
guest_save(struct platform_context *ctx, const struct platform_contact *contact,
    struct json_object *order, usec_t placed_at, struct err *err)
{
	if (contact->is.customer_ids > 0 || !order_may_write(contact, USEC_NONE))
		return 0;
	return guest_write(ctx, contact, order, placed_at, err);
}

/* Fills what both the customer's object in the order and the contact lack: the names of the billing
 * address, the order's e-mail. */
static int
order_lend(struct platform_context *ctx, const struct platform_contact *contact,
    struct json_object *order, struct err *err)
{
	struct json_object *billing = json_at(order, "billing_address");
	struct row *row;
	int r = json_text(order, "customer.email") == NULL ?
	    platform_shopify_person_numbers(ctx, contact, contact->key.email, NULL, NULL, err) :
	    0;

	if (r < 0 || json_text(order, "customer.first_name") != NULL ||
	    json_text(order, "customer.last_name") != NULL)
		return r;
	if (json_text(billing, "first_name") == NULL && json_text(billing, "last_name") == NULL)
		return 0;
	row = platform_contact_row(ctx, contact, ROW_FILL);
	platform_write_text(ctx, row, Contact_FirstName, billing, "first_name");
	platform_write_text(ctx, row, Contact_LastName, billing, "last_name");
	return platform_put(ctx, row, err);
}

/* The customer's object in an order, where nothing newer is stored. */
static int
buyer_save(struct platform_context *ctx, const struct platform_contact *contact,
    struct json_object *order, usec_t stamp, usec_t placed_at, struct err *err)
{
	struct platform_shopify_customer c = { .contact = contact,
		.json = json_at(order, "customer"),
		.type = CONTACT_TYPE_CUSTOMER,
		.locale = read_text(&ctx->in, order, "customer_locale"),
		.stamp = stamp,
		.consent_at = stamp != USEC_NONE ? stamp : placed_at };
	int r;

	if (platform_shopify_person_is_late(contact, stamp)) {
		c.fills = 1;
		c.stamp = USEC_NONE;
	} else if (!order_may_write(contact, stamp)) {
		return 0;
	}
	return (r = platform_shopify_person_contact(ctx, &c, err)) < 0 ?
	    r :
	    platform_shopify_person_main(ctx, &c, err);
}

static int
order_address(struct platform_context *ctx, const struct platform_contact *contact,
    struct json_object *address, int16_t type, usec_t placed_at, struct err *err)
{
	struct row *row;
	int r;

	if (!json_object_is_type(address, json_type_object))
		return 0;
	row = platform_address_of(ctx->arena, contact->row, ctx->message->brand_id, type);
	if ((r = platform_shopify_person_address(ctx, row, address, err)) < 0)
		return r;
	row_time(row, Address_SourceStamp, placed_at);
	return platform_put(ctx, row, err);
}

static int
order_addresses(struct platform_context *ctx, const struct platform_contact *contact,
    struct json_object *order, usec_t placed_at, struct err *err)
{
	int r = order_address(ctx, contact, json_at(order, "billing_address"),
	    ADDRESS_TYPE_BILLING, placed_at, err);

	if (r < 0)
		return r;
	return order_address(ctx, contact, json_at(order, "shipping_address"),
	    ADDRESS_TYPE_DELIVERY, placed_at, err);
}

/* Who it is. NULL when the order names nobody. */
static int
order_contact(struct platform_context *ctx, struct json_object *order,
    struct platform_contact **contact, struct err *err)
{
	struct contact_key key;
	int r = order_key(ctx, order, &key, err);

	if (is_said(json_at(order, "email")) && contact_email(ctx->arena, key.email) == NULL)
		platform_remark(ctx, "email left out: it is no mail address.");
	if (r < 0 || (r = platform_contact(ctx, &key, contact, err)) < 0)
		return r;
	if ((*contact)->row == NULL)
		*contact = NULL;
	return 0;
}

int
platform_shopify_customer_of_order(struct platform_context *ctx, struct json_object *order,
    usec_t placed_at, const struct row **contact, struct err *err)
{
	struct platform_contact *c;
	usec_t stamp;
	int r = order_contact(ctx, order, &c, err);

	*contact = NULL;
	if (r < 0)
		return r;
	stamp = read_date(&ctx->in, order, "", "customer.updated_at");
	if (c == NULL)
		return 0;
	*contact = c->row;
	if (c->key.identifier == NULL)
		r = guest_save(ctx, c, order, placed_at, err);
	else if ((r = buyer_save(ctx, c, order, stamp, placed_at, err)) == 0)
		r = order_lend(ctx, c, order, err);
	return r < 0 ? r : order_addresses(ctx, c, order, placed_at, err);
}
