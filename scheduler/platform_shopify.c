#include "scheduler/platform_shopify.h"

#include <stddef.h>

#include "scheduler/platform_shopify_customer.h"
#include "scheduler/platform_shopify_order.h"
#include "scheduler/platform_shopify_product.h"

#define ROW(entity_, action_, run_) { .platform = "Shopify", .entity = entity_, .action = action_, .run = run_ }

const struct platform_row platform_shopify_rows[] = {
	ROW("Customer", "Insert", platform_shopify_customer_save),
	ROW("Customer", "Update", platform_shopify_customer_save),
	ROW("Customer", "Delete", platform_shopify_customer_delete),
	ROW("Product", "Insert", platform_shopify_product_save),
	ROW("Product", "Update", platform_shopify_product_save),
	ROW("Product", "Delete", platform_shopify_product_delete),
	ROW("Order", "Insert", platform_shopify_order_save),
	ROW("Order", "Update", platform_shopify_order_save),
	ROW("Order", "Delete", platform_shopify_order_delete),
	{ .platform = NULL },
};
