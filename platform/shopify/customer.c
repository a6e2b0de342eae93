#include "config.h"

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
#include "platform/shopify/common.h"
#include "platform/shopify/consent.h"
#include "platform/shopify/person.h"
#include "platform/write.h"
#include "store/db.h"

static const struct platform_shopify_kind customer_kind = {
	.what = "a customer",
	.any = (const char *const[]){ "first_name", "last_name", "email", "phone", NULL },
	.none = (const char *const[]){ "line_items", "variants", "order_id", "financial_status",
	    "customer", "order_edit", "customer_id", NULL },
	.own = (const char *const[]){ "default_address", "email_marketing_consent", NULL },
};

/* A notice of consent alone: customers_email_marketing_consent/update,
 * customers_marketing_consent/update. It says nothing of the customer's own state, so the contact's
 * stamp stays. */
static int
customer_consent(struct platform_context *ctx, struct err *err)
{
	struct json_object *o = ctx->payload;
	struct contact_key key = { .source_id = ctx->message->source_id,
		.email = json_text(o, "email_address") };
	struct row *row;
	struct consent consent;
	int64_t contact_id;
	usec_t stamp;
	int filled, r;

	if ((r = platform_shopify_id_required(ctx, o,
		 read_has(&read_exact, o, "customer_id") ? "customer_id" : "id", &key.identifier,
		 err)) < 0 ||
	    (r = platform_shopify_stamp(ctx, o, &stamp, err)) < 0 ||
	    (r = platform_contact_resolve(ctx, &key, &contact_id, err)) < 0)
		return r;
	if ((r = filled = platform_shopify_person_numbers(
		 ctx, contact_id, key.email, platform_shopify_consent_phone(o), err)) < 0)
		return r;
	row = platform_address_new(
	    ctx->arena, contact_id, ctx->message->brand_id, ctx->message->address_type_id);
	platform_shopify_consent_read(ctx, row, o, stamp, 1, &consent);
	if ((r = platform_write_row(ctx, row, err)) < 0)
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
	if (!read_has(&read_exact, o, "email_marketing_consent") &&
	    !read_has(&read_exact, o, "sms_marketing_consent"))
		return 0;
	return read_has(&read_exact, o, "customer_id") ||
	    !(read_has(&read_exact, o, "first_name") || read_has(&read_exact, o, "created_at"));
}

/* PLATFORM_SUPERSEDED when a newer state of the contact is stored, PLATFORM_DONE else, or a
 * negative code. *stamp: as it is beside the stored one. */
static int
customer_guard(struct platform_context *ctx, int64_t contact_id, usec_t *stamp, struct err *err)
{
	usec_t stored;
	int r = platform_write_stored_stamp(
	    ctx, Q_platform_contact_stamp, DB_ARGS(v_int(contact_id)), &stored, err);

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
	struct platform_shopify_customer c = {
		.json = o, .type = CONTACT_TYPE_CUSTOMER, .revives = 1
	};
	struct platform_shopify_found found;
	int r;

	if ((r = platform_shopify_topic_check(ctx, err)) < 0)
		return r;
	if (text_ieq(ctx->message->action, "Update") && customer_is_consent(ctx, o))
		return customer_consent(ctx, err);
	if ((r = platform_shopify_body_check(ctx->arena, o, &customer_kind, err)) < 0 ||
	    (r = platform_shopify_id_required(ctx, o, "id", &key.identifier, err)) < 0 ||
	    (r = platform_shopify_stamp(ctx, o, &c.stamp, err)) < 0)
		return r;
	if ((r = platform_shopify_person_find(ctx, &key, &found, err)) < 0)
		return r;
	c.contact_id = found.contact_id;
	c.consent_at = c.stamp;
	if (platform_shopify_person_is_late(&found, c.stamp)) {
		c.fills = 1;
		c.revives = 0;
		c.stamp = USEC_NONE;
	} else if ((r = customer_guard(ctx, c.contact_id, &c.stamp, err)) != PLATFORM_DONE ||
	    (found.ended_at != USEC_NONE && (r = customer_revive(ctx, &key, err)) < 0))
		return r;
	if ((r = platform_shopify_person_contact(ctx, &c, err)) < 0 ||
	    (r = platform_shopify_person_main(ctx, &c, err)) < 0)
		return r;
	snprintf(ctx->reason, sizeof(ctx->reason), c.fills ?
	    "This customer was merged into contact %lld, which got the values that it lacked." :
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

/* The contact stays while it is also another customer of the shop, or known to another Source; the
 * identifier still leads to it. */
int
platform_shopify_customer_delete(struct platform_context *ctx, struct err *err)
{
	struct contact_key key = { .source_id = ctx->message->source_id };
	struct row *row;
	struct platform_shopify_found found;
	int64_t others;
	usec_t stamp;
	int r;

	if ((r = platform_shopify_topic_check(ctx, err)) < 0 ||
	    (r = platform_shopify_deletion_check(ctx->payload, "a customer", err)) < 0 ||
	    (r = platform_shopify_id_required(ctx, ctx->payload, "id", &key.identifier, err)) < 0)
		return r;
	if ((r = platform_shopify_stamp(ctx, ctx->payload, &stamp, err)) < 0 ||
	    (r = platform_shopify_person_find(ctx, &key, &found, err)) < 0 ||
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
	row = row_new(ctx->arena, E_Contact, ROW_PUT);
	row_int(row, Contact_ContactId, found.contact_id);
	row_bool(row, Contact_DeletionFlag, 1);
	row_time(row, Contact_SourceStamp, stamp);
	if ((r = platform_write_row(ctx, row, err)) < 0)
		return r;
	snprintf(ctx->reason, sizeof(ctx->reason), "Contact %lld marked as deleted.",
	    (long long)found.contact_id);
	return PLATFORM_DONE;
}
