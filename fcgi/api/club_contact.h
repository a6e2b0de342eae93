/*
 * club_contact - a contact as the club's JSON, and changes of it. Names of members are those of the
 * entity's columns; the parameter rows say which there are.
 */
#ifndef FCGI_API_CLUB_CONTACT_H
#define FCGI_API_CLUB_CONTACT_H

#include <stdint.h>

#include "lib/param.h"

struct club;
struct err;
struct reply;
struct store_club_contact;

enum { CLUB_ADDRESSES_MAX = 20, CLUB_RETAILERS_MAX = 100, CLUB_CATEGORIES_MAX = 100 };

/* Body of SetContact. A text "" or a number 0 empties the field. */
struct club_address {
	struct param_int brand_id, address_type_id;
	struct param_text address[7], post_code, city, state, country_id, email, home_phone,
	    home_phone_country, mobile_phone, mobile_phone_country;
	struct param_flag address_optin, email_optin, home_phone_optin, mobile_phone_optin;
};

struct club_contact_args {
	struct param_int source_id, zone_id;		/* query */
	struct param_text drupal_id, modification_date;
	struct param_int gender_id, civility_id, title_id, marital_status_id, contact_type_id,
	    nationality_id;
	struct param_text first_name, middle_name, last_name, last_name2, birth_date, job_title,
	    company_name, language_id, free[5];
	struct param_flag global_optin, global_partner_optin;
	struct param_rows addresses;			/* of struct club_address */
};

/* Bodies of SetRetailers and SetPurchaseGoodCategories. */
struct club_retailer {
	struct param_int store_id, source_id, type_id;
	struct param_text identifier;
};
struct club_category { struct param_int category_id, source_id; struct param_text identifier; };

struct club_list_args {
	struct param_text drupal_id;			/* query, as source_id */
	struct param_int source_id;
	struct param_rows rows;
};

extern const struct param club_contact_params[], club_retailers_params[], club_categories_params[];

/* What a parameter DrupalId may not be: the identifier of a guest. */
const char *club_check_drupal_id(const char *text);

/* The contact as JSON into the reply, less what the user may not see, with its ETag. ERR_NOT_FOUND
 * when it is deleted. */
int club_contact_render(
    const struct club *c, int64_t contact_id, struct reply *reply, struct err *err);

/* The same of a contact that is loaded. */
void club_contact_reply_with(
    const struct club *c, const struct store_club_contact *all, struct reply *reply);

/* Preconditions: the state that the client knows must be the one that is stored (all; NULL = there
 * is no such contact). in: of SetContact, else NULL. Moves c->changed behind the stored instant. */
int club_check_state(struct club *c, const struct store_club_contact *all,
    const struct club_contact_args *in, struct err *err);

/* The same by identifier. ERR_NOT_FOUND when there is none that the user may see. */
int club_contact_show(
    const struct club *c, const char *drupal_id, struct reply *reply, struct err *err);

/* Makes or changes the contact and renders it; status 201 when it is new. Preconditions as in
 * precondition.h. */
int club_contact_set(
    struct club *c, const struct club_contact_args *in, struct reply *reply, struct err *err);

/* Make the lists be what the arguments say, and render the contact. */
int club_retailers_set(
    struct club *c, const struct club_list_args *in, struct reply *reply, struct err *err);
int club_categories_set(
    struct club *c, const struct club_list_args *in, struct reply *reply, struct err *err);

#endif
