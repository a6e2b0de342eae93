/*
 * tenant - the connections to tenants' databases, of web, daemon and command line.
 *
 * A tenant on the registry's server is reached as the program's own user, and registry statements
 * work on its connection. One on another server is reached by the user of its alias alone, with the
 * password of its alias or none: never by the program's user or password, and registry statements
 * do not work there.
 */
#ifndef STORE_TENANT_H
#define STORE_TENANT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"

struct arena;
struct conf;
struct db;
struct err;
struct secret_box;
struct store_alias;

/* What the registry says of where a tenant's database is. Borrowed strings. */
struct tenant_place {
	int64_t alias_id;
	const char *database;
	const char *socket, *host; /* both "": the registry's own server */
	unsigned port;
	const char *user;	/* of another server */
	const char *password;	/* of another server, in clear; NULL: what is sealed */
	const void *sealed;	/* sealed under "alias:<alias_id>"; NULL = no password */
	size_t sealed_bytes;
};

struct tenant_place tenant_place_of(const struct store_alias *t);
int tenant_is_remote(const struct tenant_place *p);

/* Who opens connections: the settings, and the key that opens passwords of other servers. A box
 * that is NULL or not loaded: the key file is read for each password. */
struct tenant_opener {
	const struct conf *conf;
	const struct secret_box *box;
	unsigned timeout_s; /* how long a statement's answer is waited for; 0 = 30 */
};

/* Opens a connection that is the caller's to close. ERR_DB_GONE when the database cannot be
 * reached (err->native 1049: there is none of that name); ERR_CONFIG when the key cannot be read,
 * the password not be opened, or a remote alias has no user. */
int tenant_open(struct db **out, const struct tenant_opener *o, const struct tenant_place *p,
    struct err *err);

/* The server of p without a database, for making one. */
int tenant_open_server(struct db **out, const struct tenant_opener *o,
    const struct tenant_place *p, struct err *err);

/* Opens the sealed password of p. *out lives in a; NULL: it has none. */
int tenant_password(struct arena *a, const struct tenant_opener *o, const struct tenant_place *p,
    const char **out, struct err *err);

/* ------------------------------------------------------------------ a pool */

enum { TENANT_POOL_MAX = 16 };

/* One connection per alias for life, max of them; the least recently used goes first. One
 * thread uses it at a time. */
struct tenant_pool {
	size_t max;	/* 1 to TENANT_POOL_MAX; 0 = TENANT_POOL_MAX */
	struct tenant_link {
		int64_t alias_id; /* 0 = free */
		char *where;	  /* the place as one text: another text, another connection */
		struct db *db;
		usec_t used; /* monotonic: when it was last given out */
	} links[TENANT_POOL_MAX];
};

/* The connection to the tenant, proven alive when it has not been used for a while. *out belongs to
 * the pool and is valid until the next call. After a failure nothing of that tenant is kept. */
int tenant_pool_get(struct tenant_pool *pool, const struct tenant_opener *o,
    const struct tenant_place *p, struct db **out, struct err *err);

void tenant_pool_close(struct tenant_pool *pool);

#endif
