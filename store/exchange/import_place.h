/*
 * import_place - where on this machine the files of imports are: below the setting import_work, of
 * each tenant its own folder. staging holds what is on its way, results what became of the rows of
 * each file. Names are made of numbers alone, never of what somebody sent.
 */
#ifndef STORE_EXCHANGE_IMPORT_PLACE_H
#define STORE_EXCHANGE_IMPORT_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"

struct arena;
struct conf;
struct err;
struct store_import;

enum import_part {
	IMPORT_PART_UNSET,
	IMPORT_ACCEPTED,
	IMPORT_REJECTED,
	IMPORT_REASONS,
	IMPORT_NOT_REACHED	/* of a file that was not read to its end: what is left of it */
};

#define IMPORT_PART_NAMES "Accepted|Rejected|Reasons|NotReached"

/* A part by its name, which is one of these; and how its file's name ends: "accepted.csv". */
enum import_part import_part_find(const char *name);
const char *import_part_ending(enum import_part part);

/* Makes the tenant's folders. ERR_CONFIG: import_work is not set, or they cannot be made; the
 * sentence says how to mend it. */
int import_place_make(
    struct arena *a, const struct conf *conf, int64_t tenant_id, struct err *err);

/* The file of a part; of IMPORT_NOT_REACHED the whole file as it came, as long as it is needed. */
const char *import_place_result(struct arena *a, const struct conf *conf, int64_t tenant_id,
    int64_t import_id, enum import_part part);

/* A file on its way, known by n bytes of key. */
const char *import_place_staged(struct arena *a, const struct conf *conf, int64_t tenant_id,
    const void *key, size_t n);

/* What there is of a part: the file's bytes from at on, at most max. */
struct import_piece {
	int64_t at;			/* in */
	size_t max;			/* in */
	char *data;			/* out, in the arena */
	size_t n;			/* out; 0 = at is the end */
	int64_t of;			/* out: bytes of the whole part */
};

/* Reads a piece of a part of an import. ERR_NOT_FOUND: it is not on this machine, or was deleted
 * after import_keep_days. */
int import_place_read(struct arena *a, const struct conf *conf, int64_t tenant_id,
    const struct store_import *import, enum import_part part, struct import_piece *piece,
    struct err *err);

/* Deletes files of all tenants that nobody has written to since before. Failures are let be. */
void import_place_forget(const struct conf *conf, usec_t before);

#endif
