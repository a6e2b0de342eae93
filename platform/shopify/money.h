/*
 * platform_shopify_money - amounts of an order as Shopify writes them, in the shop's currency.
 *
 * Faults are ERR_PERMANENT and name the member, never its value.
 */
#ifndef PLATFORM_SHOPIFY_MONEY_H
#define PLATFORM_SHOPIFY_MONEY_H

#include <stddef.h>

#include "lib/format/decimal.h"

struct err;
struct json_object;

/* What something comes to. amount is what is paid: net of every discount, tax included; tax and
 * discount are what it holds of the one and was spared by the other, both positive. */
struct platform_shopify_worth {
	struct decimal quantity, amount, tax, discount;
};

/* The amount of a member that is told as "<name>_set" (shop_money) too: that one counts, for it is
 * text where the other may be a double. Returns 1, 0 for nothing (*out is then 0), or
 * ERR_PERMANENT. */
int platform_shopify_money(
    struct json_object *o, const char *name, struct decimal *out, struct err *err);

/* The shop_money of a set. As platform_shopify_money(). */
int platform_shopify_money_set(
    struct json_object *o, const char *set, struct decimal *out, struct err *err);

/* *sum += the shop_money of the set in each element of the list at path (either may be missing). 0
 * or ERR_PERMANENT. */
int platform_shopify_money_sum(
    struct json_object *o, const char *path, const char *set, struct decimal *sum, struct err *err);

/* *d *= part / whole, rounded to the currency's places; a whole of 0 leaves nothing. 0 or
 * ERR_PERMANENT. */
int platform_shopify_money_share(
    struct decimal *d, struct decimal part, struct decimal whole, int places, struct err *err);

/* *w += d, each member. 0 or ERR_PERMANENT. */
int platform_shopify_worth_add(
    struct platform_shopify_worth *w, const struct platform_shopify_worth *d, struct err *err);

/* n pieces. */
struct decimal platform_shopify_count(int64_t n);

int platform_shopify_is_zero(struct decimal d);

/* How many places behind the point a currency (ISO 4217, NULL = any) has. */
int platform_shopify_places(const char *currency);

/* Names the element in a fault of one of its members. Returns ERR_PERMANENT. */
int platform_shopify_element_fault(struct err *err, const char *list, size_t i);

#endif
