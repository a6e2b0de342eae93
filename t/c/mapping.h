/*
 * mapping - for tests: runs one mapping as the queue's worker does, and writes what it made.
 */
#ifndef T_C_MAPPING_H
#define T_C_MAPPING_H

#include "lib/clock.h"

struct db;
struct err;
struct platform_context;
struct platform_row;

/* ctx: the arena, the message and the payload are set. In the caller's transaction. Returns an enum
 * platform_outcome or a negative code. */
int mapping_run(struct db *db, struct platform_context *ctx, const struct platform_row *row,
    usec_t now, struct err *err);

/* How often that called the mapping. */
extern int mapping_runs;

#endif
