/*
 * export_file - writes one exported file: rows of a plan (model/export/export_plan.h), all or those
 * that changed.
 *
 * Rows come in the order of keys, some hundred at once, by statements of their own: writers never
 * wait, and memory does not grow with the rows. What changed is looked for first, by the instants
 * at which rows were written; a bit per key remembers it. A row that changes while the file is
 * written is in it as it was or as it is, and in the next file again.
 *
 * A transaction that was begun before an instant may be committed after it. So each file of changes
 * begins a while (overlap) before the end of the one before: some rows come again, as they are.
 *
 * A deleted row is a line with its key and DeletionFlag 1. An erased one too, from what was noted
 * at the erasure; when somebody is erased while the file is written, it is written anew.
 */
#ifndef PROCESS_EXPORT_EXPORT_FILE_H
#define PROCESS_EXPORT_EXPORT_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/secret.h"
#include "model/export/export_plan.h"
#include "store/exchange/store_export.h"

struct calendar_zone;
struct db;
struct err;

struct export_counts {
	int64_t rows;			/* of the root */
	int64_t lines;			/* of the file, without its header */
	int64_t deleted;		/* rows of which only that is told */
	int64_t unnamed;		/* contacts without identifier, whom nothing names */
	int64_t replaced;		/* characters that the encoding does not have */
	int64_t bytes;
};

struct export_job {
	/* In. */
	struct db *db;			/* the tenant's */
	struct store_export_box box;
	const struct export_plan *plan;
	int changed;			/* only what was written since; else all */
	usec_t since;
	usec_t until;			/* when the run began */
	const struct store_export *told; /* whose erased rows are told, too; NULL = none */
	const struct calendar_zone *zone;	/* of dates that are not ISO 8601 */
	int is_gzip;
	int fd;				/* where it goes; -1: it is only counted */
	void (*progress)(void *arg, int64_t done, int64_t total);	/* NULL = none */
	void *arg;

	/* Out. */
	struct export_counts counts;
	unsigned char sha256[SECRET_SHA256_BYTES];
	int64_t *gone;			/* what was told of erased rows, in the arena */
	size_t ngone;
};

int export_file(struct export_job *job, struct arena *a, struct err *err);

#endif
