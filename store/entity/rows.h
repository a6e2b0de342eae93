/*
 * entity_rows - the rows of a person (model/entity_person.h): found, read, and erased.
 */
#ifndef STORE_ENTITY_ROWS_H
#define STORE_ENTITY_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/set.h"
#include "model/entity.h"
#include "store/db.h"

struct arena;
struct entity_guard;
struct err;

enum { ENTITY_PERSON_ROWS_MAX = 1000000 };

/* Keys of rows of one entity, each once. */
struct entity_keys {
	const struct entity *e;
	struct val *keys;
	size_t n, cap, followed;	/* those before followed were asked who refers to them */
	struct set set;			/* of their bytes */
};

struct entity_rows {
	struct arena *arena;
	struct entity_keys of[ENTITY_COUNT_MAX];
	size_t n; /* entities that can belong to a person, in the order of the table */
	size_t total;
	int16_t only_source; /* rows of another Source, which could be without those they refer to,
				are not followed; 0 = all are */
};

/* No rows yet. */
void entity_rows_init(struct entity_rows *rows, struct arena *a);

/* The rows of an entity that can belong to a person; any other name ends the process (a fault of
 * the program). */
const struct entity_keys *entity_rows_find(const struct entity_rows *rows, const char *entity);

/* Adds rows of an entity by their keys, from a result's column. ERR_TOO_LARGE above
 * ENTITY_PERSON_ROWS_MAX. */
int entity_rows_add(struct entity_rows *rows, const struct entity *e, const struct rows *r,
    size_t column, struct err *err);

/* Adds a contact's row (if it is there) and every row that belongs to the contact. */
int entity_rows_of_contact(
    struct entity_rows *rows, struct db *db, int64_t contact_id, int lock, struct err *err);

/* Adds every row that belongs to those that are in it. lock: FOR UPDATE, in the caller's
 * transaction. */
int entity_rows_follow(struct entity_rows *rows, struct db *db, int lock, struct err *err);

/* Adds those of other rows that came from rows->only_source, by their SourceId. What belongs to
 * them is left to entity_rows_follow(). */
int entity_rows_add_of_source(
    struct entity_rows *rows, const struct entity_rows *from, struct db *db, struct err *err);

/* Rows of an entity that came from a Source, behind a key, at most limit, in the order of keys. */
int entity_rows_of_source(struct db *db, const struct entity *e, int64_t source_id,
    const struct val *after, size_t limit, struct arena *a, struct rows *out, struct err *err);

/* What was, or would be, done. */
struct entity_erase_counts { int64_t deleted, kept; };

/* Writes the hashes of the rows' natural keys, and of contacts' numbers: from the commit on, late
 * deliveries are refused. In the caller's transaction. */
int entity_rows_put_hashes(const struct entity_rows *rows, struct db *db,
    const struct entity_guard *g, usec_t erased_at, struct err *err);

/* Erases the rows, in the caller's transaction. */
int entity_rows_erase(const struct entity_rows *rows, struct db *db, usec_t now,
    struct entity_erase_counts *counts, struct err *err);

/* The columns that an export has: those of the entity, then CreationDate and ModificationDate. */
size_t entity_export_columns(const struct entity *e);

/* The whole rows from..from+n of a set of keys, columns as above. n at most ENTITY_CHUNK. */
int entity_rows_read(const struct entity_keys *k, struct db *db, size_t from, size_t n,
    struct arena *a, struct rows *out, struct err *err);

#endif
