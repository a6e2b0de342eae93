/*
 * mime - the use of GMime: reading the fields of a form post in parts (multipart/form-data,
 * RFC 7578).
 */
#ifndef NET_MIME_H
#define NET_MIME_H

#include <stddef.h>

#include <json-c/json.h>

struct arena;
struct err;

/* More than any form without files has. The library takes up to a hundred times this much
 * memory. */
enum { MIME_FORM_BYTES_MAX = 1 << 20, MIME_BOUNDARIES_MAX = 10000 };

/* The fields of n bytes as one JSON object of texts, which the caller frees;
 * lib/format/content.h says what a name that is given several times becomes, and the bounds. type:
 * the Content-Type with its boundary. Files are left out: *files counts them, but for those that
 * nobody chose. *repaired counts the characters that were no Unicode. ERR_PERMANENT when there are
 * no fields, or too many, or more bytes than a form may have. */
int mime_form(struct arena *a, const char *type, const char *p, size_t n,
    struct json_object **out, size_t *repaired, size_t *files, struct err *err);

#endif
