/* The parameters of the contact's actions and the members of their reply; both in the order of the
 * statements club_contact and club_addresses. */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "fcgi/api/club_contact.h"
#include "lib/param_check.h"
#include "store/store_club.h"

const char *
club_check_drupal_id(const char *text)
{
	return strncasecmp(text, "email:", 6) == 0 ?
	    "must not begin with email:, which stands for guests" :
	    NULL;
}

#define DRUPAL_ID(args, place)                                                                     \
	{                                                                                          \
		.name = "DrupalId", PARAM_FIELD(args, drupal_id), .in = place, .required = 1,      \
		.min = 1, .max_length = 255, .check = club_check_drupal_id, .sample = "4711",      \
		.doc = "The user's id on the club site: the contact's identifier in the Source. "  \
		       "Compared by bytes."                                                        \
	}
#define SOURCE_ID(args)                                                                            \
	{                                                                                          \
		.name = "SourceId", PARAM_FIELD(args, source_id), .in = PARAM_QUERY,               \
		.required = 1, .min = 1, .max = 32767, .sample = "1",                              \
		.doc = "The Source that DrupalId is an identifier of: the club site."              \
	}
#define TEXT(args, field_, name_, length, ...)                                                     \
	{                                                                                          \
		.name = name_, PARAM_FIELD(args, field_), .in = PARAM_BODY, .max_length = length,  \
		__VA_ARGS__                                                                        \
	}
#define INT(args, field_, name_, most, ...)                                                        \
	{                                                                                          \
		.name = name_, PARAM_FIELD(args, field_), .in = PARAM_BODY, .min = 0, .max = most, \
		__VA_ARGS__                                                                        \
	}
#define FLAG(args, field_, name_, ...)                                                             \
	{                                                                                          \
		.name = name_, PARAM_FIELD(args, field_), .in = PARAM_BODY, __VA_ARGS__            \
	}

/* ------------------------------------------------------------------ SetContact */

#define A struct club_address

static const struct param address_params[] = {
	INT(A, brand_id, "BrandId", INT32_MAX,
	    .doc = "The brand of the address; the tenant's default unless given. A contact has "
		   "one address per brand and type."),
	INT(A, address_type_id, "ContactAddressTypeId", 32767,
	    .doc = "The type of address; the tenant's default unless given."),
	TEXT(A, address[0], "Address1", 255, .doc = "First line of the address."),
	TEXT(A, address[1], "Address2", 255, .doc = "Second line."),
	TEXT(A, address[2], "Address3", 255, .doc = "Third line."),
	TEXT(A, address[3], "Address4", 255, .doc = "Fourth line."),
	TEXT(A, address[4], "Address5", 255, .doc = "Fifth line."),
	TEXT(A, address[5], "Address6", 255, .doc = "Sixth line."),
	TEXT(A, address[6], "Address7", 255, .doc = "Seventh line."),
	TEXT(A, post_code, "PostCode", 32, .doc = "Postal code."),
	TEXT(A, city, "City", 200, .doc = "City."),
	TEXT(A, state, "State", 200, .doc = "State or region."),
	TEXT(A, country_id, "CountryId", 3, .doc = "Country, ISO 3166 with three letters: FRA."),
	FLAG(A, address_optin, "AddressOptin", .doc = "May be written to by post."),
	TEXT(A, email, "Email", 254, .check = param_check_email,
	    .doc = "Mail address. If a guest of the Source has that of the first address, in any "
		   "spelling, the guest's contact becomes that of the user."),
	FLAG(A, email_optin, "EmailOptin", .doc = "May be written to by mail."),
	TEXT(A, home_phone, "HomePhoneNumber", 64, .doc = "Telephone number at home."),
	TEXT(A, home_phone_country, "HomePhoneCountryId", 3, .doc = "Country of that number."),
	FLAG(A, home_phone_optin, "HomePhoneOptin", .doc = "May be called at home."),
	TEXT(A, mobile_phone, "MobilePhoneNumber", 64, .doc = "Mobile telephone number."),
	TEXT(A, mobile_phone_country, "MobilePhoneCountryId", 3, .doc = "Country of that number."),
	FLAG(A, mobile_phone_optin, "MobilePhoneOptin",
	    .doc = "May be called or written to on the mobile telephone."),
	{ .name = NULL },
};

#undef A
#define C struct club_contact_args

const struct param club_contact_params[] = {
	{ .name = "ZoneId",
	    PARAM_FIELD(C, zone_id),
	    .in = PARAM_QUERY,
	    .min = 0,
	    .max = INT32_MAX,
	    .sample = "1",
	    .doc = "The contact's zone; 0 means none. A new contact gets the tenant's default "
		   "unless it is given." },
	SOURCE_ID(C),
	DRUPAL_ID(C, PARAM_BODY),
	TEXT(C, modification_date, "ModificationDate", 32, .check = param_check_instant,
	    .doc = "The ModificationDate that the contact had when the client read it. If the "
		   "contact was changed since, the reply is 409 and nothing changes."),
	INT(C, gender_id, "GenderId", 32767, .doc = "Gender."),
	INT(C, civility_id, "CivilityId", 32767, .doc = "Civility."),
	INT(C, title_id, "TitleId", 32767, .doc = "Title."),
	TEXT(C, first_name, "FirstName", 200, .sample = "Ada",
	    .doc = "First name. In every text \"\" empties the field, and in every key 0 does. A "
		   "field that is not given stays as it is."),
	TEXT(C, middle_name, "MiddleName", 200, .doc = "Middle name."),
	TEXT(C, last_name, "LastName", 200, .sample = "Lovelace", .doc = "Last name."),
	TEXT(C, last_name2, "LastName2", 200, .doc = "Second last name."),
	TEXT(C, birth_date, "BirthDate", 10, .check = param_check_date, .sample = "1990-12-31",
	    .doc = "Date of birth, YYYY-MM-DD."),
	INT(C, marital_status_id, "MaritalStatusId", 32767, .doc = "Marital status."),
	TEXT(C, job_title, "JobTitle", 200, .doc = "Job title."),
	TEXT(C, company_name, "CompanyName", 200, .doc = "Company."),
	FLAG(C, global_optin, "GlobalOptin", .doc = "May be contacted."),
	FLAG(C, global_partner_optin, "GlobalPartnerOptin", .doc = "May be contacted by partners."),
	INT(C, contact_type_id, "ContactTypeId", 32767, .doc = "Type of contact."),
	INT(C, nationality_id, "NationalityId", 32767, .doc = "Nationality."),
	TEXT(C, language_id, "LanguageId", 3, .doc = "Language, ISO 639 with three letters: fra."),
	TEXT(C, free[0], "FreeField1", 500, .doc = "Free text."),
	TEXT(C, free[1], "FreeField2", 500, .doc = "Free text."),
	TEXT(C, free[2], "FreeField3", 500, .doc = "Free text."),
	TEXT(C, free[3], "FreeField4", 500, .doc = "Free text."),
	TEXT(C, free[4], "FreeField5", 500, .doc = "Free text."),
	{ .name = "Addresses",
	    PARAM_FIELD(C, addresses),
	    .in = PARAM_BODY,
	    .max_length = CLUB_ADDRESSES_MAX,
	    .of = address_params,
	    .of_bytes = sizeof(struct club_address),
	    .sample = "[{\"Email\": \"ada@example.org\", \"EmailOptin\": true, \"City\": "
		      "\"Lille\", \"CountryId\": \"FRA\"}]",
	    .doc = "Addresses to add or change. Others stay as they are." },
	{ .name = NULL },
};

#undef C

/* ------------------------------------------------------------------ SetRetailers,
 * SetPurchaseGoodCategories */

static const struct param retailer_params[] = {
	INT(struct club_retailer, store_id, "StoreId", INT32_MAX,
	    .doc = "The store's key. Give this or StoreIdentifier."),
	TEXT(struct club_retailer, identifier, "StoreIdentifier", 255,
	    .doc = "The store's identifier in a Source. Give this or StoreId."),
	INT(struct club_retailer, source_id, "SourceId", 32767,
	    .doc = "The Source of StoreIdentifier; the request's SourceId unless given."),
	INT(struct club_retailer, type_id, "AttachedStoreTypeId", 32767,
	    .doc = "The kind of attachment."),
	{ .name = NULL },
};

const struct param club_retailers_params[] = {
	DRUPAL_ID(struct club_list_args, PARAM_QUERY),
	SOURCE_ID(struct club_list_args),
	{ .name = "Retailers",
	    PARAM_FIELD(struct club_list_args, rows),
	    .in = PARAM_BODY,
	    .required = 1,
	    .max_length = CLUB_RETAILERS_MAX,
	    .of = retailer_params,
	    .of_bytes = sizeof(struct club_retailer),
	    .sample = "[]",
	    .doc =
		"All stores that the contact is attached to. An empty array means none." },
	{ .name = NULL },
};

static const struct param category_params[] = {
	INT(struct club_category, category_id, "PurchaseGoodCategoryId", 32767,
	    .doc = "The category's key. Give this or Identifier."),
	TEXT(struct club_category, identifier, "Identifier", 255,
	    .doc = "The category's identifier in a Source. Give this or PurchaseGoodCategoryId."),
	INT(struct club_category, source_id, "SourceId", 32767,
	    .doc = "The Source of Identifier; the request's SourceId unless given."),
	{ .name = NULL },
};

const struct param club_categories_params[] = {
	DRUPAL_ID(struct club_list_args, PARAM_QUERY),
	SOURCE_ID(struct club_list_args),
	{ .name = "PurchaseGoodCategories",
	    PARAM_FIELD(struct club_list_args, rows),
	    .in = PARAM_BODY,
	    .required = 1,
	    .max_length = CLUB_CATEGORIES_MAX,
	    .of = category_params,
	    .of_bytes = sizeof(struct club_category),
	    .sample = "[]",
	    .doc = "All categories of goods that the contact told this Source it is interested "
		   "in. An empty array means none." },
	{ .name = NULL },
};
