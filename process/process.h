/*
 * process - the work of each process kind of model/process.h. t/00-rooms.t holds both lists
 * together.
 */
#ifndef PROCESS_PROCESS_H
#define PROCESS_PROCESS_H

#include "process/run.h"

struct process_work {
	const char *name;	/* as in process_kinds */
	run_fn *run;
};

extern const struct process_work process_works[];	/* ends with name NULL */

/* NULL when the kind has none. */
const struct process_work *process_work_find(const char *name);

#endif
