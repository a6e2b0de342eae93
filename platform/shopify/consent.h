/*
 * platform_shopify_consent - what Shopify's bodies say of opt-ins (model/change/consent.h).
 *
 * A topic of consent is a statement, and so is the state "unsubscribed" wherever it stands. Any
 * other state, accepts_marketing and buyer_accepts_marketing beside something else are mentions:
 * "not_subscribed" is the state of a customer who was never asked, and an unticked box is no
 * withdrawal. EmailAdvertiserCreationDate and MobilePhoneAdvertiserCreationDate hold since when the
 * channel's opt-in is as it is, as EmailOptinDate and MobilePhoneOptinDate do.
 */
#ifndef PLATFORM_SHOPIFY_CONSENT_H
#define PLATFORM_SHOPIFY_CONSENT_H

#include "model/change/consent.h"

struct err;
struct json_object;
struct platform_context;
struct row;

/* Sets the opt-ins that customer object o speaks of in an Address, and what they are. at: of a
 * consent without a date of its own. is_notice: o is the body of a topic of consent. */
void platform_shopify_consent_read(struct platform_context *ctx, struct row *row,
    struct json_object *o, usec_t at, int is_notice);

/* The same for the box of an order. */
void platform_shopify_consent_box(
    struct platform_context *ctx, struct row *row, struct json_object *order, usec_t at);

/* The number that a consent by SMS was given for, or NULL. */
const char *platform_shopify_consent_phone(struct json_object *o);

#endif
