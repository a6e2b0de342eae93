/*
 * connection_ops - the operations on connections for the API, the command line and the processes:
 * make one, change it, read it with its secrets, remove it.
 */
#ifndef STORE_CONNECTION_CONNECTION_OPS_H
#define STORE_CONNECTION_CONNECTION_OPS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "model/connection/connection.h"
#include "store/connection/store_connection.h"
#include "store/db.h"

struct json_object;
struct secret_box;

enum { CONNECTION_OPS_MAX = 500 };	/* connections that a tenant may have */

/* Binds a stored row and opens its secrets. All of *out lives in a. ERR_CONFIG when the key is not
 * loaded or does not open them; ERR_PERMANENT when what is stored is no longer valid. */
int connection_ops_open(struct arena *a, const struct secret_box *box,
    const struct store_connection *row, struct connection *out, struct err *err);

/* The tenant's connection of a name, for a run. db: the registry's. key_file: of the settings.
 * ERR_PERMANENT, with a sentence that says how to mend it, when there is none, when it is not
 * enabled, or when it is of another kind than one of kinds ("Ftp|Folder"; NULL = any). */
int connection_ops_get(struct db *db, struct arena *a, const char *key_file, int64_t tenant_id,
    const char *name, const char *kinds, struct connection *out, struct err *err);

/* Asked with there (NULL = it is about to be made), before anything is read from the request and
 * again with what it is about to become (first NULL). Of a connection that it names as Drop, both
 * are this one's row. With a negative code nothing is changed. */
typedef int connection_ops_check(const struct store_connection *there,
    const struct store_connection *next, void *arg, struct err *err);

enum connection_ops_way {
	CONNECTION_OPS_UNSET,
	CONNECTION_OPS_ADD,	/* ERR_CONFLICT when there is one of that name */
	CONNECTION_OPS_SET,	/* ERR_NOT_FOUND when there is none */
	CONNECTION_OPS_PUT	/* either */
};

struct connection_setting {
	enum connection_ops_way way;
	int64_t tenant_id;
	const char *customer, *alias;	/* the tenant's names */
	const char *name;
	const struct connection_kind *kind; /* NULL = the stored one's */
	struct json_object *given;	/* members of the document; null = not given */
	const char *const *unset; /* names of members that are given no longer */
	size_t nunset;
	int by_api;			/* what only the command line may say is refused */
	const struct secret_box *box;
	usec_t now;
	connection_ops_check *check;	/* NULL = none */
	void *arg;
	struct store_connection *row;	/* out: the connection after the call, in a */
	int made, changed; /* out: made 1 = it is new; changed 0 = all was so already */
};

/*
 * Makes or changes a connection, in the open transaction. What is not given stays; a new one gets
 * the defaults. When the address leads to another server, each stored secret must be given again
 * or unset, so that it is not sent to somebody else by a change of the address alone. Stored
 * secrets that do not open are no hindrance when each of them is given or unset.
 *
 * FtpPassword of a Magento 1 shop must be given again when FtpHost or Drop changes.
 *
 * by_api: AllowPrivate is the command line's, and so is the address of a connection that has it; a
 * folder begins with customer and alias; a shop is not told the secrets of its Drop, so that
 * FtpHost, FtpUser and FtpPassword are required where Drop has secrets.
 *
 * ERR_BAD_REQUEST with faults by name; ERR_CONFLICT: another kind, or too many; ERR_DB_RETRY:
 * another has just made it, begin again.
 */
int connection_ops_set(
    struct db *db, struct arena *a, struct connection_setting *s, struct err *err);

struct connection_removal {
	int64_t tenant_id;
	const char *name;
	int rehearse;			/* only looks */
	connection_ops_check *check;	/* NULL = none; asked with there, which is locked */
	void *arg;
	struct rows dependents;		/* out: what names it */
};

/* Removes it, in the open transaction. ERR_NOT_FOUND; ERR_CONFLICT, with r->dependents, while
 * something names it. */
int connection_ops_remove(
    struct db *db, struct arena *a, struct connection_removal *r, struct err *err);

#endif
