/*
 * store_cursor - where a connector stands in what it reads of a shop, in the tenant's database.
 *
 * A connector reads a resource ("orders") in passes: all that was changed since the last one, by
 * ascending id. A pass that is not over is gone on with behind the id that it has come to. Whoever
 * begins a run takes the connection over; an earlier run can then note nothing more.
 */
#ifndef STORE_STORE_CURSOR_H
#define STORE_STORE_CURSOR_H

#include <stdint.h>

#include "lib/clock.h"

struct db;
struct err;

enum { STORE_CURSOR_WORKER = 16, STORE_CURSOR_ABOUT_CHARS = 700 };

struct store_cursor {
	const char *connection, *resource;
	const char *scope;	/* a shop or website of the connection; "" = all */
	usec_t seen_at;		/* all that was changed before was read; USEC_NONE = nothing */
	usec_t pass_at;		/* when the open pass began; USEC_NONE = none is open */
	usec_t pass_from;	/* it reads what was changed from then on; USEC_NONE = all */
	int64_t pass_id;	/* the id that it has come to; 0 = none */
	usec_t swept_at;	/* when deletions were looked for last; USEC_NONE = never */
};

/* Takes a connection over, in the open transaction. about says what shop it is; when that is not
 * what it was, where the connector stood is forgotten. */
int store_cursor_take(struct db *db, const char *connection,
    const unsigned char worker[STORE_CURSOR_WORKER], const char *about, struct err *err);

/* Reads where it stands: out's connection, resource and scope say of what. */
int store_cursor_get(struct db *db, struct store_cursor *out, struct err *err);

/* Notes it, in the transaction that wrote what was read. ERR_CONFLICT: another run has taken the
 * connection over. */
int store_cursor_set(struct db *db, const struct store_cursor *at,
    const unsigned char worker[STORE_CURSOR_WORKER], struct err *err);

/* As store_cursor_set(), for work that has nothing to note. */
int store_cursor_hold(struct db *db, const char *connection,
    const unsigned char worker[STORE_CURSOR_WORKER], struct err *err);

#endif
