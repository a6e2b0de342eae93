/*
 * entity_limits - rows of the customer model against the zones and brands of a credential
 * (lib/limits.h).
 *
 * On a connection with limits (db_set_limits()) entity_put() and entity_delete() refuse with
 * ERR_FORBIDDEN, naming entity and key or column, whatever would touch a row that is of another
 * zone or brand: as it is stored, as it would be, or by what it refers to (a line is of its
 * purchase's zone, an address of its contact's). Zones and brands themselves are their own. A
 * row that is of none is open to all.
 */
#ifndef STORE_ENTITY_LIMITS_H
#define STORE_ENTITY_LIMITS_H

#include <stddef.h>

#include "model/entity.h"
#include "store/db.h"

struct arena;
struct db;
struct err;

/* The stored rows with these keys (SQL NULL = no row). 0 without limits; ERR_FORBIDDEN, or a
 * database error. */
int entity_limits_rows(struct db *db, const struct entity *e, const struct val *keys, size_t n,
    struct arena *a, struct err *err);

/* The same, but each that is refused gets its error (in a; one that has one keeps it), and the
 * others none. 0 or a database error. */
int entity_limits_each_row(struct db *db, const struct entity *e, const struct val *keys, size_t n,
    struct arena *a, struct err **refused, struct err *err);

/* The same of all rows, of any entity, that refer to a row of e with one of these keys. */
int entity_limits_referring(struct db *db, const struct entity *e, const struct val *keys, size_t n,
    struct arena *a, struct err *err);

/* Rows on their way: of each the values of all columns, NULL where nothing is said. */
struct entity_values {
	const struct val *const *rows;
	size_t nrows;
};

/* Each row that is refused gets its error, as above. */
int entity_limits_each_value(struct db *db, const struct entity *e, const struct entity_values *v,
    struct arena *a, struct err **refused, struct err *err);

#endif
