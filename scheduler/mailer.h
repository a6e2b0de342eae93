/*
 * mailer - due mails out by SMTP, their fate into the database.
 */
#ifndef SCHEDULER_MAILER_H
#define SCHEDULER_MAILER_H

struct conf;
struct db;
struct err;

struct mailer {
	const struct conf *conf;
	struct db *registry;
};

/* Leases due mails, sends them over one connection, settles them. *count = mails tried. A mail may go out twice only when the process dies between the server's 250
 * and the commit, or the database stays away for half a minute then; always with the same Message-ID. */
int mailer_step(struct mailer *m, int *count, struct err *err);

#endif
