/*
 * store_owner - whose database it is: the mark that a tenant's database bears, and which aliases
 * the registry knows by it.
 *
 * A mark is a row in the tenant's own database: a number of its own (database_uid), by whose
 * registry it was given (registry_uid), and to whom. It stays when its alias is removed, for the
 * data do. A copy of a database has the mark of the original: whether two connections lead to
 * one database is told by store_owner_same().
 */
#ifndef STORE_REGISTRY_STORE_OWNER_H
#define STORE_REGISTRY_STORE_OWNER_H

#include <stdint.h>

#include "lib/clock.h"

struct arena;
struct db;
struct err;
struct rows;

enum { STORE_UID_BYTES = 16 };

struct store_owner {
	int there;			/* 0: the database bears no mark */
	unsigned char database_uid[STORE_UID_BYTES], registry_uid[STORE_UID_BYTES];
	const char *customer, *alias;	/* as it was when the mark was given */
	unsigned char probe[STORE_UID_BYTES];
};

/* In a tenant's database. Makes the place for a mark, unless it is there. */
int store_owner_create(struct db *db, struct err *err);

/* Reads the mark; a database without a place for one bears none. */
int store_owner_get(struct db *db, struct arena *a, struct store_owner *out, struct err *err);

/* Gives a database that bears no mark this one. One that bears another keeps it: read it
 * afterwards. */
int store_owner_put(struct db *db, const struct store_owner *o, usec_t now, struct err *err);

/* Gives a database that bears old this one instead. *changed 0: it bears another. */
int store_owner_replace(struct db *db, const struct store_owner *o,
    const unsigned char old[STORE_UID_BYTES], usec_t now, int *changed, struct err *err);

/* 1 when both connections lead to one database: what is written by one is read by the other. */
int store_owner_same(struct db *x, struct db *y, struct arena *a, struct err *err);

/* What the server says that the connection leads to. */
int store_owner_place(struct db *db, struct arena *a, const char **database, const char **server,
    struct err *err);

/*
 * In the registry.
 *
 * Hold: whoever adds, changes or removes an alias calls it first in his transaction; another one
 * waits for its end. Running programs see that something has changed.
 */
int store_owner_hold(struct db *db, struct err *err);
int store_owner_registry(struct db *db, struct arena *a, unsigned char out[STORE_UID_BYTES],
    struct err *err);

/* Aliases whose database bears this mark, but for alias_id (owner_bearers); those of whose
 * databases nobody knows the mark yet, by the database's name (owner_unmarked). */
int store_owner_bearers(struct db *db, struct arena *a, const unsigned char uid[STORE_UID_BYTES],
    int64_t alias_id, struct rows *out, struct err *err);
int store_owner_unmarked(struct db *db, struct arena *a, const char *database, int64_t alias_id,
    struct rows *out, struct err *err);

/* Notes the mark of an alias whose mark is not known yet. */
int store_owner_note(struct db *db, int64_t alias_id, const unsigned char uid[STORE_UID_BYTES],
    struct err *err);

/* *known 0: the alias's mark is not known yet. */
int store_owner_alias(struct db *db, struct arena *a, int64_t alias_id, int *known,
    unsigned char uid[STORE_UID_BYTES], int *shared, struct err *err);

#endif
