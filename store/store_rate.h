/*
 * store_rate - currency rates in a tenant's database.
 */
#ifndef STORE_STORE_RATE_H
#define STORE_STORE_RATE_H

#include "lib/clock.h"
#include "store/field.h"

struct arena;
struct db;
struct err;
struct rows;

enum { STORE_RATE_DIGITS = 12 };

/* 1 for decimal text above 0 with at most so many digits before and behind the point. */
int store_rate_is_good(const char *rate);

/* Sets the rate of a currency from an instant on. rate: decimal text, positive, at most 12 digits
 * before and behind the point. ERR_BAD_REQUEST with faults CurrencyId and Rate. db: the tenant's.
 */
int store_rate_put(struct db *db, struct arena *a, const char *currency, usec_t valid_from,
    const char *rate, usec_t now, struct err *err);

/* *removed = 0 when there is none. The next run of ComputeRefAmounts then looks at all rows, also
 * when one is at work. Call it in a transaction: a run that begins sees both, or neither. */
int store_rate_remove(
    struct db *db, const char *currency, usec_t valid_from, int *removed, struct err *err);

/* Currency, valid from, rate, modified at; the newest of each currency first. currency NULL = all;
 * before USEC_NONE = all. */
int store_rate_list(struct db *db, struct arena *a, const char *currency, usec_t before, int limit,
    struct rows *out, struct err *err);

/* What is shown of a rate: rows of the struct, and of the rows of a list. */
struct store_rate { const char *currency_id, *rate; usec_t valid_from; };
extern const struct field store_rate_row[], store_rate_listed[];

#endif
