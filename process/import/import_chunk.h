/*
 * import_chunk - the rows of a file that are written together, as records: those of a file's map
 * that belong together are one.
 *
 * Rows are copied, so a chunk can be written again. It is bounded in rows, records and bytes.
 */
#ifndef PROCESS_IMPORT_IMPORT_CHUNK_H
#define PROCESS_IMPORT_IMPORT_CHUNK_H

#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "process/feed.h"

struct calendar_zone;
struct csv_reader;
struct err;
struct import_map;

/* A record lies in one chunk: one half of a purchase would take the lines of the other away. Beyond
 * ROWS no record begins, and one that goes beyond ROWS_MAX is refused. */
enum {
	IMPORT_CHUNK_RECORDS = FEED_CHUNK_MAX,
	IMPORT_CHUNK_ROWS = 4000,
	IMPORT_CHUNK_ROWS_MAX = 12000
};

/* A row of the file. */
struct import_chunk_row {
	int64_t line, offset, bytes;
	const char *raw;		/* as it came; NULL: too long to be kept */
	const char *const *cells;
	const char *wrong;		/* NULL, or why it cannot be read */
	int is_parted;			/* it begins a record, or a part of one, that is too long */
};

struct import_chunk {
	/* In. */
	struct csv_reader *reader;
	const struct import_map *map;	/* bound */
	const struct calendar_zone *zone;	/* of dates; NULL = UTC */
	size_t ncolumns;

	/* Out, until the next chunk. */
	struct arena arena;
	struct import_chunk_row rows[IMPORT_CHUNK_ROWS_MAX];	/* in the order of the file */
	size_t nrows;
	size_t first[IMPORT_CHUNK_RECORDS + 1];	/* of each record its first row; and their end */
	struct feed_record records[IMPORT_CHUNK_RECORDS];
	size_t n;			/* records */

	/* Of the work. */
	size_t bytes;
	struct import_chunk_row ahead;	/* the row that begins the next chunk */
	struct arena ahead_arena;
	int has_ahead, is_at_end;
};

/* Reads the next chunk: 1, or 0 when all is read. A code of csv_reader_next(). */
int import_chunk_read(struct import_chunk *c, struct err *err);

void import_chunk_done(struct import_chunk *c);

#endif
