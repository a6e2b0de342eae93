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

/* mine[i] = 1 when the row with the i-th key is of the Source; 0 too when there is no such row.
 * Rows of an entity that all share are nobody's. */
int entity_owned(struct db *db, const struct entity *e, const struct val *keys, size_t n,
    int16_t source_id, struct arena *a, unsigned char *mine, struct err *err);

#endif
