/*
 * platform_magento_good - finds the good of a line, first by its SKU.
 *
 * The connector sends the product's Identifier, or the parent's for a configurable product, so it
 * decides only when there is no SKU. An unknown good is added: under that Identifier when it is
 * free and no other SKU of the body has it, else under "sku:<Sku>".
 */
#ifndef PLATFORM_MAGENTO_GOOD_H
#define PLATFORM_MAGENTO_GOOD_H

#include "store/db.h"

struct err;
struct magento_line;
struct platform_context;

/* PurchaseGoodId of the line, or SQL NULL when it names no good. 0 or a negative code. */
int platform_magento_good(struct platform_context *ctx, const struct magento_line *line,
    struct val *good, struct err *err);

#endif
