/*
 * transport - how a request reaches us: FastCGI (libfcgi) or plain CGI. Everything above does not
 * know which.
 */
#ifndef FCGI_TRANSPORT_H
#define FCGI_TRANSPORT_H

#include <stddef.h>

/* One open request. */
struct transport {
	void *state;
	/* A CGI variable, or NULL. */
	const char *(*variable)(const struct transport *t, const char *name);
	/* All variables as "NAME=value", ending with NULL. */
	char **(*variables)(const struct transport *t);
	/* Reads up to n body bytes; returns what came, 0 at the end. */
	size_t (*read)(const struct transport *t, void *out, size_t n);
	/* Writes the reply; 0, or -1 when the peer is gone. */
	int (*write)(const struct transport *t, const void *p, size_t n);
	/* Lets the peer have the reply as a whole before the request's work is over; nothing may be
	 * read or written any more. NULL: that comes later. */
	void (*finish)(const struct transport *t);
};

#endif
