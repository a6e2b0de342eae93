#include "config.h"

#include "store/entity/index.h"

#include "lib/arena.h"
#include "lib/text.h"
#include "store/entity/value.h"

void
entity_index_rows(struct set *out, const struct entity *e, const int *columns, size_t ncolumns,
    const struct rows *rows, size_t first, struct arena *a)
{
	set_init(out, a);
	for (size_t s = 0; s < rows->n; s++) {
		struct buf b;

		buf_init(&b, a);
		for (size_t i = 0; i < ncolumns; i++)
			entity_value_key(
			    &b, e->columns[columns[i]].type, rows_at(rows, s, first + i));
		set_add(out, b.data, b.len, s, NULL);
	}
}

size_t
entity_index_find(const struct set *rows, const struct entity *e, const int *columns,
    size_t ncolumns, const struct val *values, struct arena *a)
{
	size_t s = SIZE_MAX;
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < ncolumns; i++)
		entity_value_key(&b, e->columns[columns[i]].type, &values[i]);
	set_find(rows, b.data, b.len, &s);
	return s;
}
