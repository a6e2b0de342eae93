/*
 * serve - one request's way: read, find, check access, bind, run, reply, log.
 */
#ifndef FCGI_SERVE_H
#define FCGI_SERVE_H

#include "fcgi/transport/transport.h"

struct request_thread;
struct store_session;

/* Answers the request that is open on t and writes its log line. */
void serve(const struct transport *t, struct request_thread *thread);

/* The same for a request that a help page makes for who is signed in: with that user's rights,
 * whatever area this pool answers. Within another request's work, outside of a transaction. */
void serve_inside(
    const struct transport *t, struct request_thread *thread, const struct store_session *session);

/* A request that need not hold its thread while its message is committed. */
struct serve_later {
	struct transport transport;
	/* Called once when it is over, by the thread that committed it. */
	void (*over)(struct serve_later *later, struct request_thread *by);
};

/* As serve(). 0: it is over, and over() is not called. 1: it waits for its commit, and belongs to
 * over(), which may have been called by now. */
int serve_or_wait(struct serve_later *later, struct request_thread *thread);

/* Commits messages that wait and ends their requests, if no other thread is at it: 1. Else 0. To be
 * called after serve_or_wait() until it says 0. */
int serve_commit(struct request_thread *thread);

#endif
