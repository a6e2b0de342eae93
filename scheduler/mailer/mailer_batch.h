/*
 * mailer_batch - mails from their claim until all is written down. For the mailer only.
 */
#ifndef SCHEDULER_MAILER_BATCH_H
#define SCHEDULER_MAILER_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "scheduler/mailer/mailer_content.h"

struct err;
struct mailer;

enum { MAILER_LEASE_BYTES = 16, MAILER_BATCH_LEAST = 20, MAILER_BATCH_MOST = 160 };

/* What was leased under one random lease, and its texts. */
struct mailer_batch {
	unsigned char lease[MAILER_LEASE_BYTES];
	struct arena arena;
	int64_t ids[MAILER_BATCH_MOST];
	size_t body_bytes[MAILER_BATCH_MOST];	/* of the message of each */
	size_t leased;				/* ids */
	struct outgoing *mails;			/* at most one for each id */
	size_t n;
	size_t bytes;				/* of all texts */
	int failed;	/* times that it could not be written down and waiting does not help */
	int lost;	/* another mailer has some of it */
	usec_t until;	/* the end of its lease, by the database's clock */
};

/* Seconds the batch may take to be sent. */
long mailer_session_s(const struct conf *conf);

/* Leases at most so many due mails, and folds others into digests. *count = mails that were leased,
 * folded or given up. */
int mailer_claim(struct mailer *m, struct mailer_batch *b, int most, int *count, struct err *err);

/* Makes the texts. What is beyond the memory of a batch is untried. */
int mailer_load(struct mailer *m, struct mailer_batch *b, struct err *err);

/* Opens the registry when it is not open. */
int mailer_connect(struct mailer *m, struct err *err);

/* How long a lease lasts. */
usec_t mailer_lease_us(const struct mailer *m);

/* Gives all back that the batch leased, untried; as patient as mailer_settle(). */
int mailer_give_back(struct mailer *m, struct mailer_batch *b, struct err *err);

/* Writes down what became of these mails of the batch; when half of the lease is over, those that
 * are not settled get a whole one. Sets b->lost when another mailer holds some of them: the lease
 * had ended (the machine slept, or the clock was put forward), and no other mail may be begun. What
 * the server has accepted must be written down, or it goes out again: it is tried until the
 * database is back, and half a minute when the program is to stop or the database will not take
 * it. */
int mailer_settle(struct mailer *m, struct mailer_batch *b, struct outgoing *const *mails, size_t n,
    struct err *err);

#endif
