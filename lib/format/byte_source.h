/*
 * byte_source - where the bytes of a foreign file are read from: a file, memory, or what a caller
 * makes. Reading names its offset, so that a reader can begin in the middle.
 */
#ifndef LIB_FORMAT_BYTE_SOURCE_H
#define LIB_FORMAT_BYTE_SOURCE_H

#include <stddef.h>
#include <stdint.h>

struct err;

/* Reads at most n bytes at offset into to. Returns how many, 0 only at the end; fewer than n say
 * nothing about the end. A negative code in err ends the reading. */
typedef int64_t byte_source_read(void *arg, int64_t offset, void *to, size_t n, struct err *err);

struct byte_source {
	byte_source_read *read;
	void *arg;
	int64_t size;		/* bytes in all; -1 = unknown: a pipe, which is read in order */
};

/* Reads n bytes at offset, fewer only at the end of the source. Returns how many, or its code. */
int64_t byte_source_fill(
    const struct byte_source *source, int64_t offset, char *to, size_t n, struct err *err);

/* Bytes in memory, which the caller keeps; the struct of them, too. */
struct byte_source_memory { const void *bytes; size_t n; };
struct byte_source byte_source_memory(struct byte_source_memory *memory);

/* An open file. *fd is the caller's, must stay where it is, and is not closed. What cannot be read
 * at an offset, such as a pipe, is read in order. err: ERR_IO with the system's reason. */
struct byte_source byte_source_fd(int *fd);

/* Opens a file, "-" = standard input. *fd as above; byte_source_close() closes all but standard
 * input. ERR_IO with the path and the system's reason. */
int byte_source_open(const char *path, int *fd, struct byte_source *out, struct err *err);
void byte_source_close(int *fd);

#endif
