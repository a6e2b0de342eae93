/*
 * import_results - the result files of an import: accepted ("Line;Key"), reasons ("Line;Reason"),
 * and rejected, the rows as they came behind the file's header, to be mended and sent again.
 */
#ifndef PROCESS_IMPORT_IMPORT_RESULTS_H
#define PROCESS_IMPORT_IMPORT_RESULTS_H

#include <stddef.h>
#include <stdint.h>

#include "process/import/result_file.h"

struct err;
struct import_chunk;
struct store_import;

struct import_results {
	struct result_file accepted, rejected, reasons;
	int fd;				/* of the imported file; the caller's */
	int64_t header_bytes;		/* of it, in front of its first row; -1 = not known yet */
};

/* Where they are; NULL = that one is not kept. */
struct import_results_paths { const char *accepted, *rejected, *reasons; };

/* import_results_close() is called after an error, too. */
int import_results_open(struct import_results *r, const struct import_results_paths *paths, int fd,
    struct err *err);

/* Adds what became of the records from first up to, without, last. at: what was noted before. */
void import_results_add(struct import_results *r, struct import_chunk *c, size_t first, size_t last,
    const struct store_import *at);

/* Writes what was added behind the lengths of at, and puts the new lengths into next. */
int import_results_write(struct import_results *r, const struct store_import *at,
    struct store_import *next, struct err *err);

void import_results_close(struct import_results *r);

#endif
