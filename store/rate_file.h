/*
 * rate_file - currency rates as CSV (lib/format/csv_file.h), all or none, for API and command line.
 *
 * Columns CurrencyId, ValidFrom and Rate, in this order or in that of a first row with these names.
 * ValidFrom is a date, or a date and time, of the tenant's zone unless it has an offset.
 */
#ifndef STORE_RATE_FILE_H
#define STORE_RATE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"

struct arena;
struct db;
struct err;

enum { RATE_FILE_BYTES = 1 << 20 };

struct rate_file_result { int64_t rows, added, changed; };	/* the others were there already */

/* In the caller's transaction: sets all rates of a file's n bytes. time_zone: the tenant's.
 * ERR_BAD_REQUEST with a fault for each faulty row ("line 3"): then nothing was written.
 * ERR_TOO_LARGE beyond RATE_FILE_BYTES. A caller who rolls back has made a dry run. */
int rate_file_load(struct db *db, struct arena *a, const char *text, size_t n,
    const char *time_zone, usec_t now, struct rate_file_result *out, struct err *err);

/* A ValidFrom as above. 0, or a fault of that field. */
int rate_file_when(struct arena *a, const char *field, const char *text, const char *time_zone,
    usec_t *out, struct err *err);

#endif
