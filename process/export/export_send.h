/*
 * export_send - brings an exported file to its connection's folder.
 */
#ifndef PROCESS_EXPORT_EXPORT_SEND_H
#define PROCESS_EXPORT_EXPORT_SEND_H

#include "lib/secret.h"

struct arena;
struct conf;
struct connection;
struct err;

struct export_sending {
	const struct conf *conf;
	const struct connection *connection;
	const char *name;
	int fd;				/* of the file */
	const unsigned char *sha256;	/* a file name.sha256 says it; NULL = none is sent */
	void (*log)(void *arg, const char *line);	/* of tries that failed */
	void *arg;
};

/* Each file is put under a temporary name and then renamed (net/transfer.h), the one with the
 * checksum last. A transfer that is broken off is tried again, three times in all. */
int export_send(const struct export_sending *s, struct arena *a, struct err *err);

#endif
