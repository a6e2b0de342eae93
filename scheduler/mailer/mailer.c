#include "config.h"

#include "scheduler/mailer/mailer.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/crash.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "model/state.h"
#include "net/mail_server.h"
#include "scheduler/ladder.h"
#include "scheduler/mailer/mailer_digest.h"
#include "store/db.h"
#include "store/registry_db.h"

enum {
	MAILS_MAX = 20,
	BATCH_BYTES = 64 << 20,
	LAPSED_AFTER_S = 10,
	LEASE_MORE_S = 120,
	STOP_MOST_S = 20,
	SETTLE_TRIES = 30,
	SETTLE_MORE_S = 10,
	LEASE_BYTES = 16
};

/* A claim: what was leased under one random lease, and its texts. */
struct batch {
	unsigned char lease[LEASE_BYTES];
	struct arena arena;
	struct outgoing *mails;
	size_t n, leased;
	size_t bytes;			/* of all texts */
};

/* Seconds a session may take: this process must give its next sign of life in time. */
static long
session_s(const struct conf *conf)
{
	long most = conf->process_silent_s * 3 / 4;

	return conf->smtp_deadline_s < most ? conf->smtp_deadline_s : most;
}

/* Seconds the mail on its way has when the process is told to stop. */
static long
stop_s(const struct conf *conf)
{
	return conf->smtp_timeout_s < STOP_MOST_S ? conf->smtp_timeout_s : STOP_MOST_S;
}

long
mailer_mercy_s(const struct conf *conf)
{
	return stop_s(conf) + SETTLE_TRIES + SETTLE_MORE_S;
}

/* ------------------------------------------------------------------ claim */

static int
lease(struct mailer *m, struct batch *b, int64_t mail_id, usec_t now, struct err *err)
{
	usec_t until = now + (session_s(m->conf) + LEASE_MORE_S) * USEC_SEC;

	if (db_exec(m->registry, Q_mail_lease,
		DB_ARGS(v_bytes(b->lease, LEASE_BYTES), v_time(until), v_int(mail_id)), err) < 0)
		return err->code;
	b->leased++;
	return 0;
}

/* Leases a due mail, or folds it into a digest. What some recipient has is not folded; nor what no
 * digest can take. */
static int
claim_one(struct mailer *m, struct batch *b, struct mailer_quota *quotas, const struct rows *due,
    size_t i, usec_t now, struct err *err)
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
	return folded ? 0 : lease(m, b, mail_id, now, err);
}

/* A mail whose process died is tried alone, so that it cannot spoil others, and not for ever. 1
 * when there was one. */
static int
claim_lapsed(struct mailer *m, struct batch *b, usec_t now, struct err *err)
{
	struct rows r;
	int rc = db_query(m->registry, Q_mail_lapsed, DB_ARGS(v_time(now)), &b->arena, &r, err);

	if (rc < 0 || r.n == 0)
		return rc;
	if (now < rows_time(&r, 0, C_mail_lapsed_give_up_at))
		rc = lease(m, b, rows_int(&r, 0, C_mail_lapsed_mail_id), now, err);
	else if (db_exec(m->registry, Q_mail_dead,
		     DB_ARGS(v_time(now),
			 v_text("At each attempt to send it, the process ended before the outcome "
				"was known."),
			 v_int(rows_int(&r, 0, C_mail_lapsed_mail_id))),
		     err) < 0)
		rc = err->code;
	return rc < 0 ? rc : 1;
}

struct claiming {
	struct mailer *m;
	struct batch *b;
	int count;
};

static int
claim_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct claiming *c = arg;
	struct mailer_quota *quotas = arena_new(a, struct mailer_quota, MAILS_MAX + 1);
	struct rows due = { 0 };
	usec_t now;
	int rc;

	c->b->leased = 0;
	if ((rc = db_now(db, &now, err)) < 0)
		return rc;
	if (clock_monotonic_us() >= c->m->lapsed_from)
		rc = claim_lapsed(c->m, c->b, now, err);
	c->count = rc > 0 ? 1 : 0;
	if (rc == 0 && (rc = db_query(db, Q_mail_due, DB_ARGS(v_time(now), v_int(MAILS_MAX)), a,
			    &due, err)) == 0)
		c->count = (int)due.n;
	for (size_t i = 0; i < due.n && rc == 0; i++)
		rc = claim_one(c->m, c->b, quotas, &due, i, now, err);
	return rc;
}

/* *count = mails that were leased, folded or given up. */
static int
claim(struct mailer *m, struct batch *b, int *count, struct err *err)
{
	struct claiming c = { .m = m, .b = b };
	int rc = db_transact(m->registry, claim_work, &c, err);

	*count = rc < 0 ? 0 : c.count;
	return rc < 0 ? rc : 0;
}

/* ------------------------------------------------------------------ load */

static int
load_recipients(struct mailer *m, struct arena *a, struct outgoing *o, struct err *err)
{
	struct rows r;
	int rc = db_query(m->registry, Q_mail_recipients, DB_ARGS(v_int(o->mail_id)), a, &r, err);

	o->job.nrecipients = r.n;
	o->job.recipients = arena_new(a, struct mail_recipient, r.n);
	for (size_t i = 0; i < r.n; i++)
		o->job.recipients[i].address = rows_text(&r, i, C_mail_recipients_address);
	return rc;
}

static int
render(struct mailer *m, struct arena *a, const struct rows *r, size_t i, struct outgoing *o,
    struct err *err)
{
	switch (rows_int(r, i, C_mail_load_kind)) {
	case MAIL_KIND_DIGEST:
		return mailer_digest_render(m->registry, m->conf, a, r, i, o, err);
	case MAIL_KIND_TEXT:
		return mailer_render_text(m->conf, a, r, i, o, err);
	default:
		return mailer_render_webhook(m->conf, a, r, i, o, err);
	}
}

/* The text moves to the batch's memory; what it is made of, a whole payload perhaps, goes at once.
 * A mail that cannot be composed harms no other. */
static int
load_one(struct mailer *m, struct batch *b, int64_t mail_id, struct err *err)
{
	struct outgoing *o = &b->mails[b->n];
	struct arena scratch = { 0 };
	struct rows r;
	int rc = db_query(m->registry, Q_mail_load,
	    DB_ARGS(v_int(mail_id), v_bytes(b->lease, LEASE_BYTES)), &scratch, &r, err);

	if (rc == 0 && r.n == 1) {
		*o = (struct outgoing){ .mail_id = mail_id,
			.attempts = (int)rows_int(&r, 0, C_mail_load_attempts),
			.give_up_at = rows_time(&r, 0, C_mail_load_give_up_at),
			.someone_has_it = !rows_null(&r, 0, C_mail_load_sent_at) };
		b->n++;
		rc = load_recipients(m, &b->arena, o, err);
		if (rc == 0 && rows_null(&r, 0, C_mail_load_customer)) {
			snprintf(o->trouble, sizeof o->trouble, "Its tenant was deleted.");
			o->give_up_at = 0;
		} else if (rc == 0 && (rc = render(m, &scratch, &r, 0, o, err)) == 0) {
			o->job.message = arena_strndup(&b->arena, o->job.message, o->job.bytes);
			b->bytes += o->job.bytes;
		} else if (rc < 0 && !db_broken(m->registry)) {
			snprintf(o->trouble, sizeof o->trouble, "It cannot be composed: %.200s",
			    err->detail);
			err_clear(err);
			rc = 0;
		}
	}
	arena_done(&scratch);
	return rc;
}

/* Beside the texts there is one payload, and what it is parsed into. */
static size_t
batch_bytes(const struct conf *conf)
{
	size_t share = (size_t)(conf->queue_worker_memory_mb << 20) / 8;

	return share < BATCH_BYTES ? share : BATCH_BYTES;
}

/* Beyond that the rest is given back by settling it as untried. */
static int
load(struct mailer *m, struct batch *b, struct err *err)
{
	struct rows r;
	int rc = db_query(m->registry, Q_mail_leased, DB_ARGS(v_bytes(b->lease, LEASE_BYTES)),
	    &b->arena, &r, err);

	b->mails = arena_new(&b->arena, struct outgoing, r.n + 1);
	for (size_t i = 0; i < r.n && rc == 0; i++) {
		if (b->bytes < batch_bytes(m->conf))
			rc = load_one(m, b, rows_int(&r, i, C_mail_leased_mail_id), err);
		else
			b->mails[b->n++] = (struct outgoing){
				.mail_id = rows_int(&r, i, C_mail_leased_mail_id), .untried = 1
			};
	}
	return rc;
}

/* ------------------------------------------------------------------ settle */

/* Who has not got it until the mail is given up will not get it. */
static int
recipient_state(const struct mail_recipient *r, int give_up)
{
	if (r->fate == MAIL_SENT)
		return STATE_RECIPIENT_SENT;
	return r->fate == MAIL_REFUSED || give_up ? STATE_RECIPIENT_REFUSED : STATE_RECIPIENT_OPEN;
}

/* Somebody got it in an earlier attempt, or nobody is left who should. */
static int
is_done(const struct outgoing *o)
{
	return o->someone_has_it || (o->job.nrecipients == 0 && o->trouble[0] == '\0');
}

static int
settle(
    struct mailer *m, const struct batch *b, const struct outgoing *o, usec_t now, struct err *err)
{
	size_t sent = 0, later = 0;
	const char *words = o->trouble;
	int give_up = now >= o->give_up_at, state;

	if (o->untried)
		return db_exec(m->registry, Q_mail_give_back,
			   DB_ARGS(v_time(now), v_int(o->mail_id), v_bytes(b->lease, LEASE_BYTES)),
			   err) < 0 ?
		    err->code :
		    0;
	for (size_t i = 0; i < o->job.nrecipients; i++) {
		const struct mail_recipient *r = &o->job.recipients[i];

		sent += r->fate == MAIL_SENT;
		later += recipient_state(r, give_up) == STATE_RECIPIENT_OPEN;
		if (r->fate != MAIL_SENT && r->reply[0] != '\0')
			words = r->reply;
		if (db_exec(m->registry, Q_mail_recipient_result,
			DB_ARGS(v_int(recipient_state(r, give_up)), v_int(r->code),
			    v_text(r->reply), v_time(now), v_int(o->mail_id), v_text(r->address)),
			err) < 0)
			return err->code;
	}
	if (later > 0)
		state = STATE_MAIL_READY;
	else
		state = sent > 0 || is_done(o) ? STATE_MAIL_SENT : STATE_MAIL_DEAD;
	if (db_exec(m->registry, Q_mail_settle,
		DB_ARGS(v_int(state),
		    v_time(state == STATE_MAIL_READY ?
			    now + ladder_wait(m->conf->queue_ladder, o->attempts) :
			    now),
		    v_time(sent > 0 ? now : USEC_NONE), v_text(words), v_int(o->mail_id),
		    v_bytes(b->lease, LEASE_BYTES)),
		err) < 0)
		return err->code;
	return 0;
}

struct settling {
	struct mailer *m;
	const struct batch *b;
};

static int
settle_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const struct settling *s = arg;
	usec_t now;
	int rc = db_now(db, &now, err);

	(void)a;
	for (size_t i = 0; i < s->b->n && rc == 0; i++)
		rc = settle(s->m, s->b, &s->b->mails[i], now, err);
	return rc;
}

static int
settle_all(struct mailer *m, const struct batch *b, struct err *err)
{
	struct settling s = { .m = m, .b = b };

	return db_transact(m->registry, settle_work, &s, err);
}

static int
connect_registry(struct mailer *m, struct err *err)
{
	int was_open = m->registry != NULL && !db_broken(m->registry), rc;

	m->was_away |= m->registry != NULL && !was_open;
	if (was_open)
		return 0;
	rc = registry_db_open(&m->registry, m->conf, 0, err);
	if (rc < 0)
		m->was_away = 1;
	else if (m->was_away) {
		m->was_away = 0;
		m->lapsed_from = clock_monotonic_us() + LAPSED_AFTER_S * USEC_SEC;
	}
	return rc;
}

/* What the server has accepted must be written down, or it goes out again: tried until the database
 * is back, and half a minute when the program is to stop or the database will not take it. */
static int
settle_surely(struct mailer *m, const struct batch *b, struct err *err)
{
	int rc, is_urgent, tries = 0;

	for (;;) {
		err_clear(err);
		if ((rc = connect_registry(m, err)) == 0 && (rc = settle_all(m, b, err)) == 0)
			return 0;
		/* what no waiting mends must not hold up all other mail */
		is_urgent = (m->want_stop != NULL && *m->want_stop) || !err_is_transient(rc);
		if (is_urgent && ++tries > SETTLE_TRIES)
			return rc;
		if (m->beat != NULL)
			m->beat(m->arg);
		sleep(1);
	}
}

/* ------------------------------------------------------------------ step */

static struct mail_server
server_of(const struct conf *c, const volatile sig_atomic_t *stop)
{
	struct mail_server s = mail_server_of(c);

	s.deadline_s = session_s(c);
	s.stop = stop;
	s.stop_s = stop_s(c);
	return s;
}

/* The server sees only what could be composed. */
static void
send_batch(struct mailer *m, struct batch *b)
{
	struct mail_server server = server_of(m->conf, m->want_stop);
	struct mail_job *jobs = arena_new(&b->arena, struct mail_job, b->n + 1);
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		if (!b->mails[i].untried && b->mails[i].trouble[0] == '\0')
			jobs[n++] = b->mails[i].job;
	mail_send(&server, jobs, n);
	for (size_t i = 0; i < b->n; i++)
		for (size_t k = 0; k < b->mails[i].job.nrecipients; k++)
			b->mails[i].untried |= b->mails[i].job.recipients[k].fate == MAIL_UNTRIED;
}

static int
step(struct mailer *m, struct batch *b, int *count, struct err *err)
{
	int rc;

	secret_random(b->lease, sizeof b->lease);
	if ((rc = claim(m, b, count, err)) < 0 || b->leased == 0)
		return rc;
	if ((rc = load(m, b, err)) < 0 || b->n == 0)
		return rc;
	send_batch(m, b);
	crash_point("after-smtp");
	return settle_surely(m, b, err);
}

int
mailer_step(struct mailer *m, int *count, struct err *err)
{
	struct batch b = { .n = 0 };
	int rc;

	*count = 0;
	if ((rc = connect_registry(m, err)) < 0)
		return rc;
	rc = step(m, &b, count, err);
	arena_done(&b.arena);
	return db_left(rc);
}
