/*
 * certificate - when a server's certificate ends, read from libcurl's certificate chain. For net/
 * only.
 */
#ifndef NET_CERTIFICATE_H
#define NET_CERTIFICATE_H

#include "lib/clock.h"

struct curl_certinfo;

/* The end of the first certificate, the server's own; USEC_NONE when there is none. chain may be
 * NULL. */
usec_t certificate_until(const struct curl_certinfo *chain);

#endif
