#include "config.h"

#include "platform/shopify/customer.h"

#include <stdio.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/change/change.h"
#include "model/change/known.h"
#include "platform/address.h"
#include "platform/contact.h"
#include "platform/label.h"
#include "platform/platform.h"
#include "platform/shopify/common.h"
#include "platform/shopify/consent.h"
#include "platform/shopify/person.h"
#include "platform/write.h"

static const struct platform_shopify_kind customer_kind = {
	.what = "a customer",
	.any = (const char *const[]){ "first_name", "last_name", "email", "phone", NULL },
	.none = (const char *const[]){ "line_items", "variants", "order_id", "financial_status",
	    "customer", "order_edit", "customer_id", NULL },
	.own = (const char *const[]){ "default_address", "email_marketing_consent", NULL },
};

/* ------------------------------------------------------------------ consent alone */

/* Rows of a notice of consent. */
struct notice {
	const struct row *contact, *numbers, *optins;	/* numbers may be NULL */
};

static int
notice_written(struct platform_context *ctx, void *arg)
{
	const struct notice *n = arg;
	const int is_new = n->optins->fate != ENTITY_UNCHANGED ||
	    (n->numbers != NULL && n->numbers->fate != ENTITY_UNCHANGED);

	snprintf(ctx->reason, sizeof(ctx->reason), "Consent of contact %lld: %s.",
	    (long long)n->contact->key.i, is_new ? "written" : "nothing new");
	return PLATFORM_DONE;
}

static int
notice_put(struct platform_context *ctx, const struct platform_contact *contact, usec_t stamp,
    struct err *err)
{
	struct notice *n = arena_new(ctx->arena, struct notice, 1);
	struct row *numbers, *optins = platform_shopify_person_row(ctx, contact);
	int r = platform_shopify_person_numbers(ctx, contact, contact->key.email,
	    platform_shopify_consent_phone(ctx->payload), &numbers, err);

	if (r < 0)
		return r;
	platform_shopify_consent_read(ctx, optins, ctx->payload, stamp, 1);
	if ((r = platform_put(ctx, optins, err)) < 0)
		return r;
	*n = (struct notice){ contact->row, numbers, optins };
	ctx->conclude = notice_written;
	ctx->concluding = n;
	return PLATFORM_DONE;
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
	struct platform_contact *contact;
	usec_t stamp;
	int r;

	if ((r = platform_shopify_id_required(ctx, o,
		 read_has(&read_exact, o, "customer_id") ? "customer_id" : "id", &key.identifier,
		 err)) < 0 ||
	    (r = platform_shopify_stamp(ctx, o, &stamp, err)) < 0 ||
	    (r = platform_contact(ctx, &key, &contact, err)) < 0)
		return r;
	return notice_put(ctx, contact, stamp, err);
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

/* ------------------------------------------------------------------ the customer */

/* PLATFORM_SUPERSEDED when a newer state of the contact is stored, else PLATFORM_DONE. *stamp: as
 * it is beside the stored one. */
static int
customer_guard(struct platform_context *ctx, const struct platform_contact *contact, usec_t *stamp)
{
	if (platform_shopify_is_newest(ctx, ctx->payload, stamp, contact->is.stamp))
		return PLATFORM_DONE;
	snprintf(ctx->reason, sizeof(ctx->reason), "A newer state of contact %lld is stored.",
	    (long long)contact->is.contact_id);
	return PLATFORM_SUPERSEDED;
}

/* The customer is gone since at; USEC_NONE: he is back. */
static void
customer_end(struct platform_context *ctx, const struct platform_contact *contact, usec_t at)
{
	change_end_identifier(ctx->change,
	    &(struct change_end){ .identifier = contact->key.identifier,
		.source_id = contact->key.source_id,
		.contact = at == USEC_NONE ? NULL : contact->row,
		.at = at });
}

static int
customer_write(struct platform_context *ctx, const struct contact_key *key,
    struct platform_shopify_customer *c, struct err *err)
{
	struct platform_contact *contact;
	int r;

	if ((r = platform_contact(ctx, key, &contact, err)) < 0 ||
	    (r = known_wait(ctx->known, err)) < 0)
		return r;
	c->contact = contact;
	c->consent_at = c->stamp;
	if (platform_shopify_person_is_late(contact, c->stamp)) {
		c->fills = 1;
		c->revives = 0;
		c->stamp = USEC_NONE;
	} else if ((r = customer_guard(ctx, contact, &c->stamp)) != PLATFORM_DONE) {
		return r;
	} else if (platform_shopify_person_ended_at(contact) != USEC_NONE) {
		customer_end(ctx, contact, USEC_NONE);
	}
	if ((r = platform_shopify_person_contact(ctx, c, err)) < 0 ||
	    (r = platform_shopify_person_main(ctx, c, err)) < 0)
		return r;
	return c->fills ?
	    platform_shopify_say(ctx, "This customer was merged into contact ", contact->row,
		", which got the values that it lacked.") :
	    platform_shopify_say(ctx, "Contact ", contact->row, " written.");
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
	int r;

	if ((r = platform_shopify_topic_check(ctx, err)) < 0)
		return r;
	if (text_ieq(ctx->message->action, "Update") && customer_is_consent(ctx, o))
		return customer_consent(ctx, err);
	if ((r = platform_shopify_body_check(ctx->arena, o, &customer_kind, err)) < 0 ||
	    (r = platform_shopify_id_required(ctx, o, "id", &key.identifier, err)) < 0 ||
	    (r = platform_shopify_stamp(ctx, o, &c.stamp, err)) < 0)
		return r;
	platform_shopify_person_ask(ctx, json_at(o, "default_address"));
	return customer_write(ctx, &key, &c, err);
}

/* The contact stays while it is also another customer of the shop, or known to another Source; the
 * identifier still leads to it. */
static int
customer_stays(struct platform_context *ctx, const struct platform_contact *contact, usec_t stamp)
{
	if (platform_shopify_person_ended_at(contact) == USEC_NONE)
		customer_end(ctx, contact, stamp);
	return platform_shopify_say(ctx, "The customer is gone; contact ", contact->row,
	    " stays, as it is known by other identifiers.");
}

int
platform_shopify_customer_delete(struct platform_context *ctx, struct err *err)
{
	struct contact_key key = { .source_id = ctx->message->source_id };
	struct platform_contact *contact;
	struct row *row;
	usec_t stamp;
	int r;

	if ((r = platform_shopify_topic_check(ctx, err)) < 0 ||
	    (r = platform_shopify_deletion_check(ctx->payload, "a customer", err)) < 0 ||
	    (r = platform_shopify_id_required(ctx, ctx->payload, "id", &key.identifier, err)) < 0)
		return r;
	if ((r = platform_shopify_stamp(ctx, ctx->payload, &stamp, err)) < 0 ||
	    (r = platform_contact(ctx, &key, &contact, err)) < 0)
		return r;
	if (contact->is.living_others > 0)
		return customer_stays(ctx, contact, stamp);
	if ((r = customer_guard(ctx, contact, &stamp)) != PLATFORM_DONE)
		return r;
	if (platform_shopify_person_ended_at(contact) == USEC_NONE)
		customer_end(ctx, contact, stamp);
	row = platform_contact_row(ctx, contact, ROW_PUT);
	row_bool(row, Contact_DeletionFlag, 1);
	row_time(row, Contact_SourceStamp, stamp);
	if ((r = platform_put(ctx, row, err)) < 0)
		return r;
	return platform_shopify_say(ctx, "Contact ", contact->row, " marked as deleted.");
}
