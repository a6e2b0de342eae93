/*
 * platform_contact - finds the contact that a body is about (model/change/contact_key.h), for the
 * mappings of all platforms. Adds a remark to the receipt when a mail address does not identify one
 * contact.
 */
#ifndef PLATFORM_CONTACT_H
#define PLATFORM_CONTACT_H

#include <stdint.h>

#include "model/change/known.h"
#include "model/row.h"

struct err;
struct platform_context;

/* Who a body is about, on its way into the change. */
struct platform_contact {
	struct contact_key key;
	struct known_contact is;
	struct row *row;	/* the contact, for others to refer to; NULL: nobody (CONTACT_NONE).
				 * When it is new, the row of the change that adds it */
};

/* Asks who the key means and adds what is missing to the change: the contact, in the message's
 * zone, and its identifier. The same key gives the same *out. 0 or a negative code; ERR_ASKED as
 * known_contact(). */
int platform_contact(struct platform_context *ctx, const struct contact_key *key,
    struct platform_contact **out, struct err *err);

/* 1 when the change adds the contact. */
int platform_contact_is_new(const struct platform_contact *c);

/* A row for what is said of the contact's own columns, by the rule: that which adds it, or one that
 * changes it. platform_put() then adds it to the change. With ROW_FILL a contact that is new gets
 * what the row that adds it does not say. */
struct row *platform_contact_row(
    struct platform_context *ctx, const struct platform_contact *c, enum row_rule rule);

/* For platform_put(): 1 when the row fills a contact that is new, and is done with. */
int platform_contact_filled(const struct platform_context *ctx, const struct row *row);

/* Gives the contact of the row one more identifier, that of the key, which nobody has. */
void platform_contact_identify(struct platform_context *ctx, const struct contact_key *key,
    const struct row *contact);

/* Notes that several contacts of the Source have the body's address. */
void platform_contact_several(struct platform_context *ctx);

#endif
