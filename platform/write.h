/*
 * platform_write - rows on their way to the entities: one at a time by column name, or many in one
 * batch.
 *
 * A text that is too long for its column is cut at a character, or left out where a part of it is
 * worth nothing (one row: the stored value stays; many: NULL); both are remarks. Keys that are too
 * long, and all else that a column refuses (out of range), are ERR_PERMANENT, naming entity and
 * column.
 */
#ifndef PLATFORM_WRITE_H
#define PLATFORM_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/format/decimal.h"
#include "model/entity.h"
#include "store/db.h"
#include "store/entity/upsert.h"

struct err;
struct json_object;
struct platform_context;

/* One row under construction. Columns that are not set keep their stored value. */
struct platform_write_row {
	const struct entity *entity;
	struct entity_batch batch;
	struct val values[ENTITY_COLUMNS_MAX];
};

void platform_write_row_init(struct platform_write_row *row, const char *entity);

/* Sets a column, again if it was set before. */
void platform_write_row_set(struct platform_write_row *row, const char *column, struct val value);

/* Takes a column out again, if it was set. */
void platform_write_row_unset(struct platform_write_row *row, const char *column);

/* The value that the column was set to, or NULL. */
const struct val *platform_write_row_get(const struct platform_write_row *row, const char *column);

/* The amount that the column was set to. *given is 0, and the amount too, when it was to none. */
struct decimal platform_write_row_amount(const struct platform_write_row *row, const char *column,
    int *given);

/* Sets the column to the text of a member, NULL when it is null, and leaves it alone when o has no
 * such member, or one that is no text, which is a remark. */
void platform_write_row_set_text(struct platform_context *ctx, struct platform_write_row *row,
    const char *column, struct json_object *o, const char *member);

/* Writes the row. Returns its enum entity_fate or a negative code; *key (may be NULL) gets the
 * primary key. */
int platform_write_row_put(
    struct platform_context *ctx, struct platform_write_row *row, int64_t *key, struct err *err);

/* Upserts many rows. columns is a NULL-ended list of names; values are nrows times that many, row
 * after row. keys and fates (may be NULL) get nrows each. */
int platform_write_rows(struct platform_context *ctx, const char *entity,
    const char *const *columns, const struct val *values, size_t nrows, const struct val **keys,
    const enum entity_fate **fates, struct err *err);

/* Rows of an entity of which those that a delivery no longer names are to be marked as deleted. */
struct platform_write_sweep {
	const char *entity;
	const char *const
	    *columns; /* natural key, then DeletionFlag, SourceStamp; ends with NULL */
	int identifier_first; /* the identifier is the first column of the natural key, else the
				 second */
	struct val other;		/* value of the other one */
	const struct rows *stored; /* first column: identifiers of the rows that are not deleted */
	const char *const *keep;	/* identifiers that the delivery names */
	size_t nkeep;
	usec_t stamp;			/* of the delivery */
};

/* Sets DeletionFlag and stamp on the stored rows that are not in keep. Returns how many, or a
 * negative code. */
int platform_write_sweep(
    struct platform_context *ctx, const struct platform_write_sweep *s, struct err *err);

#endif
