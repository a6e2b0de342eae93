#include "config.h"

#include "scheduler/mailer/mailer_batch.h"

#include <stdio.h>

#include "lib/err.h"
#include "scheduler/mailer/mailer.h"
#include "scheduler/mailer/mailer_digest.h"
#include "scheduler/memory.h"
#include "store/db.h"
#include "store/db_list.h"

enum { BATCH_BYTES = 64 << 20, READ_BYTES = 4 << 20 };

/* Beside the texts there are some payloads, and what one of them is parsed into. */
static int
is_full(const struct mailer *m, const struct mailer_batch *b)
{
	return b->bytes >= memory_share(m->conf, BATCH_BYTES);
}

/* How many mails from the first on are read at once: as many as have small bodies, or one. */
static size_t
some(const struct mailer_batch *b, size_t first)
{
	size_t n = 0, bytes = 0;

	while (first + n < b->leased && (n == 0 || bytes + b->body_bytes[first + n] <= READ_BYTES))
		bytes += b->body_bytes[first + n++];
	return n;
}

/* Of the recipients, those of row i; they come in the order of the mails. */
static void
set_recipients(struct arena *a, struct outgoing *o, const struct rows *r, size_t *at)
{
	size_t first = *at;

	while (first < r->n && rows_int(r, first, C_mail_recipients_mail_id) < o->mail_id)
		first++;
	for (*at = first;
	     *at < r->n && rows_int(r, *at, C_mail_recipients_mail_id) == o->mail_id; ++*at)
		;
	o->job.nrecipients = *at - first;
	o->job.recipients = arena_new(a, struct mail_recipient, o->job.nrecipients);
	for (size_t i = 0; i < o->job.nrecipients; i++)
		o->job.recipients[i].address = arena_strdup(
		    a, rows_text(r, first + i, C_mail_recipients_address));
}

static int
render(struct mailer *m, struct arena *a, const struct rows *r, size_t i, struct outgoing *o,
    struct err *err)
{
	switch (rows_int(r, i, C_mail_load_kind)) {
	case MAIL_KIND_DIGEST:
		return mailer_digest_render(m->registry, m->conf, a, r, i, o, err);
	case MAIL_KIND_TEXT:
		mailer_render_text(m->conf, a, r, i, o);
		return 0;
	default:
		mailer_render_webhook(m->conf, a, r, i, o);
		return 0;
	}
}

/* The text moves to the batch's memory; what it is made of, a whole payload perhaps, goes at once.
 * A mail that cannot be composed harms no other. */
static int
load_text(struct mailer *m, struct mailer_batch *b, const struct rows *r, size_t i,
    struct outgoing *o, struct err *err)
{
	struct arena scratch = { 0 };
	int rc = 0;

	if (rows_null(r, i, C_mail_load_customer)) {
		snprintf(o->trouble, sizeof o->trouble, "Its tenant was deleted.");
		o->give_up_at = 0;
	} else if ((rc = render(m, &scratch, r, i, o, err)) == 0) {
		o->job.message = arena_strndup(&b->arena, o->job.message, o->job.bytes);
		b->bytes += o->job.bytes;
	} else if (!db_broken(m->registry)) {
		snprintf(o->trouble, sizeof o->trouble, "It cannot be composed: %.200s",
		    err->detail);
		err_clear(err);
		rc = 0;
	}
	arena_done(&scratch);
	return rc;
}

/* Reads some mails from the first on, and makes their texts. */
static int
load_some(struct mailer *m, struct mailer_batch *b, size_t first, size_t n, struct err *err)
{
	struct arena a = { 0 };
	struct val ids = db_list_ids(&a, b->ids + first, n);
	struct rows r, recipients;
	size_t at = 0;
	int rc;

	if ((rc = db_query(m->registry, Q_mail_load,
		 DB_ARGS(ids, v_bytes(b->lease, MAILER_LEASE_BYTES)), &a, &r, err)) == 0)
		rc = db_query(
		    m->registry, Q_mail_recipients, DB_ARGS(ids), &a, &recipients, err);
	for (size_t i = 0; rc == 0 && i < r.n; i++) {
		struct outgoing *o = &b->mails[b->n++];

		*o = (struct outgoing){ .mail_id = rows_int(&r, i, C_mail_load_mail_id),
			.attempts = (int)rows_int(&r, i, C_mail_load_attempts),
			.give_up_at = rows_time(&r, i, C_mail_load_give_up_at),
			.someone_has_it = !rows_null(&r, i, C_mail_load_sent_at) };
		set_recipients(&b->arena, o, &recipients, &at);
		if (is_full(m, b))
			o->untried = 1;
		else
			rc = load_text(m, b, &r, i, o, err);
	}
	arena_done(&a);
	return rc;
}

int
mailer_load(struct mailer *m, struct mailer_batch *b, struct err *err)
{
	int rc = 0;

	b->mails = arena_new(&b->arena, struct outgoing, b->leased);
	for (size_t first = 0, n; first < b->leased && rc == 0; first += n) {
		n = some(b, first);
		if (!is_full(m, b))
			rc = load_some(m, b, first, n, err);
		else
			for (size_t i = first; i < first + n; i++)
				b->mails[b->n++] = (struct outgoing){ .mail_id = b->ids[i],
					.untried = 1 };
	}
	return rc;
}
