/*
 * event_loop - connections that are kept, and the epoll at which all threads of a worker wait for
 * them. Private to transport_event.c and event_*.c.
 *
 * A connection belongs to the loop while it waits for bytes, and to one thread from the event on
 * until the reply is sent.
 */
#ifndef FCGI_EVENT_LOOP_H
#define FCGI_EVENT_LOOP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "fcgi/transport/frame.h"
#include "lib/clock.h"

struct event_thread;

enum {
	EVENT_READ_BYTES = 64 << 10,
	EVENT_AWAITED_BYTES = 32 << 20	/* of large bodies that are waited for without a thread */
};

/* Who has a connection. Those that may want it at once, a thread that wakes, the sweep and the
 * drain, take it from the loop by compare and exchange. */
enum owner { OWNER_THREAD, OWNER_LOOP, OWNER_SWEEP, OWNER_DRAIN };

struct event_connection {
	struct event_connection *next, **link;
	int fd, is_polled;
	_Atomic int owner;
	_Atomic int64_t since;		/* first byte of a request; of an idle one, -(its end) */
	struct frame_request request;
	struct frame_bytes out;
	size_t stdout_at;		/* header of the record that is being filled */
	int is_record_open, is_lost;
	size_t awaited;			/* its share of the loop's */
	char *in;			/* what was read and not used, or NULL */
	size_t in_at, in_len;
};

struct event_loop {
	int epoll_fd, drain_fd, listen_fd, handed_mark;
	usec_t deadline;
	size_t body_max;
	_Atomic size_t awaited;		/* bytes of large bodies that are waited for */
	_Atomic int is_listening;	/* changed with the mutex held */
	int open_max;			/* connections */
	usec_t listen_at;		/* when it may listen again, if it does not */
	pthread_mutex_t mutex;		/* of the list; a connection in it is open */
	struct event_connection *connections;
	struct event_connection *handed; /* gone; a thread may still hold an event of theirs */
	_Atomic int64_t swept_at;
	_Atomic int is_draining, threads, awake, open;
};

/* Connections are accepted on fd: a worker's turn, until it has as many as its descriptors allow.
 * Without descriptors or memory it pauses, and others may accept. 0, or -1 and errno. */
int event_listen_begin(struct event_loop *l, int fd);

/* The loop drains: it accepts no more. */
void event_listen_end(struct event_loop *l);

/* Listens again when it may. The list's mutex is held. */
void event_listen_look(struct event_loop *l, usec_t now);

/* A connection that waits, if nobody was quicker; NULL else. */
struct event_connection *event_listen_accept(struct event_loop *l);

/* Makes one for fd, which is the caller's thread's, and its to destroy. NULL: no memory; fd stays
 * open. */
struct event_connection *event_connection_create(struct event_loop *l, int fd);

/* Closes it and frees it. */
void event_connection_destroy(struct event_loop *l, struct event_connection *c);

/* What of it is freed when nobody can hold it any more. */
void event_connection_free(struct event_connection *c);

/* Out of the list, and closed. The list's mutex is held. */
void event_connection_leave(struct event_loop *l, struct event_connection *c);

/* Gives it to whichever thread wakes next: 0, and from here on it may be gone; or -1. */
int event_connection_watch(struct event_loop *l, struct event_connection *c);

/* The same; it is destroyed when it cannot be watched. */
void event_connection_poll(struct event_loop *l, struct event_connection *c);

/* Sends b and empties it. 0, or -1: the peer is gone or takes nothing for the deadline. */
int event_connection_send(
    const struct event_loop *l, struct event_connection *c, struct frame_bytes *b);

/* 1: bytes are there; 0: none now; -1: there will be none. */
int event_connection_fill(struct event_connection *c);

/* 1: its request is ready; 0: it takes more bytes; -1: close it. */
int event_connection_read(struct event_loop *l, struct event_connection *c);

/* Forgets the request, ready for the next. */
void event_connection_next(struct event_loop *l, struct event_connection *c);

/* In the master: a pair of sockets through which connections pass to another worker, until
 * event_handover_end() or the master's death. 0, or -1 and errno. */
int event_handover_create(void);
void event_handover_end(void);

/* The end at which they come out, or -1. */
int event_handover_fd(void);

/* 1 while another worker is there, or will be, to take a connection. */
int event_handover_is_open(void);

/* Gives a connection without a request to another worker; the caller closes its own end. 0, or -1:
 * it could not. */
int event_handover_give(struct event_loop *l, struct event_connection *c);

/* In the master: closes what was given and nobody took. */
void event_handover_empty(void);

/* A connection that another worker gave, if nobody was quicker; NULL else. */
struct event_connection *event_handover_take(struct event_loop *l);

/* Waits for a connection whose request is ready, at most wait_ms. NULL: none, or *leave is 1. */
struct event_connection *event_loop_next(
    struct event_loop *l, struct event_thread *thread, int wait_ms, int *leave);

#endif
