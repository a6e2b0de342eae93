#include "config.h"

#include "platform/magento/member.h"

#include <stddef.h>

#include "lib/arena.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "lib/text_near.h"
#include "platform/platform.h"

enum { MEMBERS_MAX = 24 };

/* of: what an object, or each element of a list, has. */
struct magento_member {
	const char *name;
	const struct magento_model *of;
};

struct magento_model {
	const char *name;
	struct magento_member members[MEMBERS_MAX + 1];		/* ends with name NULL */
};

static const struct magento_model identifier = { "ContactIdentifier",
	{ { "Identifier", NULL }, { "SourceId", NULL } } };

static const struct magento_model store_key = { "StoreExternalKey",
	{ { "StoreIdentifier", NULL }, { "SourceId", NULL } } };

static const struct magento_model attached_store = { "ContactAttachedStores",
	{ { "StoreExternalKey", &store_key }, { "AttachedStoreTypeId", NULL } } };

static const struct magento_model address = { "ContactAddress",
	{ { "Address1", NULL }, { "Address2", NULL }, { "Address3", NULL }, { "Address4", NULL },
	    { "PostCode", NULL }, { "City", NULL }, { "State", NULL }, { "CountryId", NULL },
	    { "PostalOptin", NULL },
	    { "PostalOptinDateUTC", NULL }, { "Email", NULL }, { "EmailOptin", NULL },
	    { "EmailOptinDateUTC", NULL }, { "EmailAdvertiserCreationDateUTC", NULL },
	    { "MobilePhone", NULL }, { "MobilePhoneCountryId", NULL }, { "MobilePhoneOptin", NULL },
	    { "MobilePhoneOptinDateUTC", NULL }, { "MobilePhoneAdvertiserCreationDateUTC", NULL },
	    { "AddressTypeId", NULL }, { "BrandId", NULL } } };

#define PERSON { "Identifiers", &identifier }, { "Addresses", &address }, \
	{ "AttachedStores", &attached_store }

const struct magento_model magento_contact = { "Contact",
	{ PERSON, { "Civility", NULL }, { "FirstName", NULL }, { "LastName", NULL },
	    { "CompanyName", NULL }, { "DefaultGroup", NULL }, { "BirthDate", NULL },
	    { "CreationDate", NULL },
	    { "AdvertiserCreationDateUTC", NULL }, { "ZoneId", NULL } } };

const struct magento_model magento_connexion = { "ContactConnexion", { PERSON } };

const struct magento_model magento_newsletter = { "Newsletter",
	{ PERSON, { "ZoneId", NULL }, { "CreationDate", NULL } } };

static const struct magento_model purchase_key_model = { "ExternalKey",
	{ { "PurchaseIdentifier", NULL }, { "CheckoutIdentifier", NULL },
	    { "StoreIdentifier", NULL }, { "PurchaseDate", NULL }, { "SourceId", NULL } } };

static const struct magento_model good = { "PurchaseGoodExternalKey",
	{ { "Sku", NULL }, { "Identifier", NULL }, { "SourceId", NULL }, { "Ean13", NULL },
	    { "Reference", NULL } } };

static const struct magento_model good_of_any = { "PurchaseGoodExternalMultiSourceKey",
	{ { "Sku", NULL }, { "Identifier", NULL }, { "Ean13", NULL }, { "Reference", NULL } } };

static const struct magento_model detail = { "CommandDetailItem",
	{ { "ExternalKey", &identifier }, { "PurchaseGoodExternalKey", &good },
	    { "PurchaseGoodExternalMultiSourceKey", &good_of_any }, { "CarrierTrackerCode", NULL },
	    { "CarrierName", NULL }, { "PurchaseStatus", NULL }, { "PurchaseStatusDate", NULL },
	    { "Amount", NULL }, { "TaxFreeAmount", NULL }, { "DiscountAmount", NULL },
	    { "Quantity", NULL } } };

#define STATUS { "ExternalKey", &purchase_key_model }, { "PurchaseStatusDate", NULL }, \
	{ "PurchaseStatus", NULL }, { "PaymentMethod", NULL }, { "BackofficeUri", NULL }, \
	{ "CarrierUri", NULL }, { "CarrierName", NULL }, { "CarrierTrackerCode", NULL }

const struct magento_model magento_command = { "Command",
	{ STATUS, { "ContactExternalKey", &identifier }, { "StoreExternalKey", &store_key },
	    { "PurchaseDate", NULL }, { "CurrencyId", NULL }, { "Amount", NULL },
	    { "TaxFreeAmount", NULL }, { "DiscountAmount", NULL }, { "PurchaseTypeId", NULL },
	    { "DefaultPurchaseTypeId", NULL }, { "DefaultPurchaseDate", NULL },
	    { "DetailsAreNet", NULL }, { "BrandId", NULL }, { "Details", &detail } } };

const struct magento_model magento_status_command = { "StatusCommand", { STATUS } };

/* ------------------------------------------------------------------ comparing */

static const struct magento_member *
member_find(const struct magento_model *model, const char *name)
{
	for (const struct magento_member *m = model->members; m->name != NULL; m++)
		if (text_ieq(m->name, name))
			return m;
	return NULL;
}

/* People who may not see personal data can read the sentence, so it repeats only texts that look
 * like names. When the remarks are full, the member is only counted, without looking for what was
 * meant. */
static void
say_unknown(struct platform_context *ctx, const struct magento_model *model, const char *prefix,
    const char *name)
{
	const char *names[MEMBERS_MAX + 1] = { NULL }, *near;
	const char *shown = text_is_name(name) ? name : "A member";

	if (ctx->in.remarks.n >= REMARKS_MAX) {
		ctx->in.remarks.n++;
		return;
	}
	for (size_t i = 0; model->members[i].name != NULL; i++)
		names[i] = model->members[i].name;
	if ((near = text_nearest(name, names)) != NULL)
		platform_remark(ctx, "%s%s left out: it is no property of %s; did you mean %s?",
		    prefix, shown, model->name, near);
	else
		platform_remark(ctx, "%s%s left out: it is no property of %s.", prefix, shown,
		    model->name);
}

/* The models are not deep: three levels. */
static void
look_at(struct platform_context *ctx, const struct magento_model *model, const char *prefix,
    struct json_object *o)
{
	if (json_object_is_type(o, json_type_array))
		for (size_t i = 0; i < json_count(o); i++)
			look_at(ctx, model, prefix, json_object_array_get_idx(o, i));
	if (!json_object_is_type(o, json_type_object))
		return;
	json_object_object_foreach(o, name, value) {
		const struct magento_member *m = member_find(model, name);

		if (m == NULL)
			say_unknown(ctx, model, prefix, name);
		else if (m->of != NULL && value != NULL)
			look_at(ctx, m->of, arena_printf(ctx->arena, "%s%s%s.", prefix, m->name,
			    json_object_is_type(value, json_type_array) ? "[]" : ""), value);
	}
}

void
platform_magento_members(struct platform_context *ctx, const struct magento_model *model)
{
	look_at(ctx, model, "", ctx->payload);
}
