/*
 * json_list - a JSON array as a value, for a statement that takes many rows as one.
 */
#ifndef STORE_JSON_LIST_H
#define STORE_JSON_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "lib/format/writer.h"
#include "lib/text.h"
#include "store/db.h"

/* Its rows are written with w. */
struct json_list { struct buf text; struct writer w; };

/* Its text lives in the arena. */
void json_list_begin(struct json_list *l, struct arena *a);
struct val json_list_end(struct json_list *l);

/* An array of numbers. */
struct val json_list_of_ids(struct arena *a, const int64_t *ids, size_t n);

#endif
