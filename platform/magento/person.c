#include "config.h"

#include "platform/magento/person.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/entity.h"
#include "platform/address.h"
#include "platform/contact.h"
#include "platform/label.h"
#include "platform/owner.h"
#include "platform/platform.h"
#include "platform/property.h"
#include "store/db.h"
#include "store/entity/lookup.h"
#include "store/entity/put.h"
#include "store/store_label.h"

enum { STORE_TYPE_MANUAL = 1 };	/* of AttachedStoreTypeId; the vendor's number is not known */

static const struct platform_property address_properties[] = { { "Address1", Address_Address1 },
	{ "Address2", Address_Address2 }, { "Address3", Address_Address3 },
	{ "Address4", Address_Address4 }, { "PostCode", Address_PostCode },
	{ "City", Address_City }, { "PostalOptin", Address_AddressOptin },
	{ "PostalOptinDateUTC", Address_AddressOptinDate }, { "Email", Address_Email },
	{ "EmailOptin", Address_EmailOptin }, { "EmailOptinDateUTC", Address_EmailOptinDate },
	{ "EmailAdvertiserCreationDateUTC", Address_EmailAdvertiserCreationDate },
	{ "MobilePhone", Address_MobilePhoneNumber },
	{ "MobilePhoneOptin", Address_MobilePhoneOptin },
	{ "MobilePhoneOptinDateUTC", Address_MobilePhoneOptinDate },
	{ "MobilePhoneAdvertiserCreationDateUTC", Address_MobilePhoneAdvertiserCreationDate },
	{ NULL, COLUMN_UNSET } };

/* What is no property of its own, for the names of faults. */
static const struct platform_property address_references[] = {
	{ "AddressTypeId", Address_ContactAddressTypeId }, { NULL, COLUMN_UNSET }
};

/* ------------------------------------------------------------------ reading */

int
platform_magento_key(struct platform_context *ctx, struct json_object *o, const char *prefix,
    const char *name, struct magento_key *key, struct err *err)
{
	const struct entity *source = entity_find("Source");
	const int column = entity_column_find(source, "SourceId");
	struct val id, found;
	int rc;

	key->identifier = read_code(&ctx->in, o, prefix, name, MAGENTO_CODE);
	key->source_id = (int16_t)read_id(&ctx->in, o, prefix, "SourceId", ENTITY_INT16);
	if (key->source_id == 0 || key->source_id == ctx->message->source_id) {
		key->source_id = ctx->message->source_id;
		return 0;
	}
	if (!platform_owner_source(ctx, prefix, "SourceId", key->source_id))
		return 0;
	id = v_int(key->source_id);
	if ((rc = entity_lookup(ctx->db, &(struct entity_names){ source, &column, 1, &id, 1 },
		 ctx->arena, &found, err)) < 0)
		return rc;
	if (found.kind == VAL_NULL)
		read_fault(&ctx->in, prefix, "SourceId", "names no Source that is known");
	return 0;
}

/* The i-th element of a list with its name for faults; NULL and a fault when it is no object. */
static struct json_object *
element(struct platform_context *ctx, struct json_object *list, const char *name, size_t i,
    const char **prefix)
{
	struct json_object *o = json_object_array_get_idx(list, i);

	*prefix = arena_printf(ctx->arena, "%s[%zu].", name, i);
	if (json_object_is_type(o, json_type_object))
		return o;
	read_fault(&ctx->in, "", arena_printf(ctx->arena, "%s[%zu]", name, i), "must be an object");
	return NULL;
}

static int
read_identifiers(struct magento_person *p, struct json_object *body, struct err *err)
{
	struct json_object *list = read_list(
	    &p->ctx->in, body, "", "Identifiers", MAGENTO_IDENTIFIERS_MAX);
	int rc = 0;

	p->identifiers = arena_new(p->ctx->arena, struct magento_key, json_count(list));
	for (size_t i = 0; i < json_count(list) && rc == 0; i++) {
		struct magento_key *key = &p->identifiers[p->nidentifiers];
		const char *prefix;
		struct json_object *o = element(p->ctx, list, "Identifiers", i, &prefix);

		if (o == NULL)
			continue;
		rc = platform_magento_key(p->ctx, o, prefix, "Identifier", key, err);
		key->identifier = contact_identifier(p->ctx->arena, key->identifier);
		p->nidentifiers += key->identifier != NULL;
	}
	return rc;
}

/* Sets a country by its code or its name; an unknown one leaves the column out. */
static int
read_country(struct platform_context *ctx, struct row *row, enum column column,
    struct json_object *o, const char *prefix, struct err *err)
{
	const char *name = column_of(column)->name;
	const char *country;
	int given, rc;

	read_member(&ctx->in, o, name, &given);
	country = read_word(&ctx->in, o, prefix, name, STORE_LABEL_CHARACTERS);
	if (given && country == NULL && !ctx->in.is_left_out)
		row_null(row, column);
	rc = platform_label_set(ctx, "Country", arena_printf(ctx->arena, "%s%s", prefix, name),
	    country, row, column, err);
	return rc < 0 ? rc : 0;
}

static int
read_address(struct magento_person *p, struct json_object *o, const char *prefix,
    struct row **address, struct err *err)
{
	const struct platform_message *m = p->ctx->message;
	int32_t brand = read_id(&p->ctx->in, o, prefix, "BrandId", ENTITY_INT32),
		type = read_id(&p->ctx->in, o, prefix, "AddressTypeId", ENTITY_INT16);
	struct row *row;
	int rc;

	*address = row = platform_address_new(p->ctx->arena, 0, brand != 0 ? brand : m->brand_id,
	    type != 0 ? (int16_t)type : m->address_type_id);
	row_unsay(row, Address_ContactId);
	platform_property_set(p->ctx, row, address_properties, o, prefix);
	if ((rc = read_country(p->ctx, row, Address_CountryId, o, prefix, err)) < 0 ||
	    (rc = read_country(p->ctx, row, Address_MobilePhoneCountryId, o, prefix, err)) < 0 ||
	    (rc = platform_property_refer(p->ctx, row, address_references, prefix, err)) < 0)
		return rc;
	if (p->email == NULL && row_said(row, Address_Email) != NULL)
		p->email = row_said(row, Address_Email)->s;
	return 0;
}

static int
read_addresses(struct magento_person *p, struct json_object *body, struct err *err)
{
	struct json_object *list = read_list(
	    &p->ctx->in, body, "", "Addresses", MAGENTO_ADDRESSES_MAX);
	int rc = 0;

	p->addresses = arena_new(p->ctx->arena, struct row *, json_count(list));
	p->ctx->in.is_utc = 1;
	for (size_t i = 0; i < json_count(list) && rc == 0; i++) {
		const char *prefix;
		struct json_object *o = element(p->ctx, list, "Addresses", i, &prefix);

		if (o != NULL)
			rc = read_address(p, o, prefix, &p->addresses[p->naddresses++], err);
	}
	p->ctx->in.is_utc = 0;
	return rc;
}

static struct val
store_type(struct platform_context *ctx, struct json_object *o, const char *prefix)
{
	struct json_object *json = read_member(&ctx->in, o, "AttachedStoreTypeId", NULL);

	if (json_object_is_type(json, json_type_string) &&
	    text_ieq(json_object_get_string(json), "MANUAL"))
		return v_int(STORE_TYPE_MANUAL);
	return read_column(
	    &ctx->in, AttachedStore_AttachedStoreTypeId, prefix, "AttachedStoreTypeId", json);
}

static int
read_stores(struct magento_person *p, struct json_object *body, struct err *err)
{
	struct json_object *list = read_list(
	    &p->ctx->in, body, "", "AttachedStores", MAGENTO_STORES_MAX);
	int rc = 0;

	p->stores = arena_new(p->ctx->arena, struct magento_store, json_count(list));
	for (size_t i = 0; i < json_count(list) && rc == 0; i++) {
		struct magento_store *store = &p->stores[p->nstores];
		const char *prefix;
		struct json_object *o = element(p->ctx, list, "AttachedStores", i, &prefix), *key;

		if (o == NULL ||
		    (key = read_object(&p->ctx->in, o, prefix, "StoreExternalKey")) == NULL)
			continue;
		store->type = store_type(p->ctx, o, prefix);
		rc = platform_magento_key(p->ctx, key,
		    arena_printf(p->ctx->arena, "%sStoreExternalKey.", prefix), "StoreIdentifier",
		    &store->key, err);
		p->nstores += store->key.identifier != NULL;
	}
	return rc;
}

int
platform_magento_person_read(
    struct magento_person *p, struct platform_context *ctx, struct err *err)
{
	struct json_object *body = ctx->payload;
	int rc;

	*p = (struct magento_person){ .ctx = ctx };
	ctx->in.lenient = 1;
	if (!json_object_is_type(body, json_type_object))
		return err_set(err, ERR_PERMANENT, "The body must be an object.");
	if ((rc = read_identifiers(p, body, err)) < 0 || (rc = read_addresses(p, body, err)) < 0 ||
	    (rc = read_stores(p, body, err)) < 0)
		return rc;
	if (p->nidentifiers == 0 && contact_email(ctx->arena, p->email) == NULL &&
	    ctx->in.nfaults == 0)
		read_fault(&ctx->in, "", "Identifiers",
		    "is required, or an address with an Email: somebody must be meant");
	return 0;
}

/* ------------------------------------------------------------------ writing */

/* Gives the contact an identifier that nobody has. */
static int
identify(struct magento_person *p, const struct magento_key *key, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	const struct contact_key k = { .identifier = key->identifier, .source_id = key->source_id };
	struct row *row;
	int64_t contact_id;
	int rc = contact_find(ctx->db, &k, ctx->arena, &contact_id, err);

	if (rc < 0 || contact_id == p->contact_id)
		return rc < 0 ? rc : 0;
	if (contact_id != 0) {
		p->refused++;
		return 0;
	}
	row = row_new(ctx->arena, E_ContactIdentifier, ROW_PUT);
	row_text(row, ContactIdentifier_Identifier, key->identifier);
	row_int(row, ContactIdentifier_SourceId, key->source_id);
	row_int(row, ContactIdentifier_ContactId, p->contact_id);
	rc = platform_write_row(ctx, row, err);
	if (rc >= 0 && rc != ENTITY_INSERTED)
		return err_set(err, ERR_DB_RETRY,
		    "Another delivery gave this identifier to a contact at the same time.");
	return rc < 0 ? rc : 0;
}

int
platform_magento_person_resolve(struct magento_person *p, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	struct contact_key key = { .source_id = ctx->message->source_id, .email = p->email };
	int found = CONTACT_NONE, rc;

	for (size_t i = 0; i < p->nidentifiers && found == CONTACT_NONE; i++) {
		const struct contact_key k = { .identifier = p->identifiers[i].identifier,
			.source_id = p->identifiers[i].source_id };

		if ((found = contact_find(ctx->db, &k, ctx->arena, &p->contact_id, err)) < 0)
			return found;
	}
	if (found == CONTACT_NONE && p->nidentifiers > 0) {
		key.identifier = p->identifiers[0].identifier;
		key.source_id = p->identifiers[0].source_id;
	}
	if (found == CONTACT_NONE && (found = platform_contact_resolve(ctx, &key, &p->contact_id,
	    err)) < 0)
		return found;
	for (size_t i = 0; i < p->nidentifiers; i++)
		if ((rc = identify(p, &p->identifiers[i], err)) < 0)
			return rc;
	return found;
}

int
platform_magento_store(
    struct platform_context *ctx, const struct magento_key *key, int64_t *store_id, struct err *err)
{
	struct row *row;
	int rc;

	row = row_new(ctx->arena, E_Store, ROW_PUT);
	row_text(row, Store_StoreIdentifier, key->identifier);
	row_int(row, Store_SourceId, key->source_id);
	rc = platform_write_row(ctx, row, err);
	*store_id = row->key.i;
	return rc < 0 ? rc : 0;
}

/* 1 when a later address of the body is the same row: a contact has one address per brand and
 * address type. */
static int
is_written_over(struct magento_person *p, size_t i)
{
	const struct val *brand = row_said(p->addresses[i], Address_BrandId),
			 *type = row_said(p->addresses[i], Address_ContactAddressTypeId);

	for (size_t j = i + 1; j < p->naddresses; j++)
		if (row_said(p->addresses[j], Address_BrandId)->i == brand->i &&
		    row_said(p->addresses[j], Address_ContactAddressTypeId)->i == type->i) {
			platform_remark(p->ctx,
			    "Addresses[%zu] and Addresses[%zu] are of one brand and address type, "
			    "so they are one address; what both say is taken from the later.",
			    i, j);
			return 1;
		}
	return 0;
}

static int
is_named_again(const struct magento_person *p, size_t i)
{
	const struct magento_key *key = &p->stores[i].key;

	for (size_t j = i + 1; j < p->nstores; j++)
		if (p->stores[j].key.source_id == key->source_id &&
		    strcmp(p->stores[j].key.identifier, key->identifier) == 0)
			return 1;
	return 0;
}

int
platform_magento_person_write(struct magento_person *p, const struct consent *consent,
    struct err *err)
{
	struct platform_context *ctx = p->ctx;
	struct row *row;
	int64_t store_id;
	int rc = 0;

	for (size_t i = 0; i < p->naddresses && rc >= 0; i++) {
		row_int(p->addresses[i], Address_ContactId, p->contact_id);
		rc = platform_address_put(ctx, p->addresses[i], consent, err);
		p->written_addresses += (size_t)!is_written_over(p, i);
	}
	for (size_t i = 0; i < p->nstores && rc >= 0; i++) {
		if ((rc = platform_magento_store(ctx, &p->stores[i].key, &store_id, err)) < 0)
			return rc;
		p->written_stores += (size_t)!is_named_again(p, i);
		row = row_new(ctx->arena, E_AttachedStore, ROW_PUT);
		row_int(row, AttachedStore_ContactId, p->contact_id);
		row_int(row, AttachedStore_StoreId, store_id);
		row_value(row, AttachedStore_AttachedStoreTypeId, p->stores[i].type);
		row_bool(row, AttachedStore_DeletionFlag, 0);
		rc = platform_write_row(ctx, row, err);
	}
	return rc < 0 ? rc : 0;
}
