/*
 * outlet - a document that goes to standard output, and whether whoever reads there took it all.
 *
 * A write into a pipe succeeds though its reader leaves before the end: "| head", a pager that is
 * ended. What is recorded as handed over must have been taken, so the last byte is kept back until
 * the rest is, and the writer waits for as long as the reader lives.
 */
#ifndef ADMIN_OUTLET_H
#define ADMIN_OUTLET_H

#include <stddef.h>
#include <stdio.h>

struct err;

struct outlet {
	FILE *file;
	char last;		/* the byte that is kept back */
	int has_last;
};

/* Writes n bytes. ERR_IO when they cannot be written. */
int outlet_write(struct outlet *o, const char *text, size_t n, struct err *err);

/* The document is whole: writes what is kept back. Of a pipe returns when its reader took
 * everything; ERR_IO when it left before that. */
int outlet_end(struct outlet *o, struct err *err);

#endif
