/*
 * import_look - finds the files of a folder that are to be taken: by pattern, whole, and in order.
 */
#ifndef PROCESS_IMPORT_IMPORT_LOOK_H
#define PROCESS_IMPORT_IMPORT_LOOK_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"

struct arena;
struct err;
struct import_files;
struct transfer;

struct import_found {
	const char *name;		/* below the connection's folder: "in/a.csv" */
	const char *own;		/* "a.csv" */
	const char *marker;		/* as name, of its marker; NULL = none */
	int64_t bytes;			/* -1 = not said */
	usec_t modified;		/* USEC_NONE = not said */
	int pattern;
};

struct import_look {
	/* In. */
	struct transfer *transfer;
	const char *folder;		/* below the connection's; "" = that itself */
	const struct import_files *files;
	const char *marker;		/* "{name}.done"; NULL = none is asked for */
	int stable_s;			/* between two looks; 0 = one is enough */

	/* Out. */
	struct import_found *found;	/* by pattern, then by name */
	size_t n;
	size_t growing, unmarked;	/* of those that match: left for later */
	size_t strange;			/* names that are no files' */
};

/* Names that begin with a dot, that end in .part, .tmp or .filepart, and those of result files are
 * left alone. Sleeps stable_s when there is anything to take. Codes of transfer_list(). */
int import_look(struct import_look *l, struct arena *a, struct err *err);

#endif
