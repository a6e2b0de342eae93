/*
 * mailer_digest - mails above mail_per_hour of a tenant go into one digest per set of recipients
 * and mail_digest_minutes.
 *
 * A digest is a mail of its own whose content is rendered when it is sent, from the mails that were
 * folded into it. For the mailer only.
 */
#ifndef SCHEDULER_MAILER_DIGEST_H
#define SCHEDULER_MAILER_DIGEST_H

#include "scheduler/mailer/mailer_content.h"

struct db;

/* How many mails each tenant of one claim may still send. */
struct mailer_quota { int64_t tenant_id; int64_t left; };

/* 1 when this tenant may send one more mail now, and counts it; 0 when it may not; negative error.
 * quotas takes as many tenants as the claim has mails; a tenant_id of 0 is unused. Mails that
 * another daemon claims in the same moment are not seen: the limit may be passed by one batch. */
int mailer_quota_take(struct db *db, const struct conf *conf, struct arena *a,
    struct mailer_quota *quotas, int64_t tenant_id, usec_t now, struct err *err);

/* Folds a ready mail that was not tried yet, in the claim's transaction. */
int mailer_digest_fold(struct db *db, const struct conf *conf, struct arena *a, int64_t tenant_id,
    int64_t mail_id, usec_t now, struct err *err);

/* Row i of Q_mail_load is the digest's. */
int mailer_digest_render(struct db *db, const struct conf *conf, struct arena *a,
    const struct rows *r, size_t i, struct outgoing *o, struct err *err);

#endif
