#include "config.h"

#include "platform/magento/person.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/change/change.h"
#include "model/change/known.h"
#include "model/entity.h"
#include "platform/address.h"
#include "platform/contact.h"
#include "platform/label.h"
#include "platform/owner.h"
#include "platform/platform.h"
#include "platform/property.h"

enum { STORE_TYPE_MANUAL = 1 };	/* of AttachedStoreTypeId; the vendor's number is not known */

static const struct platform_property address_properties[] = { { "Address1", Address_Address1 },
	{ "Address2", Address_Address2 }, { "Address3", Address_Address3 },
	{ "Address4", Address_Address4 }, { "PostCode", Address_PostCode },
	{ "City", Address_City }, { "State", Address_State }, { "PostalOptin", Address_AddressOptin },
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
platform_magento_go_on(int rc, struct err *err)
{
	if (rc != ERR_ASKED)
		return rc;
	err_clear(err);
	return 0;
}

int
platform_magento_key(struct platform_context *ctx, struct json_object *o, const char *prefix,
    const char *name, struct magento_key *key, struct err *err)
{
	struct known_rows found;
	struct val id;
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
	if ((rc = platform_property_known(ctx, "Source", &id, &found, err)) < 0)
		return platform_magento_go_on(rc, err);
	if (found.n == 0)
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
	country = read_word(&ctx->in, o, prefix, name, MAGENTO_LABEL);
	if (given && country == NULL && !ctx->in.is_left_out)
		row_null(row, column);
	rc = platform_label_set(ctx, "Country", arena_printf(ctx->arena, "%s%s", prefix, name),
	    country, row, column, err);
	return rc < 0 ? platform_magento_go_on(rc, err) : 0;
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

	*address = row = platform_address_of(p->ctx->arena, NULL, brand != 0 ? brand : m->brand_id,
	    type != 0 ? (int16_t)type : m->address_type_id);
	platform_property_set(p->ctx, row, address_properties, o, prefix);
	if ((rc = read_country(p->ctx, row, Address_CountryId, o, prefix, err)) < 0 ||
	    (rc = read_country(p->ctx, row, Address_MobilePhoneCountryId, o, prefix, err)) < 0)
		return rc;
	rc = platform_property_refer(p->ctx, row, address_references, prefix, err);
	if ((rc = platform_magento_go_on(rc, err)) < 0)
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

/* ------------------------------------------------------------------ who it is */

/* Whose each identifier is. The only one needs no question of its own. */
static int
find_owners(struct magento_person *p, struct err *err)
{
	struct known_rows found;
	int rc = 0;

	p->owners = arena_new(p->ctx->arena, int64_t, p->nidentifiers);
	for (size_t i = 0; i < p->nidentifiers && p->nidentifiers > 1 && rc == 0; i++) {
		const struct magento_key *key = &p->identifiers[i];

		rc = known_rows(p->ctx->known,
		    &(struct known_rows_of){ .hold = KNOWN_SHARED,
			.by = { ContactIdentifier_Identifier, ContactIdentifier_SourceId },
			.is = { v_text(key->identifier), v_int(key->source_id) },
			.want = { ContactIdentifier_ContactId } },
		    &found, err);
		rc = platform_magento_go_on(rc, err);
		p->owners[i] = found.n > 0 ? found.values[0].i : 0;
	}
	return rc;
}

/* The first identifier that a contact has, else the first. */
static size_t
deciding(const struct magento_person *p)
{
	size_t i = 0;

	while (i < p->nidentifiers && p->owners[i] == 0)
		i++;
	return i < p->nidentifiers ? i : 0;
}

static struct contact_key
key_of(const struct magento_person *p)
{
	const struct magento_key *by = &p->identifiers[deciding(p)];

	if (p->nidentifiers == 0)
		return (struct contact_key){ .source_id = p->ctx->message->source_id,
			.email = p->email };
	return (struct contact_key){
		.identifier = by->identifier, .source_id = by->source_id, .email = p->email
	};
}

int
platform_magento_person_ask(struct magento_person *p, struct err *err)
{
	struct contact_key key;
	int rc = find_owners(p, err);

	if (rc < 0)
		return rc;
	key = key_of(p);
	return platform_magento_go_on(known_contact(p->ctx->known, &key, NULL, err), err);
}

static int
is_same(const struct magento_key *x, const struct magento_key *y)
{
	return x->source_id == y->source_id && strcmp(x->identifier, y->identifier) == 0;
}

/* 1 when the contact has the identifier by now: it is the one that decides, or was given before. */
static int
is_given(const struct magento_person *p, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (is_same(&p->identifiers[j], &p->identifiers[i]))
			return 1;
	return is_same(&p->identifiers[deciding(p)], &p->identifiers[i]);
}

int
platform_magento_person_resolve(struct magento_person *p, struct err *err)
{
	const struct contact_key key = key_of(p);
	int rc = platform_contact(p->ctx, &key, &p->contact, err);

	for (size_t i = 0; i < p->nidentifiers && rc == 0; i++)
		if (p->owners[i] != 0)
			p->refused += p->owners[i] != p->contact->is.contact_id;
		else if (!is_given(p, i))
			platform_contact_identify(p->ctx,
			    &(struct contact_key){ .identifier = p->identifiers[i].identifier,
			    .source_id = p->identifiers[i].source_id }, p->contact->row);
	return rc;
}

/* ------------------------------------------------------------------ writing */

int
platform_magento_store(struct platform_context *ctx, const struct magento_key *key,
    const struct row **store, struct err *err)
{
	struct row *row = row_new(ctx->arena, E_Store, ROW_PUT);

	row_text(row, Store_StoreIdentifier, key->identifier);
	row_int(row, Store_SourceId, key->source_id);
	*store = row;
	return platform_put(ctx, row, err);
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
	for (size_t j = i + 1; j < p->nstores; j++)
		if (is_same(&p->stores[j].key, &p->stores[i].key))
			return 1;
	return 0;
}

static int
write_stores(struct magento_person *p, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	const struct row **stores = arena_new(ctx->arena, const struct row *, p->nstores);
	int rc = 0;

	for (size_t i = 0; i < p->nstores && rc == 0; i++) {
		rc = platform_magento_store(ctx, &p->stores[i].key, &stores[i], err);
		p->written_stores += (size_t)!is_named_again(p, i);
	}
	for (size_t i = 0; i < p->nstores && rc == 0; i++) {
		struct row *row = row_new(ctx->arena, E_AttachedStore, ROW_PUT);

		row_refer(row, AttachedStore_ContactId, p->contact->row);
		row_refer(row, AttachedStore_StoreId, stores[i]);
		row_value(row, AttachedStore_AttachedStoreTypeId, p->stores[i].type);
		row_bool(row, AttachedStore_DeletionFlag, 0);
		rc = platform_put(ctx, row, err);
	}
	return rc;
}

int
platform_magento_person_write(struct magento_person *p, const struct consent *consent,
    struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < p->naddresses && rc == 0; i++) {
		row_refer(p->addresses[i], Address_ContactId, p->contact->row);
		rc = platform_address_add(p->ctx, p->addresses[i], consent, err);
		p->written_addresses += (size_t)!is_written_over(p, i);
	}
	return rc < 0 ? rc : write_stores(p, err);
}
