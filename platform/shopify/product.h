/*
 * platform_shopify_product - Product x Insert, Update, Delete.
 *
 * A product becomes one PurchaseGood with Identifier "product:<id>" (for order lines that know no
 * variant) and one for each variant with Identifier
 * "<variant id>"; all have the product's id as Reference. Variants that are gone get the
 * DeletionFlag. product_type becomes a PurchaseGoodCategory.
 */
#ifndef PLATFORM_SHOPIFY_PRODUCT_H
#define PLATFORM_SHOPIFY_PRODUCT_H

struct err;
struct platform_context;

/* The handlers (see platform.h). */
int platform_shopify_product_save(struct platform_context *ctx, struct err *err);
int platform_shopify_product_delete(struct platform_context *ctx, struct err *err);

#endif
