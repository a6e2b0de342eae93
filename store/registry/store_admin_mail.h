/*
 * store_admin_mail - mails as an admin sees them: a list, and retries of what was given up.
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

/* admin_mail_list, newest first; of one state those first whose state or next try is the latest.
 * Rows live in the arena. */
int store_admin_mail_list(struct db *db, struct arena *a, const struct store_admin_mail_filter *f,
    int64_t limit, struct rows *out, struct err *err);

/* What a retry gives a mail. */
struct store_admin_mail_again {
	usec_t now, give_up_at;
	usec_t bodies_from;		/* retention may have emptied what was received before */
};

/* Makes one mail ready again for the recipients who refused it or were given up; who has it gets it
 * no second time. In the caller's transaction. *state gets the state it was in; returns 1, 0 = left
 * as it is (it waits, is being sent, nobody refused it), ERR_NOT_FOUND, ERR_CONFLICT (its content
 * is gone), or another code. */
int store_admin_mail_retry_one(struct db *db, struct arena *a, int64_t mail_id,
    const struct store_admin_mail_again *again, int64_t *state, struct err *err);

/* The same for at most 100 dead mails that f lets pass (its state is not looked at) and that died
 * before again->now, in a transaction of its own; those whose content is gone are passed over.
 * Returns how many, 0 = nothing is left, or a code. */
int64_t store_admin_mail_retry_chunk(struct db *db, const struct store_admin_mail_filter *f,
    const struct store_admin_mail_again *again, struct err *err);

/* How many mails the chunks would take in all. */
int64_t store_admin_mail_retry_count(struct db *db, struct arena *a,
    const struct store_admin_mail_filter *f, const struct store_admin_mail_again *again,
    struct err *err);

#endif
