/*
 * import_value - reads what a map says of one value, and what its other parts share: for
 * import_map.c and import_row.c.
 */
#ifndef MODEL_IMPORT_IMPORT_VALUE_H
#define MODEL_IMPORT_IMPORT_VALUE_H

#include <stddef.h>

struct arena;
struct err;
struct import_value;
struct json_object;

/* Where the reading stands. Faults are named by their place in the map. */
struct import_reading {
	struct arena *a;
	struct err *err;
};

#define IMPORT_FAULT(r, field, ...) err_fault((r)->err, (r)->a, field, __VA_ARGS__)

/* where and name as one text, in the arena. */
const char *import_path(struct import_reading *r, const char *where, const char *name);

/* A text that is not empty, in the arena; NULL and a fault when it is none. */
const char *import_text(struct import_reading *r, const char *field, struct json_object *o);

/* The texts of a list of 1 to most; their number, or 0 and a fault. */
size_t import_texts(struct import_reading *r, const char *field, struct json_object *list,
    size_t most, const char **out);

void import_flag(struct import_reading *r, const char *field, struct json_object *o, int *out);

/* A fault for a member that is none of known (ends with NULL). */
void import_unknown(
    struct import_reading *r, const char *field, const char *name, const char *const *known);

/* A value: the name of a column, or an object. */
void import_value_read(struct import_reading *r, const char *where, struct json_object *o,
    struct import_value *v);

#endif
