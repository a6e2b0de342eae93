/*
 * contact_merge - two contacts are one person: the rows of one move to the other, in the caller's
 * transaction.
 *
 * Rows of the model follow by the entity table (store/entity/merge.h), tables beside it by their
 * column for a contact (store/entity/beside.h). What the kept contact has stays as it is; what it
 * lacks - a name, an address, an e-mail address with its opt-in - it gets. Identifiers of both
 * lead to it afterwards, and guests of the mail addresses of both. The merged contact's row goes;
 * api_contact_merge says where to, so that a request about a person by that number still finds the
 * person.
 *
 * Another transaction that works for one of the contacts waits, or gets ERR_DB_RETRY. Identifiers
 * are locked before contacts, each in the order of their keys.
 */
#ifndef STORE_CONTACT_MERGE_H
#define STORE_CONTACT_MERGE_H

#include <stdint.h>

#include "lib/clock.h"
#include "store/entity/merge.h"

struct arena;
struct db;
struct err;

struct contact_merge {
	int64_t kept_id, merged_id;	/* ContactIds, not the same */
	int16_t only_source;		/* only what came from this Source moves, and the merged
					 * contact stays; 0 = all, and it goes */
	int16_t source_id;		/* who says so; 0 = no Source */
	const char *by;			/* what says so: "Shopify customers/merge" */
	usec_t at;			/* when it was said */
};

/* ERR_DB_RETRY when one of them is there no more, or somebody writes for it; ERR_ERASED when an
 * erasure has begun that the caller's guard knows of (store/entity/erased.h); ERR_FORBIDDEN when
 * rows of either are outside of the connection's limits (store/entity/limits.h). */
int contact_merge(struct db *db, const struct contact_merge *m, struct arena *a, usec_t now,
    struct entity_merge_counts *counts, struct err *err);

#endif
