/*
 * platform_magento_good - the good of a line, found by its SKU before anything else.
 *
 * The Identifier that the connector sends is the product's, of a configurable one the parent's: it
 * decides only where there is no SKU. A good that nobody told us of is added: under that Identifier
 * when it is free and no other SKU of the body has it, else under "sku:<Sku>".
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
