/*
 * socket - a connect() and a poll() of our own in the executable, for libraries that give no access
 * to their sockets (libESMTP).
 *
 * connect() sets TCP_NODELAY: libESMTP writes in blocks of 2 KiB, and without it each mail above
 * 2 KiB waits 41 ms for a delayed acknowledgement. It also records the sockets that a guarded
 * thread connects, so that they can be shut down when the whole session takes too long; the
 * library's own limits are per step.
 *
 * poll() says of a socket of which it is asked, by two entries, whether it can be read and written
 * only that it can be written, when both are so. libESMTP would read before it writes: when the
 * session tickets of TLS 1.3 come in before its EHLO has gone out, it would wait for the reply to
 * what it never sent, until the time is over.
 */
#ifndef NET_SOCKET_H
#define NET_SOCKET_H

#include <pthread.h>
#include <signal.h>

struct socket_guard {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	long seconds, stop_s;
	const volatile sig_atomic_t *stop;	/* or NULL */
	int fds[4];
	int nfds, running, over, cut, expired;
};

/* From now on, sockets that this thread connects are shut down after so many seconds, or stop_s
 * seconds after *stop is set (stop NULL: never). One guard per thread at a time; no other socket
 * may be opened by it meanwhile. */
void socket_guard_start(
    struct socket_guard *g, long seconds, const volatile sig_atomic_t *stop, long stop_s);

/* aside 1: what this thread connects from now on is its own affair, until aside is 0 again. */
void socket_guard_aside(struct socket_guard *g, int aside);

/* Shuts them down now. */
void socket_guard_cut(struct socket_guard *g);

/* Ends it; 1 when the time was over, not when it was cut or stopped. */
int socket_guard_stop(struct socket_guard *g);

#endif
