/*
 * platform_read - what the handlers of all platforms share in reading a body: instants, amounts,
 * languages, and the stale guard.
 *
 * Faults are ERR_PERMANENT: a body that is wrong today is wrong tomorrow. Sentences name the field
 * and never hold its value.
 */
#ifndef PLATFORM_READ_H
#define PLATFORM_READ_H

#include "lib/clock.h"
#include "lib/format/decimal.h"
#include "store/db.h"

struct err;
struct json_object;
struct platform_context;

/* 1 when o has the member, even null. */
int platform_read_has(struct json_object *o, const char *member);

/* 0, and a remark about the path, when an object or a list is where a text should be. */
int platform_read_is_text(struct platform_context *ctx, struct json_object *o, const char *path);

/* The text at path, a number's too, on which nothing depends: NULL for nothing, and for what is no
 * text, which is a remark. Lives as long as o. */
const char *platform_read_text(
    struct platform_context *ctx, struct json_object *o, const char *path);

/* The instant at path (USEC_NONE for nothing). 0, or ERR_PERMANENT when it is no date and time. */
int platform_read_time(struct json_object *o, const char *path, usec_t *t, struct err *err);

/* The instant at path, on which nothing depends: USEC_NONE for nothing, and for what is no date and
 * time, which is a remark. */
usec_t platform_read_date(struct platform_context *ctx, struct json_object *o, const char *path);

/* The amount at path. Returns 1, 0 for nothing (*out is then 0), or ERR_PERMANENT when it is no
 * decimal number. */
int platform_read_amount(
    struct json_object *o, const char *path, struct decimal *out, struct err *err);

/* *sum += the amounts at member of each element of the array at path (either may be missing). 0 or
 * ERR_PERMANENT. */
int platform_read_amount_sum(struct json_object *o, const char *path, const char *member,
    struct decimal *sum, struct err *err);

/* decimal_add()/decimal_subtract() as ERR_PERMANENT. */
int platform_read_add(struct decimal *sum, struct decimal d, struct err *err);
int platform_read_subtract(struct decimal *sum, struct decimal d, struct err *err);

/* ISO 639-2 of a locale like "fr-CA"; SQL NULL when it is none. 0 or a negative code. */
int platform_read_language(
    struct platform_context *ctx, const char *locale, struct val *language, struct err *err);

/* Stamp of the first row of a query whose first column is a stamp. Returns 1 when there is a row, 0
 * (stamp USEC_NONE), or a negative code. */
int platform_read_stored_stamp(struct platform_context *ctx, enum query q, const struct val *args,
    size_t nargs, usec_t *stamp, struct err *err);

#endif
