/*
 * entity_index - rows by the values of some of their columns, so that none is compared with all
 * others.
 */
#ifndef STORE_ENTITY_INDEX_H
#define STORE_ENTITY_INDEX_H

#include <stddef.h>

#include "lib/set.h"
#include "model/entity.h"
#include "store/db.h"

/* Makes *out the set of the rows of a result by their values in these columns (indexes into
 * e->columns), which stand in the result from column first on. Each row has its number; of equal
 * ones the first. */
void entity_index_rows(struct set *out, const struct entity *e, const int *columns, size_t ncolumns,
    const struct rows *rows, size_t first, struct arena *a);

/* The row that has these values, or SIZE_MAX. */
size_t entity_index_find(const struct set *rows, const struct entity *e, const int *columns,
    size_t ncolumns, const struct val *values, struct arena *a);

#endif
