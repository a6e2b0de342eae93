/*
 * entity - the customer model: each entity described once (entity_table.c), and the bulk upsert made from the description.
 * Names, oddities included, are those of the CRM360° data service; for entities whose page is unknown, the vendor connectors' field names.
 */
#ifndef STORE_ENTITY_H
#define STORE_ENTITY_H

#include <stddef.h>

#include "lib/clock.h"
#include "store/db.h"

struct arena;
struct consent;
struct err;

enum entity_type {
	ENTITY_UNSET,
	ENTITY_INT16,
	ENTITY_INT32,
	ENTITY_STRING,		/* length characters, compared by language rules without case */
	ENTITY_CODE,		/* length characters, compared by bytes, trailing blanks count: identifiers, SKUs, codes */
	ENTITY_TEXT,		/* up to 65,535 bytes */
	ENTITY_DECIMAL,		/* DECIMAL(19, length); travels as text */
	ENTITY_DATETIME,	/* DATETIME(6) UTC */
	ENTITY_BOOLEAN
};

struct entity_column {
	const char *name;
	enum entity_type type;
	int length;
	int required;		/* NOT NULL without a default */
	const char *refers;	/* entity whose key it holds, or NULL */
	int indexed;		/* looked up by it, without being a key */
	int calendar;		/* ENTITY_DATETIME: a day of the calendar at 00:00, the same everywhere; no zone moves it */
	int whole;		/* of a text: a part of it is worth nothing (an address, a number, a link); what is too long is left out, not cut */
	int once;		/* the first value that a row gets stays */
	const char *made_from;	/* the service fills it, with the normal form of the mail address in
				 * this column (lib/mail_normal.h); nobody sets it. NULL = no */
	int guests;		/* identifiers of guests among its texts have their normal form, and
				 * are looked for in it (contact_identifier() of store/contact.h) */
	const char *reserved;	/* of a natural key: beginnings "code:|…" of the names that the service itself gives new rows, which nobody else may; NULL = none */
};

enum { ENTITY_NATURAL_MAX = 3 };

#define ENTITY_OF_ALL "*"	/* owner of what all Sources share: zones, brands, types, Sources themselves */

struct entity {
	const char *set;	/* "Contacts" */
	const char *name;	/* "Contact", also the table */
	const char *key;	/* "ContactId" */
	int key_auto;		/* AUTO_INCREMENT */
	const char *natural[ENTITY_NATURAL_MAX + 1];	/* natural key, ends with NULL; none: rows are known by their key only */
	const char *owner;	/* of which Source a row is (store/entity_owner.h): "SourceId"; a column that refers to the row whose Source it has; a set whose rows refer to it and
				 * have theirs ("ContactIdentifiers"); or ENTITY_OF_ALL */
	int grants;		/* its rows are worth something to whom they name: a Source alone may not give them */
	int decides;		/* what refers to one of its rows says which row is meant, whose it
				 * is or whether it counts: it may not be lost */
	const struct entity_column *columns;		/* ends with name NULL; CreationDate and ModificationDate come on top */
	const char *navigation;	/* "Civility, Zone, PurchaseHeaders*": names as on the help page, * = collection; NULL = none */
	const char *doc;
};

/* All entities; ends with name NULL. */
extern const struct entity entities[];

/* By name or set name, case ignored; NULL when there is none. */
const struct entity *entity_find(const char *name);

/* Index of a column, or -1. */
int entity_column_find(const struct entity *e, const char *name);

/* 1 when a row may lose what a sender says of this column rather than be refused for it: no key, no amount, nothing that decides which row is meant, whose it is, whether it
 * counts or which of two states is newer. What refers to a list of words (a country, a civility) may be lost, what refers to other rows may not. */
int entity_column_is_spare(const struct entity *e, const struct entity_column *c);

/* Checks the table: keys and natural keys exist, references exist, no name twice, each has an owner. NULL or a sentence in a static buffer. */
const char *entity_lint(void);

/* CREATE TABLE text of an entity, from which sql/tenant/0001-entities.sql was made and with which a test compares the schema. */
char *entity_ddl(struct arena *a, const struct entity *e);

/* The beginning of the text that is reserved in the column, in the arena; NULL when none is. */
const char *entity_reserved(struct arena *a, const struct entity_column *c, const char *text);

/* *exists = 1 when there is a row with this key. */
int entity_exists(struct db *db, const struct entity *e, const struct val *key, struct arena *a, int *exists, struct err *err);

enum entity_fate { ENTITY_FATE_UNSET, ENTITY_INSERTED, ENTITY_UPDATED, ENTITY_UNCHANGED, ENTITY_SUPERSEDED };

enum { ENTITY_COLUMNS_MAX = 80, ENTITY_CHUNK = 500 };

/* Rows to upsert. columns[] are indexes into e->columns and must hold the natural key (or, without one, the key). */
struct entity_batch {
	int columns[ENTITY_COLUMNS_MAX];
	size_t ncolumns, nrows;
	const struct val *values;	/* nrows * ncolumns, row after row */
	const struct consent *consent;	/* of the rows' opt-ins; NULL = consent_of() */
	int fill;			/* what a stored row has it keeps (store/entity_settle.h) */
	struct val *keys;		/* out: nrows primary keys (arena) */
	enum entity_fate *fates;	/* out: nrows (arena) */
};

/* Adds a column by name; ends the process when the entity has none (a fault of the program). */
void entity_batch_column(struct entity_batch *b, const struct entity *e, const char *name);

/* Upserts in the caller's transaction. Texts are written without outer blanks, columns with
 * .made_from are filled (store/entity_made.h). Per chunk one SELECT finds the known rows, one
 * INSERT adds the new ones, one UPDATE writes the changed ones; an unchanged row is not written, a
 * row that exists never takes an AUTO_INCREMENT value. A column that is not in the batch keeps its
 * value, and so does one that is .once and has a value. When the batch has SourceStamp, a row
 * whose stamp is older than the stored one is SUPERSEDED and not written. Opt-ins follow
 * store/consent.h, and their changes are kept (store/entity_settle.h). The same natural key twice:
 * the later row wins, both get the key. A race with another writer (1062) repeats the chunk once.
 * A Contact whose ContactId is given and not there is ERR_DB_RETRY: it was erased, or merged into
 * another, since the caller found it. On a connection with a guard (db_set_guard()) a row that
 * would bring back somebody who was erased is ERR_ERASED, and must be rolled back. ERR_DB_VALUE
 * names entity and column of a value that does not fit. On a connection with limits a row of
 * another zone or brand is ERR_FORBIDDEN (store/entity_limits.h). */
int entity_upsert(struct db *db, const struct entity *e, struct entity_batch *b, struct arena *a, usec_t now, struct err *err);

/* Finds rows by columns (indexes into e->columns; a key or a natural key, so that there is one row at most): values are nrows * ncolumns, none NULL. keys gets nrows primary keys,
 * SQL NULL where there is no such row. */
int entity_lookup(struct db *db, const struct entity *e, const int *columns, size_t ncolumns, const struct val *values, size_t nrows, struct arena *a,
    struct val *keys, struct err *err);

/* The same by keys; the rows stay to the end of the caller's transaction. */
int entity_hold(struct db *db, const struct entity *e, const struct val *values, size_t nrows,
    struct arena *a, struct val *keys, struct err *err);

/* The natural key of rows, by their keys: out gets nrows * (number of natural columns), all SQL NULL where there is no such row. */
int entity_natural_get(struct db *db, const struct entity *e, const struct val *keys, size_t nrows, struct arena *a, struct val *out, struct err *err);

/* The SourceStamp of rows of an entity that has one, by their keys, each locked until the
 * transaction ends: USEC_NONE where there is none, or no such row. */
int entity_stamps(struct db *db, const struct entity *e, const struct val *keys, size_t nrows,
    struct arena *a, usec_t *out, struct err *err);

/* Takes rows away by their keys: for entities without a DeletionFlag. Returns how many there were, or a negative code. */
int entity_delete(struct db *db, const struct entity *e, const struct val *keys, size_t nrows, struct arena *a, struct err *err);

#endif
