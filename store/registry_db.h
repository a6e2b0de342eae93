/*
 * registry_db - connections to the registry, by the settings: the program's own user.
 */
#ifndef STORE_REGISTRY_DB_H
#define STORE_REGISTRY_DB_H

#include "lib/clock.h"

struct conf;
struct db;
struct db_target;
struct err;

/* A database of the registry's server, as the program's own user. NULL: none. */
struct db_target registry_db_target(const struct conf *c, const char *database, unsigned timeout_s);

/* Opens *db when it is NULL, anew when it is broken, and leaves it alone otherwise. timeout_s: how
 * long a statement's answer is waited for; 0 = 30. After a failure *db is NULL. The caller closes
 * it by db_close(). ERR_DB_GONE; err->native is 1049 when there is no such database. */
int registry_db_open(struct db **db, const struct conf *c, unsigned timeout_s, struct err *err);

/* The same, and proven alive (db_prove()). */
int registry_db_trust(struct db **db, usec_t *used, const struct conf *c, struct err *err);

/* The registry's server without a database, for making one. *out is the caller's to close. */
int registry_db_server(struct db **out, const struct conf *c, struct err *err);

#endif
