/*
 * platform_address - makes and writes an Address with its opt-ins (model/change/consent.h).
 *
 * AddressOptinDate, EmailOptinDate, HomePhoneOptinDate and MobilePhoneOptinDate say since when the
 * channel's opt-in has its value.
 */
#ifndef PLATFORM_ADDRESS_H
#define PLATFORM_ADDRESS_H

#include <stdint.h>

#include "platform/write.h"

struct arena;
struct consent;
struct err;
struct platform_context;

/* An Address of a contact, brand and address type, not deleted, in the arena. */
struct row *platform_address_new(
    struct arena *a, int64_t contact_id, int32_t brand_id, int16_t type_id);

/* The same of a contact that is in the change. */
struct row *platform_address_of(
    struct arena *a, const struct row *contact, int32_t brand_id, int16_t type_id);

/* Adds a row of platform_address_of() to the change: opt-ins that are null are not said. consent:
 * what its opt-ins are; NULL = ctx->consent. 0 or a negative code. */
int platform_address_add(struct platform_context *ctx, struct row *row,
    const struct consent *consent, struct err *err);

/* At once, is going: writes a row of platform_address_new(). consent: what its opt-ins are; NULL =
 * as consent_of() has it. Returns its enum entity_fate or a negative code. */
int platform_address_put(struct platform_context *ctx, struct row *row,
    const struct consent *consent, struct err *err);

#endif
