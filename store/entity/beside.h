/*
 * entity_beside - tables of a tenant's database that are no entities of the model but have a column
 * ContactId or contact_id: decision tables, what a part of the program keeps per contact. They are
 * found by the column's name, so that a new one is covered when it is there. Their rows of an
 * erased contact are deleted.
 */
#ifndef STORE_ENTITY_BESIDE_H
#define STORE_ENTITY_BESIDE_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct db;
struct err;
struct rows;

struct entity_beside { const char *table, *column; };

/* *tables gets them, n of them. */
int entity_beside_tables(
    struct db *db, struct arena *a, struct entity_beside **tables, size_t *n, struct err *err);

/* A table's columns, by name in the first column of the result, and the whole rows of a contact in
 * the same order. */
int entity_beside_columns(
    struct db *db, const char *table, struct arena *a, struct rows *out, struct err *err);
int entity_beside_read(struct db *db, const struct entity_beside *t, int64_t contact_id,
    struct arena *a, struct rows *out, struct err *err);

/* How many rows were deleted, or a negative code. */
int64_t entity_beside_delete(
    struct db *db, const struct entity_beside *t, int64_t contact_id, struct err *err);

/* Gives the rows of a contact that is merged into another to that one; where that has a row of the
 * same unique key already, the row goes. Copies that runs make anew stay as they are.
 * How many rows were moved, or a negative code. */
int64_t entity_beside_move(struct db *db, const struct entity_beside *t, int64_t from, int64_t into,
    struct err *err);

/* Deletes rows of contacts that are there no more. How many, or a negative code. */
int64_t entity_beside_sweep(struct db *db, const struct entity_beside *t, struct err *err);

#endif
