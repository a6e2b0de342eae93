/*
 * db_bind - between struct val and libmariadb's binding structures. Private to store/db.c.
 */
#ifndef STORE_DB_BIND_H
#define STORE_DB_BIND_H

#include <stddef.h>

#include <mysql.h>

#include "store/db.h"

/* Fills n bindings for one execution from n values; memory from a. The values' strings must outlive
 * the execution. */
MYSQL_BIND *db_bind_args(struct arena *a, const struct val *args, size_t n);

/* Fills ncols bindings for array execution from nrows * ncols values, row after row. A column's
 * values are of one kind or NULL. */
MYSQL_BIND *db_bind_bulk(struct arena *a, const struct val *args, size_t nrows, size_t ncols);

/* Reads the whole result of an executed statement into out (memory from a). Returns 0, or 1 when
 * the statement's error says why not. */
int db_bind_fetch(MYSQL_STMT *stmt, struct arena *a, struct rows *out);

/* The kinds of a prepared statement's result columns as the letters of query_row.out (i, t, b, d);
 * "" when it has no result. */
void db_bind_kinds(MYSQL_STMT *stmt, char *out, size_t size);

#endif
