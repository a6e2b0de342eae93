/*
 * db_statement - named prepared statements on a connection (store/db.h), and generated text.
 */
#ifndef STORE_DB_STATEMENT_H
#define STORE_DB_STATEMENT_H

#include <stddef.h>
#include <stdint.h>

#include "store/db_rows.h"
#include "store/queries_gen.h"

struct arena;
struct db;
struct err;

/* Runs a statement that returns no rows. Returns the number of rows matched/affected (>= 0) or a
 * negative code. */
int64_t db_exec(struct db *db, enum query q, const struct val *args, size_t nargs, struct err *err);

/* The same for nrows argument rows (row after row in args) by array binding: one round trip. Must
 * run inside a transaction. Returns affected rows in total. All or nothing: a failing row leaves
 * the statement without effect. */
int64_t db_exec_bulk(
    struct db *db, enum query q, const struct val *args, size_t nrows, struct err *err);

/* Prepares a statement and compares it with its typed comments: number of values, number and kind
 * of result columns. For tests and `customerapi check`. */
int db_check_statement(struct db *db, enum query q, struct err *err);

/* AUTO_INCREMENT value of the last db_exec() insert. */
int64_t db_insert_id(const struct db *db);

/* Runs a statement and reads all its rows into the arena. */
int db_query(struct db *db, enum query q, const struct val *args, size_t nargs, struct arena *a,
    struct rows *out, struct err *err);

/* The same for an INSERT … VALUES (…) … RETURNING of nrows rows (row after row in args, each of the
 * values of its "in"): one statement, kept for each number of rows. */
int db_query_rows(struct db *db, enum query q, const struct val *args, size_t nrows,
    struct arena *a, struct rows *out, struct err *err);

/* The number in the first row of a statement that has one column; 0 when there is no row. */
int db_query_int(struct db *db, enum query q, const struct val *args, size_t nargs, int64_t *out,
    struct err *err);

/* As db_exec() and db_query(), with SQL text: only for store/entity/ (generated text),
 * store/migrate.c and admin's database creation. A connection keeps the statements that it used
 * last (store/db_made.h). */
int64_t db_exec_sql(struct db *db, const char *sql, size_t n, const struct val *args, size_t nargs,
    struct err *err);
int db_query_sql(struct db *db, const char *sql, size_t n, const struct val *args, size_t nargs,
    struct arena *a, struct rows *out, struct err *err);
/* As db_exec_bulk(), with SQL text: nrows rows of nargs values. */
int64_t db_exec_bulk_sql(struct db *db, const char *sql, const struct val *args, size_t nargs,
    size_t nrows, struct err *err);
/* The same with RETURNING: *out has a row for each of nrows, in their order. */
int db_query_bulk_sql(struct db *db, const char *sql, const struct val *args, size_t nargs,
    size_t nrows, struct arena *a, struct rows *out, struct err *err);
/* A statement that cannot be prepared (some DDL). No arguments, no rows. */
int db_run_sql(struct db *db, const char *sql, size_t n, struct err *err);

#endif
