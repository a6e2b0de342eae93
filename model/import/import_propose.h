/*
 * import_propose - proposes what the columns of a sniffed file mean (lib/sniff/sniff.h): a map
 * (import_map.h), ready to be saved and used.
 *
 * A file of the vendor's exporters is known by the names of its columns, or by what they hold.
 * Otherwise the usual names of columns decide (import_role.h).
 */
#ifndef MODEL_IMPORT_IMPORT_PROPOSE_H
#define MODEL_IMPORT_IMPORT_PROPOSE_H

struct arena;
struct err;
struct sniff;

struct import_proposal {
	const struct import_preset *preset;	/* whose file it is; NULL = nobody's */
	const char *map;			/* JSON; NULL = nothing can be proposed */
	const char *reason;			/* a sentence */
	const char *const *names;		/* of the file's columns, as the map calls them */
	const char *const *ignored;		/* columns that the map does not use; ends with
						 * NULL */
};

/* All of it is in the arena. 0 or a negative code. */
int import_propose(
    struct arena *a, const struct sniff *s, struct import_proposal *out, struct err *err);

#endif
