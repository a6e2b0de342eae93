/*
 * import_row - reads the rows of a map: for import_map.c.
 */
#ifndef MODEL_IMPORT_IMPORT_ROW_H
#define MODEL_IMPORT_IMPORT_ROW_H

struct import_map;
struct import_reading;
struct json_object;

/* Reads Rows into the map; faults are named by field. */
void import_rows_read(struct import_reading *r, const char *field, struct json_object *list,
    struct import_map *map);

#endif
