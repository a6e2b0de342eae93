#include "config.h"

#include <stdio.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "model/change/change.h"
#include "model/change/consent.h"
#include "platform/address.h"
#include "platform/contact.h"
#include "platform/label.h"
#include "platform/platform.h"
#include "platform/prestashop/prestashop.h"
#include "platform/write.h"

/* Rows of sql/tenant/0002-reference.sql. */
enum { CONTACT_TYPE_CUSTOMER = 1, CONTACT_TYPE_GUEST = 3 };

static int
ignored(struct platform_context *ctx, const char *why)
{
	snprintf(ctx->reason, sizeof ctx->reason, "%s", why);
	return PLATFORM_IGNORED;
}

static void
set_text(struct row *row, enum column c, struct json_object *o, const char *member)
{
	row_text(row, c, json_text(o, member));
}

/* A box that was never ticked is no withdrawal; one that is empty after a subscription is. */
static const struct consent *
consent_of(struct platform_context *ctx, struct json_object *o)
{
	struct consent *consent = arena_new(ctx->arena, struct consent, 1);
	const int was_in = read_date(&ctx->in, o, "", "newsletter_date_add") != USEC_NONE;

	*consent = *ctx->consent;
	consent->kind = json_flag(o, "newsletter") == 1 || was_in ? CONSENT_STATEMENT :
								    CONSENT_MENTION;
	consent->text = "PrestaShop customers: newsletter";
	return consent;
}

static int
put_contact(struct platform_context *ctx, const struct platform_contact *contact,
    const struct val *language, struct err *err)
{
	const struct prestashop_shop *shop = ctx->record;
	struct json_object *o = ctx->payload;
	struct row *row = platform_contact_row(ctx, contact, ROW_PUT);
	const usec_t since = read_date(&ctx->in, o, "", "date_add");
	const usec_t stamp = prestashop_stamp(ctx, o);
	struct json_object *group = NULL;
	const char *group_id = prestashop_id(o, "id_default_group");

	if (group_id != NULL && shop->groups != NULL)
		json_object_object_get_ex(shop->groups, group_id, &group);
	row_int(row, Contact_ContactTypeId,
	    json_flag(o, "is_guest") == 1 ? CONTACT_TYPE_GUEST : CONTACT_TYPE_CUSTOMER);
	set_text(row, Contact_FirstName, o, "firstname");
	set_text(row, Contact_LastName, o, "lastname");
	set_text(row, Contact_CompanyName, o, "company");
	row_value(row, Contact_BirthDate,
	    read_column(&ctx->in, Contact_BirthDate, "", "birthday", json_at(o, "birthday")));
	if (group != NULL)
		row_text(row, Contact_FreeField1, prestashop_text(ctx, group, "name"));
	if (language->kind != VAL_NULL)
		row_value(row, Contact_LanguageId, *language);
	if (since != USEC_NONE)
		row_time(row, Contact_AdvertiserCreationDate, since);
	row_bool(row, Contact_DeletionFlag, json_flag(o, "deleted") == 1);
	if (stamp != USEC_NONE)
		row_time(row, Contact_SourceStamp, stamp);
	return platform_put(ctx, row, err);
}

static int
put_mail(struct platform_context *ctx, const struct platform_contact *contact, struct err *err)
{
	struct json_object *o = ctx->payload;
	struct row *row = platform_address_of(ctx->arena, contact->row, ctx->message->brand_id,
	    ctx->message->address_type_id);
	const usec_t since = read_date(&ctx->in, o, "", "newsletter_date_add");
	const int newsletter = json_flag(o, "newsletter");

	set_text(row, Address_Email, o, "email");
	if (newsletter >= 0)
		row_bool(row, Address_EmailOptin, newsletter);
	if (newsletter == 1 && since != USEC_NONE)
		row_time(row, Address_EmailOptinDate, since);
	return platform_address_add(ctx, row, consent_of(ctx, o), err);
}

int
prestashop_customer(struct platform_context *ctx, struct err *err)
{
	const struct prestashop_shop *shop = ctx->record;
	struct json_object *o = ctx->payload;
	struct contact_key key = { .source_id = ctx->message->source_id,
		.identifier = prestashop_id(o, "id"), .email = json_text(o, "email") };
	struct platform_contact *contact;
	struct val language;
	int rc;

	if (!prestashop_begin(ctx))
		return PLATFORM_IGNORED;
	if (key.identifier == NULL)
		return err_set(err, ERR_PERMANENT, "The customer has no \"id\".");
	platform_label_language(ctx,
	    prestashop_side(shop->languages, prestashop_id(o, "id_lang"), "iso_code"), &language,
	    err);
	if ((rc = platform_contact(ctx, &key, &contact, err)) < 0 ||
	    (rc = known_wait(ctx->known, err)) < 0)
		return rc;
	if ((rc = platform_label_language(ctx,
		 prestashop_side(shop->languages, prestashop_id(o, "id_lang"), "iso_code"),
		 &language, err)) < 0 ||
	    (rc = put_contact(ctx, contact, &language, err)) < 0 ||
	    (rc = put_mail(ctx, contact, err)) < 0)
		return rc;
	if (contact->is.ended_at != USEC_NONE && json_flag(o, "deleted") != 1)
		change_end_identifier(ctx->change,
		    &(struct change_end){ .identifier = key.identifier,
			.source_id = key.source_id, .at = USEC_NONE });
	snprintf(ctx->reason, sizeof ctx->reason, "Customer %s.", key.identifier);
	return PLATFORM_DONE;
}

/* ------------------------------------------------------------------ address */

static int
put_address(struct platform_context *ctx, const struct platform_contact *contact,
    const struct val *country, struct err *err)
{
	struct json_object *o = ctx->payload;
	struct row *row = platform_address_of(ctx->arena, contact->row, ctx->message->brand_id,
	    ctx->message->address_type_id);

	set_text(row, Address_Address1, o, "address1");
	set_text(row, Address_Address2, o, "address2");
	set_text(row, Address_Address3, o, "company");
	set_text(row, Address_Address4, o, "other");
	set_text(row, Address_PostCode, o, "postcode");
	set_text(row, Address_City, o, "city");
	set_text(row, Address_HomePhoneNumber, o, "phone");
	set_text(row, Address_MobilePhoneNumber, o, "phone_mobile");
	if (country->kind != VAL_NULL) {
		row_value(row, Address_CountryId, *country);
		row_value(row, Address_HomePhoneCountryId, *country);
		row_value(row, Address_MobilePhoneCountryId, *country);
	}
	return platform_put(ctx, row, err);
}

int
prestashop_address(struct platform_context *ctx, struct err *err)
{
	const struct prestashop_shop *shop = ctx->record;
	struct json_object *o = ctx->payload;
	struct contact_key key = { .source_id = ctx->message->source_id,
		.identifier = prestashop_id(o, "id_customer") };
	const char *code = prestashop_side(
	    shop->countries, prestashop_id(o, "id_country"), "iso_code");
	struct platform_contact *contact;
	struct val country;
	int rc;

	if (!prestashop_begin(ctx))
		return PLATFORM_IGNORED;
	if (key.identifier == NULL)
		return ignored(ctx, "The address is no customer's.");
	if (json_flag(o, "deleted") == 1)
		return ignored(ctx, "The address is deleted; orders may still show it.");
	platform_label(ctx, "Country", code, &country, err);
	if ((rc = platform_contact(ctx, &key, &contact, err)) < 0 ||
	    (rc = known_wait(ctx->known, err)) < 0 ||
	    (rc = platform_label(ctx, "Country", code, &country, err)) < 0)
		return rc;
	if (country.kind == VAL_NULL)
		platform_label_unknown(ctx, "Country", "id_country", code != NULL ? code : "");
	return (rc = put_address(ctx, contact, &country, err)) < 0 ? rc : PLATFORM_DONE;
}
