/*
 * ref_missing - amounts without a reference amount after ComputeRefAmounts: for each currency how
 * many rows lack a rate and between which dates, and the amounts that do not fit the column.
 *
 * Two lists take turns from chunk to chunk, so a copy of the struct taken before a chunk is still
 * valid when the chunk is rolled back.
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
 * without rate, their first and last instant, amounts that do not fit the column. */
void ref_missing_add(struct run *run, struct ref_missing *m, const struct rows *found);

/* Writes the result, the log lines and, when anything is missing, the warning. It names the 20
 * currencies with the most rows and counts the others. */
void ref_missing_report(struct run *run, struct ref_missing *m);

#endif
