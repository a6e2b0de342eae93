/*
 * transport_cgi - one request as plain CGI (RFC 3875): environment, standard input, standard
 * output.
 */
#ifndef FCGI_TRANSPORT_CGI_H
#define FCGI_TRANSPORT_CGI_H

#include "fcgi/transport/transport.h"

void transport_cgi_init(struct transport *t);

/* Takes what of the body was not read, and drops it: a web server that cannot write it gives its
 * client no reply at all. At most 64 MiB, in 30 s, no longer than 5 s between two pieces. */
void transport_cgi_drain(void);

#endif
