/*
 * entity - the customer model: each entity described once (entity_table.c).
 * Names, oddities included, are those of the CRM360° data service; for entities whose page is
 * unknown, the vendor connectors' field names.
 */
#ifndef MODEL_ENTITY_H
#define MODEL_ENTITY_H

#include <stddef.h>

struct arena;

enum entity_type {
	ENTITY_UNSET,
	ENTITY_INT16,
	ENTITY_INT32,
	ENTITY_STRING, /* length characters, compared by language rules without case */
	ENTITY_CODE, /* length characters, compared by bytes, trailing blanks count: identifiers,
			SKUs, codes */
	ENTITY_TEXT, /* up to 65,535 bytes */
	ENTITY_DECIMAL, /* DECIMAL(19, length); travels as text */
	ENTITY_DATETIME, /* DATETIME(6) UTC */
	ENTITY_BOOLEAN
};

struct entity_column {
	const char *name;
	enum entity_type type;
	int length;
	int required;		/* NOT NULL without a default */
	const char *refers;	/* entity whose key it holds, or NULL */
	int indexed;		/* indexed for look-ups, but not a key */
	int calendar; /* ENTITY_DATETIME: a day of the calendar at 00:00, the same everywhere; no
			 zone moves it */
	int whole; /* of a text: a part of it is worth nothing (an address, a number, a link); what
		      is too long is left out, not cut */
	int once;		/* the first value that a row gets is kept */
	const char *made_from;	/* the service fills it, with the normal form of the mail address in
				 * this column (lib/format/mail_normal.h); nobody sets it.
				 * NULL = no */
	int guests;		/* identifiers of guests among its texts have their normal form, and
				 * are looked for in it (contact_identifier() of store/contact.h) */
	const char
	    *reserved; /* of a natural key: prefixes "code:|…" of names that only the service itself
			* may give to new rows; NULL = none */
};

enum {
	ENTITY_NATURAL_MAX = 3,
	ENTITY_COLUMNS_MAX = 80,
	ENTITY_COUNT_MAX = 128,
	ENTITY_CHUNK = 2000		/* rows that one statement reads or writes */
};

/* The owner of rows that all Sources share: zones, brands, types, Sources themselves. */
#define ENTITY_OF_ALL "*"

/* Some guests had identifiers with different spellings of one mailbox. The oldest contact kept the
 * mailbox's identifier. The identifier of each other one is this word, the normal form and its
 * ContactId, separated by blanks, until duplicates are merged. No new guest can get it, because a
 * normal form has no ASCII capitals. */
#define CONTACT_DUPLICATE "email:DUPLICATE"

struct entity {
	const char *set;	/* "Contacts" */
	const char *name;	/* "Contact", also the table */
	const char *key;	/* "ContactId" */
	int key_auto;		/* AUTO_INCREMENT */
	const char *natural[ENTITY_NATURAL_MAX +
	    1]; /* natural key, ends with NULL; none: rows are known by their key only */
	const char *owner; /* of which Source a row is (model/entity_owner.h): "SourceId"; a column
			    * that refers to the row whose Source it has; a set whose rows refer to
			    * it and have theirs ("ContactIdentifiers"); or ENTITY_OF_ALL */
	int grants; /* its rows have value for the person whom they name, so a Source alone may not
		     * write them */
	int decides;		/* a reference to one of its rows decides which row is meant, whose
				 * it is or whether it counts, so it may not be lost */
	const struct entity_column
	    *columns; /* ends with name NULL; CreationDate and ModificationDate come on top */
	const char *navigation; /* "Civility, Zone, PurchaseHeaders*": names as on the help page, *
				   = collection; NULL = none */
	const char *doc;
};

/* All entities; ends with name NULL. */
extern const struct entity entities[];

/* By name or set name, case ignored; NULL when there is none. */
const struct entity *entity_find(const char *name);

/* Index of a column, or -1. */
int entity_column_find(const struct entity *e, const char *name);

/* 1 when an invalid value of this column is left out; 0 when the row is refused for it. 0 for keys,
 * amounts, and whatever decides which row is meant, whose it is, whether it counts or which of two
 * states is newer. References to a list of words (a country, a civility) may be left out,
 * references to other rows may not. */
int entity_column_is_spare(const struct entity *e, const struct entity_column *c);

/* Checks the table: keys and natural keys exist, references exist, no name twice, each has an
 * owner. NULL or a sentence in a static buffer. */
const char *entity_lint(void);

/* CREATE TABLE text of an entity, from which sql/tenant/0001-entities.sql was made and with which a
 * test compares the schema. */
char *entity_ddl(struct arena *a, const struct entity *e);

/* The reserved prefix that the text begins with, in the arena; NULL when there is none. */
const char *entity_reserved(struct arena *a, const struct entity_column *c, const char *text);

#endif
