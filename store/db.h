/*
 * db - one connection to MariaDB: named prepared statements, transactions, errors as ERR_ codes.
 *
 * A connection belongs to one thread and, for life, to one database. Statements are those of
 * sql/queries.sql (enum query, generated into queries_gen.h); "{registry}" in their text becomes
 * the quoted name of the registry database when the connection is opened. Session: strict sql_mode,
 * utf8mb4, UTC, READ COMMITTED, innodb_lock_wait_timeout 5, read/write timeouts 30 s, no
 * auto-reconnect.
 *
 * Error mapping: 1213, 1205, 1020 -> ERR_DB_RETRY; lost connection -> ERR_DB_GONE (ERR_DB_UNCERTAIN
 * from db_commit); read-only or full (1290, 1836, 1792, 1114, 1021, 1026, 1878, any error that
 * names ENOSPC or EDQUOT) -> ERR_DB_CLOSED; 1062 -> ERR_DB_DUPLICATE; 1264, 1265, 1292, 1366, 1406,
 * 1452, 4025 -> ERR_DB_VALUE; all else ERR_DB. err->native holds the MariaDB errno. Values never
 * appear in error texts; the number, the statement's name and the driver's words are for the inside
 * only (err_inside()).
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "model/val.h"
#include "store/queries_gen.h"

struct arena;
struct conf;
struct db;
struct err;

/* The arguments of one call: db_exec(db, Q_x, DB_ARGS(v_int(1), v_text("a")), err). DB_NONE for
 * none. */
#define DB_ARGS(...) (const struct val[]){ __VA_ARGS__ }, sizeof((const struct val[]){ __VA_ARGS__ }) / sizeof(struct val)
#define DB_NONE NULL, 0

/* A whole result in an arena. */
struct rows {
	size_t n, columns;
	struct val *cells;	/* n * columns, row after row */
};
enum { ROWS_ONLY };	/* the column of a statement that has one; the key in front */
const struct val *rows_at(const struct rows *r, size_t row, size_t column);
int64_t rows_int(const struct rows *r, size_t row, size_t column);	/* NULL gives 0 */
const char *rows_text(const struct rows *r, size_t row, size_t column);	/* NULL gives NULL */
usec_t rows_time(const struct rows *r, size_t row, size_t column);	/* NULL gives USEC_NONE */
int rows_null(const struct rows *r, size_t row, size_t column);

/* Where to connect. Strings must outlive the connection. */
struct db_target {
	const char *socket, *host;	/* socket wins when not NULL or "" */
	unsigned port;
	const char *user, *password;
	const char *database;		/* NULL = none (only for creating databases) */
	const char *registry; /* fills {registry}; NULL where no registry statement is used */
	const char *tls_ca;		/* see conf.h */
	unsigned timeout_s;		/* how long a statement's answer is waited for; 0 = 30 */
};

/* The registry itself, by the settings. */
struct db_target db_target_registry(const struct conf *c);

/* Opens a connection. On success *out must be given to db_close(). ERR_DB_GONE when the server
 * cannot be reached. */
int db_open(struct db **out, const struct db_target *t, struct err *err);
void db_close(struct db **db);		/* NULL pointers are fine; *db becomes NULL */

/* 0 when the connection is usable, else it must be closed and opened anew. (Set by any ERR_DB_GONE
 * or ERR_DB_UNCERTAIN.) */
int db_broken(const struct db *db);

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

/* Exactly the same with SQL text: only for model/entity.c (generated text), store/migrate.c and
 * admin's database creation. Not cached. */
int64_t db_exec_sql(struct db *db, const char *sql, size_t n, const struct val *args, size_t nargs,
    struct err *err);
int db_query_sql(struct db *db, const char *sql, size_t n, const struct val *args, size_t nargs,
    struct arena *a, struct rows *out, struct err *err);
/* A statement that cannot be prepared (some DDL). No arguments, no rows. */
int db_run_sql(struct db *db, const char *sql, size_t n, struct err *err);

/* Transactions. db_begin() refuses to nest. db_rollback() never fails: a broken connection has
 * rolled back by itself. */
int db_begin(struct db *db, struct err *err);
int db_commit(struct db *db, struct err *err);
void db_rollback(struct db *db);
int db_in_transaction(const struct db *db);
int db_savepoint(struct db *db, struct err *err);		/* one level, named by us */
int db_savepoint_rollback(struct db *db, struct err *err);
int db_savepoint_release(struct db *db, struct err *err);

/* The database's clock plus clock_offset_us(). Inside a transaction it is read once; all calls give
 * the same instant. */
int db_now(struct db *db, usec_t *now, struct err *err);

/* What entity_upsert() asks before it adds rows (store/entity/erased.h): set for the time of a
 * message's work, NULL for nothing. It must outlive that time. */
struct entity_guard;
void db_set_guard(struct db *db, const struct entity_guard *guard);
const struct entity_guard *db_guard(const struct db *db);

/* What the work at hand says of opt-ins that it writes (store/consent.h); as above. */
struct consent;
void db_set_consent(struct db *db, const struct consent *consent);
const struct consent *db_consent(const struct db *db);

/* The zones and brands of which rows may be written (store/entity/limits.h); as above. */
struct limits;
void db_set_limits(struct db *db, const struct limits *limits);
const struct limits *db_limits(const struct db *db);

/* Quotes an SQL identifier with backticks. */
char *db_quote_name(struct arena *a, const char *name);

/* Once per process before threads start; and per thread end (libmariadb). */
void db_library_init(void);
void db_thread_end(void);

/* Server version as 100614 for 10.6.14. */
unsigned long db_server_version(struct db *db);

#endif
