/*
 * json - reading foreign JSON strictly, on json-c.
 *
 * json-c's own strict mode still takes single quotes, NaN, duplicate names and clamps integers that
 * are too big; json_parse() first walks the bytes by RFC 8259 and refuses all that, with the offset
 * of the fault, before json-c sees them.
 */
#ifndef LIB_FORMAT_JSON_H
#define LIB_FORMAT_JSON_H

#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

struct arena;
struct err;

/* A few bytes of text ("{},") can take hundreds of bytes of memory. Content that would take more
 * than this is refused. */
enum { JSON_MAX_DEPTH = 64, JSON_MEMORY_MAX = 96 << 20, JSON_MEMORY_REQUEST = 16 << 20 };

/* 3 when the n bytes begin with a byte order mark, else 0. In front of JSON it is passed over. */
size_t json_bom(const char *p, size_t n);

/* Parses n bytes. On success *out is a json-c object that the caller frees with json_object_put().
 * Returns 0 or ERR_PERMANENT with a sentence that says what and where ("not UTF-8 at byte 17",
 * "nested deeper than 64", "name \"id\" twice", "integer beyond 64 bits", "too many values"). */
int json_parse(const char *p, size_t n, struct json_object **out, struct err *err);

/* The same, using at most memory bytes. Requests, of which many are read at a time while clients
 * wait, take JSON_MEMORY_REQUEST. */
int json_parse_within(
    const char *p, size_t n, size_t memory, struct json_object **out, struct err *err);

/* A copy of the text, in the arena, in which U+FFFD replaces what is not valid Unicode: bytes that
 * are not UTF-8, halves of surrogate pairs, \\u0000. Nothing else changes. *count gets the number
 * of replacements; when it is 0, the text itself is returned. *length gets the length of the
 * result. */
const char *json_repair(struct arena *a, const char *p, size_t n, size_t *length, size_t *count);

/* As json_parse(), but text that is not valid Unicode is first repaired by json_repair() in arena
 * a; *count gets the number of replaced characters. */
int json_parse_repaired(struct arena *a, const char *p, size_t n, struct json_object **out,
    size_t *count, struct err *err);

/* A document that was read, as json-c prints it on one line. Stored documents are compared with
 * earlier ones, so this form must not change. What the system itself says is written by writer.h.
 * NULL gives "". */
const char *json_document(struct arena *a, struct json_object *o);

/* Checks n bytes by RFC 8259, UTF-8 included, without building anything. 0 or ERR_PERMANENT. */
int json_check(const char *p, size_t n, struct err *err);

/* 1 when the text is valid JSON, and an object. */
int json_is_object(const char *text);

/* Finds the value of a member of the top-level object without parsing the whole text, as source
 * text (a string's quotes removed when it has no escapes, a number as written). Looks at no more
 * than limit bytes. NULL when the text is no object, the member is not found, or its value is an
 * object, array, null or a string with escapes. It does not validate the text: invalid JSON gives
 * NULL. For ordering and de-duplication keys. */
char *json_peek(struct arena *a, const char *p, size_t n, const char *member, size_t limit);

/* Members of an object; NULL/absent/JSON null/other type all give the "nothing" value. Dotted paths
 * reach into objects: "customer.default_address.zip". */
struct json_object *json_at(struct json_object *o, const char *path);
/* A string, or a number or boolean as its source text; NULL for nothing or "". Lives as long as o.
 */
const char *json_text(struct json_object *o, const char *path);
/* 1/0 of a boolean (also "true"/"false", 1/0), or -1 for nothing. */
int json_flag(struct json_object *o, const char *path);
/* 64-bit integer from a number or a digit string; 0 and *found = 0 for nothing. found may be
 * NULL. */
int64_t json_int(struct json_object *o, const char *path, int *found);
/* Exact decimal text (digits, optional '-' and '.', no exponent) of a number or numeric string;
 * NULL for nothing or not a decimal. Money never passes through a double. */
const char *json_decimal(struct json_object *o, const char *path);
/* Array, or NULL. json_count gives 0 for NULL. */
struct json_object *json_array(struct json_object *o, const char *path);
size_t json_count(struct json_object *array);

/* 1 for null and for a text, array or object with nothing in it. */
int json_is_empty(struct json_object *v);

#endif
