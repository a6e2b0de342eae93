/*
 * store_admin_mail - mails for the admin: a list, and retries of mails that were given up.
 */
#ifndef STORE_REGISTRY_STORE_ADMIN_MAIL_H
#define STORE_REGISTRY_STORE_ADMIN_MAIL_H

#include <stdint.h>

#include "lib/clock.h"
#include "model/state.h"

struct arena;
struct db;
struct err;
struct rows;


/* 0 and USEC_NONE let everything pass. */
struct store_admin_mail_filter {
	int64_t tenant_id;
	enum state_of_mail state;
	usec_t from, until;		/* created at or after, before */
};

/* admin_mail_list, newest first. A list of one state is ordered by the time of the state or of the
 * next try, latest first. Rows live in the arena. */
int store_admin_mail_list(struct db *db, struct arena *a, const struct store_admin_mail_filter *f,
    int64_t limit, struct rows *out, struct err *err);

/* The values that a retry sets in a mail. */
struct store_admin_mail_again {
	usec_t now, give_up_at;
	usec_t bodies_from;		/* retention may have emptied what was received before */
};

/* Makes one mail ready again for the recipients that refused it or were given up. Recipients that
 * have it do not get it again. In the caller's transaction. *state gets its previous state. Returns
 * 1; 0 when it is left as it is (it waits, is being sent, or nobody refused it); ERR_NOT_FOUND,
 * ERR_CONFLICT (its content is gone), or another code. */
int store_admin_mail_retry_one(struct db *db, struct arena *a, int64_t mail_id,
    const struct store_admin_mail_again *again, int64_t *state, struct err *err);

/* The same for at most 100 dead mails that match f (its state is ignored) and that died before
 * again->now, in a transaction of its own. Mails whose content is gone are skipped. Returns how
 * many, 0 when none is left, or a code. */
int64_t store_admin_mail_retry_chunk(struct db *db, const struct store_admin_mail_filter *f,
    const struct store_admin_mail_again *again, struct err *err);

/* How many mails the chunks would take in all. */
int64_t store_admin_mail_retry_count(struct db *db, struct arena *a,
    const struct store_admin_mail_filter *f, const struct store_admin_mail_again *again,
    struct err *err);

#endif
