/*
 * platform_body - the sample of each platform's rows: a small body that works on the demo tenant.
 * The people and shops in them are made up. What the Delete samples take away
 * is nothing that the others write, so that all of them can be sent again, in any order.
 */
#ifndef MODEL_PLATFORM_BODY_H
#define MODEL_PLATFORM_BODY_H

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

#define ADICTIZ_FORM \
	"{\n  \"timestamp\": 1539704351,\n  \"request_id\": \"5bc6061f4be94b5c8a0b2f91\",\n" \
	"  \"event_type\": \"FormSubscribe\",\n  \"data\": {\n" \
	"    \"user_id\": \"5bc60613\", \"operation_id\": \"5bc605e34be94bb251285bb7\", " \
	"\"operation_name\": \"Summer game\",\n" \
	"    \"civility\": \"Mme\", \"lastname\": \"Lovelace\", \"firstname\": \"Ada\", " \
	"\"email\": \"ada@demo.example\",\n" \
	"    \"zipCode\": \"69001\", \"city\": \"Lyon\", \"country\": \"FR\", " \
	"\"birthday\": \"1980-12-10\", \"newsletter\": \"1\", \"custom_1\": \"blue\"\n  }\n}"

#define MAGENTO_WHO "  \"Identifiers\": [{\"Identifier\": \"42\", \"SourceId\": 1}]"
#define MAGENTO_CONTACT_OF(name, more) \
	"{\n" MAGENTO_WHO ",\n  \"Civility\": \"Mme\",\n  \"FirstName\": \"Ada\",\n" \
	"  \"LastName\": \"" name "\",\n  \"BirthDate\": \"1980-12-10\",\n" \
	"  \"CreationDate\": \"2026-11-24 09:00:00\",\n" \
	"  \"Addresses\": [\n    {\"AddressTypeId\": 1, \"BrandId\": 1, " \
	"\"Email\": \"ada.magento@demo.example\", \"EmailOptin\": true,\n" \
	"     \"PostCode\": \"69001\", \"City\": \"Lyon\", \"CountryId\": \"FRA\"}\n  ]" more "\n}"
#define MAGENTO_CONTACT MAGENTO_CONTACT_OF("Lovelace", "")
#define MAGENTO_CONTACT_CHANGED \
	MAGENTO_CONTACT_OF("King", ",\n  \"AttachedStores\": [\n    {\"StoreExternalKey\": " \
	"{\"StoreIdentifier\": \"lyon\", \"SourceId\": 1}, " \
	"\"AttachedStoreTypeId\": \"MANUAL\"}\n  ]")
#define MAGENTO_LOGIN "{\n" MAGENTO_WHO "\n}"
#define MAGENTO_NEWSLETTER \
	"{\n" MAGENTO_WHO ",\n  \"CreationDate\": \"2026-11-24T09:00:00Z\",\n" \
	"  \"Addresses\": [\n    {\"AddressTypeId\": 1, \"BrandId\": 1, " \
	"\"Email\": \"ada.magento@demo.example\",\n" \
	"     \"EmailOptin\": true, \"EmailOptinDateUTC\": \"2026-11-24 09:00:00\"}\n  ]\n}"

#define MAGENTO_KEY \
	"  \"ExternalKey\": {\"PurchaseIdentifier\": \"100000012\", " \
	"\"CheckoutIdentifier\": \"-\", \"StoreIdentifier\": \"lyon\", \"SourceId\": 1}"
#define MAGENTO_COMMAND \
	"{\n" MAGENTO_KEY ",\n" \
	"  \"ContactExternalKey\": {\"Identifier\": \"42\", \"SourceId\": 1},\n" \
	"  \"StoreExternalKey\": {\"StoreIdentifier\": \"lyon\", \"SourceId\": 1},\n" \
	"  \"PurchaseTypeId\": \"ORDER_PAID\",\n  \"PurchaseStatus\": \"processing\",\n" \
	"  \"PurchaseDate\": \"2026-11-24T09:00:00Z\",\n" \
	"  \"PurchaseStatusDate\": \"2026-11-24T09:00:00Z\",\n" \
	"  \"PaymentMethod\": \"checkmo\",\n  \"CurrencyId\": \"EUR\",\n" \
	"  \"Amount\": \"45.30\",\n  \"DiscountAmount\": \"5.00\",\n  \"Details\": [\n" \
	"    {\"ExternalKey\": {\"Identifier\": \"9001\", \"SourceId\": 1},\n" \
	"     \"PurchaseGoodExternalKey\": {\"Sku\": \"SHIRT-M\", \"Identifier\": \"501\", " \
	"\"SourceId\": 1},\n     \"Quantity\": 2, \"Amount\": \"45.00\", " \
	"\"DiscountAmount\": \"5.00\"},\n" \
	"    {\"ExternalKey\": {\"Identifier\": \"9002\", \"SourceId\": 1},\n" \
	"     \"PurchaseGoodExternalMultiSourceKey\": {\"Sku\": \"shipping-fee\"},\n" \
	"     \"Quantity\": 1, \"Amount\": \"5.30\"}\n  ]\n}"
#define MAGENTO_STATUS \
	"{\n" MAGENTO_KEY ",\n  \"PurchaseStatus\": \"shipped\",\n" \
	"  \"PurchaseStatusDate\": \"2026-11-25T09:00:00Z\",\n" \
	"  \"CarrierName\": \"Colissimo\",\n  \"CarrierTrackerCode\": \"TRACK-1\"\n}"

#endif
