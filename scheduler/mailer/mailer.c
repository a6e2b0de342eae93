#include "config.h"

#include "scheduler/mailer/mailer.h"

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/os/wake.h"
#include "lib/secret.h"
#include "net/mail_server.h"
#include "scheduler/mailer/mailer_batch.h"
#include "store/db.h"
#include "store/registry_db.h"

enum {
	LAPSED_AFTER_S = 10,
	STOP_MOST_S = 20,
	SETTLE_MOST_S = 40,
	TOLD_MOST = 20,			/* mails that wait to be written down */
	TOLD_US = 50 * 1000,		/* and how long */
	BATCH_US = 500 * 1000		/* a batch that takes longer is too big */
};

long
mailer_session_s(const struct conf *conf)
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
	return stop_s(conf) + SETTLE_MOST_S;
}

int
mailer_connect(struct mailer *m, struct err *err)
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

/* ------------------------------------------------------------------ sending */

/* A batch on its way to the mail server. */
struct sending {
	struct mailer *m;
	struct mailer_batch *b;
	struct outgoing **of;		/* the mail of each job */
	struct outgoing *told[TOLD_MOST];	/* answered, and not written down */
	size_t ntold;
	usec_t since;	/* of the boot clock, which goes on while the machine sleeps: all before
			 * that is written down */
	int rc;
	struct err *err;
};

static int
write_down(struct sending *s)
{
	s->rc = mailer_settle(s->m, s->b, s->told, s->ntold, s->err);
	for (size_t i = 0; i < s->ntold && s->rc == 0; i++)
		s->told[i]->settled = 1;
	s->ntold = 0;
	s->since = clock_boot_us();
	return s->b->lost ? -1 : s->rc;
}

/* The next mail is not begun before. From a server that is slow, each mail is written down at once;
 * from one that is quick, a few together. */
static int
on_answered(void *arg, size_t job)
{
	struct sending *s = arg;

	if (s->rc < 0 || s->b->lost)
		return -1;
	s->told[s->ntold++] = s->of[job];
	if (s->m->beat != NULL)
		s->m->beat(s->m->arg);
	if (s->ntold < TOLD_MOST && clock_boot_us() - s->since < TOLD_US)
		return 0;
	return write_down(s);
}

/* The server sees only what could be composed. */
static int
send_batch(struct mailer *m, struct mailer_batch *b, struct err *err)
{
	struct sending s = { .m = m, .b = b, .err = err, .since = clock_boot_us(),
		.of = arena_new(&b->arena, struct outgoing *, b->n) };
	struct mail_server server = mail_server_of(m->conf);
	struct mail_job *jobs = arena_new(&b->arena, struct mail_job, b->n);
	size_t n = 0;

	server.deadline_s = mailer_session_s(m->conf);
	server.stop = m->want_stop;
	server.stop_s = stop_s(m->conf);
	server.answered = on_answered;
	server.arg = &s;
	for (size_t i = 0; i < b->n; i++)
		if (!b->mails[i].untried && b->mails[i].trouble[0] == '\0') {
			s.of[n] = &b->mails[i];
			jobs[n++] = b->mails[i].job;
		}
	mail_send(&server, jobs, n);
	return s.rc;
}

/* What was not written down on the way. */
static int
settle_rest(struct mailer *m, struct mailer_batch *b, struct err *err)
{
	struct outgoing **rest = arena_new(&b->arena, struct outgoing *, b->n);
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++) {
		struct outgoing *o = &b->mails[i];

		for (size_t k = 0; k < o->job.nrecipients; k++)
			o->untried |= o->job.recipients[k].fate == MAIL_UNTRIED;
		if (!o->settled)
			rest[n++] = o;
	}
	return n == 0 ? 0 : mailer_settle(m, b, rest, n, err);
}

/* ------------------------------------------------------------------ step */

static int
step(struct mailer *m, struct mailer_batch *b, int *count, struct err *err)
{
	struct err other = { 0 };
	int rc;

	secret_random(b->lease, sizeof b->lease);
	if ((rc = mailer_claim(m, b, m->most, count, err)) < 0 || b->leased == 0)
		return rc;
	if (*count == m->most)
		wake_send(m->conf, WAKE_MAIL); /* there may be work for one more */
	if ((rc = mailer_load(m, b, err)) < 0) {
		mailer_give_back(m, b, &other);
		return rc;
	}
	if (b->n == 0)
		return 0;
	if ((rc = send_batch(m, b, err)) < 0)
		return rc;
	return settle_rest(m, b, err);
}

/* So big that what a batch costs beside its mails is little, and so small that mails do not wait in
 * it while another session is idle. */
static int
size_of_next(int most, int was_full, usec_t took)
{
	if (took > BATCH_US)
		return most / 2 > MAILER_BATCH_LEAST ? most / 2 : MAILER_BATCH_LEAST;
	if (!was_full)
		return most;
	return most * 2 < MAILER_BATCH_MOST ? most * 2 : MAILER_BATCH_MOST;
}

int
mailer_step(struct mailer *m, int *count, struct err *err)
{
	usec_t from = clock_monotonic_us();
	struct mailer_batch b = { .n = 0 };
	int rc;

	*count = 0;
	if (m->most == 0)
		m->most = MAILER_BATCH_LEAST;
	if ((rc = mailer_connect(m, err)) < 0)
		return rc;
	rc = step(m, &b, count, err);
	arena_done(&b.arena);
	m->most = size_of_next(m->most, *count == m->most, clock_monotonic_us() - from);
	return db_left(rc);
}
