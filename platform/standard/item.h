/*
 * platform_standard_item - reads one object of a Standard body by the entity's row in the table,
 * and finds its references and its own row.
 *
 * What is wrong is noted in ctx->in, by field. A negative result is the failure of an answer, or
 * ERR_ASKED. As long as answers miss, functions ask all they can and go on without them:
 * standard_items_wait() ends the run.
 */
#ifndef PLATFORM_STANDARD_ITEM_H
#define PLATFORM_STANDARD_ITEM_H

#include <stddef.h>
#include <stdint.h>

#include "model/change/known.h"
#include "model/row.h"

struct consent;
struct err;
struct platform_context;
struct json_object;
struct standard_value;

enum standard_action { STANDARD_INSERT, STANDARD_UPDATE, STANDARD_DELETE };

/* A row that is named from outside, by the natural key of entity_named_by(). */
struct standard_named {
	struct val key[ENTITY_NATURAL_MAX];
	int is_wrong;			/* its fault is noted */
};

struct standard_item {
	const char *prefix;				/* "" or "[3].": in front of field names */
	struct row *row;				/* what is said of it */
	unsigned char wrong[ENTITY_COLUMNS_MAX];	/* given, and its fault is noted */
	struct standard_named *external[ENTITY_COLUMNS_MAX]; /* external key given for the column */
	const struct standard_item *refers[ENTITY_COLUMNS_MAX]; /* of the same change, that it
								 * names; NULL: a stored row */
	struct standard_named *own_external;		/* a Contact's ExternalKey */
	struct contact_key who;		/* of own_external; identifier NULL: none */
	int has_stamp;		/* the body says as of when, and not of a time to come */
	int is_ensured;		/* it is added where it is not there, and never changed: nobody
				 * asks whether it is */
	int is_deletion;	/* it is marked as deleted where it is there, and never added */
	int foreign; /* it is not this Source's, and its fault is noted */
	struct val stored; /* key of the row that is there already, or SQL NULL */
};

struct standard {
	struct platform_context *ctx;
	const struct entity *e;
	enum standard_action action;
	const char *external[ENTITY_COLUMNS_MAX]; /* of each column the member that names what it
						     refers to from outside, or NULL */
	struct standard_item *items;
	size_t n;
	size_t gone, unknown;		/* of a deletion: rows taken away; elements of no row */
	const struct consent *consent;	/* of all rows */
	const struct standard *before;	/* what the same change says of another entity; NULL = no
					 * more */
};

/* Fills external: before the first standard_item_read(). */
void standard_items_begin(struct standard *s);

/* The member that names what column i refers to from outside, in the arena. */
const char *standard_external(const struct standard *s, int i);

/* Reads the members of o, or takes n values; fills what the message gives. */
void standard_item_read(struct standard *s, struct standard_item *item, struct json_object *o);
void standard_item_take(struct standard *s, struct standard_item *item,
    const struct standard_value *values, size_t n);

/* 1 when the item gives its own key. */
int standard_key_given(const struct standard *s, const struct standard_item *item);

/* The question for a row by the columns that name it, ended by NULL; wants its key. */
struct known_rows_of standard_question(
    const struct entity *e, const char *const *columns, const struct val *is);

/* 1 with the answer, 0 when it is not there yet, or a negative code. */
int standard_known(struct standard *s, const struct known_rows_of *of, struct known_rows *out,
    struct err *err);

/* 0, or ERR_ASKED when an answer misses. */
int standard_items_wait(struct standard *s, struct err *err);

/* Finds the rows that external keys and references name, for all items. */
int standard_items_refer(struct standard *s, struct err *err);

/* Which columns and rows the delivery may not touch: after both are found. Fills SourceId of new
 * rows that do not say theirs. */
int standard_items_owned(struct standard *s, struct err *err);

/* Finds each item's own row, and checks that it may be written: what is missing for a new one.
 * Waits for the answers. */
int standard_items_find(struct standard *s, struct err *err);

#endif
