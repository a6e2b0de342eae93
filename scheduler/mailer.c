#include "config.h"

#include "scheduler/mailer.h"

#include <string.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "scheduler/crash.h"
#include "scheduler/ladder.h"
#include "scheduler/mailer_digest.h"
#include "store/db.h"

enum { MAILS_MAX = 20, LEASE_MORE_S = 120, SETTLE_TRIES = 30, LEASE_BYTES = 16, STATE_READY = 1, STATE_SENT = 3, STATE_DEAD = 4, RECIPIENT_SENT = 3, RECIPIENT_REFUSED = 4 };

/* Seconds a session may take: this process must give its next sign of life in time. */
static long
session_s(const struct conf *conf)
{
	long most = conf->process_silent_s * 3 / 4;

	return conf->smtp_deadline_s < most ? conf->smtp_deadline_s : most;
}

/* ------------------------------------------------------------------ claim, load */

/* Leases a due mail, or folds it into a digest. What was tried once is not folded: some recipient may have it. */
static int
claim_one(struct mailer *m, struct arena *a, const unsigned char lease[LEASE_BYTES], struct mailer_quota *quotas, const struct rows *due, size_t i, usec_t now,
    struct err *err)
{
	int64_t mail_id = rows_int(due, i, 0), tenant_id = rows_int(due, i, 1);
	int may = 1;

	if (rows_int(due, i, 2) == MAIL_KIND_WEBHOOK && (may = mailer_quota_take(m->registry, m->conf, a, quotas, tenant_id, now, err)) < 0)
		return may;
	if (!may && rows_int(due, i, 3) == 0)
		return mailer_digest_fold(m->registry, m->conf, a, tenant_id, mail_id, now, err);
	return db_exec(m->registry, Q_mail_lease, DB_ARGS(v_bytes(lease, LEASE_BYTES), v_time(now + (session_s(m->conf) + LEASE_MORE_S) * USEC_SEC), v_int(mail_id)),
	    err) < 0 ? err->code : 0;
}

static int
claim(struct mailer *m, struct arena *a, const unsigned char lease[LEASE_BYTES], size_t *n, struct err *err)
{
	struct mailer_quota *quotas = arena_new(a, struct mailer_quota, MAILS_MAX + 1);
	struct rows due = { 0 };
	usec_t now;
	int rc;

	if ((rc = db_begin(m->registry, err)) < 0)
		return rc;
	if ((rc = db_now(m->registry, &now, err)) == 0)
		rc = db_query(m->registry, Q_mail_due, DB_ARGS(v_time(now), v_int(MAILS_MAX)), a, &due, err);
	for (size_t i = 0; i < due.n && rc == 0; i++)
		rc = claim_one(m, a, lease, quotas, &due, i, now, err);
	if (rc == 0)
		rc = db_commit(m->registry, err);
	db_rollback(m->registry);
	*n = due.n;
	return rc;
}

static int
load_recipients(struct mailer *m, struct arena *a, struct outgoing *o, struct err *err)
{
	struct rows r;
	int rc = db_query(m->registry, Q_mail_recipients, DB_ARGS(v_int(o->mail_id)), a, &r, err);

	o->job.nrecipients = r.n;
	o->job.recipients = arena_new(a, struct mail_recipient, r.n);
	for (size_t i = 0; i < r.n; i++)
		o->job.recipients[i].address = rows_text(&r, i, 0);
	return rc;
}

static int
render(struct mailer *m, struct arena *a, const struct rows *r, size_t i, struct outgoing *o, struct err *err)
{
	switch (rows_int(r, i, MAIL_KIND)) {
	case MAIL_KIND_DIGEST:
		return mailer_digest_render(m->registry, m->conf, a, r, i, o, err);
	case MAIL_KIND_TEXT:
		return mailer_render_text(m->conf, a, r, i, o, err);
	default:
		return mailer_render_webhook(m->conf, a, r, i, o, err);
	}
}

static int
load(struct mailer *m, struct arena *a, const unsigned char lease[LEASE_BYTES], struct outgoing **out, size_t *n, struct err *err)
{
	struct rows r;
	int rc = db_query(m->registry, Q_mail_load, DB_ARGS(v_bytes(lease, LEASE_BYTES)), a, &r, err);

	*n = r.n;
	*out = arena_new(a, struct outgoing, r.n);
	for (size_t i = 0; i < r.n && rc == 0; i++) {
		struct outgoing *o = &(*out)[i];

		*o = (struct outgoing){ .mail_id = rows_int(&r, i, MAIL_ID), .attempts = (int)rows_int(&r, i, MAIL_ATTEMPTS),
			.give_up_at = rows_time(&r, i, MAIL_GIVE_UP_AT) };
		if ((rc = load_recipients(m, a, o, err)) == 0)
			rc = render(m, a, &r, i, o, err);
	}
	return rc;
}

/* ------------------------------------------------------------------ settle */

static int
settle(struct mailer *m, const unsigned char lease[LEASE_BYTES], const struct outgoing *o, usec_t now, struct err *err)
{
	size_t sent = 0, later = 0;
	const char *words = "";
	int state;

	for (size_t i = 0; i < o->job.nrecipients; i++) {
		const struct mail_recipient *r = &o->job.recipients[i];
		int fate = r->fate == MAIL_SENT ? RECIPIENT_SENT : r->fate == MAIL_REFUSED ? RECIPIENT_REFUSED : STATE_READY;

		sent += r->fate == MAIL_SENT;
		later += r->fate == MAIL_LATER;
		if (r->fate != MAIL_SENT)
			words = r->reply;
		if (db_exec(m->registry, Q_mail_recipient_result, DB_ARGS(v_int(fate), v_int(r->code), v_text(r->reply), v_time(now), v_int(o->mail_id),
		    v_text(r->address)), err) < 0)
			return err->code;
	}
	state = later > 0 && now < o->give_up_at ? STATE_READY : later == 0 && (sent > 0 || o->job.nrecipients == 0) ? STATE_SENT : STATE_DEAD;
	if (db_exec(m->registry, Q_mail_settle, DB_ARGS(v_int(state), v_time(state == STATE_READY ? now + ladder_wait(m->conf->queue_ladder, o->attempts) : now),
	    v_time(sent > 0 ? now : USEC_NONE), v_text(words), v_int(o->mail_id), v_bytes(lease, LEASE_BYTES)), err) < 0)
		return err->code;
	return 0;
}

static int
settle_all(struct mailer *m, const unsigned char lease[LEASE_BYTES], const struct outgoing *o, size_t n, struct err *err)
{
	usec_t now;
	int rc;

	if ((rc = db_begin(m->registry, err)) < 0 || (rc = db_now(m->registry, &now, err)) < 0)
		return rc;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = settle(m, lease, &o[i], now, err);
	if (rc == 0)
		rc = db_commit(m->registry, err);
	db_rollback(m->registry);
	return rc;
}

/* What the server has accepted must be written down, or it goes out again: tried as long as the lease surely lasts. */
static int
settle_surely(struct mailer *m, const unsigned char lease[LEASE_BYTES], const struct outgoing *o, size_t n, struct err *err)
{
	struct db_target target = db_target_registry(m->conf);
	int rc = ERR_DB_GONE;

	for (int i = 0; i < SETTLE_TRIES; i++) {
		if (i > 0)
			sleep(1);
		err_clear(err);
		if (m->registry != NULL && db_broken(m->registry))
			db_close(&m->registry);
		if (m->registry == NULL && (rc = db_open(&m->registry, &target, err)) < 0)
			continue;
		if ((rc = settle_all(m, lease, o, n, err)) == 0)
			break;
	}
	return rc;
}

/* ------------------------------------------------------------------ step */

static struct mail_server
server_of(const struct conf *c)
{
	enum mail_tls tls = strcmp(c->smtp_tls, "none") == 0 ? MAIL_TLS_NONE : strcmp(c->smtp_tls, "starttls") == 0 ? MAIL_TLS_STARTTLS :
	    strcmp(c->smtp_tls, "tls") == 0 ? MAIL_TLS_IMPLICIT : MAIL_TLS_IF_OFFERED;

	return (struct mail_server){ .host = c->smtp_host, .port = (unsigned)c->smtp_port, .tls = tls, .ca = c->smtp_tls_ca, .user = c->smtp_user,
		.password = c->smtp_password, .hello = c->smtp_hello, .timeout_s = c->smtp_timeout_s, .deadline_s = session_s(c) };
}

static int
send_leased(struct mailer *m, struct arena *a, const unsigned char lease[LEASE_BYTES], struct err *err)
{
	struct mail_server server = server_of(m->conf);
	struct outgoing *o;
	struct mail_job *jobs;
	size_t n;
	int rc;

	if ((rc = load(m, a, lease, &o, &n, err)) < 0 || n == 0)
		return rc;
	jobs = arena_new(a, struct mail_job, n);
	for (size_t i = 0; i < n; i++)
		jobs[i] = o[i].job;
	mail_send(&server, jobs, n);
	crash_point("after-smtp");
	return settle_surely(m, lease, o, n, err);
}

int
mailer_step(struct mailer *m, int *count, struct err *err)
{
	unsigned char lease[LEASE_BYTES];
	struct arena a = { 0 };
	size_t n = 0;
	int rc;

	*count = 0;
	if (m->registry != NULL && db_broken(m->registry))
		db_close(&m->registry);
	if (m->registry == NULL) {
		struct db_target target = db_target_registry(m->conf);

		if ((rc = db_open(&m->registry, &target, err)) < 0)
			return rc;
	}
	secret_random(lease, sizeof lease);
	rc = claim(m, &a, lease, &n, err);
	if (rc == 0 && n > 0)
		rc = send_leased(m, &a, lease, err);
	arena_done(&a);
	*count = (int)n;
	return rc == ERR_DB_RETRY ? 0 : rc;
}
