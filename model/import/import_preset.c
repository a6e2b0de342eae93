#include "config.h"

#include "model/import/import_preset.h"

#include <string.h>

#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/import/import_map.h"
#include "model/import/preset_maps_gen.h"

const struct import_preset import_presets[] = {
	{ "Magento2.Customer", "Customer_web_*.txt", map_Magento2_Customer, NULL,
	    "Customers of Magento 2, as the vendor's connector sends them every night: each "
	    "becomes a contact with its address, store and newsletter consent." },
	{ "Magento2.Order", "Order_web_*.txt", map_Magento2_Order, NULL,
	    "Orders of Magento 2, a row per line. They are the same purchases and lines as those "
	    "of the connector's webhooks." },
	{ "Magento2.Product", "Product_web_*.txt", map_Magento2_Product, NULL,
	    "Products of Magento 2, known by SKU, else by number." },
	{ "Magento2.ProductStore", "ProductStore_web_*.txt", map_Magento2_ProductStore, NULL,
	    "Products of Magento 2 per store. Stores and products that are missing are added; "
	    "names per store are not kept." },
	{ "Magento2.ProductCategory", "ProductCategory_web_*.txt", map_Magento2_ProductCategory, NULL,
	    "Categories of Magento 2." },
	{ "Magento1.Contact", "Contact-*.csv", map_Magento1_Contact, "i.tt......ei..d..d...",
	    "Customers of Magento 1. The newsletter flag 0 withdraws no consent, because the "
	    "exporter writes 0 for everybody." },
	{ "Magento1.PurchaseHeader", "PurchaseHeader-*.csv", map_Magento1_PurchaseHeader, "idi.tnnnt",
	    "Orders of Magento 1 without their lines." },
	{ "Magento1.PurchaseDetail", "PurchaseDetail-*.csv", map_Magento1_PurchaseDetail, "di..nnnn",
	    "Lines of the orders of Magento 1, known by SKU." },
	{ "Magento1.PurchaseGood", "PurchaseGood-*.csv", map_Magento1_PurchaseGood, "..l",
	    "Products of Magento 1, known by SKU. The last category of the list is the "
	    "product's." },
	{ "Magento1.PurchaseGoodCategory", "PurchaseGoodCategory-*.csv",
	    map_Magento1_PurchaseGoodCategory, "iit", "Categories of Magento 1." },
	{ .name = NULL },
};

const struct import_preset *
import_preset_find(const char *name)
{
	for (const struct import_preset *p = import_presets; p->name != NULL; p++)
		if (name != NULL && text_ieq(p->name, name))
			return p;
	return NULL;
}

int
import_preset_read(struct arena *a, const struct import_preset *preset, struct import_map *out,
    struct err *err)
{
	struct json_object *json = NULL;
	int rc = json_parse(preset->map, strlen(preset->map), &json, err);

	*out = (struct import_map){ .json = NULL };
	if (rc == 0)
		rc = import_map_read(a, "", json, out, err);
	json_object_put(json);
	return rc;
}
