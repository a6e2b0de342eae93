/*
 * import_preset - the mappings that come with the program: of the files that the vendor's exporters
 * for Magento 1 and 2 write. Each is a file of JSON in model/import/presets/, in the language of
 * import_map.h; a file on a disk may begin with a copy of it.
 */
#ifndef MODEL_IMPORT_IMPORT_PRESET_H
#define MODEL_IMPORT_IMPORT_PRESET_H

struct arena;
struct err;
struct import_map;

struct import_preset {
	const char *name;	/* "Magento2.Order" */
	const char *pattern;	/* of its files' names, as fnmatch(3) reads it */
	const char *map;	/* JSON */
	const char *shape;	/* what the columns of a file without a header hold, a letter each
				 * (import_propose.c); NULL = its files have a header */
	const char *doc;	/* sentences */
};

extern const struct import_preset import_presets[];	/* ends with name NULL */

/* A preset by name (case ignored), or NULL. */
const struct import_preset *import_preset_find(const char *name);

/* The preset's mapping; to be freed by import_map_done(), also after a failure. 0 or a negative
 * code. */
int import_preset_read(struct arena *a, const struct import_preset *preset,
    struct import_map *out, struct err *err);

#endif
