#include "config.h"

#include "store/db_statement.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/text.h"
#include "store/db_bind.h"
#include "store/db_inside.h"

static char *
fill_registry(struct arena *a, const char *sql, const char *registry)
{
	static const char mark[] = "{registry}";
	struct buf b;
	const char *at;

	buf_init(&b, a);
	while ((at = strstr(sql, mark)) != NULL) {
		buf_add(&b, sql, (size_t)(at - sql));
		buf_adds(&b, registry == NULL ? "``" : registry);
		sql = at + sizeof mark - 1;
	}
	buf_adds(&b, sql);
	return b.data;
}

static int
prepare(
    struct db *db, const char *sql, size_t n, const char *what, MYSQL_STMT **out, struct err *err)
{
	MYSQL_STMT *stmt = mysql_stmt_init(db->mysql);
	int rc;

	*out = NULL;
	if (stmt == NULL)
		return db_fail(db, mysql_errno(db->mysql), what, err);
	if (mysql_stmt_prepare(stmt, sql, n) != 0) {
		rc = db_fail(db, mysql_stmt_errno(stmt), what, err);
		mysql_stmt_close(stmt);
		return rc;
	}
	*out = stmt;
	return 0;
}

static int
statement(struct db *db, enum query q, MYSQL_STMT **out, struct err *err)
{
	char *sql;
	int rc;

	if (q <= Q_UNSET || q >= Q_COUNT)
		return err_set(err, ERR_INTERNAL, "no such statement");
	if (db->stmts[q] == NULL) {
		sql = fill_registry(&db->scratch, query_rows[q].sql, db->registry);
		rc = prepare(db, sql, strlen(sql), query_rows[q].name, &db->stmts[q], err);
		if (rc < 0)
			return rc;
	}
	*out = db->stmts[q];
	return 0;
}

/* The values in the order of the statement's marks; nrows at least 1. */
static const struct val *
in_order(struct db *db, const struct query_row *q, const struct val *args, size_t nrows)
{
	const size_t width = strlen(q->in);
	struct val *out;

	if (q->order == NULL)
		return args;
	out = arena_new(&db->scratch, struct val, nrows * q->norder);
	for (size_t r = 0; r < nrows; r++)
		for (size_t i = 0; i < q->norder; i++)
			out[r * q->norder + i] = args[r * width + q->order[i]];
	return out;
}

/* How many marks the statement has. */
static size_t
marks_of(const struct query_row *q)
{
	return q->order == NULL ? strlen(q->in) : q->norder;
}

/* Executes with one row (nrows 0) or an array of rows. */
static int
execute(struct db *db, MYSQL_STMT *stmt, const char *what, const struct val *args, size_t nargs,
    size_t nrows, struct err *err)
{
	unsigned array = (unsigned)nrows;
	MYSQL_BIND *b = nrows > 0 ? db_bind_bulk(&db->scratch, args, nrows, nargs) :
				    db_bind_args(&db->scratch, args, nargs);

	if (db->broken)
		return err_set(err, ERR_DB_GONE, "%s", err_sentence(ERR_DB_GONE));
	if (mysql_stmt_param_count(stmt) != nargs)
		return err_set(err, ERR_INTERNAL, "statement %s takes %lu values, %zu given", what,
		    mysql_stmt_param_count(stmt), nargs);
	mysql_stmt_attr_set(stmt, STMT_ATTR_ARRAY_SIZE, &array);
	if ((nargs > 0 && mysql_stmt_bind_param(stmt, b) != 0) || mysql_stmt_execute(stmt) != 0)
		return db_fail(db, mysql_stmt_errno(stmt), what, err);
	return 0;
}

/* A statement by its name: args are the values of its "in"; nrows as of execute(). */
static int
run(struct db *db, enum query q, const struct val *args, size_t nargs, size_t nrows,
    MYSQL_STMT **stmt, struct err *err)
{
	const struct query_row *row;
	int rc;

	arena_reset(&db->scratch);
	if ((rc = statement(db, q, stmt, err)) < 0)
		return rc;
	row = &query_rows[q];
	if (nargs != strlen(row->in))
		return err_set(err, ERR_INTERNAL, "statement %s takes %zu values, %zu given",
		    row->name, strlen(row->in), nargs);
	args = in_order(db, row, args, nrows > 0 ? nrows : 1);
	if ((rc = db_before(db, row->sql, err)) < 0)
		return rc;
	return execute(db, *stmt, row->name, args, marks_of(row), nrows, err);
}

int64_t
db_exec(struct db *db, enum query q, const struct val *args, size_t nargs, struct err *err)
{
	MYSQL_STMT *stmt;
	int rc = run(db, q, args, nargs, 0, &stmt, err);

	if (rc < 0)
		return rc;
	db->insert_id = (int64_t)mysql_stmt_insert_id(stmt);
	return (int64_t)mysql_stmt_affected_rows(stmt);
}

int64_t
db_exec_bulk(struct db *db, enum query q, const struct val *args, size_t nrows, struct err *err)
{
	MYSQL_STMT *stmt;
	int rc;

	if (nrows == 0)
		return 0;
	if (!db->in_transaction)
		return err_set(err, ERR_INTERNAL, "bulk statement outside a transaction");
	if ((rc = run(db, q, args, strlen(query_rows[q].in), nrows, &stmt, err)) < 0)
		return rc;
	return (int64_t)mysql_stmt_affected_rows(stmt);
}

int
db_check_statement(struct db *db, enum query q, struct err *err)
{
	MYSQL_STMT *stmt;
	char found[256];
	int rc;

	arena_reset(&db->scratch);
	if ((rc = statement(db, q, &stmt, err)) < 0)
		return rc;
	if (mysql_stmt_param_count(stmt) != marks_of(&query_rows[q]))
		return err_set(err, ERR_INTERNAL, "%s: %lu marks, comment says %s",
		    query_rows[q].name, mysql_stmt_param_count(stmt), query_rows[q].in);
	db_bind_kinds(stmt, found, sizeof found);
	/* The server tells the columns of RETURNING when the statement runs, not before. */
	if (found[0] == '\0' && strstr(query_rows[q].sql, "RETURNING ") != NULL)
		return 0;
	if (strcmp(found, query_rows[q].out) != 0)
		return err_set(err, ERR_INTERNAL, "%s: columns are \"%s\", comment says \"%s\"",
		    query_rows[q].name, found, query_rows[q].out);
	return 0;
}

int64_t
db_insert_id(const struct db *db)
{
	return db->insert_id;
}

int
db_query(struct db *db, enum query q, const struct val *args, size_t nargs, struct arena *a,
    struct rows *out, struct err *err)
{
	MYSQL_STMT *stmt;
	int rc;

	*out = (struct rows){ 0 };
	if ((rc = run(db, q, args, nargs, 0, &stmt, err)) < 0)
		return rc;
	return db_bind_fetch(stmt, a, out) ?
	    db_fail(db, mysql_stmt_errno(stmt), query_rows[q].name, err) :
	    0;
}

/* A generated text, and its name in errors. */
struct text { const char *sql; size_t n; const char *what; };

/* Its statement. let_go() it when it has run. */
static int
made(struct db *db, const struct text *t, MYSQL_STMT **stmt, struct err *err)
{
	int rc;

	if ((*stmt = db_made_find(&db->made, t->sql, t->n)) != NULL)
		return 0;
	rc = prepare(db, t->sql, t->n, t->what, stmt, err);
	if (rc == 0 && db_made_keeps(t->sql, t->n))
		db_made_keep(&db->made, t->sql, t->n, *stmt);
	return rc;
}

static void
let_go(MYSQL_STMT *stmt, const struct text *t)
{
	if (!db_made_keeps(t->sql, t->n))
		mysql_stmt_close(stmt);
}

/* nrows as of execute(). The number of rows changed, or a negative code. */
static int64_t
exec_made(struct db *db, const struct text *t, const struct val *args, size_t nargs, size_t nrows,
    struct err *err)
{
	MYSQL_STMT *stmt;
	int64_t rc;

	if ((rc = db_before(db, t->sql, err)) < 0 || (rc = made(db, t, &stmt, err)) < 0)
		return rc;
	if ((rc = execute(db, stmt, t->what, args, nargs, nrows, err)) == 0) {
		db->insert_id = (int64_t)mysql_stmt_insert_id(stmt);
		rc = (int64_t)mysql_stmt_affected_rows(stmt);
	}
	let_go(stmt, t);
	return rc;
}

/* nrows as of execute(). */
static int
query_made(struct db *db, const struct text *t, const struct val *args, size_t nargs, size_t nrows,
    struct arena *a, struct rows *out, struct err *err)
{
	MYSQL_STMT *stmt;
	int rc;

	if ((rc = db_before(db, t->sql, err)) < 0 || (rc = made(db, t, &stmt, err)) < 0)
		return rc;
	if ((rc = execute(db, stmt, t->what, args, nargs, nrows, err)) == 0 &&
	    db_bind_fetch(stmt, a, out))
		rc = db_fail(db, mysql_stmt_errno(stmt), t->what, err);
	let_go(stmt, t);
	return rc;
}

/* sql with the list behind VALUES nrows times. */
static char *
repeat_row(struct arena *a, const char *sql, size_t nrows)
{
	static const char mark[] = "VALUES (";
	const char *row = strstr(sql, mark), *end;
	struct buf b;
	int depth = 1;

	if (row == NULL)
		return NULL;
	row += sizeof mark - 2;
	for (end = row + 1; *end != '\0' && depth > 0; end++)
		depth += (*end == '(') - (*end == ')');
	buf_init(&b, a);
	buf_add(&b, sql, (size_t)(row - sql));
	for (size_t i = 0; i < nrows; i++) {
		if (i > 0)
			buf_addc(&b, ',');
		buf_add(&b, row, (size_t)(end - row));
	}
	buf_adds(&b, end);
	return b.data;
}

int
db_query_rows(struct db *db, enum query q, const struct val *args, size_t nrows, struct arena *a,
    struct rows *out, struct err *err)
{
	const struct query_row *row = &query_rows[q];
	const size_t nargs = nrows * marks_of(row);
	char *sql;

	*out = (struct rows){ 0 };
	if (nrows == 0)
		return 0;
	arena_reset(&db->scratch);
	if ((sql = repeat_row(&db->scratch, row->sql, nrows)) == NULL)
		return err_set(err, ERR_INTERNAL, "no statement for many rows");
	sql = fill_registry(&db->scratch, sql, db->registry);
	args = in_order(db, row, args, nrows);
	return query_made(db, &(struct text){ sql, strlen(sql), row->name }, args, nargs, 0, a, out,
	    err);
}

int
db_query_int(struct db *db, enum query q, const struct val *args, size_t nargs, int64_t *out,
    struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(db, q, args, nargs, &a, &r, err);

	*out = rc < 0 || r.n == 0 ? 0 : rows_int(&r, 0, ROWS_ONLY);
	arena_done(&a);
	return rc;
}

int64_t
db_exec_sql(
    struct db *db, const char *sql, size_t n, const struct val *args, size_t nargs, struct err *err)
{
	arena_reset(&db->scratch);
	return exec_made(db, &(struct text){ sql, n, "generated" }, args, nargs, 0, err);
}

int64_t
db_exec_bulk_sql(struct db *db, const char *sql, const struct val *args, size_t nargs,
    size_t nrows, struct err *err)
{
	if (nrows == 0)
		return 0;
	if (!db->in_transaction)
		return err_set(err, ERR_INTERNAL, "bulk statement outside a transaction");
	arena_reset(&db->scratch);
	return exec_made(
	    db, &(struct text){ sql, strlen(sql), "generated" }, args, nargs, nrows, err);
}

int
db_query_sql(struct db *db, const char *sql, size_t n, const struct val *args, size_t nargs,
    struct arena *a, struct rows *out, struct err *err)
{
	*out = (struct rows){ 0 };
	arena_reset(&db->scratch);
	return query_made(db, &(struct text){ sql, n, "generated" }, args, nargs, 0, a, out, err);
}

int
db_query_bulk_sql(struct db *db, const char *sql, const struct val *args, size_t nargs,
    size_t nrows, struct arena *a, struct rows *out, struct err *err)
{
	*out = (struct rows){ 0 };
	if (nrows == 0)
		return 0;
	if (!db->in_transaction)
		return err_set(err, ERR_INTERNAL, "bulk statement outside a transaction");
	arena_reset(&db->scratch);
	return query_made(db, &(struct text){ sql, strlen(sql), "generated" }, args, nargs, nrows,
	    a, out, err);
}

int
db_run_sql(struct db *db, const char *sql, size_t n, struct err *err)
{
	if (mysql_real_query(db->mysql, sql, n) != 0)
		return db_fail(db, mysql_errno(db->mysql), "plain", err);
	return 0;
}
