#include "config.h"

#include "store/db.h"

#include <stdlib.h>
#include <string.h>

#include <errmsg.h>
#include <mysqld_error.h>

#include "lib/err.h"
#include "lib/text.h"
#include "store/db_inside.h"

enum { DB_TIMEOUT_S = 30, DB_CONNECT_TIMEOUT_S = 5 };

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
	case ER_MAX_PREPARED_STMT_COUNT_REACHED:
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
int
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
	db_made_close(&db->made);
	mysql_close(db->mysql);
	if (db->kept != NULL)
		db->kept_done(db->kept);
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

void
db_prove(struct db *db, usec_t *used, usec_t trust_us)
{
	struct err lost = { 0 };
	usec_t now;

	if (!db->in_transaction && clock_monotonic_us() - *used > trust_us)
		db_now(db, &now, &lost);
	*used = clock_monotonic_us();
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

/* ------------------------------------------------------------------ what goes along */

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

void
db_keep(struct db *db, void *kept, void (*done)(void *kept))
{
	db->kept = kept;
	db->kept_done = done;
}

void *
db_kept(const struct db *db)
{
	return db->kept;
}
