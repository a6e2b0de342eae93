/*
 * entity_value - one value of a column: whether it fits, and whether two are the same.
 */
#ifndef STORE_ENTITY_VALUE_H
#define STORE_ENTITY_VALUE_H

#include "model/entity.h"

struct buf;
struct err;
struct val;

/* 0 when the column takes the value; ERR_DB_VALUE names entity and column else. */
int entity_value_check(const struct entity *e, const struct entity_column *c, const struct val *v,
    struct err *err);

/* 1 when two values of a column are the same: decimals by what they are worth, NULL like NULL. */
int entity_value_same(enum entity_type type, const struct val *x, const struct val *y);

/* Adds bytes that are those of another value exactly when both are the same. */
void entity_value_key(struct buf *b, enum entity_type type, const struct val *v);

#endif
