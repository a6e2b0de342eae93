/*
 * platform_amount - sums of amounts. A sum that is too large is ERR_PERMANENT, because a new try
 * gives the same sum.
 */
#ifndef PLATFORM_AMOUNT_H
#define PLATFORM_AMOUNT_H

#include "lib/format/decimal.h"

struct err;
struct json_object;

/* decimal_add(), decimal_subtract(). */
int platform_amount_add(struct decimal *sum, struct decimal d, struct err *err);
int platform_amount_subtract(struct decimal *sum, struct decimal d, struct err *err);

/* *sum += the amounts at member of each element of the array at path (either may be missing). 0 or
 * ERR_PERMANENT. */
int platform_amount_sum(struct json_object *o, const char *path, const char *member,
    struct decimal *sum, struct err *err);

#endif
