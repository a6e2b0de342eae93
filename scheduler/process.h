/*
 * process - the work of each process kind of lib/process.h. t/00-rooms.t holds both lists together.
 */
#ifndef SCHEDULER_PROCESS_H
#define SCHEDULER_PROCESS_H

#include "scheduler/run.h"

struct process_work {
	const char *name;	/* as in process_kinds */
	run_fn *run;
};

extern const struct process_work process_works[];	/* ends with name NULL */

/* NULL when the kind has none. */
const struct process_work *process_work_find(const char *name);

#endif
