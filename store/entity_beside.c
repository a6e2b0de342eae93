#include "config.h"

#include "store/entity_beside.h"

#include "lib/arena.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/entity.h"

int
entity_beside_tables(struct db *db, struct arena *a, struct entity_beside **tables, size_t *n, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_person_tables, DB_NONE, a, &r, err);

	*n = 0;
	if (rc < 0)
		return rc;
	*tables = arena_new(a, struct entity_beside, r.n);
	for (size_t i = 0; i < r.n; i++)
		if (entity_find(rows_text(&r, i, 0)) == NULL)
			(*tables)[(*n)++] = (struct entity_beside){ .table = rows_text(&r, i, 0), .column = rows_text(&r, i, 1) };
	return 0;
}

int
entity_beside_columns(struct db *db, const char *table, struct arena *a, struct rows *out, struct err *err)
{
	return db_query(db, Q_person_table_columns, DB_ARGS(v_text(table)), a, out, err);
}

int
entity_beside_read(struct db *db, const struct entity_beside *t, int64_t contact_id, struct arena *a, struct rows *out, struct err *err)
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
		buf_addf(&sql, "%s%s", i > 0 ? ", " : "", db_quote_name(a, rows_text(&columns, i, 0)));
	buf_addf(&sql, " FROM %s WHERE %s = ?", db_quote_name(a, t->table), t->column);
	return db_query_sql(db, sql.data, sql.len, &key, 1, a, out, err);
}

int64_t
entity_beside_delete(struct db *db, const struct entity_beside *t, int64_t contact_id, struct err *err)
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

int64_t
entity_beside_sweep(struct db *db, const struct entity_beside *t, struct err *err)
{
	struct arena a = { 0 };
	struct buf sql;
	int64_t n;

	buf_init(&sql, &a);
	buf_addf(&sql, "DELETE t FROM %s t LEFT JOIN Contact c ON c.ContactId = t.%s WHERE t.%s > 0 AND c.ContactId IS NULL", db_quote_name(&a, t->table), t->column, t->column);
	n = db_exec_sql(db, sql.data, sql.len, NULL, 0, err);
	arena_done(&a);
	return n;
}
