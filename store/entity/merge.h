/*
 * entity_merge - what the customer model has of one contact becomes another's, by the entity
 * table alone: every column that refers to Contact. A new entity, or a new column, with .refers
 * is covered by being in the table.
 *
 * A row that would stand beside the other contact's of the same natural key (an address of the
 * brand and type, a store, a segment) fills that row (ROW_FILL) and goes; what
 * refers to it refers to the other from then on. So does the contact's own row. A link between
 * the two goes.
 */
#ifndef STORE_ENTITY_MERGE_H
#define STORE_ENTITY_MERGE_H

#include <stdint.h>

#include "lib/clock.h"

struct arena;
struct consent;
struct db;
struct err;

struct entity_merge {
	int64_t from, into;		/* ContactIds, both locked by the caller */
	int16_t only_source;		/* only rows of this Source; 0 = all */
	const struct consent *consent;	/* what says the opt-ins of rows that fill others */
};

struct entity_merge_counts {
	int64_t moved, filled, dropped;	/* rows that changed their contact, gave values, went */
};

/* Moves all rows but the contact's own. ERR_DB_RETRY when somebody wrote for a contact
 * meanwhile. */
int entity_merge_rows(struct db *db, const struct entity_merge *m, struct arena *a, usec_t now,
    struct entity_merge_counts *counts, struct err *err);

/* Fills the one contact's row from the other's, which goes. */
int entity_merge_contact(struct db *db, const struct entity_merge *m, struct arena *a, usec_t now,
    struct entity_merge_counts *counts, struct err *err);

#endif
