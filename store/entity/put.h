/*
 * entity_put - writes rows of the customer model as they were said (model/row.h), through
 * entity_upsert().
 */
#ifndef STORE_ENTITY_PUT_H
#define STORE_ENTITY_PUT_H

#include "lib/clock.h"
#include "model/row.h"

struct change;
struct db;
struct err;

/* Writes the row in the caller's transaction; all that entity_upsert() promises holds. Rows that it
 * refers to are written. Returns the row's fate, which is also in the row with its key, or a
 * negative code. The arena is for the time of the work. */
int entity_put(struct db *db, struct row *row, struct arena *a, usec_t now, struct err *err);

/* Writes all rows of the change in their order, neighbours of one kind in one batch. 0 or a
 * negative code. */
int entity_put_change(struct db *db, struct change *change, struct arena *a, usec_t now,
    struct err *err);

#endif
