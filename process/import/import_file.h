/*
 * import_file - reads a file into the tenant's database: its rows are records, a map says what they
 * mean (model/import/import_map.h), and each chunk of them is written with a checkpoint.
 *
 * A file that was read to its end before is left alone. One that was not is gone on with where its
 * last checkpoint says. Rows that cannot be taken are rejected, with the reason, and reading goes
 * on.
 */
#ifndef PROCESS_IMPORT_IMPORT_FILE_H
#define PROCESS_IMPORT_IMPORT_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/format/csv_reader.h"
#include "platform/platform.h"
#include "process/feed.h"
#include "store/exchange/store_import.h"

struct arena;
struct db;
struct err;
struct import_map;
struct limits;

enum { IMPORT_REJECTED_PERCENT = 10, IMPORT_PREVIEW = 10 };

/* Who hears of it. All may be NULL. */
struct import_listener {
	void (*progress)(void *arg, int64_t bytes, int64_t of, const struct feed_counts *counts);
	void (*log)(void *arg, const char *line);
	/* The first IMPORT_PREVIEW rows that were rejected. */
	void (*rejected)(void *arg, int64_t line, const char *reason);
	void *arg;
};

struct import_job {
	/* In. */
	struct db *db;			/* the tenant's */
	const char *key_file;
	int fd;				/* of the file; the caller's */
	const char *connection;		/* "" = of the command line */
	const char *name;		/* of the file, as the connection names it */
	usec_t modified_at;		/* as its server says; 0 and USEC_NONE = not said */
	int64_t run_id;			/* 0 = none */
	struct import_map *map;
	struct platform_message as;	/* what records are mapped as: tenant, Source, zone … */
	/* Result files; NULL = none is kept. Accepted: "Line;Key". Rejected: the rows as they came,
	 * behind the file's header, to be mended and sent again. Reasons: "Line;Reason" of them. */
	const char *accepted_path, *rejected_path, *reasons_path;
	/* Or: is asked for them when the import's number is known, and sets them. NULL = no. */
	int (*begun)(struct import_job *job, struct arena *a, void *arg, struct err *err);
	void *begun_arg;
	const struct limits *limits;	/* of the Source; NULL = none */
	int rejected_percent;		/* more than this share of rejected rows: it failed */
	int dry_run;
	int again;			/* a file that was read to its end is read once more */
	struct import_listener listener;

	/* Out. */
	struct store_import import;	/* texts in the arena; state: how it ended */
	struct feed_counts counts;
	int was_there;			/* 1: it had been read before; nothing was done */
	const char *const *unused;	/* columns that the map does not name; ends with NULL */
};

/* Reads all of it. 0, also when rows were rejected or (import.state) too many were; a negative code
 * when it could not be read or written to its end: ERR_BAD_REQUEST with faults for a file that does
 * not fit its map, before its first row; that is noted as refused. ERR_CONFLICT: another run has
 * taken it over. */
int import_file(struct import_job *job, struct arena *a, struct err *err);

#endif
