/*
 * mailer - sends due mails by SMTP, and notes in the database what became of them.
 */
#ifndef SCHEDULER_MAILER_H
#define SCHEDULER_MAILER_H

#include <signal.h>

#include "lib/clock.h"

struct conf;
struct db;
struct err;

struct mailer {
	const struct conf *conf;
	struct db *registry;
	void (*beat)(void *arg); /* called while it waits for the database to write down what was
				    sent; or NULL */
	void *arg;
	int was_away;				/* the database, when it was asked last */
	usec_t lapsed_from; /* monotonic: after an outage whoever holds a mail gets the time to
			       settle it */
	int most;				/* mails of the next batch; 0 = not known yet */
	const volatile sig_atomic_t *want_stop; /* the mail on its way is finished, the others are
						   given back; NULL = never */
};

/* Leases due mails, sends them over one connection and writes down what became of them on the way,
 * however long the database is away then. *count = mails tried. A mail may go out twice only when
 * the process dies between the server's 250 and the commit, or its lease ends before it should (the
 * machine sleeps, the database's clock is put forward); always with the same Message-ID. These
 * are at most 20 mails, the last that the server took, and of a slow server one: the next mail is
 * not begun while anything is older than 50 ms. */
int mailer_step(struct mailer *m, int *count, struct err *err);

/* Seconds it may take from want_stop until all is settled, the mail server being slow and the
 * database away for a while. */
long mailer_mercy_s(const struct conf *conf);

#endif
