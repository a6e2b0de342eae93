/*
 * platform_shopify_customer - Customer x Insert, Update, Delete, and the customer inside an order.
 *
 * A customer becomes a Contact (ContactType Customer), the ContactIdentifier of its id, and one
 * Address of the message's brand and address type: default_address, e-mail, the address's phone as
 * home phone, the customer's own phone as mobile phone, and the opt-ins
 * (platform_shopify_consent.h).
 *
 * A contact may be several customers of the Source, by merges (platform_shopify_merge.h) or by an
 * admin's hand: it is marked as deleted when the last of them is, and no other Source knows it. An
 * identifier whose customer is gone has a row in api_identifier_end and still leads to the contact.
 * Late deliveries for it only fill what the contact lacks.
 */
#ifndef PLATFORM_SHOPIFY_CUSTOMER_H
#define PLATFORM_SHOPIFY_CUSTOMER_H

#include "lib/clock.h"

struct err;
struct json_object;
struct platform_context;
struct row;

/* The handlers (see platform.h). */
int platform_shopify_customer_save(struct platform_context *ctx, struct err *err);
int platform_shopify_customer_delete(struct platform_context *ctx, struct err *err);

/* The contact of an order: its customer, else a guest by e-mail. *contact is NULL when the order
 * has neither. Puts what the order knows of a customer of whom nothing newer is stored, and the
 * billing and delivery addresses as of placed_at. 0 or a negative code. */
int platform_shopify_customer_of_order(struct platform_context *ctx, struct json_object *order,
    usec_t placed_at, const struct row **contact, struct err *err);

/* Asks ahead what that asks. */
void platform_shopify_customer_ask(struct platform_context *ctx, struct json_object *order);

#endif
