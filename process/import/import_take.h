/*
 * import_take - takes one file of a connection: fetches it, imports it, puts its result files where
 * they belong, and moves it away. Each step is done once, whatever ends the process between two.
 */
#ifndef PROCESS_IMPORT_IMPORT_TAKE_H
#define PROCESS_IMPORT_IMPORT_TAKE_H

#include <stdint.h>

#include "lib/arena.h"
#include "lib/limits.h"
#include "lib/set.h"
#include "platform/platform.h"
#include "process/feed.h"
#include "process/import/import_file.h"

struct connection;
struct err;
struct import_files;
struct import_found;
struct run;
struct transfer;

/* What a run takes files with. */
struct import_taking {
	/* In. */
	struct run *run;
	const struct connection *connection;
	struct transfer *transfer;
	struct import_files *files;
	struct platform_message as;	/* Source, zone, brand … of the connection */
	const struct limits *limits;	/* of the Source; NULL = none */
	const char *folder;		/* of the files, below the connection's; "" = that itself */
	const char *done, *failed;	/* folders below it; "" = files stay */
	const char *results;		/* "" = beside the file; NULL = result files are not put */
	int64_t max;			/* bytes of a file */
	int rejected_percent, unpack, again;

	/* Of the run. */
	int64_t bytes, of;		/* of all files: read, to be read */
	int unreached;			/* files in a row for which the server was not there */
	struct arena scratch;		/* of one file */
	struct import_names { int is_read, is_full; struct set names; struct arena arena; }
	    in_done, in_failed;		/* names that are there */
};

/* How it ended. */
enum import_taken {
	IMPORT_TAKEN_UNSET,
	IMPORT_TAKEN_DONE,
	IMPORT_TAKEN_FAILED,		/* too much of it was rejected */
	IMPORT_TAKEN_REFUSED,		/* it cannot be read */
	IMPORT_TAKEN_BEFORE,		/* it was known */
	IMPORT_TAKEN_LATER		/* it stays for a later run */
};

struct import_outcome {
	enum import_taken how;
	const char *reason;		/* a sentence; "" = none */
	const char *trouble;		/* what must be mended, or may go by; "" = nothing */
	int64_t import_id;		/* 0 = none */
	int64_t bytes;
	struct feed_counts counts;
	const char *const *unused;	/* columns; NULL, or ends with NULL */
	struct import_reject { int64_t line; const char *reason; } rejects[IMPORT_PREVIEW];
	size_t nrejects;		/* the first ones */
};

/* 0 with *out, whose texts live in t->scratch; a negative code when no more file can be taken: the
 * database or the disk fails. */
int import_take(struct import_taking *t, const struct import_found *f, struct import_outcome *out,
    struct err *err);

void import_taking_done(struct import_taking *t);

#endif
