/*
 * mailer_content - from a mail's rows to its text. For the mailer only.
 */
#ifndef SCHEDULER_MAILER_CONTENT_H
#define SCHEDULER_MAILER_CONTENT_H

#include <stddef.h>
#include <stdint.h>

#include "model/state.h"
#include "net/mail.h"

struct conf;
struct rows;

#define MAIL_KIND(kind, number, name, word, meaning) MAIL_KIND_##kind = number,
enum mail_kind { KINDS_OF_MAIL(MAIL_KIND) };

/* A mail on its way. */
struct outgoing {
	int64_t mail_id;
	int attempts;
	usec_t give_up_at;
	int untried;			/* the server never heard of it */
	int someone_has_it;		/* a recipient of an earlier round */
	int settled;			/* what became of it is written down */
	char trouble[256];		/* why it cannot be composed, "" = it can */
	struct mail_job job;		/* recipients are there first */
};

/* A webhook's content: all that it says as tables (mailer_view.h), the payload attached. Row i is
 * the mail's. */
void mailer_render_webhook(const struct conf *conf, struct arena *a, const struct rows *r, size_t i,
    struct outgoing *o);

/* A subject and a paragraph that are stored with the mail. */
void mailer_render_text(const struct conf *conf, struct arena *a, const struct rows *r, size_t i,
    struct outgoing *o);

/* Fills in what all mails have (sender, recipients, Message-ID, date) and makes o->job of it. */
void mailer_compose(const struct conf *conf, struct arena *a, const struct rows *r, size_t i,
    struct mail_content *c, struct outgoing *o);

#endif
