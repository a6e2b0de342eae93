/*
 * worker - one FastCGI worker process: threads that accept and serve until told to drain.
 */
#ifndef FCGI_WORKER_H
#define FCGI_WORKER_H

#include <stdatomic.h>
#include <stdint.h>

struct conf;

/* Told to drain, a worker has so long for what is open. */
enum { WORKER_THREADS_MAX = 256, WORKER_MERCY_S = 10 };

/* What the master sees of a worker, in shared memory. */
struct worker_slot {
	_Atomic int64_t busy_since[WORKER_THREADS_MAX]; /* monotonic microseconds of the request a
							   thread is in; 0 = idle */
	_Atomic uint64_t served;
	_Atomic int is_leaving;		/* it takes no more, whoever said so */
};

/* Serves on listen_fd until SIGTERM (which the kernel sends, too, when the master dies) or
 * conf->fcgi_max_requests, then lets go of the socket and finishes what is open. Returns the exit
 * status; but ends the process when a request does not end: the master would kill it, and there may
 * be none. */
int worker_run(const struct conf *conf, int listen_fd, struct worker_slot *slot);

/* Serves the one request of a plain CGI process. Returns the exit status. */
int worker_run_cgi(const struct conf *conf);

#endif
