/*
 * entity_owned - which rows are of a Source (model/entity_owner.h).
 */
#ifndef STORE_ENTITY_OWNED_H
#define STORE_ENTITY_OWNED_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct db;
struct entity;
struct err;
struct val;

struct entity_owned {
	int is_mine;
	int64_t contact_id;		/* whose identifiers decide it; 0 = no contact's */
};

/* Says of the row with each key whether it is of the Source; no when there is no such row. Rows of
 * an entity that all share are nobody's. out has n places. */
int entity_owned(struct db *db, const struct entity *e, const struct val *keys, size_t n,
    int16_t source_id, struct arena *a, struct entity_owned *out, struct err *err);

#endif
