/*
 * export_sink - takes the bytes of an exported file: counts them, compresses them on wish, makes
 * their checksum, and writes them to a file that nobody else sees.
 */
#ifndef PROCESS_EXPORT_EXPORT_SINK_H
#define PROCESS_EXPORT_EXPORT_SINK_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <zlib.h>

#include "lib/secret.h"

struct err;

struct export_sink {
	int fd;				/* the caller's; -1: nothing is kept */
	int64_t bytes;			/* of the file */
	unsigned char sha256[SECRET_SHA256_BYTES];	/* after export_sink_end() */
	EVP_MD_CTX *digest;
	z_stream gz;
	int is_gzip;
};

/* Begins the file anew: what fd held is gone. ERR_IO. */
int export_sink_begin(struct export_sink *s, int fd, int is_gzip, struct err *err);

/* ERR_IO: the disk is full, or the folder cannot be written to. */
int export_sink_add(struct export_sink *s, const char *bytes, size_t n, struct err *err);

/* What is left; fills sha256 and makes the file durable. */
int export_sink_end(struct export_sink *s, struct err *err);

/* After any of these, also a failed one. */
void export_sink_done(struct export_sink *s);

/* A file without a name in a folder, which is gone when it is closed. ERR_IO. */
int export_sink_open(const char *folder, int *fd, struct err *err);

#endif
