#include "config.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "model/change/known.h"
#include "platform/address.h"
#include "platform/contact.h"
#include "platform/label.h"
#include "platform/magento/person.h"
#include "platform/magento/rest/address.h"
#include "platform/magento/rest/rest.h"
#include "platform/platform.h"
#include "platform/write.h"

/* Rows of sql/tenant/0002-reference.sql. */
enum { CONTACT_TYPE_CUSTOMER = 1, GENDER_MALE = 1, GENDER_FEMALE = 2, STORE_TYPE_MANUAL = 1 };

struct customer {
	struct platform_context *ctx;
	struct json_object *json, *address;	/* address: the one that is taken; NULL = none */
	const char *id;
	struct platform_contact *contact;
	struct val civility;
};

/* ------------------------------------------------------------------ reading */

static struct json_object *
address_with(struct json_object *list, const char *flag)
{
	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);

		if (json_flag(o, flag) == 1)
			return o;
	}
	return NULL;
}

/* A contact has one address of a brand and type: the default one. */
static struct json_object *
address_of(struct json_object *customer)
{
	struct json_object *list = json_array(customer, "addresses"),
			   *o = address_with(list, "default_billing");

	if (o == NULL)
		o = address_with(list, "default_shipping");
	return o == NULL && json_count(list) > 0 ? json_object_array_get_idx(list, 0) : o;
}

static int
read_customer(struct customer *c, struct err *err)
{
	struct contact_key key = { .source_id = c->ctx->message->source_id, .identifier = c->id,
		.email = json_text(c->json, "email") };
	const char *prefix = json_text(c->json, "prefix");
	int rc = platform_label(c->ctx, "Civility", prefix, &c->civility, err);

	if ((rc = platform_magento_go_on(rc, err)) < 0 ||
	    (rc = magento_rest_address(c->ctx, NULL, c->address, err)) < 0)
		return rc;
	rc = platform_magento_go_on(known_contact(c->ctx->known, &key, NULL, err), err);
	if (rc < 0 || (rc = known_wait(c->ctx->known, err)) < 0)
		return rc;
	return platform_contact(c->ctx, &key, &c->contact, err);
}

/* ------------------------------------------------------------------ rows */

/* A prefix that nobody knows is kept as text, as with the webhooks. */
static void
set_civility(const struct customer *c, struct row *row)
{
	const char *prefix = json_text(c->json, "prefix");
	const int64_t gender = json_int(c->json, "gender", NULL);

	if (c->civility.kind != VAL_NULL)
		row_value(row, Contact_CivilityId, c->civility);
	if (prefix != NULL)
		row_text(row, Contact_FreeField2, c->civility.kind != VAL_NULL ? NULL : prefix);
	if (gender == GENDER_MALE || gender == GENDER_FEMALE)
		row_int(row, Contact_GenderId, gender);
}

static void
set_birth(const struct customer *c, struct row *row)
{
	const char *day = json_text(c->json, "dob");
	int y, m, d;

	if (day == NULL || sscanf(day, "%4d-%2d-%2d", &y, &m, &d) != 3)
		return;
	row_value(row, Contact_BirthDate,
	    read_column(&c->ctx->in, Contact_BirthDate, "", "dob", json_at(c->json, "dob")));
	row_int(row, Contact_BirthYear, y);
	row_int(row, Contact_BirthMonth, m);
	row_int(row, Contact_BirthDay, d);
}

static void
set_group(const struct customer *c, struct row *row)
{
	const struct magento_shop *shop = c->ctx->record;
	const char *id = json_text(c->json, "group_id");
	struct json_object *group = NULL;

	if (id != NULL && shop->groups != NULL &&
	    json_object_object_get_ex(shop->groups, id, &group))
		row_text(row, Contact_FreeField1, json_text(group, "code"));
}

static int
put_contact(const struct customer *c, struct err *err)
{
	struct row *row = platform_contact_row(c->ctx, c->contact, ROW_PUT);
	const usec_t since = read_date(&c->ctx->in, c->json, "", "created_at");
	const usec_t stamp = magento_rest_stamp(c->ctx, c->json);

	row_int(row, Contact_ContactTypeId, CONTACT_TYPE_CUSTOMER);
	row_text(row, Contact_FirstName, json_text(c->json, "firstname"));
	row_text(row, Contact_LastName, json_text(c->json, "lastname"));
	if (c->address != NULL)
		row_text(row, Contact_CompanyName, json_text(c->address, "company"));
	set_civility(c, row);
	set_birth(c, row);
	set_group(c, row);
	if (since != USEC_NONE)
		row_time(row, Contact_FreeFieldDateTime1, since);
	if (since != USEC_NONE && platform_contact_is_new(c->contact))
		row_time(row, Contact_AdvertiserCreationDate, since);
	row_bool(row, Contact_DeletionFlag, 0);
	if (stamp != USEC_NONE)
		row_time(row, Contact_SourceStamp, stamp);
	return platform_put(c->ctx, row, err);
}

/* A box that is not ticked is no withdrawal: the delivery's consent is a mention. */
static int
put_address(const struct customer *c, struct err *err)
{
	const int subscribed = json_flag(c->json, "extension_attributes.is_subscribed");
	struct row *row = platform_address_of(c->ctx->arena, c->contact->row,
	    c->ctx->message->brand_id, c->ctx->message->address_type_id);
	int rc;

	row_text(row, Address_Email, json_text(c->json, "email"));
	if (subscribed >= 0)
		row_bool(row, Address_EmailOptin, subscribed);
	if ((rc = magento_rest_address(c->ctx, row, c->address, err)) < 0)
		return rc;
	return platform_address_add(c->ctx, row, NULL, err);
}

static int
put_store(const struct customer *c, struct err *err)
{
	const struct magento_key key = { magento_rest_store_code(c->ctx, c->json),
		c->ctx->message->source_id };
	const struct row *store;
	struct row *row;
	int rc;

	if (key.identifier == NULL || strcmp(key.identifier, "0") == 0)
		return 0;
	if ((rc = platform_magento_store(c->ctx, &key, &store, err)) < 0)
		return rc;
	row = row_new(c->ctx->arena, E_AttachedStore, ROW_PUT);
	row_refer(row, AttachedStore_ContactId, c->contact->row);
	row_refer(row, AttachedStore_StoreId, store);
	row_int(row, AttachedStore_AttachedStoreTypeId, STORE_TYPE_MANUAL);
	row_bool(row, AttachedStore_DeletionFlag, 0);
	return platform_put(c->ctx, row, err);
}

int
magento_rest_customer(struct platform_context *ctx, struct err *err)
{
	struct customer c = { .ctx = ctx, .json = ctx->payload,
		.id = magento_rest_id(ctx->payload, "id"), .address = address_of(ctx->payload) };
	int rc;

	ctx->in.lenient = 1;
	if (c.id == NULL)
		return err_set(err, ERR_PERMANENT, "The customer has no \"id\".");
	if ((rc = read_customer(&c, err)) < 0 || (rc = put_contact(&c, err)) < 0)
		return rc;
	if ((rc = put_address(&c, err)) < 0 || (rc = put_store(&c, err)) < 0)
		return rc;
	snprintf(ctx->reason, sizeof ctx->reason, "Customer %s.", c.id);
	return PLATFORM_DONE;
}
