/*
 * entity_owner - which Source a row of the customer model belongs to, from struct entity.owner
 * alone, and which rows a delivery may write.
 *
 * A row with a SourceId belongs to that Source, an address to its contact's Sources, a line to its
 * purchase's Source. A contact belongs to every Source in which it has an identifier. Zones,
 * brands, types, states and Sources belong to none. A delivery with a Source's own credential (its
 * key, its signature, or none where it is open) writes rows of that Source only. Points, vouchers
 * and cards (struct entity.grants) need more, though they have a SourceId: the holder of a shop's
 * key may not give away what others must honour.
 */
#ifndef MODEL_ENTITY_OWNER_H
#define MODEL_ENTITY_OWNER_H

#include "model/entity.h"

/* What a delivery may write; each includes the ones before. As in api_source.may_write. */
enum entity_reach {
	ENTITY_REACH_OWN,	/* rows of its Source */
	ENTITY_REACH_SHARED,	/* and rows of no Source, and rows that give something away */
	ENTITY_REACH_ALL	/* and rows of other Sources: the tenant's own credentials */
};

#define ENTITY_REACH_WORDS "own|shared|all"

/* The reach that a word of the registry means; the smallest for any other word. */
enum entity_reach entity_reach_find(const char *word);

/* 1 when writing its rows takes ENTITY_REACH_SHARED. */
int entity_is_shared(const struct entity *e);

/* 1 when its rows are of no Source. */
int entity_is_of_all(const struct entity *e);

/* The entity whose row says which Source this entity's row belongs to; NULL when its own row says
 * it, or none does. */
const struct entity *entity_owner_parent(const struct entity *e);

/* The entity whose rows refer to this entity's and say which Sources these belong to; NULL for
 * others. */
const struct entity *entity_owner_holder(const struct entity *e);

/* For entity_lint(): what is wrong with the owner, or NULL. */
const char *entity_owner_fault(const struct entity *e);

#endif
