#include "config.h"

#include "store/db_transact.h"

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

static int
begin(struct db *db, struct err *err)
{
	int rc;

	if ((rc = run_text(db, "START TRANSACTION", err)) < 0)
		return rc;
	db->in_transaction = 1;
	db->transaction_now = USEC_NONE;
	return 0;
}

static int
commit(struct db *db, struct err *err)
{
	int rc;

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

static void
rollback(struct db *db)
{
	struct err err = { 0 };

	if (!db->in_transaction)
		return;
	db->in_transaction = 0;
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
