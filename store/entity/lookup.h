/*
 * entity_lookup - rows of an entity by their keys, or by columns that name one row.
 */
#ifndef STORE_ENTITY_LOOKUP_H
#define STORE_ENTITY_LOOKUP_H

#include <stddef.h>

#include "lib/clock.h"
#include "model/entity.h"

struct arena;
struct db;
struct err;
struct val;

/* *exists = 1 when there is a row with this key. */
int entity_exists(struct db *db, const struct entity *e, const struct val *key, struct arena *a,
    int *exists, struct err *err);

/* What names rows: columns (indexes into e->columns; a key or a natural key, so that there is one
 * row at most), and nrows * ncolumns values, none NULL. */
struct entity_names {
	const struct entity *e;
	const int *columns;
	size_t ncolumns;
	const struct val *values;
	size_t nrows;
};

/* Finds rows by their names. keys gets nrows primary keys, SQL NULL where there is no such row. */
int entity_lookup(struct db *db, const struct entity_names *names, struct arena *a,
    struct val *keys, struct err *err);

/* The same by keys; the rows stay to the end of the caller's transaction. */
int entity_hold(struct db *db, const struct entity *e, const struct val *values, size_t nrows,
    struct arena *a, struct val *keys, struct err *err);

/* The natural key of rows, by their keys: out gets nrows * (number of natural columns), all SQL
 * NULL where there is no such row. */
int entity_natural_get(struct db *db, const struct entity *e, const struct val *keys, size_t nrows,
    struct arena *a, struct val *out, struct err *err);

/* The SourceStamp of rows of an entity that has one, by their keys, each locked until the
 * transaction ends: USEC_NONE where there is none, or no such row. */
int entity_stamps(struct db *db, const struct entity *e, const struct val *keys, size_t nrows,
    struct arena *a, usec_t *out, struct err *err);

/* Takes rows away by their keys: for entities without a DeletionFlag. Returns how many there were,
 * or a negative code. */
int entity_delete(struct db *db, const struct entity *e, const struct val *keys, size_t nrows,
    struct arena *a, struct err *err);

#endif
