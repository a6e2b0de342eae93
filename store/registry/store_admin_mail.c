#include "config.h"

#include "store/registry/store_admin_mail.h"

#include <inttypes.h>

#include "lib/err.h"
#include "lib/text.h"
#include "model/state.h"
#include "store/db.h"

enum { CHUNK = 100 };

#define FILTER(f) v_int_or_null((f)->tenant_id, (f)->tenant_id != 0), \
	v_time((f)->from), v_time((f)->until)

int
store_admin_mail_list(struct db *db, struct arena *a, const struct store_admin_mail_filter *f,
    int64_t limit, struct rows *out, struct err *err)
{
	if (f->state == STATE_MAIL_UNSET)
		return db_query(
		    db, Q_admin_mail_list, DB_ARGS(FILTER(f), v_int(limit)), a, out, err);
	return db_query(db, Q_admin_mail_list_state,
	    DB_ARGS(v_int(f->state), FILTER(f), v_int(limit)), a, out, err);
}

/* ------------------------------------------------------------------ retry */

/* Recipients first: the mail's state says whether they are to be tried again. */
static int
retry(struct db *db, int64_t mail_id, const struct store_admin_mail_again *again, struct err *err)
{
	if (db_exec(db, Q_admin_mail_retry_recipients, DB_ARGS(v_time(again->now), v_int(mail_id)),
		err) < 0 ||
	    db_exec(db, Q_admin_mail_retry,
		DB_ARGS(v_time(again->now), v_time(again->give_up_at), v_int(mail_id)), err) < 0)
		return err->code;
	return 1;
}

int
store_admin_mail_retry_one(struct db *db, struct arena *a, int64_t mail_id,
    const struct store_admin_mail_again *again, int64_t *state, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_admin_mail_retry_lock,
	    DB_ARGS(v_time(again->bodies_from), v_int(mail_id)), a, &r, err);

	*state = STATE_MAIL_UNSET;
	if (rc < 0)
		return rc;
	if (r.n == 0)
		return err_set(err, ERR_NOT_FOUND, "There is no mail %" PRId64 ".", mail_id);
	*state = rows_int(&r, 0, C_admin_mail_retry_lock_state);
	if (rows_int(&r, 0, C_admin_mail_retry_lock_retryable) == 0)
		return 0;
	if (rows_int(&r, 0, C_admin_mail_retry_lock_has_content) == 0)
		return err_set(err, ERR_CONFLICT,
		    "What mail %" PRId64
		    " was made of was deleted by retention: there is nothing left to send.",
		    mail_id);
	return retry(db, mail_id, again, err);
}

struct retrying {
	const struct store_admin_mail_filter *filter;
	const struct store_admin_mail_again *again;
};

static int
retry_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const struct retrying *w = arg;
	const struct store_admin_mail_filter *f = w->filter;
	struct rows r = { 0 };
	int rc = db_query(db, Q_admin_mail_retry_pick,
	    DB_ARGS(v_time(w->again->now), v_time(w->again->bodies_from), FILTER(f), v_int(CHUNK)),
	    a, &r, err);

	for (size_t i = 0; i < r.n && rc >= 0; i++)
		rc = retry(db, rows_int(&r, i, C_admin_mail_retry_pick_mail_id), w->again, err);
	return rc < 0 ? rc : (int)r.n;
}

int64_t
store_admin_mail_retry_chunk(struct db *db, const struct store_admin_mail_filter *f,
    const struct store_admin_mail_again *again, struct err *err)
{
	struct retrying w = { .filter = f, .again = again };

	return db_transact(db, retry_work, &w, err);
}

int64_t
store_admin_mail_retry_count(struct db *db, struct arena *a,
    const struct store_admin_mail_filter *f, const struct store_admin_mail_again *again,
    struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_admin_mail_retry_count,
	    DB_ARGS(v_time(again->now), v_time(again->bodies_from), FILTER(f)), a, &r, err);

	return rc < 0 ? rc : rows_int(&r, 0, C_admin_mail_retry_count_mails);
}
