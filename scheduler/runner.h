/*
 * runner - a run of a process: claims one, works it with a keeper beside it, settles it. One run
 * per operating-system process, see run.h.
 */
#ifndef SCHEDULER_RUNNER_H
#define SCHEDULER_RUNNER_H

#include <signal.h>

struct conf;
struct db;
struct err;

struct runner {
	const struct conf *conf;
	const char *worker; /* name in history */
	int beat_fd; /* signs of life go here while a run is at work, or -1 */
	int once;
	volatile sig_atomic_t
	    *want_stop; /* set: a run that is at work is given back and this process ends */
	struct db *registry;
};

/* *count = 1 when a run was worked. May end the process: when the run was cancelled, lost its lease
 * or passed a limit, or when told to stop. */
int runner_step(struct runner *r, int *count, struct err *err);

/* Resident memory in MiB at which the parent replaces a runner: above what any kind may take, whose
 * limit the keeper enforces. */
long runner_memory_mb(const struct conf *conf);

#endif
