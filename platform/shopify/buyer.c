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
#include "store/db.h"

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
	if (is_said(json_at(order, "email")) && contact_email(ctx->arena, key->email) == NULL)
		platform_remark(ctx, "email left out: it is no mail address.");
	return r;
}

/* 1 when the order may change the contact: the contact has no stamp, or none newer than the
 * order's. */
static int
order_may_write(struct platform_context *ctx, int64_t contact_id, usec_t stamp, struct err *err)
{
	usec_t stored;
	int r = platform_write_stored_stamp(
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
	const struct platform_shopify_customer c = { .contact_id = contact_id,
		.json = json_at(order, names),
		.type = CONTACT_TYPE_GUEST,
		.locale = read_text(&ctx->in, order, "customer_locale"),
		.stamp = USEC_NONE };
	const char *phone = read_text(&ctx->in, order, "phone");
	struct row *row;
	struct consent consent;
	int r;

	if ((r = platform_shopify_person_contact(ctx, &c, err)) < 0)
		return r;
	row = platform_address_new(
	    ctx->arena, contact_id, ctx->message->brand_id, ctx->message->address_type_id);
	row_text(row, Address_Email, email);
	if (phone != NULL)
		row_text(row, Address_MobilePhoneNumber, phone);
	platform_shopify_consent_box(ctx, row, order, placed_at, &consent);
	r = platform_write_row(ctx, row, err);
	return r < 0 ? r : 0;
}

/* A guest with a customer's mail address is this customer. But nobody signed in, so the order does
 * not change the contact. */
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

/* Fills what both the customer's object in the order and the contact lack: the names of the billing
 * address, the order's e-mail. */
static int
order_lend(struct platform_context *ctx, int64_t contact_id, struct json_object *order,
    const char *email, struct err *err)
{
	struct json_object *billing = json_at(order, "billing_address");
	struct row *row;
	int r = json_text(order, "customer.email") == NULL ?
	    platform_shopify_person_numbers(ctx, contact_id, email, NULL, err) :
	    0;

	if (r < 0 || json_text(order, "customer.first_name") != NULL ||
	    json_text(order, "customer.last_name") != NULL)
		return r < 0 ? r : 0;
	if (json_text(billing, "first_name") == NULL && json_text(billing, "last_name") == NULL)
		return 0;
	row = row_new(ctx->arena, E_Contact, ROW_PUT);
	row->rule = ROW_FILL;
	row_int(row, Contact_ContactId, contact_id);
	platform_write_text(ctx, row, Contact_FirstName, billing, "first_name");
	platform_write_text(ctx, row, Contact_LastName, billing, "last_name");
	r = platform_write_row(ctx, row, err);
	return r < 0 ? r : 0;
}

/* The customer's object in an order, where nothing newer is stored. */
static int
buyer_save(struct platform_context *ctx, const struct platform_shopify_found *found,
    struct json_object *order, usec_t stamp, usec_t placed_at, struct err *err)
{
	struct platform_shopify_customer c = { .contact_id = found->contact_id,
		.json = json_at(order, "customer"),
		.type = CONTACT_TYPE_CUSTOMER,
		.locale = read_text(&ctx->in, order, "customer_locale"),
		.stamp = stamp,
		.consent_at = stamp != USEC_NONE ? stamp : placed_at };
	int r;

	if (platform_shopify_person_is_late(found, stamp)) {
		c.fills = 1;
		c.stamp = USEC_NONE;
	} else if ((r = order_may_write(ctx, c.contact_id, stamp, err)) <= 0)
		return r;
	return (r = platform_shopify_person_contact(ctx, &c, err)) < 0 ?
	    r :
	    platform_shopify_person_main(ctx, &c, err);
}

static int
order_address_write(struct platform_context *ctx, int64_t contact_id, struct json_object *address,
    int16_t type, usec_t placed_at, struct err *err)
{
	struct row *row;
	int r;

	if (!json_object_is_type(address, json_type_object))
		return 0;
	row = platform_address_new(ctx->arena, contact_id, ctx->message->brand_id, type);
	if ((r = platform_shopify_person_address(ctx, row, address, err)) < 0)
		return r;
	row_time(row, Address_SourceStamp, placed_at);
	r = platform_write_row(ctx, row, err);
	return r < 0 ? r : 0;
}

int
platform_shopify_customer_of_order(struct platform_context *ctx, struct json_object *order,
    usec_t placed_at, int64_t *contact_id, struct err *err)
{
	struct contact_key key;
	struct platform_shopify_found found;
	usec_t stamp;
	int r;

	*contact_id = 0;
	if ((r = order_key(ctx, order, &key, err)) < 0)
		return r;
	stamp = read_date(&ctx->in, order, "", "customer.updated_at");
	if ((r = platform_shopify_person_find(ctx, &key, &found, err)) <= 0)
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
