/*
 * platform_magento_command - Command Update (an order or a cart) and StatusCommand Update.
 *
 * A purchase is known by its ExternalKey: our PurchaseIdentifier is "<PurchaseIdentifier>", then
 * "/<CheckoutIdentifier>" unless that is "-" or none, then "@<StoreIdentifier>" where there is one;
 * PurchaseReference is the number alone. (The date is part of the vendor's key, but a cart's date
 * changes with each update, so it is not part of ours.) A cart (PurchaseTypeId ORDER_CART) becomes
 * the order of the same key; it never replaces one. The content that arrived last is stored. States
 * are ordered by PurchaseStatusDate: an older state, from either body, changes neither status nor
 * type. A StatusCommand that overtakes its Command is stored in a purchase that holds nothing else.
 * FreeFieldNumber1 is what was refunded or cancelled by quantities, which only the REST API tells
 * (rest/rest.h). FreeField2 is PurchaseStatus as sent; an unknown one (platform_label.h) does not
 * change PurchaseStatusId. Amounts: platform_magento_sum.h. A closed (wholly refunded) or cancelled
 * purchase is worth 0 and has no lines, because the connector's bodies say no more about credit
 * memos. Removed lines get the DeletionFlag. Goods: platform_magento_good.h.
 */
#ifndef PLATFORM_MAGENTO_COMMAND_H
#define PLATFORM_MAGENTO_COMMAND_H

struct err;
struct platform_context;

/* The handlers (see platform.h). */
int platform_magento_command_save(struct platform_context *ctx, struct err *err);
int platform_magento_command_status(struct platform_context *ctx, struct err *err);

#endif
