/*
 * process_planned - processes that the API knows but this version does not have; requests for their
 * schedules are answered with 501.
 */
#include "config.h"

#include "process/process.h"

const struct process_row process_planned_rows[] = {
	PROCESS_PLANNED("Cleansing",
	    "Puts names, addresses, phones and mail addresses into their proper form.")
	PROCESS_PLANNED("Duplication", "Finds and merges duplicate contacts.")
	{ .name = NULL },
};
