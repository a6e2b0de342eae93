#include "config.h"

#include "fcgi/api/club_row.h"

#include <string.h>

#include "fcgi/api/club.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "store/db.h"
#include "store/field.h"
#include "store/store_club.h"

enum { DATE_BYTES = 10, PERSON_COLUMNS = C_club_person_free5 + 1 };

/* The cells stand first: the rows' columns are counted from there. */
struct contact_shown {
	struct val person[PERSON_COLUMNS];
	struct rows addresses, stores, interests;
};

/* ------------------------------------------------------------------ the rows */

/* The shape is that of the original interface. No command prints this document: "contact find"
 * lists a person's contacts with their identifiers and numbers of rows, "contact consents" the
 * history of consents and not their state, "contact export" the columns of the entities. */

static const struct field address_reply[] = {
	FIELD(INT, "AddressId", "The address's key.", FROM_CELL(C_club_addresses_address_id)),
	FIELD(INT, "BrandId", "The brand that it is for.", FROM_CELL(C_club_addresses_brand_id)),
	FIELD(INT, "ContactAddressTypeId", "Type of address.",
	    FROM_CELL(C_club_addresses_address_type_id)),
	FIELD(TEXT, "Address1", "First line.", FROM_CELL(C_club_addresses_address1), .nullable = 1,
	    .sample = "1 rue de Béthune"),
	FIELD(TEXT, "Address2", "Second line.", FROM_CELL(C_club_addresses_address2), .nullable = 1,
	    .sample = ""),
	FIELD(TEXT, "Address3", "Third line.", FROM_CELL(C_club_addresses_address3), .nullable = 1,
	    .sample = ""),
	FIELD(TEXT, "Address4", "Fourth line.", FROM_CELL(C_club_addresses_address4), .nullable = 1,
	    .sample = ""),
	FIELD(TEXT, "Address5", "Fifth line.", FROM_CELL(C_club_addresses_address5), .nullable = 1,
	    .sample = ""),
	FIELD(TEXT, "Address6", "Sixth line.", FROM_CELL(C_club_addresses_address6), .nullable = 1,
	    .sample = ""),
	FIELD(TEXT, "Address7", "Seventh line.", FROM_CELL(C_club_addresses_address7),
	    .nullable = 1, .sample = ""),
	FIELD(TEXT, "PostCode", "Postal code.", FROM_CELL(C_club_addresses_post_code),
	    .nullable = 1, .sample = "59000"),
	FIELD(TEXT, "City", "City.", FROM_CELL(C_club_addresses_city), .nullable = 1,
	    .sample = "Lille"),
	FIELD(TEXT, "State", "State or region.", FROM_CELL(C_club_addresses_state), .nullable = 1,
	    .sample = ""),
	FIELD(TEXT, "CountryId", "Country.", FROM_CELL(C_club_addresses_country_id), .nullable = 1,
	    .sample = "FRA"),
	FIELD(FLAG, "AddressOptin", "May be written to by post.",
	    FROM_CELL(C_club_addresses_address_optin), .nullable = 1),
	FIELD(TEXT, "Email", "Mail address.", FROM_CELL(C_club_addresses_email), .nullable = 1,
	    .sample = "ada@example.org"),
	FIELD(FLAG, "EmailOptin", "May be written to by mail.",
	    FROM_CELL(C_club_addresses_email_optin), .nullable = 1),
	FIELD(TEXT, "HomePhoneNumber", "Number at home.", FROM_CELL(C_club_addresses_home_phone),
	    .nullable = 1, .sample = ""),
	FIELD(TEXT, "HomePhoneCountryId", "Its country.",
	    FROM_CELL(C_club_addresses_home_phone_country), .nullable = 1, .sample = "FRA"),
	FIELD(FLAG, "HomePhoneOptin", "May be called at home.",
	    FROM_CELL(C_club_addresses_home_phone_optin), .nullable = 1),
	FIELD(TEXT, "MobilePhoneNumber", "Mobile number.", FROM_CELL(C_club_addresses_mobile_phone),
	    .nullable = 1, .sample = ""),
	FIELD(TEXT, "MobilePhoneCountryId", "Its country.",
	    FROM_CELL(C_club_addresses_mobile_phone_country), .nullable = 1, .sample = "FRA"),
	FIELD(FLAG, "MobilePhoneOptin", "May be called or written to there.",
	    FROM_CELL(C_club_addresses_mobile_phone_optin), .nullable = 1),
	FIELD_END,
};

static const struct field store_reply[] = {
	FIELD(INT, "StoreId", "The store's key.", FROM_CELL(C_club_stores_id)),
	FIELD(TEXT, "StoreIdentifier", "Its identifier in the Source.",
	    FROM_CELL(C_club_stores_identifier), .sample = "R-17"),
	FIELD(INT, "SourceId", "That Source.", FROM_CELL(C_club_stores_source_id)),
	FIELD(TEXT, "Label", "Its name.", FROM_CELL(C_club_stores_label), .nullable = 1,
	    .sample = "Lille Centre"),
	FIELD(TEXT, "Address1", "First line.", FROM_CELL(C_club_stores_address1), .nullable = 1,
	    .sample = "1 Grand Place"),
	FIELD(TEXT, "PostCode", "Postal code.", FROM_CELL(C_club_stores_post_code), .nullable = 1,
	    .sample = "59000"),
	FIELD(TEXT, "City", "City.", FROM_CELL(C_club_stores_city), .nullable = 1,
	    .sample = "Lille"),
	FIELD(TEXT, "CountryId", "Country.", FROM_CELL(C_club_stores_country_id), .nullable = 1,
	    .sample = "FRA"),
	FIELD(INT, "AttachedStoreTypeId", "The kind of attachment.",
	    FROM_CELL(C_club_stores_type_id), .nullable = 1),
	FIELD_END,
};

static const struct field interest_reply[] = {
	FIELD(INT, "ContactInterestId", "The interest's key.", FROM_CELL(C_club_interests_id)),
	FIELD(INT, "PurchaseGoodCategoryId", "The category's key.",
	    FROM_CELL(C_club_interests_category_id)),
	FIELD(TEXT, "Identifier", "Its identifier in its Source.",
	    FROM_CELL(C_club_interests_identifier), .sample = "VEG"),
	FIELD(TEXT, "Label", "Its name.", FROM_CELL(C_club_interests_label), .nullable = 1,
	    .sample = "Vegetables"),
	FIELD(TIME, "InterestDate", "Since when.", FROM_CELL(C_club_interests_interest_date),
	    .nullable = 1),
	FIELD(INT, "SourceId", "The Source that the interest comes from.",
	    FROM_CELL(C_club_interests_interest_source_id)),
	FIELD_END,
};

const struct field club_contact_reply[] = {
	FIELD(INT, "ContactId", "The contact's key.", FROM_CELL(C_club_person_contact_id)),
	FIELD(TIME, "CreationDate", "When it was made.", FROM_CELL(C_club_person_created_at)),
	FIELD(TIME, "ModificationDate",
	    "When it, or anything that is shown here, was last changed; see SetContact.",
	    FROM_CELL(C_club_person_modified_at)),
	FIELD(INT, "ZoneId", "Its zone.", FROM_CELL(C_club_person_zone_id), .nullable = 1),
	FIELD(INT, "GenderId", "Gender.", FROM_CELL(C_club_person_gender_id), .nullable = 1),
	FIELD(INT, "CivilityId", "Civility.", FROM_CELL(C_club_person_civility_id), .nullable = 1),
	FIELD(INT, "TitleId", "Title.", FROM_CELL(C_club_person_title_id), .nullable = 1),
	FIELD(TEXT, "FirstName", "First name.", FROM_CELL(C_club_person_first_name), .nullable = 1,
	    .sample = "Ada"),
	FIELD(TEXT, "MiddleName", "Middle name.", FROM_CELL(C_club_person_middle_name),
	    .nullable = 1, .sample = ""),
	FIELD(TEXT, "LastName", "Last name.", FROM_CELL(C_club_person_last_name), .nullable = 1,
	    .sample = "Lovelace"),
	FIELD(TEXT, "LastName2", "Second last name.", FROM_CELL(C_club_person_last_name2),
	    .nullable = 1, .sample = ""),
	FIELD(TEXT, "BirthDate", "Date of birth.", FROM_CELL(C_club_person_birth_date),
	    .nullable = 1, .sample = "1990-12-31"),
	FIELD(INT, "MaritalStatusId", "Marital status.", FROM_CELL(C_club_person_marital_status_id),
	    .nullable = 1),
	FIELD(TEXT, "JobTitle", "Job title.", FROM_CELL(C_club_person_job_title), .nullable = 1,
	    .sample = ""),
	FIELD(TEXT, "CompanyName", "Company.", FROM_CELL(C_club_person_company_name), .nullable = 1,
	    .sample = ""),
	FIELD(FLAG, "GlobalOptin", "May be contacted.", FROM_CELL(C_club_person_global_optin),
	    .nullable = 1),
	FIELD(FLAG, "GlobalPartnerOptin", "May be contacted by partners.",
	    FROM_CELL(C_club_person_global_partner_optin), .nullable = 1),
	FIELD(INT, "ContactTypeId", "Type of contact.", FROM_CELL(C_club_person_contact_type_id),
	    .nullable = 1),
	FIELD(INT, "NationalityId", "Nationality.", FROM_CELL(C_club_person_nationality_id),
	    .nullable = 1),
	FIELD(TEXT, "LanguageId", "Language.", FROM_CELL(C_club_person_language_id), .nullable = 1,
	    .sample = "fra"),
	FIELD(TEXT, "FreeField1", "Free text.", FROM_CELL(C_club_person_free1), .nullable = 1,
	    .sample = ""),
	FIELD(TEXT, "FreeField2", "Free text.", FROM_CELL(C_club_person_free2), .nullable = 1,
	    .sample = ""),
	FIELD(TEXT, "FreeField3", "Free text.", FROM_CELL(C_club_person_free3), .nullable = 1,
	    .sample = ""),
	FIELD(TEXT, "FreeField4", "Free text.", FROM_CELL(C_club_person_free4), .nullable = 1,
	    .sample = ""),
	FIELD(TEXT, "FreeField5", "Free text.", FROM_CELL(C_club_person_free5), .nullable = 1,
	    .sample = ""),
	FIELD(OBJECT, "Addresses", "Its addresses, of the brands that the token's user may see.",
	    FROM_ROWS(struct contact_shown, addresses), .breaks = 1, .lines = 1,
	    .rows = address_reply),
	FIELD(OBJECT, "AttachedStores", "The stores that the contact is attached to.",
	    FROM_ROWS(struct contact_shown, stores), .breaks = 1, .lines = 1, .rows = store_reply),
	FIELD(OBJECT, "ContactInterests", "The categories of goods that the contact is interested "
					  "in.",
	    FROM_ROWS(struct contact_shown, interests), .breaks = 1, .lines = 1,
	    .rows = interest_reply),
	FIELD_END,
};

/* ------------------------------------------------------------------ writing */

typedef int visible_fn(const struct club *c, const struct rows *all, size_t i);

static int
address_is_visible(const struct club *c, const struct rows *all, size_t i)
{
	return club_brand_allowed(c, rows_int(all, i, C_club_addresses_brand_id));
}

int
club_row_store_is_visible(const struct club *c, const struct rows *all, size_t i)
{
	return club_brand_allowed(c, rows_int(all, i, C_club_stores_brand_id)) &&
	    club_zone_allowed(c, rows_int(all, i, C_club_stores_zone_id));
}

static int
interest_is_visible(const struct club *c, const struct rows *all, size_t i)
{
	return club_brand_allowed(c, rows_int(all, i, C_club_interests_brand_id));
}

/* If rows may be hidden, a copy is filtered, so that the caller's rows stay unchanged. */
static struct rows
visible(const struct club *c, const struct rows *all, visible_fn *is_visible)
{
	struct rows out = { .columns = all->columns };

	if (!c->limits.brands.is_set && !c->limits.zones.is_set)
		return *all;
	out.cells = arena_new(&c->r->arena, struct val, all->n * all->columns);
	for (size_t i = 0; i < all->n; i++)
		if (is_visible(c, all, i))
			memcpy(&out.cells[out.n++ * out.columns], &all->cells[i * all->columns],
			    out.columns * sizeof(struct val));
	return out;
}

/* A date of birth has no time. */
static void
cut_time(struct arena *a, struct val *v)
{
	char text[32];

	if (v->kind != VAL_TIME)
		return;
	clock_iso8601(v->i, text);
	*v = v_textn(arena_strndup(a, text, DATE_BYTES), DATE_BYTES);
}

void
club_row_reply(const struct club *c, const struct store_club_contact *all, struct reply *reply)
{
	struct contact_shown shown = {
		.addresses = visible(c, &all->addresses, address_is_visible),
		.stores = visible(c, &all->stores, club_row_store_is_visible),
		.interests = visible(c, &all->interests, interest_is_visible) };

	memcpy(shown.person, rows_at(&all->contact, 0, PERSON_COLUMNS - 1) - (PERSON_COLUMNS - 1),
	    sizeof shown.person);
	cut_time(&c->r->arena, &shown.person[C_club_person_birth_date]);
	reply_row(reply, club_contact_reply, &shown);
}
