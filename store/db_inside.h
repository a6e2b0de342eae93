/*
 * db_inside - what a connection is made of. Private to store/db*.c.
 */
#ifndef STORE_DB_INSIDE_H
#define STORE_DB_INSIDE_H

#include <stdint.h>

#include <mysql.h>

#include "lib/arena.h"
#include "store/db.h"
#include "store/db_made.h"

struct db {
	MYSQL *mysql;
	MYSQL_STMT *stmts[Q_COUNT];	/* prepared when first used */
	struct db_made made;
	char *registry;			/* quoted name, NULL = none */
	struct arena scratch;		/* bindings of the running call */
	int64_t insert_id;
	int broken, in_transaction;
	int begin_due;		/* the transaction begins with its first statement */
	enum { SAVEPOINT_NONE, SAVEPOINT_DUE, SAVEPOINT_SET } savepoint; /* due: before a write */
	usec_t transaction_now; /* USEC_NONE until db_now() was called in this transaction */
	const struct entity_guard *guard;
	const struct consent *consent;
	const struct limits *limits;
	void *kept;			/* of db_keep() */
	void (*kept_done)(void *kept);
};

/* The code of the server's error no, which err then holds. what: the statement's name. A lost
 * connection is marked as broken. */
int db_fail(struct db *db, unsigned no, const char *what, struct err *err);

/* Sends what is due before a statement: the beginning of the transaction, and a savepoint when the
 * statement is none that only reads. */
int db_before(struct db *db, const char *sql, struct err *err);

#endif
