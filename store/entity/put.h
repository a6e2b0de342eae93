/*
 * entity_put - writes rows of the customer model as they were said (model/row.h), of any number of
 * changes together: what is stored of an entity is read and locked by one statement, decided in
 * memory, and written by few, in pieces of ENTITY_CHUNK rows. The outcome is that of one row after
 * the other, in their order.
 *
 * Texts are written without outer blanks, columns with .made_from are filled (store/entity/made.h).
 * An unchanged row is not written; a row that exists never takes an AUTO_INCREMENT value. A column
 * that is not said keeps its value, and so does one that is .once and has a value. A row that is
 * said to be of an older SourceStamp than the stored one is SUPERSEDED and not written. Opt-ins
 * follow model/change/consent.h, and their changes are kept (store/entity/settle.h).
 *
 * A row must say its natural key or, without one, its key; a row of an entity without a natural key
 * that says no key is new. A race with another writer (1062) repeats the piece once. A Contact
 * whose ContactId is said and not there is ERR_DB_RETRY: it was erased, or merged into another,
 * since the caller found it. A row that would bring back somebody who was erased is ERR_ERASED, and
 * must be rolled back. ERR_DB_VALUE names entity and column of a value that does not fit. On a
 * connection with limits a row of another zone or brand is ERR_FORBIDDEN
 * (store/entity/limits.h).
 */
#ifndef STORE_ENTITY_PUT_H
#define STORE_ENTITY_PUT_H

#include <stddef.h>

#include "lib/clock.h"
#include "model/row.h"

struct arena;
struct change;
struct db;
struct err;

struct entity_put {
	struct db *db;
	struct change **changes;	/* whose consent and guard hold; NULL = statements of
					 * nobody, and nobody was erased */
	size_t n;
	usec_t now;
	struct err **faults;		/* out, of a failure: of each change its own, in the
					 * arena; starts as NULLs. Without these changes the
					 * others may be tried */
};

/* Writes all rows of the changes in the caller's transaction; each gets its key and fate. A row may
 * refer to rows of the changes, and to rows that were written. The arena is for the time of the
 * work. What can be known to be wrong before anything is written is known then. 0 or a negative
 * code. */
int entity_put_changes(const struct entity_put *w, struct arena *a, struct err *err);

/* The same of one change, and of one row; the connection's consent and guard hold where the change
 * has none. A key that is a text is in the arena. entity_put() returns the row's fate. */
int entity_put_change(struct db *db, struct change *change, struct arena *a, usec_t now,
    struct err *err);
int entity_put(struct db *db, struct row *row, struct arena *a, usec_t now, struct err *err);

#endif
