#include "config.h"

#include "store/registry/store_attempt.h"

#include <string.h>

#include "lib/err.h"
#include "store/db.h"

/* SLACK_S: a window may begin a little in the future, when another process read the clock later.
 * Only a window further ahead means that the clock was set back. */
enum { FORGET = 10, SLACK_S = 60 };

static const struct statements { enum query find, count, lapsed, forget;
} statements[] = {
	[STORE_ATTEMPT_LOGIN] = { Q_login_attempts, Q_login_attempt_count, Q_login_attempts_lapsed,
	    Q_login_attempt_forget },
	[STORE_ATTEMPT_CODE] = { Q_code_attempts, Q_code_attempt_count, Q_code_attempts_lapsed,
	    Q_code_attempt_forget },
};

void
store_attempt_subject(struct store_attempt *t, int i, const char *text, long max)
{
	secret_sha256(text, strlen(text), t->subjects[i].hash);
	t->subjects[i].max = max;
}

static struct val
subject(const struct store_attempt *t, int i)
{
	return v_bytes(t->subjects[i].hash, SECRET_SHA256_BYTES);
}

int
store_attempt_blocked(struct db *db, struct arena *a, const struct store_attempt *t, usec_t now,
    usec_t *until, struct err *err)
{
	struct rows r;
	int rc;

	*until = USEC_NONE;
	if (t->subjects[0].max == 0 && t->subjects[1].max == 0)
		return 0;
	rc = db_query(db, statements[t->table].find,
	    DB_ARGS(subject(t, 0), subject(t, 1), v_time(now),
		v_time(now + (t->window_s + SLACK_S) * USEC_SEC)),
	    a, &r, err);
	for (size_t i = 0; rc == 0 && i < r.n; i++) {
		int which = memcmp(rows_at(&r, i, C_login_attempts_subject)->s, t->subjects[0].hash,
				SECRET_SHA256_BYTES) == 0 ?
		    0 :
		    1;

		if (t->subjects[which].max > 0 &&
		    rows_int(&r, i, C_login_attempts_wrong) >= t->subjects[which].max &&
		    rows_time(&r, i, C_login_attempts_until_at) > *until)
			*until = rows_time(&r, i, C_login_attempts_until_at);
	}
	return rc;
}

static int
forget_lapsed(
    struct db *db, struct arena *a, const struct statements *q, usec_t now, struct err *err)
{
	struct rows lapsed;
	int rc = db_query(db, q->lapsed, DB_ARGS(v_time(now), v_int(FORGET)), a, &lapsed, err);

	for (size_t i = 0; rc == 0 && i < lapsed.n; i++)
		if (db_exec(db, q->forget,
			DB_ARGS(v_bytes(rows_at(&lapsed, i, ROWS_ONLY)->s,
				    rows_at(&lapsed, i, ROWS_ONLY)->n),
			    v_time(now)),
			err) < 0)
			rc = err->code;
	return rc;
}

int
store_attempt_count(struct db *db, struct arena *a, const struct store_attempt *t, usec_t now,
    usec_t *until, struct err *err)
{
	const struct statements *q = &statements[t->table];
	usec_t end = now + t->window_s * USEC_SEC, latest = end + SLACK_S * USEC_SEC;
	int over = 0, rc;

	*until = USEC_NONE;
	for (int i = 0; i < STORE_ATTEMPT_SUBJECTS; i++) {
		if (t->subjects[i].max == 0)
			continue;
		if (db_exec(db, q->count,
			DB_ARGS(subject(t, i), v_time(end), v_time(now), v_time(latest)), err) < 0)
			return err->code;
		over |= db_insert_id(db) > t->subjects[i].max;
	}
	rc = forget_lapsed(db, a, q, now, err);
	return rc == 0 && over ? store_attempt_blocked(db, a, t, now, until, err) : rc;
}

int
store_attempt_login_right(struct db *db, const struct store_attempt *t, usec_t now, struct err *err)
{
	for (int i = 0; i < STORE_ATTEMPT_SUBJECTS; i++)
		if (t->subjects[i].max > 0 &&
		    db_exec(db, Q_login_attempt_give_back, DB_ARGS(subject(t, i), v_time(now)),
			err) < 0)
			return err->code;
	return 0;
}

int
store_attempt_refuse(usec_t until, usec_t now, const char *what, struct err *err)
{
	if (until == USEC_NONE)
		return 0;
	err->retry_after_s = (int)((until - now + USEC_SEC - 1) / USEC_SEC);
	return err_set(
	    err, ERR_THROTTLED, "Too many %s; try again in %d s.", what, err->retry_after_s);
}
