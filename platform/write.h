/*
 * platform_write - adds rows (model/row.h) to the change of a mapping.
 *
 * A text that is too long for its column is cut at a character, or left out when a part of it is
 * useless (in a single row the stored value stays; in a change it becomes NULL); both give a
 * remark. Keys that are too long, and other values that a column refuses (out of range), are
 * ERR_PERMANENT, naming entity and column.
 */
#ifndef PLATFORM_WRITE_H
#define PLATFORM_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "model/change/change.h"

struct err;
struct json_object;
struct known_rows;
struct platform_context;

/* Sets the column to the text of a member, or to NULL when it is null. The column is not said when
 * o has no such member, or when it is no text, which gives a remark. */
void platform_write_text(struct platform_context *ctx, struct row *row, enum column c,
    struct json_object *o, const char *member);

/* Stored rows, of which those that a delivery no longer names are marked as deleted. */
struct platform_sweep {
	enum entity_id entity;
	enum column identifier, other;	/* the natural key: what tells the rows apart, and the
					 * number that they share */
	enum column deletion, stamp;	/* DeletionFlag and SourceStamp of the entity */
	int64_t other_id;
	const char *const *keep;	/* identifiers that the delivery names */
	size_t nkeep;
	usec_t stamp_at;		/* of the delivery */
};

/* Adds the row to ctx->change, its texts as they fit (above). 0 or ERR_PERMANENT. */
int platform_put(struct platform_context *ctx, struct row *row, struct err *err);

/* The same for rows whose stored values are not the sender's: what is left out becomes NULL. */
int platform_put_whole(struct platform_context *ctx, struct row *row, struct err *err);

/* Adds rows that set DeletionFlag and stamp on stored rows that are not in keep. stored: in
 * the first column their identifiers. Returns how many, or a negative code. */
int platform_sweep(struct platform_context *ctx, const struct platform_sweep *s,
    const struct known_rows *stored, struct err *err);

/* The lines of a stored purchase that are not deleted, their Identifier. For platform_sweep(). */
int platform_known_lines(struct platform_context *ctx, int64_t header_id, struct known_rows *out,
    struct err *err);

#endif
