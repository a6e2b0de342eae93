/*
 * platform_magento_person - reads what all bodies about a person share (Identifiers, Addresses,
 * AttachedStores), and makes rows of it.
 *
 * Reading goes on where an answer is missing (model/change/known.h), so that all is asked at once:
 * known_wait() follows it.
 */
#ifndef PLATFORM_MAGENTO_PERSON_H
#define PLATFORM_MAGENTO_PERSON_H

#include <stddef.h>
#include <stdint.h>

#include "platform/write.h"

struct consent;
struct err;
struct platform_contact;
struct platform_context;

enum {
	MAGENTO_IDENTIFIERS_MAX = 20,
	MAGENTO_ADDRESSES_MAX = 50,
	MAGENTO_STORES_MAX = 100,
	MAGENTO_CODE = 255,	/* characters of what names a row */
	MAGENTO_LABEL = 200	/* characters of a label of a list */
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
	int64_t *owners;	/* of each identifier: its ContactId; 0 = nobody's, or not asked */
	struct row **addresses;	/* ContactId is set when they are written */
	struct magento_store *stores;
	size_t nidentifiers, naddresses, nstores;
	size_t written_addresses, written_stores;	/* how many rows they are */
	const char *email;			/* the first one */
	struct platform_contact *contact;	/* of platform_magento_person_resolve() */
	const char *what;			/* is written: for the sentence */
	int refused;				/* identifiers that are another contact's */
};

/* 0 for ERR_ASKED, any other rc as it is. */
int platform_magento_go_on(int rc, struct err *err);

/* Reads {"<name>", "SourceId"} of o. identifier NULL when there is none. A Source that is not known
 * is a fault, and so is one that the delivery may not write for. 0 or a negative code. */
int platform_magento_key(struct platform_context *ctx, struct json_object *o, const char *prefix,
    const char *name, struct magento_key *key, struct err *err);

/* Reads the three lists of the body; faults go to ctx->in. 0 or a negative code. */
int platform_magento_person_read(
    struct magento_person *p, struct platform_context *ctx, struct err *err);

/* Asks who is meant. 0 or a negative code. */
int platform_magento_person_ask(struct magento_person *p, struct err *err);

/* Finds the contact, or adds it to the change, with its identifiers. 0 or a negative code. */
int platform_magento_person_resolve(struct magento_person *p, struct err *err);

/* Adds addresses and attached stores to the change. consent: what the addresses' opt-ins are, in
 * ctx->arena; NULL = boxes beside something else. 0 or a negative code. */
int platform_magento_person_write(struct magento_person *p, const struct consent *consent,
    struct err *err);

/* Adds a store to the change, which is there or not, for others to refer to. 0 or a negative
 * code. */
int platform_magento_store(struct platform_context *ctx, const struct magento_key *key,
    const struct row **store, struct err *err);

#endif
