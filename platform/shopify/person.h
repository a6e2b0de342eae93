/*
 * platform_shopify_person - a customer's object, in a body of its own or inside an order, on its
 * way to the contact and the addresses.
 */
#ifndef PLATFORM_SHOPIFY_PERSON_H
#define PLATFORM_SHOPIFY_PERSON_H

#include <stdint.h>

#include "lib/clock.h"
#include "model/row.h"

struct contact_key;
struct err;
struct json_object;
struct platform_context;

/* Rows of sql/tenant/0002-reference.sql. */
enum { CONTACT_TYPE_CUSTOMER = 1, CONTACT_TYPE_GUEST = 3 };

/* A customer's object on its way to the contact. */
struct platform_shopify_customer {
	int64_t contact_id;
	struct json_object *json;
	int type;
	const char *locale;
	usec_t stamp;			/* USEC_NONE: the contact's stays */
	usec_t consent_at;		/* of opt-ins without a date of their own */
	int revives;			/* a contact that is marked as deleted is so no more */
	int fills;	/* only what the contact has not: see platform_shopify_person_is_late() */
};

/* An identifier's contact, and since when its customer is gone from the shop: deleted, or merged
 * into another. */
struct platform_shopify_found {
	int64_t contact_id;
	usec_t ended_at;		/* USEC_NONE: it is not */
	int is_deleted;			/* the contact is marked so */
};

/* Finds or makes the contact. Returns an enum contact_found or a negative code. */
int platform_shopify_person_find(struct platform_context *ctx, const struct contact_key *key,
    struct platform_shopify_found *f, struct err *err);

/* 1 for what is told, as of a time before, of a customer who was merged into another: the other's
 * own data come first. */
int platform_shopify_person_is_late(const struct platform_shopify_found *f, usec_t stamp);

/* Writes the contact's own columns. 0 or a negative code. */
int platform_shopify_person_contact(
    struct platform_context *ctx, const struct platform_shopify_customer *c, struct err *err);

/* Writes the address of the message's type: e-mail, phones, opt-ins and, when the customer has one,
 * the default address. 0 or a negative code. */
int platform_shopify_person_main(
    struct platform_context *ctx, const struct platform_shopify_customer *c, struct err *err);

/* Gives the contact a mail address and a mobile phone where it has none in the address of the
 * message's type. 1 when it got one, 0 or a negative code. */
int platform_shopify_person_numbers(struct platform_context *ctx, int64_t contact_id,
    const char *email, const char *phone, struct err *err);

/* Sets the postal part and the phone of an address object in an Address. 0 or a negative code. */
int platform_shopify_person_address(
    struct platform_context *ctx, struct row *row, struct json_object *o, struct err *err);

#endif
