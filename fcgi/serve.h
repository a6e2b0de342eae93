/*
 * serve - one request's way: read, find, check access, bind, run, reply, log.
 */
#ifndef FCGI_SERVE_H
#define FCGI_SERVE_H

struct request_thread;
struct transport;

/* Answers the request that is open on t and writes its log line. */
void serve(const struct transport *t, struct request_thread *thread);

#endif
