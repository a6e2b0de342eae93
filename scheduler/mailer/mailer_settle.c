#include "config.h"

#include "scheduler/mailer/mailer_batch.h"

#include <unistd.h>

#include "lib/conf.h"
#include "lib/crash.h"
#include "lib/err.h"
#include "model/state.h"
#include "scheduler/ladder.h"
#include "scheduler/mailer/mailer.h"
#include "store/db.h"
#include "store/db_list.h"

enum { SETTLE_TRIES = 30 };

struct settling {
	struct mailer *m;
	struct mailer_batch *b;
	struct outgoing *const *mails;
	size_t n;
	usec_t now;
	struct arena *arena;
	struct db_list recipients, mail_rows, untried;
	size_t nrecipients, nmails, nuntried;
	unsigned char *is_given;	/* of each mail of the batch: it is among mails */
	int lost;
};

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

static void
add_time(struct settling *s, struct writer *w, usec_t t)
{
	char text[32];

	clock_sql(t, text);
	writer_text(w, t == USEC_NONE ? NULL : arena_strdup(s->arena, text));
}

static void
add_recipient(struct settling *s, const struct outgoing *o, const struct mail_recipient *r,
    int state)
{
	struct writer *w = &s->recipients.w;

	writer_array(w);
	writer_int(w, o->mail_id);
	writer_text(w, r->address);
	writer_int(w, state);
	writer_int(w, r->code);
	writer_text(w, r->reply);
	writer_end(w);
	s->nrecipients++;
}

static void
add_mail(struct settling *s, const struct outgoing *o, int state, int was_sent, const char *words)
{
	const usec_t now = s->now;
	struct writer *w = &s->mail_rows.w;

	writer_array(w);
	writer_int(w, o->mail_id);
	writer_int(w, state);
	add_time(s, w, state == STATE_MAIL_READY ?
	    now + ladder_wait(s->m->conf->queue_ladder, o->attempts) : now);
	add_time(s, w, was_sent ? now : USEC_NONE);
	writer_text(w, words);
	writer_end(w);
	s->nmails++;
}

static void
add(struct settling *s, const struct outgoing *o)
{
	size_t sent = 0, later = 0;
	const char *words = o->trouble;
	int give_up = s->now >= o->give_up_at, state;

	if (o->untried) {
		writer_int(&s->untried.w, o->mail_id);
		s->nuntried++;
		return;
	}
	for (size_t i = 0; i < o->job.nrecipients; i++) {
		const struct mail_recipient *r = &o->job.recipients[i];

		state = recipient_state(r, give_up);
		sent += r->fate == MAIL_SENT;
		later += state == STATE_RECIPIENT_OPEN;
		if (r->fate != MAIL_SENT && r->reply[0] != '\0')
			words = r->reply;
		add_recipient(s, o, r, state);
	}
	if (later > 0)
		state = STATE_MAIL_READY;
	else
		state = sent > 0 || is_done(o) ? STATE_MAIL_SENT : STATE_MAIL_DEAD;
	add_mail(s, o, state, sent > 0, words);
}

/* What is held still: to be sent, or to be given back. Its row is met, and written only when it
 * gets a new lease. */
static void
add_held(struct settling *s)
{
	struct mailer_batch *b = s->b;
	struct writer *w = &s->mail_rows.w;

	if (s->now > b->until - mailer_lease_us(s->m) / 2)
		b->until = s->now + mailer_lease_us(s->m);
	for (size_t i = 0; i < b->n; i++) {
		if (b->mails[i].settled || s->is_given[i])
			continue;
		writer_array(w);
		writer_int(w, b->mails[i].mail_id);
		writer_int(w, STATE_MAIL_LEASED);
		add_time(s, w, b->until);
		add_time(s, w, USEC_NONE);
		writer_text(w, NULL);
		writer_end(w);
		s->nmails++;
	}
}

static int
write_results(struct db *db, struct settling *s, const struct val *lease, struct err *err)
{
	int64_t met = 0;

	if (s->nrecipients > 0 &&
	    db_exec(db, Q_mail_recipient_result,
		DB_ARGS(db_list_end(&s->recipients), v_time(s->now)), err) < 0)
		return err->code;
	if (s->nmails > 0 &&
	    (met = db_exec(db, Q_mail_settle, DB_ARGS(db_list_end(&s->mail_rows), *lease),
		 err)) < 0)
		return err->code;
	s->lost = met < (int64_t)s->nmails;
	if (s->nuntried > 0 &&
	    db_exec(db, Q_mail_give_back,
		DB_ARGS(v_time(s->now), db_list_end(&s->untried), *lease), err) < 0)
		return err->code;
	return 0;
}

static int
settle_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct settling *s = arg;
	const struct val lease = v_bytes(s->b->lease, MAILER_LEASE_BYTES);
	int rc = db_now(db, &s->now, err);

	if (rc < 0)
		return rc;
	s->arena = a;
	s->nrecipients = s->nmails = s->nuntried = 0;
	db_list_begin(&s->recipients, a);
	db_list_begin(&s->mail_rows, a);
	db_list_begin(&s->untried, a);
	s->is_given = arena_new(a, unsigned char, s->b->n);
	for (size_t i = 0; i < s->n; i++) {
		add(s, s->mails[i]);
		s->is_given[s->mails[i] - s->b->mails] = 1;
	}
	add_held(s);
	return write_results(db, s, &lease, err);
}

/* Tries until it is done, or waiting is of no use. */
static int
insist(struct mailer *m, struct mailer_batch *b, db_work_fn *work, void *arg, struct err *err)
{
	int rc, is_urgent;

	for (;;) {
		err_clear(err);
		if ((rc = mailer_connect(m, err)) == 0 &&
		    (rc = db_transact(m->registry, work, arg, err)) == 0)
			return 0;
		/* what no waiting mends must not hold up all other mail */
		is_urgent = (m->want_stop != NULL && *m->want_stop) || !err_is_transient(rc);
		if (is_urgent && ++b->failed > SETTLE_TRIES)
			return rc;
		if (m->beat != NULL)
			m->beat(m->arg);
		sleep(1);
	}
}

int
mailer_settle(struct mailer *m, struct mailer_batch *b, struct outgoing *const *mails, size_t n,
    struct err *err)
{
	struct settling s = { .m = m, .b = b, .mails = mails, .n = n };
	int rc;

	crash_point("after-smtp");
	rc = insist(m, b, settle_work, &s, err);
	b->lost |= rc == 0 && s.lost;
	return rc;
}

static int
give_back_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const struct mailer_batch *b = arg;
	usec_t now;
	int rc = db_now(db, &now, err);

	if (rc < 0)
		return rc;
	return db_exec(db, Q_mail_give_back,
		   DB_ARGS(v_time(now), db_list_ids(a, b->ids, b->leased),
		       v_bytes(b->lease, MAILER_LEASE_BYTES)),
		   err) < 0 ?
	    err->code :
	    0;
}

int
mailer_give_back(struct mailer *m, struct mailer_batch *b, struct err *err)
{
	return insist(m, b, give_back_work, b, err);
}
