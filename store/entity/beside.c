#include "config.h"

#include "store/entity/beside.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/entity.h"
#include "store/db.h"

int
entity_beside_tables(
    struct db *db, struct arena *a, struct entity_beside **tables, size_t *n, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_person_tables, DB_NONE, a, &r, err);

	*n = 0;
	if (rc < 0)
		return rc;
	*tables = arena_new(a, struct entity_beside, r.n);
	for (size_t i = 0; i < r.n; i++)
		if (entity_find(rows_text(&r, i, C_person_tables_table_name)) == NULL)
			(*tables)[(*n)++] = (struct entity_beside){ .table = rows_text(&r, i,
									C_person_tables_table_name),
				.column = rows_text(&r, i, C_person_tables_column_name) };
	return 0;
}

int
entity_beside_columns(
    struct db *db, const char *table, struct arena *a, struct rows *out, struct err *err)
{
	return db_query(db, Q_person_table_columns, DB_ARGS(v_text(table)), a, out, err);
}

int
entity_beside_read(struct db *db, const struct entity_beside *t, int64_t contact_id,
    struct arena *a, struct rows *out, struct err *err)
{
	const struct val key = v_int(contact_id);
	struct rows columns;
	struct buf sql;
	int rc = entity_beside_columns(db, t->table, a, &columns, err);

	if (rc < 0)
		return rc;
	buf_init(&sql, a);
	buf_adds(&sql, "SELECT ");
	for (size_t i = 0; i < columns.n; i++)
		buf_addf(&sql, "%s%s", i > 0 ? ", " : "",
		    db_quote_name(a, rows_text(&columns, i, C_person_table_columns_column_name)));
	buf_addf(&sql, " FROM %s WHERE %s = ?", db_quote_name(a, t->table), t->column);
	return db_query_sql(db, sql.data, sql.len, &key, 1, a, out, err);
}

int64_t
entity_beside_delete(
    struct db *db, const struct entity_beside *t, int64_t contact_id, struct err *err)
{
	const struct val key = v_int(contact_id);
	struct arena a = { 0 };
	struct buf sql;
	int64_t n;

	buf_init(&sql, &a);
	buf_addf(&sql, "DELETE FROM %s WHERE %s = ?", db_quote_name(&a, t->table), t->column);
	n = db_exec_sql(db, sql.data, sql.len, &key, 1, err);
	arena_done(&a);
	return n;
}

/* RefreshDecisionalData's tables, which speak of one moment. */
static int
is_copy(const struct entity_beside *t)
{
	return strncmp(t->table, "Decision", 8) == 0;
}

/* "LEFT JOIN t y1 ON …" for each unique key that has the contact in it: rows in the way. *n gets
 * how many such keys there are. */
static void
join_twins(struct buf *sql, const struct entity_beside *t, const struct rows *keys, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < keys->n; i++) {
		const char *key = rows_text(keys, i, C_person_table_keys_index_name),
			   *column = rows_text(keys, i, C_person_table_keys_column_name);

		if (i == 0 ||
		    strcmp(key, rows_text(keys, i - 1, C_person_table_keys_index_name)) != 0) {
			++*n;
			buf_addf(sql, " LEFT JOIN %s y%zu ON y%zu.%s = ?",
			    db_quote_name(sql->arena, t->table), *n, *n, t->column);
		}
		if (strcmp(column, t->column) != 0)
			buf_addf(sql, " AND y%zu.%s = x.%s", *n, db_quote_name(sql->arena, column),
			    db_quote_name(sql->arena, column));
	}
}

static int64_t
move_free(struct db *db, const struct entity_beside *t, const struct rows *keys, int64_t from,
    int64_t into, struct arena *a, struct err *err)
{
	struct val *args = arena_new(a, struct val, keys->n + 2);
	size_t twins, nargs = 0;
	struct buf sql;

	buf_init(&sql, a);
	buf_addf(&sql, "UPDATE %s x", db_quote_name(a, t->table));
	join_twins(&sql, t, keys, &twins);
	while (nargs < twins)
		args[nargs++] = v_int(into);
	buf_addf(&sql, " SET x.%s = ? WHERE x.%s = ?", t->column, t->column);
	args[nargs++] = v_int(into);
	args[nargs++] = v_int(from);
	for (size_t i = 1; i <= twins; i++)
		buf_addf(&sql, " AND y%zu.%s IS NULL", i, t->column);
	return db_exec_sql(db, sql.data, sql.len, args, nargs, err);
}

int64_t
entity_beside_move(struct db *db, const struct entity_beside *t, int64_t from, int64_t into,
    struct err *err)
{
	struct arena a = { 0 };
	struct rows keys;
	int64_t n = 0;

	if (is_copy(t))
		return 0;
	if (db_query(db, Q_person_table_keys, DB_ARGS(v_text(t->table), v_text(t->column)), &a,
		&keys, err) < 0 ||
	    (n = move_free(db, t, &keys, from, into, &a, err)) < 0 ||
	    entity_beside_delete(db, t, from, err) < 0)
		n = err->code;
	arena_done(&a);
	return n;
}

int64_t
entity_beside_sweep(struct db *db, const struct entity_beside *t, struct err *err)
{
	struct arena a = { 0 };
	struct buf sql;
	int64_t n;

	buf_init(&sql, &a);
	buf_addf(&sql,
	    "DELETE t FROM %s t LEFT JOIN Contact c ON c.ContactId = t.%s WHERE t.%s > 0 AND "
	    "c.ContactId IS NULL",
	    db_quote_name(&a, t->table), t->column, t->column);
	n = db_exec_sql(db, sql.data, sql.len, NULL, 0, err);
	arena_done(&a);
	return n;
}
