/*
 * import_map - how a file is written and what its columns mean: which rows of which entities a row
 * of it is, and where their values stand. A JSON object, for instance:
 *
 *	{ "File": { "Encoding": "Windows-1252", "Delimiter": ";", "Quote": "\"", "Header": true },
 *	  "GroupBy": ["order"],
 *	  "Rows": [
 *	    { "Entity": "Contact", "Members": {
 *	        "ExternalKey.Identifier": "customer", "FirstName": "first name",
 *	        "BirthDate": { "Column": "born", "Date": "dd/mm/yyyy" } } },
 *	    { "Entity": "PurchaseDetail", "Each": true, "Members": {
 *	        "Amount": { "Column": "total", "Decimal": "Comma" } } } ] }
 *
 * File: UTF-8, a comma, a double quote and a header unless it says otherwise; Quote "" = fields are
 * never quoted; "Columns" names those of a file without a header.
 *
 * A member is one of the entity, as in a body of the platform Standard; "ContactExternalKey.Email"
 * is a part of an external key. Where an Identifier of a contact is empty, "….Email" or "….Phone"
 * beside it names the contact.
 *
 * A value is the name of a column, or an object:
 * Column, or FirstOf (a list: the first that is not empty), or Constant;
 * Date: how a date is written (lib/format/cell.h), Zone: "UTC" when it is no local one. The
 * instant 0 of Unix is no date, because programs write it for none;
 * Decimal: Point, Comma or Last; otherwise, and with Last, the last mark counts;
 * Split: a character; the cell is a list, and its last part is the value;
 * Ordinal: true = behind the value of a second row of the record that has it stands "#2": lines of
 * purchases that have no number of their own;
 * Values: an object that replaces words; Label: a closed list (Country, PurchaseStatus …) whose
 * words it has; If: a column; the value counts only where that is not empty; Clear: true = an empty
 * cell clears the stored value, which it otherwise leaves as it is.
 *
 * Ensure: true = the row is added where it is not there, and never changed: a good of an order
 * line, whose own columns come from elsewhere. Match: "Sku" = the good is the one of the Source
 * that has this SKU; only when there is none, its Identifier names it.
 *
 * When: a column; the row is left out where that is empty. Deletion: a column; where that says yes
 * (1, true …), the row that is named is marked as deleted, and nothing else of it is taken; one
 * that is not there is not added.
 *
 * Rows of the kind Body make the record the body of a webhook, and what that platform's mapping
 * says holds: a purchase that comes by webhook and by file is one purchase.
 *
 *	{ "Body": "Magento/Command/Update", "Stamp": { "Column": "changed", "Date": "dd/mm/yyyy" },
 *	  "Members": { "ExternalKey.PurchaseIdentifier": "number" } },
 *	{ "List": "Details", "Each": true, "Members": { "Quantity": "pieces" } }
 *
 * A List row is an element of that list of the body. Stamp: as of when the record is; without one
 * it is as of its arrival, which alone changes nothing. A value is a text there, unless it has Date
 * or Decimal.
 *
 * A row without any value but constants is left out. GroupBy: rows of the file that have the same
 * values there, and follow one another, are one record; "Each" rows come from each of them, the
 * others from the first. Once: columns; of rows of a record that have the same values there, the
 * first counts. Child: a column, and columns of amounts; a row whose amounts are 0 is left out when
 * another has its value of the first column: a size of a product that is a line already.
 * Consent: Mention, when an opt-in 0 is no withdrawal, or Statement.
 * AsOf: a value; who was erased after this instant does not come back by the record. Without one it
 * is the Stamp, or the time of the import.
 */
#ifndef MODEL_IMPORT_IMPORT_MAP_H
#define MODEL_IMPORT_IMPORT_MAP_H

#include <stddef.h>

#include "lib/format/cell.h"
#include "lib/format/csv_reader.h"

struct arena;
struct entity;
struct err;
struct json_object;

enum {
	IMPORT_ROWS_MAX = 20,		/* rows of entities that a row of a file is */
	IMPORT_MEMBERS_MAX = 100,	/* of one of them */
	IMPORT_FIRST_OF_MAX = 8
};

struct import_value {
	const char *columns[IMPORT_FIRST_OF_MAX];
	int at[IMPORT_FIRST_OF_MAX];	/* their places in the file; set by import_map_bind() */
	size_t ncolumns;
	const char *constant;		/* NULL = none */
	enum cell_date date;		/* UNSET = as the column's type says */
	int is_utc;			/* dates are in UTC */
	int is_number;			/* Decimal is given */
	enum cell_mark decimal;
	char split;			/* between the parts of a list; '\0' = it is none */
	const char *label;		/* a list of labels; NULL = none */
	struct json_object *values;	/* of words; of the map's JSON; NULL = none */
	const char *only_with;		/* a column that must not be empty; NULL = none */
	int only_with_at;
	int clear;
	int ordinal;
};

/* Places of members that are no columns, and of parts that stand for an Identifier. */
enum { IMPORT_OWN = -1, IMPORT_WHOLE = -1, IMPORT_EMAIL = -2, IMPORT_PHONE = -3 };

struct import_member {
	const char *name;		/* "FirstName", or "ContactExternalKey" with a part */
	const char *part;		/* "Identifier"; NULL = none */
	int column;			/* of an entity: the place in its table of the column that
					 * the name means, or IMPORT_OWN: "ExternalKey" */
	int part_at;			/* of an entity: the part's place in the natural key;
					 * IMPORT_WHOLE = there is none; or IMPORT_EMAIL … */
	int names;			/* of an entity: it names its row, or another one */
	struct import_value value;
};

/* Columns of a file, and their places, which import_map_bind() sets. */
struct import_columns {
	const char *columns[IMPORT_FIRST_OF_MAX];
	int at[IMPORT_FIRST_OF_MAX];
	size_t n;
};

struct import_row {
	const struct entity *entity;	/* NULL: it is a body, or an element of a list of one */
	const char *body[3];		/* platform, entity, action; NULL: it is none */
	const char *list;		/* NULL: it is none */
	int each;
	int ensure;			/* added where it is not there, never changed */
	const char *when, *deletion;	/* columns; NULL = none */
	int when_at, deletion_at;	/* their places; set by import_map_bind() */
	int by_sku;			/* a good that is known by its SKU */
	struct import_value *stamp;	/* of a body; NULL = none */
	struct import_columns once, child;
	struct import_member *members;
	size_t nmembers;
};

struct import_map {
	struct csv_dialect dialect;
	const char **columns;		/* of a file without a header; dialect.fields of them */
	struct import_row *rows;
	size_t nrows;
	struct import_columns group;
	int is_mention;			/* Consent is Mention */
	struct import_value *as_of;	/* NULL = none */
	struct json_object *json;	/* what it was read of; freed by import_map_done() */
};

/* Reads a map; keeps a reference to json. ERR_BAD_REQUEST with faults whose fields begin with
 * where ("Mapping."). Whether an entity has a member is checked, whether a file has a column is
 * not. */
int import_map_read(struct arena *a, const char *where, struct json_object *json,
    struct import_map *out, struct err *err);
void import_map_done(struct import_map *map);

/* Finds the map's columns among those of a file (names compared without case). ERR_BAD_REQUEST with
 * a fault for each that is missing, and the nearest there is. *unused, in the arena, ends with
 * NULL: columns of the file that the map does not name. */
int import_map_bind(struct arena *a, struct import_map *map, const char *const *names, size_t n,
    const char *const **unused, struct err *err);

#endif
