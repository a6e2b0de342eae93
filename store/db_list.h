/*
 * db_list - a JSON array in an arena: many rows as one value of a statement, which reads it by
 * JSON_TABLE. The server takes a few microseconds a row; bulk binding would run the statement once
 * for each.
 *
 * db_list_begin(&l, a);
 * writer_int(&l.w, id);
 * value = db_list_end(&l);
 */
#ifndef STORE_DB_LIST_H
#define STORE_DB_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "lib/format/writer.h"
#include "model/val.h"

struct arena;

struct db_list { struct buf text; struct writer w; };

void db_list_begin(struct db_list *l, struct arena *a);

/* The value lives as long as the arena. */
struct val db_list_end(struct db_list *l);

struct val db_list_ids(struct arena *a, const int64_t *ids, size_t n);

#endif
