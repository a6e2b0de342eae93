/*
 * platform_shopify_person - a customer's object, in a body of its own or inside an order, on its
 * way to the contact and the addresses.
 */
#ifndef PLATFORM_SHOPIFY_PERSON_H
#define PLATFORM_SHOPIFY_PERSON_H

#include <stdint.h>

#include "lib/clock.h"
#include "model/row.h"

struct err;
struct json_object;
struct platform_contact;
struct platform_context;

/* Rows of sql/tenant/0002-reference.sql. */
enum { CONTACT_TYPE_CUSTOMER = 1, CONTACT_TYPE_GUEST = 3 };

/* A customer's object on its way to the contact. */
struct platform_shopify_customer {
	const struct platform_contact *contact;
	struct json_object *json;
	int type;
	const char *locale;
	usec_t stamp;			/* USEC_NONE: the contact's stays */
	usec_t consent_at;		/* of opt-ins without a date of their own */
	int revives;			/* a contact that is marked as deleted is so no more */
	int fills;	/* only what the contact has not: see platform_shopify_person_is_late() */
};

/* Since when the customer whom the key names is gone from the shop: deleted, or merged into
 * another. USEC_NONE: he is not. */
usec_t platform_shopify_person_ended_at(const struct platform_contact *contact);

/* 1 for what is told, as of a time before, of a customer who was merged into another: the other's
 * own data come first. */
int platform_shopify_person_is_late(const struct platform_contact *contact, usec_t stamp);

/* Puts the contact's own columns. 0 or a negative code. */
int platform_shopify_person_contact(
    struct platform_context *ctx, const struct platform_shopify_customer *c, struct err *err);

/* Puts the address of the message's type: e-mail, phones, opt-ins and, when the customer has one,
 * the default address. 0 or a negative code. */
int platform_shopify_person_main(
    struct platform_context *ctx, const struct platform_shopify_customer *c, struct err *err);

/* An Address of the message's brand and type. */
struct row *platform_shopify_person_row(
    struct platform_context *ctx, const struct platform_contact *contact);

/* Gives the contact a mail address and a mobile phone where it has none in the address of the
 * message's type. *row, if row is not NULL: the row that does it, NULL when there is nothing to
 * give. 0 or a negative code. */
int platform_shopify_person_numbers(struct platform_context *ctx,
    const struct platform_contact *contact, const char *email, const char *phone,
    struct row **row, struct err *err);

/* Asks ahead what platform_shopify_person_address() asks of an address object. */
void platform_shopify_person_ask(struct platform_context *ctx, struct json_object *o);

/* Sets the postal part and the phone of an address object in an Address. 0 or a negative code. */
int platform_shopify_person_address(
    struct platform_context *ctx, struct row *row, struct json_object *o, struct err *err);

#endif
