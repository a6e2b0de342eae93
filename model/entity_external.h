/*
 * entity_external - names rows from outside, without the keys of the database: by their natural
 * key; a Contact by the natural key of its identifier.
 *
 * In the bodies of the platform Standard a column that refers to such rows may be given so:
 * "PurchaseHeaderExternalKey": {"PurchaseIdentifier": "1001", "SourceId": 1} for PurchaseHeaderId.
 * A Contact itself is named by "ExternalKey".
 */
#ifndef MODEL_ENTITY_EXTERNAL_H
#define MODEL_ENTITY_EXTERNAL_H

struct arena;
struct entity;
struct entity_column;

#define ENTITY_EXTERNAL "ExternalKey"

/* 1 when bodies name a row of the entity itself by ENTITY_EXTERNAL. */
int entity_has_external(const struct entity *e);

/* The entity whose natural key names the rows of e: e itself, or ContactIdentifier for Contact;
 * NULL when they cannot be named. */
const struct entity *entity_named_by(const struct entity *e);

/* The same for the rows that a column refers to; NULL when it refers to none. */
const struct entity *entity_external_of(const struct entity_column *c);

/* The member that stands for the column, in the arena. */
char *entity_external_name(struct arena *a, const struct entity_column *c);

#endif
