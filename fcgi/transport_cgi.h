/*
 * transport_cgi - one request as plain CGI (RFC 3875): environment, standard input, standard output.
 */
#ifndef FCGI_TRANSPORT_CGI_H
#define FCGI_TRANSPORT_CGI_H

#include "fcgi/transport.h"

void transport_cgi_init(struct transport *t);

#endif
