/*
 * run_row - what is shown of a run, by the API and by the command line: rows of struct store_run.
 */
#ifndef STORE_SCHEDULE_RUN_ROW_H
#define STORE_SCHEDULE_RUN_ROW_H

#include "store/field.h"

/* One run; in a list without the end of its log. */
extern const struct field run_row[], run_row_listed[];

#endif
