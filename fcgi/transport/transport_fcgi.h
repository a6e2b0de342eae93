/*
 * transport_fcgi - requests through libfcgi on a listening socket.
 */
#ifndef FCGI_TRANSPORT_FCGI_H
#define FCGI_TRANSPORT_FCGI_H

#include "fcgi/transport/transport.h"

struct transport_fcgi;

/* Once per process, before threads. */
int transport_fcgi_init(void);

/* Makes the per-thread state for a listening descriptor, which must not block. NULL when out of
 * memory. */
struct transport_fcgi *transport_fcgi_create(int fd);
void transport_fcgi_destroy(struct transport_fcgi **f);

/* Takes a waiting connection and reads its request's environment; a peer that sends half of it
 * holds the caller. 0 and *t filled; 1: no connection waits (another thread or process was
 * quicker); -1: leave the loop, the error would repeat for ever. */
int transport_fcgi_accept(struct transport_fcgi *f, struct transport *t);

/* Ends the request. */
void transport_fcgi_finish(struct transport_fcgi *f);

#endif
