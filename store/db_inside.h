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

#endif
