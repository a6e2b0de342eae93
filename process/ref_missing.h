/*
 * ref_missing - amounts that ComputeRefAmounts gives no reference amount: by currency how many rows
 * lack a rate, from when to when, and the amounts that fit no column.
 *
 * Counted chunk by chunk, in two lists that take turns: a copy of the struct that was taken before
 * a chunk is still good when the chunk is rolled back.
 */
#ifndef PROCESS_REF_MISSING_H
#define PROCESS_REF_MISSING_H

#include <stddef.h>

#include "process/run.h"
#include "store/db.h"

struct ref_missing_row;

struct ref_missing {
	struct ref_missing_list {
		struct ref_missing_row *rows;
		size_t n, room;
	} lists[2]; /* by currency */
	int current;
};

/* Adds what a ref_*_missing statement found: currency ("" for none) in the order of bytes, rows
 * without rate, their first and last instant, amounts that fit no column. */
void ref_missing_add(struct run *run, struct ref_missing *m, const struct rows *found);

/* Result, log lines, and the warning when there is anything. The 20 currencies with most rows are
 * named, the others are counted. */
void ref_missing_report(struct run *run, struct ref_missing *m);

#endif
