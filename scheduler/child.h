/*
 * child - the child processes of the daemon: a row per kind, and their loop.
 */
#ifndef SCHEDULER_CHILD_H
#define SCHEDULER_CHILD_H

#include "lib/os/wake.h"

struct conf;

enum { CHILD_KIND_MAX = 32 };	/* processes of one kind */

/* How a child is started by the parent. */
struct child_start {
	const char *name;		/* of this process, unique in time: in leases and history */
	const char *predecessor; /* a dead process whose leases are given back first, or NULL */
	int once;			/* leave when nothing is due */
	int wake_fd; /* a datagram here ends the sleep after a step that did nothing, or -1 */
	int beat_fd;			/* a byte is written here for every sign of life, or -1 */
};

struct child_kind {
	const char *name;		/* on the command line (--child) and in log lines */
	long (*count)(const struct conf *conf);	/* how many run, up to CHILD_KIND_MAX */
	long (*memory_mb)(const struct conf *conf); /* resident memory at which one is replaced */
	long (*mercy_s)(const struct conf *conf);	/* seconds between SIGTERM and SIGKILL */
	enum wake_kind wake;		/* by which its sleep is ended, or WAKE_NONE */
	int names_leases; /* its leases carry its process's name. When it dies, its successor gives
			     them back */
	/* Runs until SIGTERM or, once, until nothing is due. Returns the exit status. */
	int (*run)(const struct conf *conf, const struct child_start *start);
};

/* In the order in which --once runs them; ends with a row whose name is NULL. */
extern const struct child_kind child_kinds[];

const struct child_kind *child_kind_find(const char *name);	/* or NULL */

#endif
