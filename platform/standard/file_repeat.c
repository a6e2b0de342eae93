#include "config.h"

#include "platform/standard/file_repeat.h"

#include <string.h>

#include "model/import/import_map.h"
#include "platform/standard/file.h"
#include "platform/standard/file_cell.h"

static int
is_nothing(const struct import_columns *child, const struct file_row *row)
{
	for (size_t i = 1; i < child->n; i++)
		if (!file_cell_is_nothing(row->cells[child->at[i]]))
			return 0;
	return 1;
}

static int
is_same(const struct import_columns *columns, size_t n, const struct file_row *x,
    const struct file_row *y)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(x->cells[columns->at[i]], y->cells[columns->at[i]]) != 0)
			return 0;
	return n > 0;
}

/* Of two rows without amounts the first counts. */
static int
is_parent(const struct import_row *of, const struct file_row *parent, const struct file_row *child,
    int is_before)
{
	return is_same(&of->child, 1, parent, child) &&
	    (is_before || !is_nothing(&of->child, parent));
}

int
file_repeat_is(const struct file_record *record, const struct import_row *of, size_t k)
{
	const struct file_row *row = &record->rows[k];
	const int may_be_child = of->child.n > 0 && is_nothing(&of->child, row);

	for (size_t i = 0; i < record->n; i++) {
		const struct file_row *other = &record->rows[i];

		if (i < k && is_same(&of->once, of->once.n, other, row))
			return 1;
		if (may_be_child && i != k && is_parent(of, other, row, i < k))
			return 1;
	}
	return 0;
}
