/*
 * store_club - a contact as the club sees it: with its addresses, the stores it is attached to and
 * the categories of goods it is interested in.
 */
#ifndef STORE_STORE_CLUB_H
#define STORE_STORE_CLUB_H

#include <stdint.h>

#include "lib/clock.h"
#include "store/db.h"

struct arena;
struct err;

enum { STORE_CLUB_LIST_MAX = 1000 };

/* Rows that are not hidden, STORE_CLUB_LIST_MAX of a list at most. Columns: contact
 * C_club_person_…, addresses C_club_addresses_…, stores C_club_stores_…, interests
 * C_club_interests_…. The contact's modified_at is the latest of all rows, hidden ones included. */
struct store_club_contact {
	struct rows contact, addresses, stores, interests;
};

/* The contact of an identifier; *contact_id 0 = there is none, or it is deleted. *zone_id 0 = it
 * has none. */
int store_club_find(struct db *db, struct arena *a, const char *identifier, int16_t source_id,
    int64_t *contact_id, int32_t *zone_id, struct err *err);

/* Locks the contact's row until the transaction ends. A row that is not there is deleted. */
struct store_club_held {
	int deleted;
	int32_t zone_id;		/* 0 = none */
	usec_t stamp;			/* SourceStamp; USEC_NONE = none */
};
int store_club_lock(struct db *db, struct arena *a, int64_t contact_id, struct store_club_held *out,
    struct err *err);

/* 0 when the contact's row is there; it then stays to the end of the transaction. ERR_DB_RETRY when
 * it was erased since the caller found it. */
int store_club_there(struct db *db, int64_t contact_id, struct err *err);

/* Everything of it; out->contact.n 0 = it is deleted. */
int store_club_load(struct db *db, struct arena *a, int64_t contact_id,
    struct store_club_contact *out, struct err *err);

/* The same by identifier; out->contact.n 0 = there is none, or it is deleted. */
int store_club_load_by_identifier(struct db *db, struct arena *a, const char *identifier,
    int16_t source_id, struct store_club_contact *out, struct err *err);

#endif
