/*
 * notice - a short mail in plain text to a tenant's administrator.
 */
#ifndef SCHEDULER_NOTICE_H
#define SCHEDULER_NOTICE_H

#include <stdint.h>

#include "lib/clock.h"

struct db;
struct err;

struct notice {
	int64_t tenant_id;
	const char *to; /* an address; NULL or "" = nobody is told */
	const char *message_id; /* unique: a second notice with it is ERR_DB_DUPLICATE */
	const char *subject, *text;
	long give_up_days; /* how long the mailer tries */
};

/* Queues the mail in the open transaction on db, which knows the registry. */
int notice_put(struct db *db, const struct notice *n, usec_t now, struct err *err);

#endif
