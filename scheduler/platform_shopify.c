#include "scheduler/platform_shopify.h"

#include <stddef.h>

#include "scheduler/platform_shopify_customer.h"
#include "scheduler/platform_shopify_order.h"
#include "scheduler/platform_shopify_product.h"

#define ROW(entity_, action_, run_, doc_) { .platform = "Shopify", .entity = entity_, .action = action_, .run = run_, .doc = doc_ }

const struct platform_row platform_shopify_rows[] = {
	ROW("Customer", "Insert", platform_shopify_customer_save,
	    "Takes the topic customers/create. Writes the contact, its identifier in the Source and its address; a guest known by the same e-mail becomes this customer."),
	ROW("Customer", "Update", platform_shopify_customer_save,
	    "Takes the topics customers/update, customers/enable, customers/disable, customers_email_marketing_consent/update and customers_marketing_consent/update. "
	    "Writes the same as Insert; a notice of consent writes the opt-ins only."),
	ROW("Customer", "Delete", platform_shopify_customer_delete, "Takes the topic customers/delete. Marks the contact as deleted."),
	ROW("Product", "Insert", platform_shopify_product_save,
	    "Takes the topic products/create. Writes the product, its variants and its category as goods."),
	ROW("Product", "Update", platform_shopify_product_save,
	    "Takes the topic products/update. Writes the same as Insert; variants that are gone are marked as deleted."),
	ROW("Product", "Delete", platform_shopify_product_delete, "Takes the topic products/delete. Marks the product and its variants as deleted."),
	ROW("Order", "Insert", platform_shopify_order_save,
	    "Takes the topic orders/create. Writes the purchase with its lines, shipping, discount codes and contact. Test orders are ignored unless the Source takes them."),
	ROW("Order", "Update", platform_shopify_order_save,
	    "Takes the topics orders/updated, orders/paid, orders/cancelled, orders/fulfilled, orders/partially_fulfilled and orders/edited. Writes the same as Insert; lines "
	    "that are gone are marked as deleted."),
	ROW("Order", "Delete", platform_shopify_order_delete, "Takes the topic orders/delete. Marks the purchase, its lines and its vouchers as deleted."),
	{ .platform = NULL },
};
