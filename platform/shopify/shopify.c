#include "platform/shopify/shopify.h"

#include <stddef.h>

#include "platform/shopify/compliance.h"
#include "platform/shopify/customer.h"
#include "platform/shopify/merge.h"
#include "platform/shopify/order.h"
#include "platform/shopify/product.h"

/* One topic: no signature says for which topic it was made. */
const struct platform_row platform_shopify_rows[] = {
	PLATFORM("Shopify", .id = "id", .id_header = "x-shopify-*-id", .stamp = "updated_at",
	    .stamp_header = "x-shopify-triggered-at",
	    .event_headers = { "x-shopify-event-id", "shopify-event-id" },
	    .headers = { "x-shopify-*", "shopify-*" }, .headers_not = { "*hmac*", "*token*" },
	    .deliveries = {
		{ .scheme = "shopify", .scope = "shopify", .header = "x-shopify-webhook-id",
		    .within = { "x-shopify-shop-domain", "x-shopify-topic" } },
		{ .scheme = "shopify", .scope = "shopify-events", .header = "shopify-webhook-id",
		    .within = { "shopify-shop-domain", "shopify-topic" } } })
	PLATFORM_ROW("Shopify", "Customer", "Insert", platform_shopify_customer_save,
	    SHOPIFY_CUSTOMER,
	    "Takes the topic customers/create. Writes the contact, its identifier in the Source and "
	    "its address; a guest known by the same e-mail becomes this customer.")
	PLATFORM_ROW("Shopify", "Customer", "Update", platform_shopify_customer_save,
	    SHOPIFY_CUSTOMER_CHANGED,
	    "Takes the topics customers/update, customers/enable, customers/disable, "
	    "customers_email_marketing_consent/update and customers_marketing_consent/update. Writes "
	    "the same as Insert; a notice of consent writes the opt-ins, and an address or number "
	    "where there was none. Only such a notice, or the state \"unsubscribed\", takes an "
	    "opt-in away.")
	PLATFORM_ROW("Shopify", "Customer", "Delete", platform_shopify_customer_delete,
	    SHOPIFY_CUSTOMER_GONE,
	    "Takes the topic customers/delete. Marks the contact as deleted, unless it is known by "
	    "another customer's id or to another Source; its purchases stay in the turnover.",
	    .one_topic = 1)
	PLATFORM_ROW("Shopify", "Customer", "Merge", platform_shopify_customer_merge,
	    SHOPIFY_MERGE,
	    "Takes the topic customers/merge. When the merge succeeded, what is known of the merged "
	    "customer (purchases, points, vouchers, cards, addresses, consents and all else) becomes "
	    "the kept one's; what the kept one has wins. Both ids lead to the kept contact from then "
	    "on. A merge that failed changes nothing.",
	    .one_topic = 1)
	PLATFORM_ROW("Shopify", "Product", "Insert", platform_shopify_product_save,
	    SHOPIFY_PRODUCT,
	    "Takes the topic products/create. Writes the product, its variants and its category as "
	    "goods.")
	PLATFORM_ROW("Shopify", "Product", "Update", platform_shopify_product_save,
	    SHOPIFY_PRODUCT_CHANGED,
	    "Takes the topic products/update. Writes the same as Insert; variants that are gone are "
	    "marked as deleted.")
	PLATFORM_ROW("Shopify", "Product", "Delete", platform_shopify_product_delete,
	    SHOPIFY_PRODUCT_GONE,
	    "Takes the topic products/delete. Marks the product and its variants as deleted.",
	    .one_topic = 1)
	PLATFORM_ROW("Shopify", "Order", "Insert", platform_shopify_order_save,
	    SHOPIFY_ORDER,
	    "Takes the topic orders/create. Writes the purchase with its lines, discount codes and "
	    "contact, as it stands now: what the buyer keeps and owes after edits, returns and "
	    "refunds. Shipping, tips, duties, fees and adjustments are lines of their own type. Test "
	    "orders are ignored unless the Source takes them.")
	PLATFORM_ROW("Shopify", "Order", "Update", platform_shopify_order_save,
	    SHOPIFY_ORDER_CHANGED,
	    "Takes the topics orders/updated, orders/paid, orders/cancelled, orders/fulfilled, "
	    "orders/partially_fulfilled and orders/edited. Writes the same as Insert; lines that are "
	    "gone, or that nobody keeps, are marked as deleted.")
	PLATFORM_ROW("Shopify", "Order", "Delete", platform_shopify_order_delete,
	    SHOPIFY_ORDER_GONE,
	    "Takes the topic orders/delete. Marks the purchase, its lines and its vouchers as "
	    "deleted.",
	    .one_topic = 1)
	PLATFORM_ROW("Shopify", "Compliance", "DataRequest", platform_shopify_compliance_data_request,
	    SHOPIFY_DATA_REQUEST,
	    "Takes the topic customers/data_request, not from an open Source. Notes the request "
	    "(customerapi privacy list) and mails the tenant's admin how to export the customer's "
	    "data.",
	    .one_topic = 1, .asks_only = 1)
	PLATFORM_ROW("Shopify", "Compliance", "Redact", platform_shopify_compliance_redact,
	    SHOPIFY_REDACT,
	    "Takes the topic customers/redact, not from an open Source. Erases the customer, of one "
	    "whom another Source knows what this one brought: the process Erase starts by itself. A "
	    "signed body that came as another topic first is refused, here and by all that deletes "
	    "or merges.",
	    .one_topic = 1, .asks_only = 1)
	PLATFORM_ROW("Shopify", "Compliance", "ShopRedact", platform_shopify_compliance_shop_redact,
	    SHOPIFY_SHOP_REDACT,
	    "Takes the topic shop/redact, not from an open Source. Erases the persons of the whole "
	    "Source and the content of its messages: the process Erase starts by itself.",
	    .one_topic = 1, .asks_only = 1)
	{ .platform = NULL },
};
