#include "config.h"

#include "store/entity/sql.h"

#include "lib/text.h"

size_t
entity_sql_size(size_t n)
{
	size_t size = 1;

	while (size < n)
		size *= 2;
	return size;
}

void
entity_sql_places(struct buf *sql, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_adds(sql, i == 0 ? "?" : ", ?");
}

void
entity_sql_rows(struct buf *sql, const struct entity *e, const int *columns, size_t ncolumns,
    size_t n)
{
	for (size_t r = 0; r < n; r++) {
		buf_adds(sql, r == 0 ? "(" : " OR (");
		for (size_t i = 0; i < ncolumns; i++) {
			buf_adds(sql, i == 0 ? "" : " AND ");
			buf_adds(sql, e->columns[columns[i]].name);
			buf_adds(sql, " = ?");
		}
		buf_addc(sql, ')');
	}
}
