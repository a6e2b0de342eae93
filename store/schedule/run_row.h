/*
 * run_row - the fields of a run (struct store_run) that the API and the command line show.
 */
#ifndef STORE_SCHEDULE_RUN_ROW_H
#define STORE_SCHEDULE_RUN_ROW_H

#include "store/field.h"

/* One run; run_row_listed, for lists, leaves out the end of the log. */
extern const struct field run_row[], run_row_listed[];

#endif
