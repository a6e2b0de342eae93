/*
 * platform_standard_item - reads one object of a Standard body by the entity's row in the table,
 * and finds its references and its own row.
 *
 * What is wrong is noted in ctx->in, by field; a negative result is a failure of the database
 * only.
 */
#ifndef PLATFORM_STANDARD_ITEM_H
#define PLATFORM_STANDARD_ITEM_H

#include <stddef.h>
#include <stdint.h>

#include "model/row.h"
#include "store/db.h"

struct err;
struct platform_context;
struct json_object;

enum standard_action { STANDARD_INSERT, STANDARD_UPDATE, STANDARD_DELETE };

struct standard_item {
	const char *prefix;				/* "" or "[3].": in front of field names */
	struct row *row;				/* what is said of it */
	unsigned char wrong[ENTITY_COLUMNS_MAX];	/* given, and its fault is noted */
	struct json_object *external[ENTITY_COLUMNS_MAX]; /* external key given for the column */
	struct json_object *own_external;		/* a Contact's ExternalKey */
	const char *identifier;				/* of own_external */
	int16_t identifier_source;
	int made;		/* the contact of own_external did not exist before this message */
	int has_stamp;		/* the body says as of when, and not of a time to come */
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
};

/* Fills external: before the first item is read. */
void standard_items_begin(struct standard *s);

/* Reads the members of o; fills what the message gives. */
void standard_item_read(struct standard *s, struct standard_item *item, struct json_object *o);

/* 1 when the item gives its own key. */
int standard_key_given(const struct standard *s, const struct standard_item *item);

/* Reads the natural key of entity "by" from o into out, one value for each of its columns. 1, or 0
 * and faults. */
int standard_natural_read(struct standard *s, const struct entity *by, const char *prefix,
    struct json_object *o, struct val *out);

/* Finds the rows that external keys and references name, for all items. */
int standard_items_refer(struct standard *s, struct err *err);

/* Which columns and rows the delivery may not touch: after both are found. Fills SourceId of new
 * rows that do not say theirs. */
int standard_items_owned(struct standard *s, struct err *err);

/* Finds each item's own row, and checks that it may be written: what is missing for a new one. */
int standard_items_find(struct standard *s, struct err *err);

#endif
