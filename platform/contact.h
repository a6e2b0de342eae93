/*
 * platform_contact - finds the contact that a body is about (store/contact.h), for the handlers of
 * all platforms. Adds a remark to the receipt when a mail address does not identify one contact.
 */
#ifndef PLATFORM_CONTACT_H
#define PLATFORM_CONTACT_H

#include <stdint.h>

#include "store/contact.h"

struct err;
struct platform_context;

/* contact_resolve() with what the message says. Returns an enum contact_found, CREATED for
 * CREATED_BESIDE, or a negative code. */
int platform_contact_resolve(struct platform_context *ctx, const struct contact_key *key,
    int64_t *contact_id, struct err *err);

/* Notes that several contacts of the Source have the body's address. */
void platform_contact_several(struct platform_context *ctx);

#endif
