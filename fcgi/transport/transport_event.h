/*
 * transport_event - FastCGI requests on connections that the web server keeps, many more than there
 * are threads: a thread holds a connection only while it serves a request of it. All threads of a
 * process wait at one epoll; a thread that wakes reads, and serves what is whole by then.
 */
#ifndef FCGI_TRANSPORT_EVENT_H
#define FCGI_TRANSPORT_EVENT_H

#include "fcgi/transport/transport.h"

struct event_loop;

/* A request of a connection; zero but for loop at first, and again when it is finished. */
struct transport_event {
	struct event_loop *loop;
	struct event_connection *connection;
};

/* What the loop knows of a thread that waits at it; zero at first. */
struct event_thread {
	int has_joined, is_awake;	/* it counts among the threads; it knows of the drain */
};

/* Once, before workers are forked: connections can then pass from one that leaves to another. 0, or
 * -1 and errno. */
int transport_event_prepare(void);

/* In the master, when all workers are to leave, before it tells them and until they have ended:
 * connections pass no more, and those under way are closed. */
void transport_event_last(void);

/* Once per process. listen_fd must not block. A peer has deadline_s for a request from its first
 * byte on. A body of up to body_max bytes is waited for without a thread, if not too many are; a
 * larger one, or one too many, is read by the thread that serves its request. NULL: errno says why.
 */
struct event_loop *transport_event_create(int listen_fd, long deadline_s, size_t body_max);

/* Closes what is open. No thread may be at the loop. */
void transport_event_destroy(struct event_loop **l);

/* From any thread: no new connections; those that are kept pass to another worker when they have no
 * request. One that cannot pass, because the master stops or is dead, answers one more request, and
 * is closed after a second of silence. Threads are told to leave when none is left. */
void transport_event_drain(struct event_loop *l);

/* Waits for a request, at most wait_ms: 0 and *t filled, 1: none came; -1: leave. *e must stay
 * where it is until the request is finished. */
int transport_event_take(struct transport_event *e, struct event_thread *thread,
    struct transport *t, int wait_ms);

/* Ends the request, if any; from any thread. */
void transport_event_finish(struct transport_event *e);

#endif
