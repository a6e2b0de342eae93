/*
 * platform_shopify_charge - what an order charges beside its goods: shipping, tips, duties,
 * additional fees, each a line of its own type with a good named by its kind. And gift wrapping,
 * where it is a line without product.
 */
#ifndef PLATFORM_SHOPIFY_CHARGE_H
#define PLATFORM_SHOPIFY_CHARGE_H

#include "platform/shopify/line.h"

enum { PLATFORM_SHOPIFY_CHARGES = 5 }; /* shipping, tip, duties, fees, adjustment */

/* Adds the line that a kind of charge has: its id, SKU and good follow from the type; title (may be
 * NULL) is shown instead of the good's name. The caller fills in what it is worth. */
struct platform_shopify_line *platform_shopify_charge_add(struct platform_context *ctx,
    struct platform_shopify_lines *lines, const char *order_id, enum platform_shopify_type type,
    const char *title);

/* Gives a line item that is a tip, a gift card, or gift wrapping without variant, that type. */
void platform_shopify_charge_know(struct json_object *item, struct platform_shopify_line *line);

/* Adds shipping: all shipping lines as one. 0 or ERR_PERMANENT. */
int platform_shopify_charge_shipping(struct platform_context *ctx, struct json_object *order,
    const char *order_id, struct platform_shopify_refunds *refunds,
    struct platform_shopify_lines *lines, struct err *err);

/* Adds duties, fees and tips that no line has yet, unless the lines add up to the order's total
 * without them: prices can include duties. 0 or ERR_PERMANENT. */
int platform_shopify_charge_others(struct platform_context *ctx, struct json_object *order,
    const char *order_id, const struct platform_shopify_refunds *refunds,
    struct platform_shopify_lines *lines, struct err *err);

#endif
