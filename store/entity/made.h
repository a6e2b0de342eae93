/*
 * entity_made - what is made of a row before it is written, by whoever it was: texts lose their
 * outer blanks, and columns that the service itself fills (.made_from) get their values.
 */
#ifndef STORE_ENTITY_MADE_H
#define STORE_ENTITY_MADE_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct db;
struct entity;
struct err;
struct val;

/* The values as they are looked for: values[] itself when they are so already. columns[] are
 * indexes into e->columns, values nrows * ncolumns. */
const struct val *entity_made_keys(const struct entity *e, const int *columns, size_t ncolumns,
    const struct val *values, size_t nrows, struct arena *a);

/* Makes of a row's values (of all columns of the entity, with those said) what is written, in
 * place; texts in the arena. A text of nothing but blanks is NULL; identifiers and codes stay as
 * they are, but for guests'. ERR_INTERNAL when a column is said that only the service fills. */
int entity_made_row(const struct entity *e, struct arena *a, struct val *values,
    unsigned char *said, struct err *err);

/* Rows that were looked at, those of them that changed, and the key of the last one. */
struct entity_made_rows { size_t read, changed; int64_t last; };

/* Fills the columns that the service makes anew, in the rows behind a key, limit at most, in the
 * order of keys; in the caller's transaction, the rows locked. ModificationDate stays: nothing
 * new was said. The entity has an integer for a key, and such a column. */
int entity_made_again(struct db *db, const struct entity *e, int64_t after, size_t limit,
    struct arena *a, struct entity_made_rows *done, struct err *err);

#endif
