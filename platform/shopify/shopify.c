#include "platform/shopify/shopify.h"

#include <stddef.h>

#include "platform/shopify/compliance.h"
#include "platform/shopify/customer.h"
#include "platform/shopify/merge.h"
#include "platform/shopify/order.h"
#include "platform/shopify/product.h"

#define ROW(entity_, action_, run_) { .platform = "Shopify", .entity = entity_, .action = action_, .run = run_ }

/* No signature says for which topic it was made. */
#define ENDS(entity_, action_, run_) { .platform = "Shopify", .entity = entity_, .action = action_, .run = run_, .one_topic = 1 }

#define ASK(action_, run_) { .platform = "Shopify", .entity = "Compliance", .action = action_, .run = run_, .one_topic = 1, .asks_only = 1 }

const struct platform_row platform_shopify_rows[] = {
	ROW("Customer", "Insert", platform_shopify_customer_save),
	ROW("Customer", "Update", platform_shopify_customer_save),
	ENDS("Customer", "Delete", platform_shopify_customer_delete),
	ENDS("Customer", "Merge", platform_shopify_customer_merge),
	ROW("Product", "Insert", platform_shopify_product_save),
	ROW("Product", "Update", platform_shopify_product_save),
	ENDS("Product", "Delete", platform_shopify_product_delete),
	ROW("Order", "Insert", platform_shopify_order_save),
	ROW("Order", "Update", platform_shopify_order_save),
	ENDS("Order", "Delete", platform_shopify_order_delete),
	ASK("DataRequest", platform_shopify_compliance_data_request),
	ASK("Redact", platform_shopify_compliance_redact),
	ASK("ShopRedact", platform_shopify_compliance_shop_redact),
	{ .platform = NULL },
};
