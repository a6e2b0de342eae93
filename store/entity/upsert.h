/*
 * entity_upsert - the bulk upsert, made from the description of an entity.
 */
#ifndef STORE_ENTITY_UPSERT_H
#define STORE_ENTITY_UPSERT_H

#include <stddef.h>

#include "lib/clock.h"
#include "model/entity.h"
#include "model/row.h"

struct arena;
struct consent;
struct db;
struct err;

/* Rows to upsert. columns[] are indexes into e->columns and must hold the natural key (or, without
 * one, the key). */
struct entity_batch {
	int columns[ENTITY_COLUMNS_MAX];
	size_t ncolumns, nrows;
	const struct val *values;	/* nrows * ncolumns, row after row */
	const struct consent *consent;	/* of the rows' opt-ins; NULL = consent_of() */
	int fill;			/* what a stored row has it keeps (store/entity/settle.h) */
	struct val *keys;		/* out: nrows primary keys (arena) */
	enum entity_fate *fates;	/* out: nrows (arena) */
};

/* Adds a column by name; ends the process when the entity has none (a fault of the program). */
void entity_batch_column(struct entity_batch *b, const struct entity *e, const char *name);

/* Upserts in the caller's transaction. Texts are written without outer blanks, columns with
 * .made_from are filled (store/entity/made.h). Per chunk one SELECT finds the known rows, one
 * INSERT adds the new ones, one UPDATE writes the changed ones; an unchanged row is not written, a
 * row that exists never takes an AUTO_INCREMENT value. A column that is not in the batch keeps its
 * value, and so does one that is .once and has a value. When the batch has SourceStamp, a row
 * whose stamp is older than the stored one is SUPERSEDED and not written. Opt-ins follow
 * model/change/consent.h, and their changes are kept (store/entity/settle.h). The same natural key twice:
 * the later row wins, both get the key. A race with another writer (1062) repeats the chunk once.
 * A Contact whose ContactId is given and not there is ERR_DB_RETRY: it was erased, or merged into
 * another, since the caller found it. On a connection with a guard (db_set_guard()) a row that
 * would bring back somebody who was erased is ERR_ERASED, and must be rolled back. ERR_DB_VALUE
 * names entity and column of a value that does not fit. On a connection with limits a row of
 * another zone or brand is ERR_FORBIDDEN (store/entity/limits.h). */
int entity_upsert(struct db *db, const struct entity *e, struct entity_batch *b, struct arena *a,
    usec_t now, struct err *err);

#endif
