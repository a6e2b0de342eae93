/*
 * feed - writes what a process reads from elsewhere (a file's rows, a shop's records): each record
 * is mapped as a webhook's body is (platform/platform.h), and the changes of a chunk are written
 * together.
 *
 * A chunk is one transaction, and the process's checkpoint is written in it: a run that dies and
 * begins anew where the checkpoint says does nothing twice and leaves nothing out. A record that
 * cannot be written is refused, with the reason, and the others are written. When a chunk meets
 * another's lock, it runs again, then in halves, each with a checkpoint of its own.
 */
#ifndef PROCESS_FEED_H
#define PROCESS_FEED_H

#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/format/writer.h"
#include "model/column_gen.h"
#include "model/row.h"
#include "platform/platform.h"
#include "store/entity/erased.h"

struct db;
struct err;
struct json_object;
struct limits;

enum { FEED_CHUNK_MAX = 1000 };	/* records */

/* A mapping, as in struct platform_row. */
typedef int feed_map_fn(struct platform_context *ctx, struct err *err);

/* A row that a record wrote, or found unchanged. */
struct feed_row {
	size_t entity;			/* 1 + its place in entities[] */
	enum entity_fate fate;
};

struct feed_record {
	/* In. */
	feed_map_fn *map;
	struct json_object *payload;	/* for ctx->payload; the caller's. NULL = none */
	const void *record;		/* for ctx->record; the caller's. NULL = none */
	const char *entity;		/* "Order", for ctx->message->entity */
	usec_t about;			/* the instant of the state that it tells; USEC_NONE: now */

	/* Out. Texts are in the feed's chunk, until the next one. */
	int rc;				/* 0 = taken; negative: refused, with the reason */
	int outcome;			/* of one that was taken: an enum platform_outcome */
	const char *reason;		/* a sentence; "" = none */
	const char *remarks;		/* JSON array of sentences; "" = none */
	const char *key;		/* the primary key of its first row; "" = none */
	const struct feed_row *rows;
	size_t nrows;
};

/* What became of rows of an entity. */
struct feed_count { int64_t inserted, updated, unchanged, superseded; };

struct feed_counts {
	int64_t read, taken, ignored, superseded, refused, remarks;
	struct feed_count of[E_COUNT + 1];
};

/* Notes in the chunk's transaction that the first n of its records are done; counts are of all that
 * was done up to there. 0 or a negative code. */
typedef int feed_checkpoint_fn(
    struct db *db, const struct feed_counts *counts, size_t n, void *arg, struct err *err);

struct feed {
	/* In. */
	struct db *db;			/* the tenant's */
	const char *key_file;		/* of the settings */
	int dry_run;
	struct platform_message seen;	/* what records are mapped as: Source, zone, brand, … */
	const char *says;		/* who says so, in a contact's history: "PrestaShop" */
	const struct limits *limits;	/* of the Source; NULL = none */
	feed_checkpoint_fn *checkpoint;	/* NULL = none */
	void (*committed)(size_t n, void *arg);	/* what checkpoint(n) noted stays; NULL = none */
	void *arg;

	struct feed_counts counts;	/* out; in: of the runs before this one */

	/* Of the work. */
	struct arena arena;		/* of a chunk */
	struct entity_guard guard;	/* against the return of erased persons */
	int is_guarded;
};

/* Writes a chunk of at most FEED_CHUNK_MAX records, in their order. A dry run maps and writes in
 * the same way and then rolls back, without a checkpoint. 0, also when records were refused, or a
 * negative code: then nothing since the last checkpoint stays. */
int feed_write(struct feed *f, struct feed_record *records, size_t n, struct err *err);

void feed_done(struct feed *f);

/* The counts as members of an open JSON object: Read, Taken, Refused … and per entity. */
void feed_report(const struct feed_counts *counts, struct writer *w);

/* The counts of an object that feed_report() wrote. */
void feed_read(struct json_object *o, struct feed_counts *out);

#endif
