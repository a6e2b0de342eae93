/*
 * db - one connection to MariaDB: how it is opened, its session, errors as ERR_ codes. With it come
 * its values (db_rows.h), statements (db_statement.h) and transactions (db_transact.h).
 *
 * A connection belongs to one thread at a time and, for life, to one database. Statements are those
 * of sql/queries.sql (enum query, generated into queries_gen.h); "{registry}" in their text becomes
 * the quoted name of the registry database when the connection is opened. Session: strict sql_mode,
 * utf8mb4, UTC, READ COMMITTED, innodb_lock_wait_timeout 5, read/write timeouts 30 s, no
 * auto-reconnect.
 *
 * Error mapping: 1213, 1205, 1020 -> ERR_DB_RETRY; lost connection -> ERR_DB_GONE (ERR_DB_UNCERTAIN
 * from COMMIT); read-only or full (1290, 1836, 1792, 1114, 1021, 1026, 1878, any error that
 * names ENOSPC or EDQUOT) -> ERR_DB_CLOSED; 1062 -> ERR_DB_DUPLICATE; 1264, 1265, 1292, 1366, 1406,
 * 1452, 4025 -> ERR_DB_VALUE; all else ERR_DB. err->native holds the MariaDB errno. Values never
 * appear in error texts; the number, the statement's name and the driver's words are for the inside
 * only (err_inside()).
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "store/db_statement.h"
#include "store/db_transact.h"
#include "store/db_rows.h"

struct arena;
struct db;
struct err;

/* Where to connect. Strings must outlive the call. */
struct db_target {
	const char *socket, *host;	/* socket wins when not NULL or "" */
	unsigned port;
	const char *user, *password;
	const char *database;		/* NULL = none (only for creating databases) */
	const char *registry; /* fills {registry}; NULL where no registry statement is used */
	const char *tls_ca;		/* see conf.h */
	unsigned timeout_s;		/* how long a statement's answer is waited for; 0 = 30 */
};

/* Opens a connection; for store/tenant.c and store/registry_db.c alone. On success *out must be
 * given to db_close(). ERR_DB_GONE when the server cannot be reached. */
int db_open(struct db **out, const struct db_target *t, struct err *err);
void db_close(struct db **db);		/* NULL pointers are fine; *db becomes NULL */

/* 0 when the connection is usable, else it must be closed and opened anew. (Set by any ERR_DB_GONE
 * or ERR_DB_UNCERTAIN.) */
int db_broken(const struct db *db);

/* A sign of life from the server, unless the connection was used less than trust_us ago or a
 * transaction is open; db_broken() says what came of it. *used: monotonic, when it was last given
 * out, which is now. The server closes idle connections, and may have been restarted: that must
 * not cost a client its request. */
void db_prove(struct db *db, usec_t *used, usec_t trust_us);

/* What entity_put() asks before it adds rows (store/entity/erased.h): set for the time of a
 * message's work, NULL for nothing. It must outlive that time. */
struct entity_guard;
void db_set_guard(struct db *db, const struct entity_guard *guard);
const struct entity_guard *db_guard(const struct db *db);

/* What the work at hand says of opt-ins that it writes (model/change/consent.h); as above. */
struct consent;
void db_set_consent(struct db *db, const struct consent *consent);
const struct consent *db_consent(const struct db *db);

/* The zones and brands of which rows may be written (store/entity/limits.h); as above. */
struct limits;
void db_set_limits(struct db *db, const struct limits *limits);
const struct limits *db_limits(const struct db *db);

/* What somebody keeps for the life of the connection, at most one thing; done() frees it with the
 * connection. NULL: nothing was kept. */
void db_keep(struct db *db, void *kept, void (*done)(void *kept));
void *db_kept(const struct db *db);

/* Quotes an SQL identifier with backticks. */
char *db_quote_name(struct arena *a, const char *name);

/* Once per process before threads start; and per thread end (libmariadb). */
void db_library_init(void);
void db_thread_end(void);

/* Server version as 100614 for 10.6.14. */
unsigned long db_server_version(struct db *db);

#endif
