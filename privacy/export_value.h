/*
 * export_value - values of the JSON document of an export.
 */
#ifndef PRIVACY_EXPORT_VALUE_H
#define PRIVACY_EXPORT_VALUE_H

#include <stddef.h>

#include "model/entity.h"

struct val;
struct writer;

/* A column's value. Bytes that are no UTF-8 are given as hexadecimal digits. */
void export_value(struct writer *w, enum entity_type type, const struct val *v);

/* A member: name with JSON as it is, nameText with other text, or nameBase64 with other bytes. */
void export_body(struct writer *w, const char *name, const char *p, size_t n);

#endif
