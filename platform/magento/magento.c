#include "config.h"

#include "platform/magento/magento.h"

#include <stddef.h>

#include "platform/magento/command.h"
#include "platform/magento/contact.h"

const struct platform_row platform_magento_rows[] = {
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
	PLATFORM("Magento", .headers = { "x-adobe-*event*" }, .headers_not = { "*signature*" })
	PLATFORM_ROW("Magento", "Contact", "Insert", platform_magento_contact_save,
	    MAGENTO_CONTACT,
	    "Takes the Contact of the vendor's Sunflow connector for Magento 2. Writes the "
	    "contact, its identifiers, addresses, opt-ins and attached stores; a guest known by "
	    "the same e-mail becomes this customer. Names of properties are taken in any case; "
	    "those that are none are named in the receipt, with what was meant perhaps. Here and "
	    "in the other bodies a SourceId that is not the delivery's needs the tenant's token, "
	    "which the connector sends.")
	PLATFORM_ROW("Magento", "Contact", "Update", platform_magento_contact_save,
	    MAGENTO_CONTACT_CHANGED,
	    "Takes and writes the same as Insert; what the body leaves out stays.")
	PLATFORM_ROW("Magento", "Contact", "Connection", platform_magento_contact_connection,
	    MAGENTO_LOGIN,
	    "Takes the ContactConnexion of a login. Writes the contact's last login.")
	PLATFORM_ROW("Magento", "ContactConnexion", "Connection",
	    platform_magento_contact_connection, MAGENTO_LOGIN,
	    "Takes and writes the same as Contact/Connection, under the model's own name.")
	PLATFORM_ROW("Magento", "Newsletter", "Update", platform_magento_contact_newsletter,
	    MAGENTO_NEWSLETTER,
	    "Takes the Newsletter. Writes e-mail addresses and their opt-ins, and takes opt-ins "
	    "away, which a Contact does not; a subscriber whom nobody knew becomes a prospect.")
	PLATFORM_ROW("Magento", "Command", "Update", platform_magento_command_save,
	    MAGENTO_COMMAND,
	    "Takes the Command, an order or a cart. Writes the purchase with its lines, goods, "
	    "store and contact; lines that are gone are marked as deleted, and so are those that "
	    "were refunded, cancelled or have no quantity. A line's amounts are stored net of its "
	    "discount; it is known by its Identifier, its SKU and its number among those of the "
	    "same, its good by the SKU. Of a purchase that is closed or cancelled the amounts are "
	    "0. A cart becomes the order of the same key, never the other way. The key is "
	    "PurchaseIdentifier, CheckoutIdentifier, StoreIdentifier and SourceId. PurchaseDate is "
	    "no part of it, though the connector counts it in: a cart's moves with each change, "
	    "and the order's is another; a shop that gives a number again in the same store writes "
	    "over what had it before.")
	PLATFORM_ROW("Magento", "StatusCommand", "Update", platform_magento_command_status,
	    MAGENTO_STATUS,
	    "Takes the StatusCommand. Writes the purchase's status, payment and carrier; a status "
	    "older than the one that is stored changes nothing. A label that nobody knows leaves "
	    "the status as it is (see the actions Labels).")
	{ .platform = NULL },
};
