/*
 * worker - the child processes of the daemon: queue worker and mailer.
 */
#ifndef SCHEDULER_WORKER_H
#define SCHEDULER_WORKER_H

struct conf;

/* How a child is started by the parent. */
struct worker_start {
	const char *name;		/* of this process, unique in time: in leases and history */
	const char *predecessor;	/* a dead process whose leases are given back first, or NULL */
	int once;			/* leave when nothing is due */
	int beat_fd;			/* a byte is written here for every sign of life, or -1 */
};

/* Works the queue off until SIGTERM (or, once, until nothing is due). Returns the exit status. */
int worker_run(const struct conf *conf, const struct worker_start *start);

/* Sends mails until SIGTERM (or until nothing is due). Returns the exit status. */
int worker_run_mailer(const struct conf *conf, const struct worker_start *start);

#endif
