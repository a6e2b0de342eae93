#include "config.h"

#include "scheduler/mailer/mailer_batch.h"

#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "scheduler/mailer/mailer.h"
#include "scheduler/mailer/mailer_digest.h"
#include "store/db.h"
#include "store/db_list.h"

enum { LEASE_MORE_S = 120 };

static void
take(struct mailer_batch *b, int64_t mail_id, int64_t body_bytes)
{
	b->ids[b->leased] = mail_id;
	b->body_bytes[b->leased++] = (size_t)body_bytes;
}

/* Takes a due mail, or folds it into a digest. What some recipient has is not folded; nor what no
 * digest can take. */
static int
claim_one(struct mailer *m, struct mailer_batch *b, struct mailer_quota *quotas,
    const struct rows *due, size_t i, usec_t now, struct err *err)
{
	int64_t mail_id = rows_int(due, i, C_mail_due_mail_id),
		tenant_id = rows_int(due, i, C_mail_due_tenant_id);
	int may = 1, folded = 0;

	if (rows_int(due, i, C_mail_due_kind) == MAIL_KIND_WEBHOOK &&
	    (may = mailer_quota_take(
		 m->registry, m->conf, &b->arena, quotas, tenant_id, now, err)) < 0)
		return may;
	if (!may && rows_int(due, i, C_mail_due_settled) == 0 &&
	    (folded = mailer_digest_fold(
		 m->registry, m->conf, &b->arena, tenant_id, mail_id, now, err)) < 0)
		return folded;
	if (!folded)
		take(b, mail_id, rows_int(due, i, C_mail_due_body_bytes));
	return 0;
}

/* A mail whose process died is tried alone, so that it cannot spoil others, and not for ever. 1
 * when there was one. */
static int
claim_lapsed(struct mailer *m, struct mailer_batch *b, usec_t now, struct err *err)
{
	struct rows r;
	int rc = db_query(m->registry, Q_mail_lapsed, DB_ARGS(v_time(now)), &b->arena, &r, err);

	if (rc < 0 || r.n == 0)
		return rc;
	if (now < rows_time(&r, 0, C_mail_lapsed_give_up_at))
		take(b, rows_int(&r, 0, C_mail_lapsed_mail_id), 0);
	else if (db_exec(m->registry, Q_mail_dead,
		     DB_ARGS(v_time(now),
			 v_text("At each attempt to send it, the process ended before the outcome "
				"was known."),
			 v_int(rows_int(&r, 0, C_mail_lapsed_mail_id))),
		     err) < 0)
		rc = err->code;
	return rc < 0 ? rc : 1;
}

usec_t
mailer_lease_us(const struct mailer *m)
{
	return (mailer_session_s(m->conf) + LEASE_MORE_S) * USEC_SEC;
}

static int
lease(struct mailer *m, struct mailer_batch *b, struct arena *a, usec_t now, struct err *err)
{
	if (b->leased == 0)
		return 0;
	b->until = now + mailer_lease_us(m);
	return db_exec(m->registry, Q_mail_lease,
		   DB_ARGS(v_bytes(b->lease, MAILER_LEASE_BYTES), v_time(b->until),
		       db_list_ids(a, b->ids, b->leased)),
		   err) < 0 ?
	    err->code :
	    0;
}

struct claiming {
	struct mailer *m;
	struct mailer_batch *b;
	int most, count;
};

static int
claim_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct claiming *c = arg;
	struct mailer_quota *quotas = arena_new(a, struct mailer_quota, MAILER_BATCH_MOST + 1);
	struct rows due = { 0 };
	usec_t now;
	int rc;

	c->b->leased = 0;
	if ((rc = db_now(db, &now, err)) < 0)
		return rc;
	if (clock_monotonic_us() >= c->m->lapsed_from)
		rc = claim_lapsed(c->m, c->b, now, err);
	c->count = rc > 0 ? 1 : 0;
	if (rc == 0 && (rc = db_query(db, Q_mail_due, DB_ARGS(v_time(now), v_int(c->most)), a, &due,
			    err)) == 0)
		c->count = (int)due.n;
	for (size_t i = 0; i < due.n && rc == 0; i++)
		rc = claim_one(c->m, c->b, quotas, &due, i, now, err);
	return rc < 0 ? rc : lease(c->m, c->b, a, now, err);
}

int
mailer_claim(struct mailer *m, struct mailer_batch *b, int most, int *count, struct err *err)
{
	struct claiming c = { .m = m, .b = b, .most = most };
	int rc = db_transact(m->registry, claim_work, &c, err);

	*count = rc < 0 ? 0 : c.count;
	return rc < 0 ? rc : 0;
}
