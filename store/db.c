#include "config.h"

#include "store/db.h"

#include <stdlib.h>
#include <string.h>

#include <mysql.h>
#include <errmsg.h>
#include <mysqld_error.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/text.h"
#include "store/db_bind.h"

enum { DB_TIMEOUT_S = 30, DB_CONNECT_TIMEOUT_S = 5 };

struct db {
	MYSQL *mysql;
	MYSQL_STMT *stmts[Q_COUNT];	/* prepared when first used */
	char *registry;			/* quoted name, NULL = none */
	struct arena scratch;		/* bindings of the running call */
	int64_t insert_id;
	int broken, in_transaction;
	usec_t transaction_now; /* USEC_NONE until db_now() was called in this transaction */
	const struct entity_guard *guard;
	const struct consent *consent;
	const struct limits *limits;
};

/* ------------------------------------------------------------------ values */

const struct val *
rows_at(const struct rows *r, size_t row, size_t column)
{
	if (row >= r->n || column >= r->columns)
		abort();	/* a statement and its reader disagree: a fault of the program */
	return &r->cells[row * r->columns + column];
}

int64_t
rows_int(const struct rows *r, size_t row, size_t column)
{
	const struct val *v = rows_at(r, row, column);

	return v->kind == VAL_INT ? v->i : 0;
}

const char *
rows_text(const struct rows *r, size_t row, size_t column)
{
	return rows_at(r, row, column)->s;
}

usec_t
rows_time(const struct rows *r, size_t row, size_t column)
{
	const struct val *v = rows_at(r, row, column);

	return v->kind == VAL_TIME ? v->i : USEC_NONE;
}

int
rows_null(const struct rows *r, size_t row, size_t column)
{
	return rows_at(r, row, column)->kind == VAL_NULL;
}

/* ------------------------------------------------------------------ errors */

/* Errors of storage engines and of the server's file functions say by errno what is wrong. */
static int
is_out_of_space(const char *words)
{
	static const char *const signs[] = { "error 28 ", "error 122 ", "Errcode: 28 ",
		"Errcode: 122 " }; /* ENOSPC, EDQUOT */

	for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
		if (strstr(words, signs[i]) != NULL)
			return 1;
	return 0;
}

/* words: the server's, only looked at. */
static int
db_code(unsigned no, const char *words)
{
	switch (no) {
	case ER_OPTION_PREVENTS_STATEMENT: /* --read-only: somebody is about to fail over, say */
	case ER_READ_ONLY_MODE:
	case ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION:
	case ER_RECORD_FILE_FULL:
	case ER_DISK_FULL:
	case ER_ERROR_ON_WRITE:
	case ER_TEMP_FILE_WRITE_FAILURE:
		return ERR_DB_CLOSED;
	case ER_OUTOFMEMORY:
	case ER_OUT_OF_RESOURCES:
	case ER_TOO_MANY_CONCURRENT_TRXS:
	case ER_USER_LIMIT_REACHED:
		return ERR_UNAVAILABLE;
	case ER_LOCK_DEADLOCK:
	case ER_LOCK_WAIT_TIMEOUT:
	case ER_CHECKREAD:
		return ERR_DB_RETRY;
	case ER_DUP_ENTRY:
		return ERR_DB_DUPLICATE;
	case ER_WARN_DATA_OUT_OF_RANGE:
	case WARN_DATA_TRUNCATED:
	case ER_TRUNCATED_WRONG_VALUE:
	case ER_TRUNCATED_WRONG_VALUE_FOR_FIELD:
	case ER_DATA_TOO_LONG:
	case ER_NO_REFERENCED_ROW_2:
	case ER_CONSTRAINT_FAILED:
	case ER_BAD_NULL_ERROR:
		return ERR_DB_VALUE;
	case ER_SERVER_SHUTDOWN:
	case ER_CONNECTION_KILLED:
	case ER_CON_COUNT_ERROR:
	case ER_UNKNOWN_COM_ERROR:	/* a Galera node that is not ready */
	case ER_QUERY_INTERRUPTED:
		return ERR_DB_GONE;
	default:
		if (no >= CR_MIN_ERROR && no <= CR_MAX_ERROR)
			return ERR_DB_GONE;
		return is_out_of_space(words) ? ERR_DB_CLOSED : ERR_DB;
	}
}

/* The server's text may hold values ("Duplicate entry 'x@y' for key"), so only its number is kept.
 */
static int
db_fail(struct db *db, unsigned no, const char *what, struct err *err)
{
	int code = db_code(no, mysql_error(db->mysql));

	if (code == ERR_DB_GONE)
		db->broken = 1;
	err_set(err, code, "%s", err_sentence(code));
	err_inside(err, "MariaDB error %u, statement %s", no, what);
	if (err != NULL)
		err->native = no;
	return code;
}

/* ------------------------------------------------------------------ connection */

void
db_library_init(void)
{
	mysql_library_init(0, NULL, NULL);
}

void
db_thread_end(void)
{
	mysql_thread_end();
}

struct db_target
db_target_registry(const struct conf *c)
{
	return (struct db_target){ .socket = c->db_socket,
		.host = c->db_host,
		.port = (unsigned)c->db_port,
		.user = c->db_user,
		.password = c->db_password,
		.database = c->db_registry,
		.registry = c->db_registry,
		.tls_ca = c->db_tls_ca };
}

static void
db_options(MYSQL *m, const struct db_target *t)
{
	unsigned timeout = t->timeout_s != 0 ? t->timeout_s : DB_TIMEOUT_S,
		 connect = DB_CONNECT_TIMEOUT_S, no_local_files = 0;
	my_bool on = 1;

	mysql_optionsv(m, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
	mysql_optionsv(m, MYSQL_OPT_READ_TIMEOUT, &timeout);
	mysql_optionsv(m, MYSQL_OPT_WRITE_TIMEOUT, &timeout);
	mysql_optionsv(m, MYSQL_OPT_LOCAL_INFILE, &no_local_files);
	mysql_optionsv(m, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	if (t->tls_ca != NULL && t->tls_ca[0] != '\0') {
		mysql_optionsv(m, MYSQL_OPT_SSL_CA, t->tls_ca);
		mysql_optionsv(m, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &on);
		mysql_optionsv(m, MYSQL_OPT_SSL_ENFORCE, &on);
	}
}

static int
db_session(struct db *db, struct err *err)
{
	static const char sql[] =
	    "SET SESSION sql_mode = "
	    "'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
	    "NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', tx_isolation = 'READ-COMMITTED', "
	    "innodb_lock_wait_timeout = 5, "
	    "collation_connection = 'utf8mb4_unicode_520_ci', autocommit = 1";

	return db_run_sql(db, sql, sizeof sql - 1, err);
}

static char *
copy_quoted(const char *name)
{
	struct arena a;
	char *s;

	arena_init(&a);
	s = strdup(db_quote_name(&a, name));
	arena_done(&a);
	return s;
}

int
db_open(struct db **out, const struct db_target *t, struct err *err)
{
	int by_socket = t->socket != NULL && t->socket[0] != '\0', rc;
	struct db *db = calloc(1, sizeof *db);

	*out = NULL;
	if (db == NULL || (db->mysql = mysql_init(NULL)) == NULL) {
		free(db);
		return err_set(err, ERR_INTERNAL, "out of memory");
	}
	db_options(db->mysql, t);
	if (t->registry != NULL)
		db->registry = copy_quoted(t->registry);
	if (mysql_real_connect(db->mysql, by_socket ? NULL : t->host, t->user, t->password,
		t->database, by_socket ? 0 : t->port, by_socket ? t->socket : NULL,
		CLIENT_FOUND_ROWS) == NULL) {
		unsigned no = mysql_errno(db->mysql);

		rc = err_set(err, ERR_DB_GONE, "The database cannot be reached.");
		err_inside(err, "%s, MariaDB error %u", mysql_error(db->mysql), no);
		if (err != NULL)
			err->native = no;
		db_close(&db);
		return rc;
	}
	if ((rc = db_session(db, err)) < 0) {
		db_close(&db);
		return rc;
	}
	*out = db;
	return 0;
}

void
db_close(struct db **dbp)
{
	struct db *db = *dbp;

	if (db == NULL)
		return;
	for (size_t q = 0; q < Q_COUNT; q++)
		if (db->stmts[q] != NULL)
			mysql_stmt_close(db->stmts[q]);
	mysql_close(db->mysql);
	arena_done(&db->scratch);
	free(db->registry);
	free(db);
	*dbp = NULL;
}

int
db_broken(const struct db *db)
{
	return db->broken;
}

unsigned long
db_server_version(struct db *db)
{
	return mysql_get_server_version(db->mysql);
}

char *
db_quote_name(struct arena *a, const char *name)
{
	struct buf b;

	buf_init(&b, a);
	buf_addc(&b, '`');
	for (; *name != '\0'; name++) {
		if (*name == '`')
			buf_addc(&b, '`');
		buf_addc(&b, *name);
	}
	buf_addc(&b, '`');
	return b.data;
}

/* ------------------------------------------------------------------ statements */

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
	if (strcmp(found, query_rows[q].out) != 0)
		return err_set(err, ERR_INTERNAL, "%s: columns are \"%s\", comment says \"%s\"",
		    query_rows[q].name, found, query_rows[q].out);
	return 0;
}

void
db_set_guard(struct db *db, const struct entity_guard *guard)
{
	db->guard = guard;
}

const struct entity_guard *
db_guard(const struct db *db)
{
	return db->guard;
}

void
db_set_consent(struct db *db, const struct consent *consent)
{
	db->consent = consent;
}

const struct consent *
db_consent(const struct db *db)
{
	return db->consent;
}

void
db_set_limits(struct db *db, const struct limits *limits)
{
	db->limits = limits;
}

const struct limits *
db_limits(const struct db *db)
{
	return db->limits;
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

int64_t
db_exec_sql(
    struct db *db, const char *sql, size_t n, const struct val *args, size_t nargs, struct err *err)
{
	MYSQL_STMT *stmt;
	int64_t rc;

	arena_reset(&db->scratch);
	if ((rc = prepare(db, sql, n, "generated", &stmt, err)) < 0)
		return rc;
	if ((rc = execute(db, stmt, "generated", args, nargs, 0, err)) == 0) {
		db->insert_id = (int64_t)mysql_stmt_insert_id(stmt);
		rc = (int64_t)mysql_stmt_affected_rows(stmt);
	}
	mysql_stmt_close(stmt);
	return rc;
}

int
db_query_sql(struct db *db, const char *sql, size_t n, const struct val *args, size_t nargs,
    struct arena *a, struct rows *out, struct err *err)
{
	MYSQL_STMT *stmt;
	int rc;

	*out = (struct rows){ 0 };
	arena_reset(&db->scratch);
	if ((rc = prepare(db, sql, n, "generated", &stmt, err)) < 0)
		return rc;
	if ((rc = execute(db, stmt, "generated", args, nargs, 0, err)) == 0 &&
	    db_bind_fetch(stmt, a, out))
		rc = db_fail(db, mysql_stmt_errno(stmt), "generated", err);
	mysql_stmt_close(stmt);
	return rc;
}

int
db_run_sql(struct db *db, const char *sql, size_t n, struct err *err)
{
	if (mysql_real_query(db->mysql, sql, n) != 0)
		return db_fail(db, mysql_errno(db->mysql), "plain", err);
	return 0;
}

/* ------------------------------------------------------------------ transactions */

static int
run_text(struct db *db, const char *sql, struct err *err)
{
	if (db->broken)
		return err_set(err, ERR_DB_GONE, "%s", err_sentence(ERR_DB_GONE));
	return db_run_sql(db, sql, strlen(sql), err);
}

int
db_begin(struct db *db, struct err *err)
{
	int rc;

	if (db->in_transaction)
		return err_set(err, ERR_INTERNAL, "a transaction is open already");
	if ((rc = run_text(db, "START TRANSACTION", err)) < 0)
		return rc;
	db->in_transaction = 1;
	db->transaction_now = USEC_NONE;
	return 0;
}

int
db_commit(struct db *db, struct err *err)
{
	int rc;

	if (!db->in_transaction)
		return err_set(err, ERR_INTERNAL, "no transaction is open");
	if (db->broken) {
		db->in_transaction = 0;
		return err_set(err, ERR_DB_GONE, "%s", err_sentence(ERR_DB_GONE));
	}
	rc = run_text(db, "COMMIT", err);
	db->in_transaction = 0;
	if (rc == ERR_DB_GONE) {	/* it was sent: the server may or may not have done it */
		unsigned no = err == NULL ? 0 : err->native;

		rc = err_set(err, ERR_DB_UNCERTAIN, "%s", err_sentence(ERR_DB_UNCERTAIN));
		err_inside(err, "MariaDB error %u, statement COMMIT", no);
	}
	return rc;
}

void
db_rollback(struct db *db)
{
	struct err err = { 0 };

	if (!db->in_transaction)
		return;
	db->in_transaction = 0;
	if (!db->broken && run_text(db, "ROLLBACK", &err) < 0)
		db->broken = 1;
}

int
db_in_transaction(const struct db *db)
{
	return db->in_transaction;
}

int
db_savepoint(struct db *db, struct err *err)
{
	return run_text(db, "SAVEPOINT one", err);
}

int
db_savepoint_rollback(struct db *db, struct err *err)
{
	return run_text(db, "ROLLBACK TO SAVEPOINT one", err);
}

int
db_savepoint_release(struct db *db, struct err *err)
{
	return run_text(db, "RELEASE SAVEPOINT one", err);
}

int
db_now(struct db *db, usec_t *now, struct err *err)
{
	struct arena a;
	struct rows r;
	int rc;

	if (db->in_transaction && db->transaction_now != USEC_NONE) {
		*now = db->transaction_now;
		return 0;
	}
	arena_init(&a);
	if ((rc = db_query(db, Q_clock_now, DB_NONE, &a, &r, err)) == 0) {
		*now = rows_time(&r, 0, C_clock_now_now) + clock_offset_us();
		if (db->in_transaction)
			db->transaction_now = *now;
	}
	arena_done(&a);
	return rc;
}
