/*
 * export_kind - what can be exported: the one table of it for process, command line and help.
 *
 * A kind is rows of an entity (the root), and often of another one that belongs to it (each): a
 * line of the file per line of a purchase. Its columns come from the entity table; nothing is named
 * by keys of the database but by natural keys, so that a file says the same in another tenant. A
 * contact is named by one of its identifiers, the first by Source and text.
 *
 * Names of columns: FirstName is the root's, Address.City that of the other entity, and
 * Store.StoreIdentifier of what StoreId refers to.
 */
#ifndef MODEL_EXPORT_EXPORT_KIND_H
#define MODEL_EXPORT_EXPORT_KIND_H

#include <stddef.h>

#include "model/entity.h"

struct arena;

enum { EXPORT_KEYS_MAX = 5, EXPORT_COLUMNS_MAX = 400 };

/* The kinds' names as choices of a parameter, in the order in which files are imported. */
#define EXPORT_KIND_NAMES \
	"Contacts|Identifiers|Stores|Goods|Cards|VoucherCategories|Vouchers|Purchases|Points|" \
	"DecisionContacts|DecisionMonths|DecisionContactability|DecisionCohorts"

struct export_kind {
	const char *name;
	const char *root;		/* an entity, or a decision table */
	const char *each, *by;		/* an entity, and its column that refers to the root */
	int names_only;			/* of the root there is only what names it */
	const char *keys[EXPORT_KEYS_MAX + 1];	/* of a decision table: its primary key */
	const char *doc;
};

extern const struct export_kind export_kinds[];	/* ends with name NULL */

/* By name, in any case; NULL when there is none. */
const struct export_kind *export_kind_find(const char *name);

/* The entities that its rows are of. A decision table is described as an entity is; each may be
 * NULL. */
const struct entity *export_kind_root(const struct export_kind *kind);
const struct entity *export_kind_each(const struct export_kind *kind);

/* 1 for a decision table: it is computed, so it is exported whole and never imported. */
int export_kind_is_made(const struct export_kind *kind);

struct export_column {
	const char *name;		/* in the file */
	const struct entity *of;	/* the root, or each */
	const struct entity_column *c;	/* whose values they are: a column of "of", or of what it
					 * refers to */
	const struct entity_column *through; /* the column of "of" that refers there; NULL = none */
	const struct entity *by;	/* c is a column of it */
	int is_each;			/* of is each */
	int is_key;			/* part of what names the row */
	int is_own;			/* a contact's own identifier */
	int is_more;			/* only on wish: keys of the database, and when rows were
					 * written */
};

/* All columns of a kind, in the arena; ends with name NULL. */
const struct export_column *export_columns(
    struct arena *a, const struct export_kind *kind, size_t *n);

/* What stands in a column: "String(200). Part of what names the row." */
const char *export_column_doc(struct arena *a, const struct export_column *column);

/* NULL, or a sentence with the first fault of the table (in a static buffer). */
const char *export_kind_lint(void);

#endif
