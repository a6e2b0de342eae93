/*
 * import_stage - brings a file of a connection onto this machine, into a file below the setting
 * import_work, and unpacks it there. A transfer that broke off goes on where it was, in this run
 * or a later one.
 */
#ifndef PROCESS_IMPORT_IMPORT_STAGE_H
#define PROCESS_IMPORT_IMPORT_STAGE_H

#include <stdint.h>

struct arena;
struct conf;
struct err;
struct import_found;
struct transfer;

struct import_stage {
	/* In. */
	const struct conf *conf;
	int64_t tenant_id, connection_id;
	struct transfer *transfer;
	int64_t max;			/* bytes, also unpacked */
	int unpack;			/* 1: a name that ends in .gz is unpacked */
	int once;			/* 1: what breaks off is not gone on with in this run */

	/* Out. */
	int fd;				/* of the file, to be read; -1 = there is none */
	const char *path;		/* where it is */
	const char *packed_path;	/* as it came, when that is another; else NULL */
	int packed_fd;
	int is_refused;			/* after an error: it is the file's fault, not the way's */
};

/* ERR_CONFLICT: another run is at work on it, or it changed meanwhile; it is for a later run.
 * ERR_TOO_LARGE and ERR_PERMANENT with is_refused: it is too long, or no gzip. Codes of
 * transfer_get(). import_stage_close() is called after an error, too. */
int import_stage_open(
    struct import_stage *s, struct arena *a, const struct import_found *f, struct err *err);

/* Removes what an earlier run left of a file; of s, what is in counts. */
void import_stage_forget(
    const struct import_stage *s, struct arena *a, const struct import_found *f);

/* 1 when a file of the name is unpacked, given the wish. */
int import_stage_is_packed(int unpack, const char *name);

/* Closes it; the file stays, so that a later run goes on with it. */
void import_stage_close(struct import_stage *s);

#endif
