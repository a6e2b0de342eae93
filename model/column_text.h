/*
 * column_text - foreign texts that are too long for where they go.
 */
#ifndef MODEL_COLUMN_TEXT_H
#define MODEL_COLUMN_TEXT_H

#include "model/entity.h"
#include "model/val.h"

struct arena;
struct reader;

enum { COLUMN_TEXT_BYTES = 65535 }; /* of an ENTITY_TEXT */

/* 1 when the text, valid UTF-8, fits into the column. */
int column_text_fits(const struct entity_column *c, const char *text);

/* 1 when the body was repaired (json_repair()) and the text has a replacement character (U+FFFD):
 * such a text cannot name anything. */
int column_text_is_broken(const struct reader *r, const char *text);

/* 0, with a remark about the field (prefix and name joined), when the column holds mail addresses
 * and the text is not one. */
int column_text_is_sound(struct reader *r, const struct entity *e, const struct entity_column *c,
    const char *prefix, const char *name, const char *text);

/* The value to store for a text that does not fit: its beginning, cut at a character, or SQL NULL
 * when a part of it is useless (identifiers, addresses, links). In either case adds a remark about
 * the field, whose name is prefix and name joined. */
struct val column_text_cut(struct reader *r, const struct entity_column *c, const char *prefix,
    const char *name, const char *text);

/* A key of at most length characters: the text itself when it fits, else its beginning and a hash
 * of all of it. The same text gives the same key for ever. In the arena. */
const char *column_text_key(struct arena *a, const char *text, size_t length);

#endif
