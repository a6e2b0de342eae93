/*
 * entity_sql - parts of generated statements. Their sizes are few, so that a connection that keeps
 * the statements that it used last (store/db_made.h) prepares few.
 */
#ifndef STORE_ENTITY_SQL_H
#define STORE_ENTITY_SQL_H

#include <stddef.h>

#include "model/entity.h"

struct buf;

/* The size of a list that has room for n: a power of two. What is too much repeats the last. */
size_t entity_sql_size(size_t n);

/* "?, ?, ?" */
void entity_sql_places(struct buf *sql, size_t n);

/* "(a = ? AND b = ?) OR (…)" for n rows. columns[] are indexes into e->columns. */
void entity_sql_rows(struct buf *sql, const struct entity *e, const int *columns, size_t ncolumns,
    size_t n);

#endif
