/*
 * club - what the actions of the club share: the tenant's connection, the current time, the Source,
 * what the token's user may see, and faults that only the database finds.
 */
#ifndef FCGI_API_CLUB_H
#define FCGI_API_CLUB_H

#include <stdint.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/limits.h"
#include "lib/param.h"

struct change_item;
struct db;
struct entity_guard;
struct request;

struct club {
	struct request *r;
	struct db *db;
	usec_t now, changed; /* changed: the ModificationDate of what is written */
	int16_t source_id;
	struct limits limits;			/* of the token's user and the Source */
	struct err faults;			/* field faults, gathered until club_faults() */
};

/* A Source that the tenant does not have becomes a fault. In a transaction the instant is the
 * transaction's. */
int club_open(struct club *c, struct request *r, int64_t source_id, struct err *err);

/* Before a change, in its transaction: *is_set = 1 when anybody was ever erased. A change with the
 * guard then is ERR_ERASED when it would bring back a person who was erased since the request came
 * (store/entity/erased.h). */
int club_guard(const struct club *c, struct entity_guard *g, int *is_set, struct err *err);

/* Makes and writes the item's change (store/change_batch.h) in the request's transaction. Returns 0
 * or a negative code, the item's own included. */
int club_change(const struct club *c, struct change_item *item, struct err *err);

/* For what is found before the body is checked: keeps the failure rc of err as the refusal, because
 * faults of the body are said first (RFC 9110 13.2.1). Returns 0, or rc when the transaction cannot
 * go on. */
int club_defer(int rc, struct err *refusal, struct err *err);

/* 0, or ERR_BAD_REQUEST with the faults collected so far. */
int club_faults(const struct club *c, struct err *err);

/* 1 when the user may see what belongs to it; what belongs to none (0), everybody may. */
int club_zone_allowed(const struct club *c, int64_t zone_id);
int club_brand_allowed(const struct club *c, int64_t brand_id);

/* ERR_NOT_FOUND. Its sentence is the same for a missing contact and for one that the user may not
 * see. */
int club_no_contact(struct err *err);

/* The contact of an identifier. ERR_NOT_FOUND when there is none that the user may see. */
int club_contact_get(
    const struct club *c, const char *drupal_id, int64_t *contact_id, struct err *err);

/* The parameters that name the contact, in an args struct with drupal_id and source_id. */
#define CLUB_DRUPAL_ID(args)                                                                       \
	{                                                                                          \
		.name = "DrupalId", PARAM_FIELD(args, drupal_id), .in = PARAM_QUERY,               \
		.required = 1, .max_length = 255, .check = club_check_drupal_id, .sample = "4711", \
		.doc = "The user's id on the club site: the contact's identifier in the Source. "  \
		       "Compared by bytes."                                                        \
	}
#define CLUB_SOURCE_ID(args)                                                                       \
	{                                                                                          \
		.name = "SourceId", PARAM_FIELD(args, source_id), .in = PARAM_QUERY,               \
		.required = 1, .min = 1, .max = 32767, .sample = "1",                              \
		.doc = "The Source that DrupalId is an identifier of: the club site."              \
	}

#endif
