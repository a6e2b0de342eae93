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
#include "store/db.h"

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
	row = row_new(ctx->arena, E_Contact, ROW_PUT);
	row->rule = c->fills ? ROW_FILL : ROW_PUT;
	row_int(row, Contact_ContactId, c->contact_id);
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
	if ((r = platform_write_row(ctx, row, err)) == ENTITY_UNCHANGED && c->stamp != USEC_NONE)
		r = (int)db_exec(ctx->db, Q_platform_contact_touch,
		    DB_ARGS(v_time(c->stamp), v_int(c->contact_id)), err);
	return r < 0 ? r : 0;
}

int
platform_shopify_person_numbers(struct platform_context *ctx, int64_t contact_id, const char *email,
    const char *phone, struct err *err)
{
	struct row *row;
	int r;

	if (contact_email(ctx->arena, email) == NULL)
		email = NULL;
	if (email == NULL && phone == NULL)
		return 0;
	row = platform_address_new(
	    ctx->arena, contact_id, ctx->message->brand_id, ctx->message->address_type_id);
	if (email != NULL)
		row_text(row, Address_Email, email);
	if (phone != NULL)
		row_text(row, Address_MobilePhoneNumber, phone);
	row->rule = ROW_FILL;
	r = platform_write_row(ctx, row, err);
	return r < 0 ? r : r != ENTITY_UNCHANGED;
}

int
platform_shopify_person_main(
    struct platform_context *ctx, const struct platform_shopify_customer *c, struct err *err)
{
	struct json_object *customer = c->json, *address = json_at(customer, "default_address");
	struct row *row;
	struct consent consent;
	int r;

	row = platform_address_new(
	    ctx->arena, c->contact_id, ctx->message->brand_id, ctx->message->address_type_id);
	platform_write_text(ctx, row, Address_Email, customer, "email");
	if (json_text(customer, "phone") != NULL ||
	    platform_shopify_consent_phone(customer) == NULL)
		platform_write_text(ctx, row, Address_MobilePhoneNumber, customer, "phone");
	if (json_object_is_type(address, json_type_object) &&
	    (r = platform_shopify_person_address(ctx, row, address, err)) < 0)
		return r;
	platform_shopify_consent_read(ctx, row, customer, c->consent_at, 0, &consent);
	row->rule = c->fills ? ROW_FILL : ROW_PUT;
	if ((r = platform_write_row(ctx, row, err)) < 0)
		return r;
	r = platform_shopify_person_numbers(
	    ctx, c->contact_id, NULL, platform_shopify_consent_phone(customer), err);
	return r < 0 ? r : 0;
}

/* ------------------------------------------------------------------ who it is */

int
platform_shopify_person_find(struct platform_context *ctx, const struct contact_key *key,
    struct platform_shopify_found *f, struct err *err)
{
	struct rows rows;
	int r;

	*f = (struct platform_shopify_found){ .ended_at = USEC_NONE };
	if ((r = platform_contact_resolve(ctx, key, &f->contact_id, err)) <= 0 ||
	    key->identifier == NULL || r != CONTACT_KNOWN)
		return r;
	if ((r = db_query(ctx->db, Q_contact_identifier_state,
		 DB_ARGS(v_text(key->identifier), v_int(key->source_id)), ctx->arena, &rows, err)) <
	    0)
		return r;
	f->ended_at = rows.n > 0 ? rows_time(&rows, 0, C_contact_identifier_state_ended_at) :
				   USEC_NONE;
	f->is_deleted = rows.n > 0 && rows_int(&rows, 0, C_contact_identifier_state_deleted) != 0;
	return CONTACT_KNOWN;
}

int
platform_shopify_person_is_late(const struct platform_shopify_found *f, usec_t stamp)
{
	if (f->ended_at == USEC_NONE || f->is_deleted)
		return 0;
	return stamp == USEC_NONE || stamp <= f->ended_at;
}
