/*
 * result_file - a file that says of a foreign file's rows what became of them, one of those that
 * were accepted, one of those that were rejected. It grows with the checkpoints of the import: what
 * was written behind the last one is cut off before more is written.
 */
#ifndef PROCESS_IMPORT_RESULT_FILE_H
#define PROCESS_IMPORT_RESULT_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/text.h"

struct err;

struct result_file {
	int fd;				/* -1: none is kept */
	struct arena arena;
	struct buf next;		/* what is to be written */
	int64_t durable;		/* its length, all of it on the disk; -1: not known */
};

/* Opens path, which is made when it is not there; NULL = none is kept. Its folder must be there.
 * ERR_IO. */
int result_file_open(struct result_file *f, const char *path, struct err *err);

/* Adds bytes, which are kept until result_file_write(). */
void result_file_add(struct result_file *f, const void *p, size_t n);

/* Adds a field of a CSV line, quoted where it must be, and what stands behind it: ';' or '\n'. */
void result_file_field(struct result_file *f, const char *text, char behind);

/* Writes all that was added, at offset at, and makes it durable; costs nothing where that is so
 * already. *length = the length then; what was added is forgotten. ERR_IO: the disk is full, or the
 * folder cannot be written to. */
int result_file_write(struct result_file *f, int64_t at, int64_t *length, struct err *err);

void result_file_close(struct result_file *f);

#endif
