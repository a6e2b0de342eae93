/*
 * serve - one request's way: read, find, check access, bind, run, reply, log.
 */
#ifndef FCGI_SERVE_H
#define FCGI_SERVE_H

struct request_thread;
struct store_session;
struct transport;

/* Answers the request that is open on t and writes its log line. */
void serve(const struct transport *t, struct request_thread *thread);

/* The same for a request that a help page makes for who is signed in: with that user's rights,
 * whatever area this pool answers. Within another request's work, outside of a transaction. */
void serve_inside(
    const struct transport *t, struct request_thread *thread, const struct store_session *session);

#endif
