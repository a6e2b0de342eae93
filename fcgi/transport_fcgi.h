/*
 * transport_fcgi - requests through libfcgi on a listening socket.
 */
#ifndef FCGI_TRANSPORT_FCGI_H
#define FCGI_TRANSPORT_FCGI_H

#include "fcgi/transport.h"

struct transport_fcgi;

/* Once per process, before threads. */
int transport_fcgi_init(void);

/* Makes the per-thread state for a listening descriptor. NULL when out of memory. */
struct transport_fcgi *transport_fcgi_create(int fd);
void transport_fcgi_destroy(struct transport_fcgi **f);

/* Waits for a request. 0 and *t filled, or -1: leave the loop (shutdown, or an error that would repeat for ever). */
int transport_fcgi_accept(struct transport_fcgi *f, struct transport *t);

/* Ends the request. */
void transport_fcgi_finish(struct transport_fcgi *f);

/* No further accept in this process; safe in a signal handler. */
void transport_fcgi_shutdown(void);

#endif
