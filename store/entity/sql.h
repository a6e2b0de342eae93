/*
 * entity_sql - parts of generated statements. Their sizes are few, so that a connection that keeps
 * the statements that it used last (store/db_made.h) prepares few.
 */
#ifndef STORE_ENTITY_SQL_H
#define STORE_ENTITY_SQL_H

#include <stddef.h>

#include "model/entity.h"

struct arena;
struct buf;
struct val;

/* The size of a list that has room for n: a power of two. What is too much repeats the last. */
size_t entity_sql_size(size_t n);

/* "?, ?, ?" */
void entity_sql_places(struct buf *sql, size_t n);

/* What names rows, as struct entity_names of store/entity/lookup.h. */
struct entity_names;

/* "FROM …" the entity, the rows that have one of the names; *args gets what stands for its marks.
 * One text serves all lengths: the names are a JSON array, which the server goes through row by
 * row. So it reads, and locks, no other row, in an order that is one for all writers, however small
 * it takes the table to be. A name that is there twice is looked for once.
 * A single name, and names that the array cannot say, have a mark for each value. */
void entity_sql_from(struct buf *sql, const struct entity_names *names, struct arena *a,
    const struct val **args, size_t *nargs);

/* "(a = ? AND b = ?) OR (…)" for n rows. columns[] are indexes into e->columns. */
void entity_sql_rows(struct buf *sql, const struct entity *e, const int *columns, size_t ncolumns,
    size_t n);

#endif
