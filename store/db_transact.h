/*
 * db_transact - transactions, and the one loop that repeats them after a lock conflict.
 *
 * Work that ends in ERR_DB_RETRY (1213, 1205, 1020, or a row that another took meanwhile) is rolled
 * back and runs again from its beginning, three times in all. A commit whose outcome is unknown
 * (ERR_DB_UNCERTAIN) and a lost connection are never repeated here: the caller knows whether its
 * work may be done twice. Nobody else begins, commits or repeats a transaction.
 */
#ifndef STORE_DB_TRANSACT_H
#define STORE_DB_TRANSACT_H

#include "lib/clock.h"

struct arena;
struct db;
struct err;

/* Work in a transaction. a: memory of this try; it is gone when the work returns, so what is to
 * last comes from elsewhere. Negative: roll back. What it sets through arg is set anew by another
 * try, or taken back by db_manner.reset. */
typedef int db_work_fn(struct db *db, struct arena *a, void *arg, struct err *err);

struct db_manner {
	int tries;	/* in all; 0 = three */
	long pause_ms;	/* before another try: so long to twice as long; 0 = 5 */
	int races_too;	/* a duplicate key is another writer's, who was quicker: again */
	int each_alone; /* no transaction: each statement of the work commits by itself */
	int undo;	/* rolled back in the end, even when all went well */
	void (*reset)(void *arg); /* called before another try: takes back what the last one did */
};

/* What the work returned (0 or more) when it is committed, or a negative code: the work's own, or
 * that of BEGIN or COMMIT. err holds what the last try said. A transaction must not be open. */
int db_transact(struct db *db, db_work_fn *work, void *arg, struct err *err);
int db_transact_as(
    struct db *db, const struct db_manner *m, db_work_fn *work, void *arg, struct err *err);

/* A step's result for a loop that comes round again anyway: 0 for a lock conflict that outlived all
 * tries, for the next round does that work; else rc. */
int db_left(int rc);

/* Whether work still met another's lock at its last try. */
int db_is_conflict(int rc);

/* Whether a statement that ended so has spoiled its transaction: going back to a savepoint does not
 * help. */
int db_spoils(int rc);

/* Inside a transaction. The server hears of a transaction with its first statement, and of a
 * savepoint with the first one behind it that writes. */
int db_in_transaction(const struct db *db);
int db_savepoint(struct db *db, struct err *err);		/* one level, named by us */

/* Each gives the savepoint up: who wants to go back once more sets another. */
int db_savepoint_rollback(struct db *db, struct err *err);
int db_savepoint_release(struct db *db, struct err *err);

/* The database's clock plus clock_offset_us(). Inside a transaction it is read once; all calls give
 * the same instant. */
int db_now(struct db *db, usec_t *now, struct err *err);

#endif
