/*
 * export_value - values and members of the JSON document of an export. Each member is separated
 * from the one before it.
 */
#ifndef PRIVACY_EXPORT_VALUE_H
#define PRIVACY_EXPORT_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "model/entity.h"

struct buf;
struct val;

/* A column's value. Bytes that are no UTF-8 are given as hexadecimal digits. */
void export_add_value(struct buf *b, enum entity_type type, const struct val *v);

void export_add_text(struct buf *b, const char *name, const char *text);
void export_add_int(struct buf *b, const char *name, int64_t n);

/* Never the first member of its object. t: USEC_NONE = null. */
void export_add_instant(struct buf *b, const char *name, usec_t t);

/* Never the first member of its object: name with JSON as it is, nameText with other text, or
 * nameBase64 with other bytes. */
void export_add_body(struct buf *b, const char *name, const char *p, size_t n);

#endif
