/*
 * store_owner - tells whose a database is: the mark in a tenant's database, and the aliases that
 * the registry knows by it.
 *
 * A mark is a row in the tenant's own database: a unique number (database_uid), the registry that
 * gave it (registry_uid), and the customer and alias. It stays when its alias is removed, because
 * the data stay. A copy of a database has the mark of the original; store_owner_same() tells
 * whether two connections lead to one database.
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
	int there;			/* 0: the database has no mark */
	unsigned char database_uid[STORE_UID_BYTES], registry_uid[STORE_UID_BYTES];
	const char *customer, *alias;	/* as it was when the mark was given */
	unsigned char probe[STORE_UID_BYTES];
};

/* In a tenant's database. Creates the table for the mark, unless it exists. */
int store_owner_create(struct db *db, struct err *err);

/* Reads the mark; a database without the table has none. */
int store_owner_get(struct db *db, struct arena *a, struct store_owner *out, struct err *err);

/* Gives this mark to a database that has none. A database with another mark keeps that one, so read
 * the mark afterwards. */
int store_owner_put(struct db *db, const struct store_owner *o, usec_t now, struct err *err);

/* Replaces the mark old by this one. *changed 0: the database has another mark. */
int store_owner_replace(struct db *db, const struct store_owner *o,
    const unsigned char old[STORE_UID_BYTES], usec_t now, int *changed, struct err *err);

/* 1 when both connections lead to one database: one reads what the other writes. */
int store_owner_same(struct db *x, struct db *y, struct arena *a, struct err *err);

/* Asks the server which database the connection leads to. */
int store_owner_place(struct db *db, struct arena *a, const char **database, const char **server,
    struct err *err);

/*
 * In the registry.
 *
 * store_owner_hold(): a transaction that adds, changes or removes an alias calls it first; others
 * then wait until that transaction ends. Running programs see that aliases have changed.
 */
int store_owner_hold(struct db *db, struct err *err);
int store_owner_registry(struct db *db, struct arena *a, unsigned char out[STORE_UID_BYTES],
    struct err *err);

/* Aliases other than alias_id whose database has this mark (owner_bearers); aliases whose
 * database's mark is not known yet, by the database's name (owner_unmarked). */
int store_owner_bearers(struct db *db, struct arena *a, const unsigned char uid[STORE_UID_BYTES],
    int64_t alias_id, struct rows *out, struct err *err);
int store_owner_unmarked(struct db *db, struct arena *a, const char *database, int64_t alias_id,
    struct rows *out, struct err *err);

/* Stores the mark of an alias whose mark is not known yet. */
int store_owner_note(struct db *db, int64_t alias_id, const unsigned char uid[STORE_UID_BYTES],
    struct err *err);

/* *known 0: the alias's mark is not known yet. */
int store_owner_alias(struct db *db, struct arena *a, int64_t alias_id, int *known,
    unsigned char uid[STORE_UID_BYTES], int *shared, struct err *err);

#endif
