#include "config.h"

#include "platform/shopify/person.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "platform/address.h"
#include "platform/contact.h"
#include "platform/label.h"
#include "platform/platform.h"
#include "platform/shopify/common.h"
#include "platform/shopify/consent.h"
#include "platform/write.h"

void
platform_shopify_person_ask(struct platform_context *ctx, struct json_object *o)
{
	const char *code = json_text(o, "country_code");
	struct val country;

	platform_label(
	    ctx, "Country", code != NULL ? code : json_text(o, "country"), &country, NULL);
}

/* The country of an address object. 1, *country being SQL NULL where it names none; 0 when what it
 * names is not known, which is a remark; or a negative code. */
static int
country_read(
    struct platform_context *ctx, struct json_object *o, struct val *country, struct err *err)
{
	const char *code = read_text(&ctx->in, o, "country_code");
	const char *named = code != NULL ? code : read_text(&ctx->in, o, "country");
	int r = platform_label(ctx, "Country", named, country, err);

	if (r < 0 || country->kind != VAL_NULL)
		return r < 0 ? r : 1;
	if (named == NULL)
		return read_is_text(&ctx->in, o, "country_code") &&
		    read_is_text(&ctx->in, o, "country");
	platform_label_unknown(ctx, "Country", "country_code", named);
	return 0;
}

int
platform_shopify_person_address(
    struct platform_context *ctx, struct row *row, struct json_object *o, struct err *err)
{
	struct val country;
	int r = country_read(ctx, o, &country, err);

	if (r < 0)
		return r;
	platform_write_text(ctx, row, Address_Address1, o, "address1");
	platform_write_text(ctx, row, Address_Address2, o, "address2");
	platform_write_text(ctx, row, Address_Address3, o, "company");
	platform_write_text(ctx, row, Address_PostCode, o, "zip");
	platform_write_text(ctx, row, Address_City, o, "city");
	platform_write_text(ctx, row, Address_State, o, "province");
	platform_write_text(ctx, row, Address_HomePhoneNumber, o, "phone");
	if (r == 0)
		return 0;
	row_value(row, Address_CountryId, country);
	if (read_is_text(&ctx->in, o, "phone"))
		row_value(row, Address_HomePhoneCountryId,
		    json_text(o, "phone") != NULL ? country : v_null());
	return 0;
}

int
platform_shopify_person_contact(
    struct platform_context *ctx, const struct platform_shopify_customer *c, struct err *err)
{
	struct json_object *o = c->json;
	struct row *row;
	struct val language;
	usec_t since;
	int r;

	since = read_date(&ctx->in, o, "", "created_at");
	if ((r = platform_label_language(ctx, c->locale, &language, err)) < 0)
		return r;
	row = platform_contact_row(ctx, c->contact, c->fills ? ROW_FILL : ROW_PUT);
	row_int(row, Contact_ContactTypeId, c->type);
	platform_write_text(ctx, row, Contact_FirstName, o, "first_name");
	platform_write_text(ctx, row, Contact_LastName, o, "last_name");
	platform_write_text(
	    ctx, row, Contact_CompanyName, json_at(o, "default_address"), "company");
	if (since != USEC_NONE)
		row_time(row, Contact_AdvertiserCreationDate, since);
	if (language.kind != VAL_NULL)
		row_value(row, Contact_LanguageId, language);
	if (c->revives)
		row_bool(row, Contact_DeletionFlag, 0);
	if (c->stamp != USEC_NONE)
		row_time(row, Contact_SourceStamp, c->stamp);
	return platform_put(ctx, row, err);
}

struct row *
platform_shopify_person_row(
    struct platform_context *ctx, const struct platform_contact *contact)
{
	return platform_address_of(ctx->arena, contact->row, ctx->message->brand_id,
	    ctx->message->address_type_id);
}

int
platform_shopify_person_numbers(struct platform_context *ctx,
    const struct platform_contact *contact, const char *email, const char *phone,
    struct row **out, struct err *err)
{
	struct row *row = NULL;

	if (contact_email(ctx->arena, email) == NULL)
		email = NULL;
	if (email != NULL || phone != NULL) {
		row = platform_shopify_person_row(ctx, contact);
		row->rule = ROW_FILL;
	}
	if (email != NULL)
		row_text(row, Address_Email, email);
	if (phone != NULL)
		row_text(row, Address_MobilePhoneNumber, phone);
	if (out != NULL)
		*out = row;
	return row == NULL ? 0 : platform_put(ctx, row, err);
}

int
platform_shopify_person_main(
    struct platform_context *ctx, const struct platform_shopify_customer *c, struct err *err)
{
	struct json_object *customer = c->json, *address = json_at(customer, "default_address");
	const char *phone = platform_shopify_consent_phone(customer);
	const int is_own_phone = json_text(customer, "phone") != NULL;
	struct row *row = platform_shopify_person_row(ctx, c->contact);
	int r;

	platform_write_text(ctx, row, Address_Email, customer, "email");
	if (is_own_phone || phone == NULL)
		platform_write_text(ctx, row, Address_MobilePhoneNumber, customer, "phone");
	if (json_object_is_type(address, json_type_object) &&
	    (r = platform_shopify_person_address(ctx, row, address, err)) < 0)
		return r;
	platform_shopify_consent_read(ctx, row, customer, c->consent_at, 0);
	row->rule = c->fills ? ROW_FILL : ROW_PUT;
	if ((r = platform_put(ctx, row, err)) < 0 || is_own_phone)
		return r;
	return platform_shopify_person_numbers(ctx, c->contact, NULL, phone, NULL, err);
}

/* ------------------------------------------------------------------ who is gone */

usec_t
platform_shopify_person_ended_at(const struct platform_contact *contact)
{
	const int is_customer =
	    contact->is.found == CONTACT_KNOWN && contact->key.identifier != NULL;

	return is_customer ? contact->is.ended_at : USEC_NONE;
}

int
platform_shopify_person_is_late(const struct platform_contact *contact, usec_t stamp)
{
	const usec_t ended_at = platform_shopify_person_ended_at(contact);

	if (ended_at == USEC_NONE || contact->is.is_deleted)
		return 0;
	return stamp == USEC_NONE || stamp <= ended_at;
}
