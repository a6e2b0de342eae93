/*
 * platform_owner - checks whether a delivery may write a row. For bodies that name rows by key or
 * by SourceId; handlers that write only rows of the message's own Source (Shopify, Adictiz) do not
 * need it. platform_message.reach says what a delivery may write; model/entity_owner.h says whose a
 * row is.
 */
#ifndef PLATFORM_OWNER_H
#define PLATFORM_OWNER_H

#include <stddef.h>
#include <stdint.h>

#include "model/entity.h"
#include "model/val.h"

struct err;
struct platform_context;

/* 1 when the delivery may write rows of its own Source only, with or without rows that all Sources
 * share. */
int platform_owner_limited(const struct platform_context *ctx);

/* Notes a fault when the delivery may not write rows of the entity at all. */
void platform_owner_entity(struct platform_context *ctx, const struct entity *e);

/* Notes a fault when the delivery may not write rows of this Source (0 = of none). 1 when it may.
 */
int platform_owner_source(
    struct platform_context *ctx, const char *prefix, const char *name, int64_t source_id);

/* A row that an item names. */
struct platform_owner_row {
	const char *prefix, *field;
	struct val key;
	int refused;			/* out: a fault was noted */
};

/* Notes a fault for each row of the entity that does not belong to the delivery's Source.
 * platform_owner_entity() checks rows of no Source. 0, or a failure of the database. */
int platform_owner_rows(struct platform_context *ctx, const struct entity *e,
    struct platform_owner_row *rows, size_t n, struct err *err);

#endif
