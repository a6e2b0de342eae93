/*
 * platform_magento_command - Command Update (an order or a cart) and StatusCommand Update.
 *
 * A purchase is known by its ExternalKey: our PurchaseIdentifier is "<PurchaseIdentifier>", then
 * "/<CheckoutIdentifier>" unless that is "-" or none, then "@<StoreIdentifier>" where there is one;
 * PurchaseReference is the number alone. (The date is part of the vendor's key, but a cart's
 * moves.) A cart (PurchaseTypeId ORDER_CART) becomes the order of the same key; it never replaces
 * one. The content that arrived last holds; states have their own order, by PurchaseStatusDate: an
 * older one changes neither status nor type, whoever brings it, and a StatusCommand that overtakes
 * its Command waits for it in a purchase that holds nothing else. FreeField2 is PurchaseStatus as
 * sent; one that nobody knows (platform_label.h) leaves PurchaseStatusId as it is. Amounts:
 * platform_magento_sum.h. A purchase that is closed (wholly refunded) or cancelled is worth 0 and
 * has no lines: the connector's bodies say no more of credit memos. Lines that are gone get the
 * DeletionFlag. Goods: platform_magento_good.h.
 */
#ifndef PLATFORM_MAGENTO_COMMAND_H
#define PLATFORM_MAGENTO_COMMAND_H

struct err;
struct platform_context;

/* The handlers (see platform.h). */
int platform_magento_command_save(struct platform_context *ctx, struct err *err);
int platform_magento_command_status(struct platform_context *ctx, struct err *err);

#endif
