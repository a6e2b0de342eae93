/*
 * platform_magento_person - reads and then writes what all bodies about a person share:
 * Identifiers, Addresses, AttachedStores.
 */
#ifndef PLATFORM_MAGENTO_PERSON_H
#define PLATFORM_MAGENTO_PERSON_H

#include <stddef.h>
#include <stdint.h>

#include "platform/write.h"

struct consent;
struct err;
struct platform_context;

enum {
	MAGENTO_IDENTIFIERS_MAX = 20,
	MAGENTO_ADDRESSES_MAX = 50,
	MAGENTO_STORES_MAX = 100,
	MAGENTO_CODE = 255
};

/* An identifier in a Source: of a contact, a store, a line. */
struct magento_key {
	const char *identifier;
	int16_t source_id;
};

struct magento_store {
	struct magento_key key;
	struct val type;
};

struct magento_person {
	struct platform_context *ctx;
	struct magento_key *identifiers;
	struct row **addresses;	/* ContactId is set when they are written */
	struct magento_store *stores;
	size_t nidentifiers, naddresses, nstores;
	size_t written_addresses, written_stores;	/* how many rows they are */
	const char *email;			/* the first one */
	int64_t contact_id;			/* 0 until platform_magento_person_resolve() */
	int refused;				/* identifiers that are another contact's */
};

/* Reads {"<name>", "SourceId"} of o. identifier NULL when there is none. A Source that is not known
 * is a fault, and so is one that the delivery may not write for. 0, or a failure of the database.
 */
int platform_magento_key(struct platform_context *ctx, struct json_object *o, const char *prefix,
    const char *name, struct magento_key *key, struct err *err);

/* Reads the three lists of the body; faults go to ctx->in. 0, or a failure of the database. */
int platform_magento_person_read(
    struct magento_person *p, struct platform_context *ctx, struct err *err);

/* Finds or makes the contact and gives it its identifiers. Returns an enum contact_found or a
 * negative code. */
int platform_magento_person_resolve(struct magento_person *p, struct err *err);

/* Writes addresses and attached stores. consent: what the addresses' opt-ins are; NULL = boxes
 * beside something else. 0 or a negative code. */
int platform_magento_person_write(struct magento_person *p, const struct consent *consent,
    struct err *err);

/* The StoreId of a store, which is added when it is unknown. 0 or a negative code. */
int platform_magento_store(struct platform_context *ctx, const struct magento_key *key,
    int64_t *store_id, struct err *err);

#endif
