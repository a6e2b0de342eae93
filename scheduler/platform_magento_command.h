/*
 * platform_magento_command - Command Update (an order or a cart) and StatusCommand Update.
 *
 * A purchase is known by its ExternalKey: our PurchaseIdentifier is "<PurchaseIdentifier>", then "/<CheckoutIdentifier>" unless that is "-" or none, then "@<StoreIdentifier>" where there
 * is one; PurchaseReference is the number alone. (The date is part of the vendor's key, but a cart's moves.) A cart (PurchaseTypeId ORDER_CART) becomes the order of the same key; it never
 * replaces one. The content that arrived last holds; states have their own order, by PurchaseStatusDate: an older one changes neither status nor type, whoever brings it, and a
 * StatusCommand that overtakes its Command waits for it in a purchase that holds nothing else. FreeField2 is PurchaseStatus as sent; one that neither the tenant's table nor Magento
 * knows gives no PurchaseStatusId. Discounts are stored without Magento's minus. Lines that are gone get the DeletionFlag. Goods nobody told us of are added under their SKU;
 * PurchaseGoodExternalMultiSourceKey finds a good of any Source.
 */
#ifndef SCHEDULER_PLATFORM_MAGENTO_COMMAND_H
#define SCHEDULER_PLATFORM_MAGENTO_COMMAND_H

struct err;
struct platform_context;

/* The handlers (see platform.h). */
int platform_magento_command_save(struct platform_context *ctx, struct err *err);
int platform_magento_command_status(struct platform_context *ctx, struct err *err);

#endif
