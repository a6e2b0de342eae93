#include "config.h"

#include "model/platform.h"

#include <stddef.h>
#include <string.h>

#include "lib/text.h"
#include "model/platform_body.h"

const struct platform_kind platform_kinds[] = {
	{ "Shopify", "Customer", "Insert", .sample = SHOPIFY_CUSTOMER,
	    .doc =
		"Takes the topic customers/create. Writes the contact, its identifier in the "
		"Source and its address; a guest known by the same e-mail becomes this customer." },
	{ "Shopify", "Customer", "Update", .sample = SHOPIFY_CUSTOMER_CHANGED,
	    .doc =
		"Takes the topics customers/update, customers/enable, customers/disable, "
		"customers_email_marketing_consent/update and customers_marketing_consent/update. "
		"Writes the same as Insert; a notice of consent writes the opt-ins, and an address "
		"or "
		"number where there was none. Only such a notice, or the state \"unsubscribed\", "
		"takes "
		"an opt-in away." },
	{ "Shopify", "Customer", "Delete", .sample = SHOPIFY_CUSTOMER_GONE,
	    .doc =
		"Takes the topic customers/delete. Marks the contact as deleted, unless it is "
		"known by "
		"another customer's id or to another Source; its purchases stay in the turnover." },
	{ "Shopify", "Customer", "Merge", .sample = SHOPIFY_MERGE,
	    .doc = "Takes the topic customers/merge. When the merge succeeded, what is known of "
		   "the merged "
		   "customer (purchases, points, vouchers, cards, addresses, consents and all "
		   "else) becomes "
		   "the kept one's; what the kept one has wins. Both ids lead to the kept contact "
		   "from then "
		   "on. A merge that failed changes nothing." },
	{ "Shopify", "Product", "Insert", .sample = SHOPIFY_PRODUCT,
	    .doc = "Takes the topic products/create. Writes the product, its variants and its "
		   "category as goods." },
	{ "Shopify", "Product", "Update", .sample = SHOPIFY_PRODUCT_CHANGED,
	    .doc = "Takes the topic products/update. Writes the same as Insert; variants that are "
		   "gone are marked as deleted." },
	{ "Shopify", "Product", "Delete", .sample = SHOPIFY_PRODUCT_GONE,
	    .doc =
		"Takes the topic products/delete. Marks the product and its variants as deleted." },
	{ "Shopify", "Order", "Insert", .sample = SHOPIFY_ORDER,
	    .doc = "Takes the topic orders/create. Writes the purchase with its lines, discount "
		   "codes and contact, as it stands now: what the buyer keeps and owes after "
		   "edits, returns and refunds. Shipping, "
		   "tips, duties, fees and adjustments are lines of their own type. Test orders "
		   "are ignored unless the Source takes them." },
	{ "Shopify", "Order", "Update", .sample = SHOPIFY_ORDER_CHANGED,
	    .doc =
		"Takes the topics orders/updated, orders/paid, orders/cancelled, orders/fulfilled, "
		"orders/partially_fulfilled and orders/edited. Writes the same as Insert; lines "
		"that are gone, or that nobody keeps, are marked as deleted." },
	{ "Shopify", "Order", "Delete", .sample = SHOPIFY_ORDER_GONE,
	    .doc = "Takes the topic orders/delete. Marks the purchase, its lines and its vouchers "
		   "as deleted." },
	{ "Shopify", "Compliance", "DataRequest", .sample = SHOPIFY_DATA_REQUEST,
	    .doc = "Takes the topic customers/data_request, not from an open Source. Notes the "
		   "request (customerapi privacy list) and mails the tenant's admin how to export "
		   "the customer's data." },
	{ "Shopify", "Compliance", "Redact", .sample = SHOPIFY_REDACT,
	    .doc = "Takes the topic customers/redact, not from an open Source. Erases the "
		   "customer, of one whom another Source knows what this one brought: the process "
		   "Erase starts by itself. "
		   "A signed body that came as another topic first is refused, here and by all "
		   "that deletes or merges." },
	{ "Shopify", "Compliance", "ShopRedact", .sample = SHOPIFY_SHOP_REDACT,
	    .doc = "Takes the topic shop/redact, not from an open Source. Erases the persons of "
		   "the whole Source and the content of its messages: the process Erase starts by "
		   "itself." },
	{ "Adictiz", "CampaignParticipation", "Add", .sample = ADICTIZ_FORM,
	    .doc = "Takes the FormSubscribe event of Adictiz Box, as "
		   "AdictizCampaignParticipation/Add puts it into the queue. Writes the campaign, "
		   "the participation with all that its forms said, and the "
		   "contact with address and opt-ins. Several forms of one participant add up. A "
		   "box that "
		   "is not ticked takes no opt-in away." },
	{ "Magento", "Contact", "Insert", .sample = MAGENTO_CONTACT,
	    .doc = "Takes the Contact of the vendor's Sunflow connector for Magento 2. Writes the "
		   "contact, its identifiers, addresses, opt-ins and attached stores; a guest "
		   "known by the same e-mail becomes "
		   "this customer. Names of properties are taken in any case; those that are none "
		   "are named in the receipt, with what was meant perhaps. Here and in the other "
		   "bodies a SourceId that is not the delivery's needs the tenant's token, which "
		   "the connector sends." },
	{ "Magento", "Contact", "Update", .sample = MAGENTO_CONTACT_CHANGED,
	    .doc = "Takes and writes the same as Insert; what the body leaves out stays." },
	{ "Magento", "Contact", "Connection", .sample = MAGENTO_LOGIN,
	    .doc = "Takes the ContactConnexion of a login. Writes the contact's last login." },
	{ "Magento", "ContactConnexion", "Connection", .sample = MAGENTO_LOGIN,
	    .doc = "Takes and writes the same as Contact/Connection, under the model's own name." },
	{ "Magento", "Newsletter", "Update", .sample = MAGENTO_NEWSLETTER,
	    .doc = "Takes the Newsletter. Writes e-mail addresses and their opt-ins, and takes "
		   "opt-ins "
		   "away, which a Contact does not; a subscriber whom nobody knew becomes a "
		   "prospect." },
	{ "Magento", "Command", "Update", .sample = MAGENTO_COMMAND,
	    .doc = "Takes the Command, an order or a cart. Writes the purchase with its lines, "
		   "goods, store and "
		   "contact; lines that are gone are marked as deleted, and so are those that were "
		   "refunded, "
		   "cancelled or have no quantity. A line's amounts are stored net of its "
		   "discount; it is known "
		   "by its Identifier, its SKU and its number among those of the same, its good by "
		   "the SKU. Of "
		   "a purchase that is closed or cancelled the amounts are 0. A cart becomes the "
		   "order of the same key, "
		   "never the other way. The key is PurchaseIdentifier, CheckoutIdentifier, "
		   "StoreIdentifier and SourceId. PurchaseDate is no part of it, though the "
		   "connector counts it in: a cart's moves "
		   "with each change, and the order's is another; a shop that gives a number again "
		   "in the same store writes over what had it before." },
	{ "Magento", "StatusCommand", "Update", .sample = MAGENTO_STATUS,
	    .doc =
		"Takes the StatusCommand. Writes the purchase's status, payment and carrier; a "
		"status older than the one that is stored changes nothing. "
		"A label that nobody knows leaves the status as it is (see the actions Labels)." },
	{ "Standard", "*", "Insert",
	    .doc =
		"Takes one row of the entity, or a list of up to 1,000. Rows that are there are "
		"changed, others are added. A member that is null or \"\" clears its column, one "
		"that is left out keeps "
		"it. A row is named by its key or natural key, a Contact also by \"ExternalKey\": "
		"{\"Identifier\": \"42\", \"SourceId\": 1}; what it refers to by key or by an "
		"external key such as \"ContactExternalKey\". With a Source's own "
		"credential (signature, key, or none where it is open) only rows of that Source "
		"are written; the tenant's token reaches the others." },
	{ "Standard", "*", "Update",
	    .doc = "Takes and writes the same as Insert; a row of an entity without a natural key "
		   "must be there." },
	{ "Standard", "*", "Delete",
	    .doc = "Takes what names a row, or a list of up to 1,000. Marks the rows as deleted; "
		   "rows of entities without DeletionFlag are taken away." },
	{ .platform = NULL },
};

const struct platform_kind *
platform_kind_find(const char *platform, const char *entity, const char *action)
{
	for (const struct platform_kind *k = platform_kinds; k->platform != NULL; k++)
		if (text_ieq(k->platform, platform) && text_ieq(k->action, action) &&
		    (strcmp(k->entity, "*") == 0 || text_ieq(k->entity, entity)))
			return k;
	return NULL;
}
