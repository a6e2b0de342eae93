/*
 * platform_sku - which stored good a SKU means.
 */
#ifndef PLATFORM_SKU_H
#define PLATFORM_SKU_H

#include <stdint.h>

struct err;
struct platform_context;
struct row;

/* The good of the Source that has the SKU, one that is not deleted first, then the oldest; NULL for
 * none. A good whose Identifier is the SKU counts only when it is a product or a gift card, because
 * shipping and its like are named so. good may be NULL: the question is asked ahead. 0 or a
 * negative code; ERR_ASKED as known_rows(). */
int platform_sku_good(struct platform_context *ctx, const char *sku, int16_t source_id,
    struct row **good, struct err *err);

#endif
