#include "platform/shopify/shopify.h"

#include <stddef.h>

#include "platform/shopify/compliance.h"
#include "platform/shopify/customer.h"
#include "platform/shopify/merge.h"
#include "platform/shopify/order.h"
#include "platform/shopify/product.h"

/* .one_topic: a signature does not say for which topic it was made. */
const struct platform_row platform_shopify_rows[] = {
#define SHOPIFY_DATES(at) "  \"created_at\": \"2026-11-24T09:00:00+01:00\",\n" \
	"  \"updated_at\": \"" at "\""
#define SHOPIFY_CUSTOMER \
	"{\n  \"id\": 706405506930370084,\n  \"email\": \"ada@demo.example\",\n" \
	"  \"first_name\": \"Ada\",\n  \"last_name\": \"Lovelace\",\n" \
	SHOPIFY_DATES("2026-11-24T09:00:00+01:00") "\n}"
#define SHOPIFY_CUSTOMER_CHANGED \
	"{\n  \"id\": 706405506930370084,\n  \"email\": \"ada@demo.example\",\n" \
	"  \"first_name\": \"Ada\",\n  \"last_name\": \"King\",\n" \
	"  \"email_marketing_consent\": {\"state\": \"subscribed\", " \
	"\"consent_updated_at\": \"2026-11-24T09:00:00+01:00\"},\n" \
	"  \"default_address\": {\"address1\": \"1 rue de la Paix\", \"zip\": \"69001\", " \
	"\"city\": \"Lyon\", \"country_code\": \"FR\"},\n" \
	SHOPIFY_DATES("2026-11-24T09:00:00+01:00") "\n}"
#define SHOPIFY_CUSTOMER_GONE "{\n  \"id\": 706405506930370085\n}"
#define SHOPIFY_MERGE \
	"{\n  \"admin_graphql_api_customer_kept_id\": " \
	"\"gid://shopify/Customer/706405506930370086\",\n" \
	"  \"admin_graphql_api_customer_deleted_id\": " \
	"\"gid://shopify/Customer/706405506930370087\",\n" \
	"  \"admin_graphql_api_job_id\": null,\n  \"status\": \"success\",\n  \"errors\": []\n}"
#define SHOPIFY_PRODUCT_OF(more) \
	"{\n  \"id\": 788032119674292922,\n  \"title\": \"T-shirt\",\n" \
	"  \"vendor\": \"Acme\",\n  \"product_type\": \"Shirts\",\n  \"handle\": \"t-shirt\",\n" \
	SHOPIFY_DATES("2026-11-24T09:00:00+01:00") ",\n" \
	"  \"variants\": [\n    {\"id\": 642667041472713922, \"sku\": \"TS-M\", " \
	"\"title\": \"M\", \"price\": \"19.99\"}" more "\n  ]\n}"
#define SHOPIFY_PRODUCT SHOPIFY_PRODUCT_OF("")
#define SHOPIFY_PRODUCT_CHANGED \
	SHOPIFY_PRODUCT_OF(",\n    {\"id\": 642667041472713923, \"sku\": \"TS-L\", " \
	"\"title\": \"L\", \"price\": \"19.99\"}")
#define SHOPIFY_PRODUCT_GONE "{\n  \"id\": 788032119674292923\n}"
#define SHOPIFY_ORDER_OF(status, more) \
	"{\n  \"id\": 820982911946154508,\n  \"name\": \"#1001\",\n" \
	SHOPIFY_DATES("2026-11-24T09:00:00+01:00") ",\n" \
	"  \"currency\": \"EUR\",\n  \"financial_status\": \"" status "\",\n" \
	"  \"total_price\": \"24.98\",\n  \"total_tax\": \"4.16\",\n" \
	"  \"total_discounts\": \"0.00\",\n  \"taxes_included\": true,\n" \
	"  \"email\": \"ada@demo.example\",\n" \
	"  \"customer\": {\"id\": 706405506930370084, \"email\": \"ada@demo.example\", " \
	"\"first_name\": \"Ada\", \"last_name\": \"Lovelace\"},\n" \
	"  \"line_items\": [\n    {\"id\": 866550311766439020, " \
	"\"product_id\": 788032119674292922, \"variant_id\": 642667041472713922,\n" \
	"     \"sku\": \"TS-M\", \"title\": \"T-shirt\", \"quantity\": 1, \"price\": \"19.99\"}\n" \
	"  ],\n  \"shipping_lines\": [\n    {\"id\": 271878346596884015, " \
	"\"title\": \"Standard\", \"code\": \"standard\", \"price\": \"4.99\"}\n  ]" more "\n}"
#define SHOPIFY_ORDER SHOPIFY_ORDER_OF("pending", "")
#define SHOPIFY_ORDER_CHANGED \
	SHOPIFY_ORDER_OF("paid", ",\n  \"payment_gateway_names\": [\"bank transfer\"]")
#define SHOPIFY_ORDER_GONE "{\n  \"id\": 820982911946154509\n}"
#define SHOPIFY_PERSON \
	"{\n  \"shop_id\": 954889,\n  \"shop_domain\": \"demo.myshopify.com\",\n" \
	"  \"customer\": {\"id\": 706405506930370088, \"email\": \"grace@demo.example\", " \
	"\"phone\": \"+33 1 99 00 12 34\"},\n"
#define SHOPIFY_DATA_REQUEST \
	SHOPIFY_PERSON "  \"orders_requested\": [820982911946154510],\n" \
	"  \"data_request\": {\"id\": 9999}\n}"
#define SHOPIFY_REDACT SHOPIFY_PERSON "  \"orders_to_redact\": [820982911946154510]\n}"
#define SHOPIFY_SHOP_REDACT \
	"{\n  \"shop_id\": 954889,\n  \"shop_domain\": \"demo.myshopify.com\"\n}"
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
	    "Takes the topic customers/create. Writes the contact, its identifier in the Source "
	    "and its address; a guest known by the same e-mail becomes this customer.")
	PLATFORM_ROW("Shopify", "Customer", "Update", platform_shopify_customer_save,
	    SHOPIFY_CUSTOMER_CHANGED,
	    "Takes the topics customers/update, customers/enable, customers/disable, "
	    "customers_email_marketing_consent/update and customers_marketing_consent/update. "
	    "Writes the same as Insert; a notice of consent writes the opt-ins, and an address or "
	    "number where there was none. Only such a notice, or the state \"unsubscribed\", takes "
	    "an opt-in away.")
	PLATFORM_ROW("Shopify", "Customer", "Delete", platform_shopify_customer_delete,
	    SHOPIFY_CUSTOMER_GONE,
	    "Takes the topic customers/delete. Marks the contact as deleted, unless it is known by "
	    "another customer's id or to another Source; its purchases stay in the turnover.",
	    .one_topic = 1)
	PLATFORM_ROW("Shopify", "Customer", "Merge", platform_shopify_customer_merge,
	    SHOPIFY_MERGE,
	    "Takes the topic customers/merge. When the merge succeeded, what is known of the "
	    "merged customer (purchases, points, vouchers, cards, addresses, consents and all "
	    "else) becomes the kept one's; what the kept one has wins. Both ids lead to the kept "
	    "contact from then on. A merge that failed changes nothing.",
	    .one_topic = 1)
	PLATFORM_ROW("Shopify", "Product", "Insert", platform_shopify_product_save,
	    SHOPIFY_PRODUCT,
	    "Takes the topic products/create. Writes the product, its variants and its category as "
	    "goods.")
	PLATFORM_ROW("Shopify", "Product", "Update", platform_shopify_product_save,
	    SHOPIFY_PRODUCT_CHANGED,
	    "Takes the topic products/update. Writes the same as Insert; variants that are gone "
	    "are marked as deleted.")
	PLATFORM_ROW("Shopify", "Product", "Delete", platform_shopify_product_delete,
	    SHOPIFY_PRODUCT_GONE,
	    "Takes the topic products/delete. Marks the product and its variants as deleted.",
	    .one_topic = 1)
	PLATFORM_ROW("Shopify", "Order", "Insert", platform_shopify_order_save,
	    SHOPIFY_ORDER,
	    "Takes the topic orders/create. Writes the purchase with its lines, discount codes and "
	    "contact, as it stands now: what the buyer keeps and owes after edits, returns and "
	    "refunds. Shipping, tips, duties, fees and adjustments are lines of their own type. "
	    "Test orders are ignored unless the Source takes them.")
	PLATFORM_ROW("Shopify", "Order", "Update", platform_shopify_order_save,
	    SHOPIFY_ORDER_CHANGED,
	    "Takes the topics orders/updated, orders/paid, orders/cancelled, orders/fulfilled, "
	    "orders/partially_fulfilled and orders/edited. Writes the same as Insert; lines that "
	    "are gone, or that nobody keeps, are marked as deleted.")
	PLATFORM_ROW("Shopify", "Order", "Delete", platform_shopify_order_delete,
	    SHOPIFY_ORDER_GONE,
	    "Takes the topic orders/delete. Marks the purchase, its lines and its vouchers as "
	    "deleted.",
	    .one_topic = 1)
	PLATFORM_ROW("Shopify", "Compliance", "DataRequest",
	    platform_shopify_compliance_data_request, SHOPIFY_DATA_REQUEST,
	    "Takes the topic customers/data_request, not from an open Source. Notes the request "
	    "(customerapi privacy list) and mails the tenant's admin how to export the customer's "
	    "data.",
	    .one_topic = 1, .asks_only = 1)
	PLATFORM_ROW("Shopify", "Compliance", "Redact", platform_shopify_compliance_redact,
	    SHOPIFY_REDACT,
	    "Takes the topic customers/redact, not from an open Source. Erases the customer, of "
	    "one whom another Source knows what this one brought: the process Erase starts by "
	    "itself. A signed body that came as another topic first is refused, here and by all "
	    "that deletes or merges.",
	    .one_topic = 1, .asks_only = 1)
	PLATFORM_ROW("Shopify", "Compliance", "ShopRedact", platform_shopify_compliance_shop_redact,
	    SHOPIFY_SHOP_REDACT,
	    "Takes the topic shop/redact, not from an open Source. Erases the persons of the whole "
	    "Source and the content of its messages: the process Erase starts by itself.",
	    .one_topic = 1, .asks_only = 1)
	{ .platform = NULL },
};
