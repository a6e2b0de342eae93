/*
 * import_files - which files of a folder an import takes, in what order, and by what map: the
 * parameters Patterns, Preset and Mapping of the process ImportFtp.
 *
 * Mapping is a map (import_map.h), for all patterns; or an object with a member for each pattern,
 * whose value is a map, or the name of a preset (import_preset.h). Patterns gives the order, else
 * Mapping's members do. Preset, in place of Mapping, names a preset for all patterns; unless
 * patterns are given, its own is the pattern.
 */
#ifndef MODEL_IMPORT_IMPORT_FILES_H
#define MODEL_IMPORT_IMPORT_FILES_H

#include <stddef.h>

#include "model/import/import_map.h"

struct arena;
struct err;
struct json_object;

enum { IMPORT_PATTERNS_MAX = 20, IMPORT_PATTERN_CHARS = 200 };

struct import_pattern {
	const char *glob;		/* as fnmatch(3) reads it */
	struct import_map *map;		/* patterns may share one */
};

struct import_files {
	struct import_pattern patterns[IMPORT_PATTERNS_MAX];
	size_t n;
	struct import_map maps[IMPORT_PATTERNS_MAX];
	size_t nmaps;
};

/* What is given; NULL = not. */
struct import_files_given {
	const char *patterns;		/* with commas between them */
	const char *preset;
	struct json_object *mapping;
};

/* ERR_BAD_REQUEST with faults whose fields begin with "Parameters.". import_files_done() is called
 * after an error, too. */
int import_files_read(struct arena *a, const struct import_files_given *given,
    struct import_files *out, struct err *err);
void import_files_done(struct import_files *files);

/* The first pattern that the name matches, or -1. */
int import_files_match(const struct import_files *files, const char *name);

/* The same reading, to see whether it can be: of the args of ImportFtp (struct process_kind). */
int import_files_check(struct arena *a, const void *args, struct err *err);

#endif
