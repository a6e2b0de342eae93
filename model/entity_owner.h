/*
 * entity_owner - of which Source a row of the customer model is, by struct entity.owner alone, and
 * how far a delivery may reach.
 *
 * A row with SourceId is of that Source; an address is of its contact's Sources, a line of its
 * purchase's; a contact is of every Source in which it has an identifier. Zones, brands, types,
 * states and Sources are of none. What was sent with a Source's own credential (its key, its
 * signature, or none where it is open) writes rows of that Source only; points, vouchers and cards
 * (struct entity.grants) need more, though they have a SourceId: who has the key of a shop may not
 * give away what others honour.
 */
#ifndef MODEL_ENTITY_OWNER_H
#define MODEL_ENTITY_OWNER_H

#include "model/entity.h"

/* What a delivery may write; each includes the ones before. As in api_source.may_write. */
enum entity_reach {
	ENTITY_REACH_OWN,	/* rows of its Source */
	ENTITY_REACH_SHARED,	/* and what is of no Source, and what gives away something */
	ENTITY_REACH_ALL	/* and rows of other Sources: the tenant's own credentials */
};

#define ENTITY_REACH_WORDS "own|shared|all"

/* The reach of a word of the registry; of any other it is the least. */
enum entity_reach entity_reach_find(const char *word);

/* 1 when writing its rows takes ENTITY_REACH_SHARED. */
int entity_is_shared(const struct entity *e);

/* 1 when its rows are of no Source. */
int entity_is_of_all(const struct entity *e);

/* The entity whose row says of which Source this one's is; NULL when its own row says it, or
 * nothing does. */
const struct entity *entity_owner_parent(const struct entity *e);

/* The entity whose rows, referring to this one's, say of which Sources that is; NULL for others. */
const struct entity *entity_owner_holder(const struct entity *e);

/* For entity_lint(): what is wrong with the owner, or NULL. */
const char *entity_owner_fault(const struct entity *e);

#endif
