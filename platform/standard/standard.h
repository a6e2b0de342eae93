/*
 * platform_standard - Standard × any entity of the model × Insert, Update, Delete: the body is the
 * entity, or a list of up to 1,000 of them.
 *
 * Everything about an entity comes from its row in the entity table. Names are compared without
 * case; a member that is null or "" clears its column, one that is left out keeps it.
 *
 * Which row is meant: by its key (ContactId), or by its natural key (Identifier and SourceId);
 * without SourceId it is the message's, and an Address without BrandId or ContactAddressTypeId is
 * of the message's. A column that refers to an entity with a natural key may be given by that
 * instead: for PurchaseHeaderId "PurchaseHeaderExternalKey": {"PurchaseIdentifier", "SourceId"}; a
 * Contact's is that of its identifier, {"Identifier", "SourceId"}, and names the Contact itself as
 * "ExternalKey".
 *
 * Insert and Update write the same: the row is added or changed, for deliveries overtake one
 * another; where the entity has SourceStamp the newest state wins (the body's SourceStamp, else the
 * arrival; never later than the arrival). Only rows without a natural key differ: Insert adds one,
 * Update needs its key. Keys that the database counts cannot be chosen. Delete sets DeletionFlag,
 * or takes the row away where the entity has none; of what was never seen it leaves a deleted row
 * where the natural key is all that a row needs.
 *
 * A body is written whole or not at all: types, lengths, unknown members (with the nearest name),
 * missing ones and references to nothing are all named at once.
 */
#ifndef PLATFORM_STANDARD_STANDARD_H
#define PLATFORM_STANDARD_STANDARD_H

#include "platform/platform.h"

enum { PLATFORM_STANDARD_LIST_MAX = 1000 };

struct entity;
struct err;
/* What is said of a column: its value, or a part of the external key that stands for it. */
struct standard_value {
	int column;			/* its place in the entity's table; STANDARD_OWN: the key
					 * names the row itself, as "ExternalKey" */
	int part;			/* STANDARD_WHOLE, or its place in the natural key */
	const char *text;		/* NULL = no value: the column is cleared */
};

enum { STANDARD_OWN = -1, STANDARD_WHOLE = -1 };

/* What says a row of an entity, as the body of Insert; each column or part once. */
struct standard_body {
	const struct entity *entity;
	const char *prefix;		/* "" or "Address.": in front of field names */
	const struct standard_value *values;
	size_t nvalues;
	int is_ensured;			/* of an entity with a natural key: the row is added where
					 * it is not there, and never changed */
	int is_deletion;		/* the row is marked as deleted, where it is there */
};

/* Asks for what the bodies name, which may lack what names nothing: the questions of
 * standard_bodies(). 0, or ERR_ASKED when an answer misses; faults are not judged. */
int standard_ask(struct platform_context *ctx, const struct standard_body *bodies, size_t n,
    struct err *err);

/* Adds the rows of several entities to the change. A body may name by external key what one before
 * it adds. All faults refuse together; see platform_row.run for what it returns, 0 = done. */
int standard_bodies(struct platform_context *ctx, const struct standard_body *bodies, size_t n,
    struct err *err);

/* The rows of this platform; ends with platform NULL. */
extern const struct platform_row platform_standard_rows[];

#endif
