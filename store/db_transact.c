#include "config.h"

#include "store/db_transact.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/crash.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "store/db_inside.h"

enum { TRIES = 3, PAUSE_MS = 5 };

static int
run_text(struct db *db, const char *sql, struct err *err)
{
	if (db->broken)
		return err_set(err, ERR_DB_GONE, "%s", err_sentence(ERR_DB_GONE));
	return db_run_sql(db, sql, strlen(sql), err);
}

/* The server hears of it with the first statement, see db_before() and begin_with_clock(). */
static int
begin(struct db *db, struct err *err)
{
	if (db->broken)
		return err_set(err, ERR_DB_GONE, "%s", err_sentence(ERR_DB_GONE));
	db->in_transaction = 1;
	db->begin_due = 1;
	db->savepoint = SAVEPOINT_NONE;
	db->transaction_now = USEC_NONE;
	return 0;
}

/* 1: no statement was sent, so the server need not hear of its end either. */
static int
end(struct db *db)
{
	const int unheard = db->begin_due;

	db->in_transaction = db->begin_due = 0;
	db->savepoint = SAVEPOINT_NONE;
	return unheard;
}

static int
only_reads(const char *sql)
{
	return strncmp(sql, "SELECT", 6) == 0 || strncmp(sql, "WITH", 4) == 0;
}

int
db_before(struct db *db, const char *sql, struct err *err)
{
	int rc = 0;

	if (db->begin_due) {
		db->begin_due = 0;
		rc = run_text(db, "START TRANSACTION", err);
	}
	if (rc == 0 && db->savepoint == SAVEPOINT_DUE && !only_reads(sql)) {
		db->savepoint = SAVEPOINT_SET;
		rc = run_text(db, "SAVEPOINT one", err);
	}
	return rc;
}

static int
commit(struct db *db, struct err *err)
{
	int rc;

	if (end(db))
		return 0;
	if (db->broken)
		return err_set(err, ERR_DB_GONE, "%s", err_sentence(ERR_DB_GONE));
	rc = run_text(db, "COMMIT", err);
	if (rc == ERR_DB_GONE) {	/* it was sent: the server may or may not have done it */
		unsigned no = err == NULL ? 0 : err->native;

		rc = err_set(err, ERR_DB_UNCERTAIN, "%s", err_sentence(ERR_DB_UNCERTAIN));
		err_inside(err, "MariaDB error %u, statement COMMIT", no);
	}
	return rc;
}

static void
rollback(struct db *db)
{
	struct err err = { 0 };

	if (!db->in_transaction || end(db))
		return;
	if (!db->broken && run_text(db, "ROLLBACK", &err) < 0)
		db->broken = 1;
}

/* ------------------------------------------------------------------ the loop */

/* Two that met must not meet again: each waits another while. */
static void
pause_random(long ms)
{
	unsigned char r;
	struct timespec t = { 0 };

	secret_random(&r, sizeof r);
	ms += ms * r / 255;
	t.tv_sec = ms / 1000;
	t.tv_nsec = ms % 1000 * 1000000;
	nanosleep(&t, NULL);
}

static int
try_once(struct db *db, const struct db_manner *m, db_work_fn *work, void *arg, struct err *err)
{
	struct arena a = { 0 };
	int rc = m->each_alone ? 0 : begin(db, err);

	if (rc == 0)
		rc = work(db, &a, arg, err);
	if (rc >= 0 && crash_conflict())
		rc = err_set(err, ERR_DB_RETRY, "%s", err_sentence(ERR_DB_RETRY));
	if (rc >= 0 && db->in_transaction && !m->undo) {
		int committed = commit(db, err);

		rc = committed < 0 ? committed : rc;
	}
	rollback(db);
	arena_done(&a);
	return rc;
}

static int
is_again(const struct db *db, const struct db_manner *m, int rc)
{
	if (db->broken)
		return 0;
	return rc == ERR_DB_RETRY || (m->races_too && rc == ERR_DB_DUPLICATE);
}

int
db_transact_as(
    struct db *db, const struct db_manner *m, db_work_fn *work, void *arg, struct err *err)
{
	const int tries = m->tries == 0 ? TRIES : m->tries;
	int rc;

	if (db->in_transaction)
		return err_set(err, ERR_INTERNAL, "a transaction is open already");
	for (int i = 1; is_again(db, m, rc = try_once(db, m, work, arg, err)) && i < tries; i++) {
		pause_random(m->pause_ms == 0 ? PAUSE_MS : m->pause_ms);
		err_clear(err);
		if (m->reset != NULL)
			m->reset(arg);
	}
	return rc;
}

int
db_transact(struct db *db, db_work_fn *work, void *arg, struct err *err)
{
	return db_transact_as(db, &(struct db_manner){ 0 }, work, arg, err);
}

int
db_left(int rc)
{
	return rc == ERR_DB_RETRY ? 0 : rc;
}

int
db_is_conflict(int rc)
{
	return rc == ERR_DB_RETRY;
}

int
db_spoils(int rc)
{
	return rc == ERR_DB_RETRY || rc == ERR_DB_GONE;
}

/* ------------------------------------------------------------------ inside one */

int
db_in_transaction(const struct db *db)
{
	return db->in_transaction;
}

int
db_savepoint(struct db *db, struct err *err)
{
	if (db->broken)
		return err_set(err, ERR_DB_GONE, "%s", err_sentence(ERR_DB_GONE));
	db->savepoint = SAVEPOINT_DUE;
	return 0;
}

int
db_savepoint_rollback(struct db *db, struct err *err)
{
	const int is_set = db->savepoint == SAVEPOINT_SET;

	db->savepoint = SAVEPOINT_NONE;
	return is_set ? run_text(db, "ROLLBACK TO SAVEPOINT one", err) : 0;
}

int
db_savepoint_release(struct db *db, struct err *err)
{
	const int is_set = db->savepoint == SAVEPOINT_SET;

	db->savepoint = SAVEPOINT_NONE;
	return is_set ? run_text(db, "RELEASE SAVEPOINT one", err) : 0;
}

/* The first row's first column of the statement that was just sent, as a time; the rest of what the
 * server answers is read away. 1 = it is none. */
static int
take_time(MYSQL *m, usec_t *out)
{
	MYSQL_RES *res = mysql_store_result(m);
	MYSQL_ROW row = res == NULL ? NULL : mysql_fetch_row(res);
	int has_offset, bad = row == NULL || row[0] == NULL ||
	    clock_parse(row[0], out, &has_offset) < 0;

	mysql_free_result(res);
	while (mysql_next_result(m) == 0)
		mysql_free_result(mysql_store_result(m));
	return bad || mysql_errno(m) != 0;
}

/* Most transactions begin by reading the clock: both are one round trip. */
static int
begin_with_clock(struct db *db, usec_t *now, struct err *err)
{
	char sql[160];
	int n = snprintf(sql, sizeof sql, "BEGIN NOT ATOMIC START TRANSACTION; %s; END",
	    query_rows[Q_clock_now].sql);

	db->begin_due = 0;
	if (db->broken)
		return err_set(err, ERR_DB_GONE, "%s", err_sentence(ERR_DB_GONE));
	if (mysql_real_query(db->mysql, sql, (unsigned long)n) != 0 || take_time(db->mysql, now))
		return db_fail(db, mysql_errno(db->mysql), "START TRANSACTION", err);
	return 0;
}

static int
read_clock(struct db *db, usec_t *now, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc;

	if (db->begin_due)
		return begin_with_clock(db, now, err);
	if ((rc = db_query(db, Q_clock_now, DB_NONE, &a, &r, err)) == 0)
		*now = rows_time(&r, 0, C_clock_now_now);
	arena_done(&a);
	return rc;
}

int
db_now(struct db *db, usec_t *now, struct err *err)
{
	int rc;

	if (db->in_transaction && db->transaction_now != USEC_NONE) {
		*now = db->transaction_now;
		return 0;
	}
	if ((rc = read_clock(db, now, err)) < 0)
		return rc;
	*now += clock_offset_us();
	if (db->in_transaction)
		db->transaction_now = *now;
	return 0;
}
