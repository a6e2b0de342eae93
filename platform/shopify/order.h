/*
 * platform_shopify_order - Order x Insert, Update, Delete.
 *
 * An order becomes a PurchaseHeader (PurchaseIdentifier = id), its lines and its shipping (see
 * platform_shopify_line.h) PurchaseDetails, each of its discount codes a Voucher "<order
 * id>/<code>". Amounts are those of the order as placed, in the shop's currency; where the buyer
 * paid in another one, FreeField1 holds that currency and FreeFieldNumber1 the total in it. Lines
 * and codes that are gone get the DeletionFlag. Unknown goods are added under the line's name.
 */
#ifndef PLATFORM_SHOPIFY_ORDER_H
#define PLATFORM_SHOPIFY_ORDER_H

struct err;
struct platform_context;

/* The handlers (see platform.h). */
int platform_shopify_order_save(struct platform_context *ctx, struct err *err);
int platform_shopify_order_delete(struct platform_context *ctx, struct err *err);

#endif
