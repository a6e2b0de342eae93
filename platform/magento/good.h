/*
 * platform_magento_good - finds the goods of lines, first by their SKUs, and adds what is missing.
 *
 * The connector sends the product's Identifier, or the parent's for a configurable product, so it
 * decides only when there is no SKU. An unknown good is added: under that Identifier when it is
 * free and no other SKU of the body has it, else under "sku:<Sku>".
 */
#ifndef PLATFORM_MAGENTO_GOOD_H
#define PLATFORM_MAGENTO_GOOD_H

struct err;
struct magento_lines;
struct platform_context;

/* Asks for the goods of all lines. 0 or a negative code. */
int platform_magento_goods_ask(
    struct platform_context *ctx, const struct magento_lines *lines, struct err *err);

/* Sets PurchaseGoodId of all lines (NULL when a line names no good), and adds new goods to the
 * change, each once. 0 or a negative code. */
int platform_magento_goods_set(
    struct platform_context *ctx, const struct magento_lines *lines, struct err *err);

#endif
