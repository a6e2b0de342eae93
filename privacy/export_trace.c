#include "config.h"

#include "privacy/export_trace.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/writer.h"
#include "lib/text.h"
#include "model/state.h"
#include "privacy/export_value.h"
#include "privacy/exporter.h"
#include "store/db.h"

/* A mail that is not about the person is exported without its other recipients. */
static void
write_recipients(struct writer *w, const struct person_trace_mail *m, int everybody)
{
	writer_name(w, "Recipients");
	writer_array_flat(w);
	for (size_t i = 0; i < m->nrecipients; i++) {
		if (!everybody && !m->recipients[i].is_person)
			continue;
		writer_object_flat(w);
		writer_put_text(w, "Address", m->recipients[i].address);
		writer_put_int(w, "State", m->recipients[i].state);
		writer_put_int(w, "Code", m->recipients[i].code);
		writer_put_text(w, "Reply", m->recipients[i].reply);
		writer_put_time(w, "ChangedAt", m->recipients[i].changed_at);
		writer_end(w);
	}
	writer_end(w);
}

static void
write_mail(struct writer *w, const struct person_trace_mail *m, int everybody)
{
	writer_object_flat(w);
	writer_put_int(w, "MailId", m->mail_id);
	writer_put_int(w, "Kind", m->kind);
	writer_put_int(w, "State", m->state);
	writer_put_time(w, "CreatedAt", m->created_at);
	writer_put_time(w, "SentAt", m->sent_at);
	writer_put_text(w, "Subject", m->subject);
	writer_put_text(w, "Content", m->content);
	writer_put_text(w, "Reason", m->reason);
	write_recipients(w, m, everybody);
	writer_end(w);
}

static void
write_attempt(struct writer *w, const struct rows *r, size_t i)
{
	const char *remarks = rows_text(r, i, C_trace_attempts_remarks);

	writer_object_flat(w);
	writer_put_int(w, "Attempt", rows_int(r, i, C_trace_attempts_attempt));
	writer_put_time(w, "StartedAt", rows_time(r, i, C_trace_attempts_started_at));
	writer_put_time(w, "EndedAt", rows_time(r, i, C_trace_attempts_ended_at));
	writer_put_text(w, "Outcome", rows_text(r, i, C_trace_attempts_outcome));
	writer_put_text(w, "ReasonClass", rows_text(r, i, C_trace_attempts_reason_class));
	writer_put_text(w, "Reason", rows_text(r, i, C_trace_attempts_reason));
	writer_name(w, "Remarks");
	writer_json(w, *remarks == '\0' ? "[]" : remarks);
	writer_end(w);
}

static int
write_attempts(struct exporter *x, int64_t message_id, struct err *err)
{
	struct rows r;
	int rc = db_query(x->what->job->registry, Q_trace_attempts, DB_ARGS(v_int(message_id)),
	    &x->arena, &r, err);

	writer_name(&x->w, "Attempts");
	writer_array_flat(&x->w);
	for (size_t i = 0; rc == 0 && i < r.n; i++)
		write_attempt(&x->w, &r, i);
	writer_end(&x->w);
	return rc;
}

static int
write_mails(struct exporter *x, int64_t message_id, struct err *err)
{
	struct person_trace_mail *mails;
	size_t n;
	int rc = person_trace_mails_of(x->trace, message_id, &x->arena, &mails, &n, err);

	writer_name(&x->w, "Mails");
	writer_array_flat(&x->w);
	for (size_t i = 0; rc == 0 && i < n; i++)
		write_mail(&x->w, &mails[i], 1);
	writer_end(&x->w);
	return rc;
}

/* Closes the parts before this one, and opens it. */
static void
open_part(struct exporter *x, int part)
{
	static const char *const names[] = { "Messages", "Mails", "Runs" };

	for (; x->part < part; x->part++) {
		if (x->part > 0)
			writer_end(&x->w);
		writer_name(&x->w, names[x->part]);
		writer_array_tight(&x->w);
	}
}

static int
write_content(struct exporter *x, const struct person_trace_message *m, struct err *err)
{
	struct writer *w = &x->w;
	int rc;

	writer_put_text(w, "Uri", m->uri);
	writer_put_text(w, "Email", m->email);
	writer_put_text(w, "EventId", m->event_id);
	writer_put_text(w, "Reason", m->reason);
	export_body(w, "Headers", m->headers, strlen(m->headers));
	export_body(w, "Body", m->body, m->body_bytes);
	if ((rc = write_attempts(x, m->id, err)) < 0)
		return rc;
	return write_mails(x, m->id, err);
}

static const char *
match_name(enum person_match match)
{
	if (match == PERSON_MATCH_ABOUT)
		return "About";
	return match == PERSON_MATCH_MENTION ? "Mention" : "Recipient";
}

static int
on_message(void *arg, const struct person_trace_message *m, struct err *err)
{
	struct exporter *x = arg;
	struct writer *w = &x->w;
	int rc = 0;

	open_part(x, 1);
	writer_object_flat(w);
	writer_put_text(w, "Receipt", text_hex(&x->arena, m->receipt, 16));
	writer_put_text(w, "State", state_name(states_of_message, m->state));
	writer_put_text(w, "Match", match_name(m->match));
	writer_put_int(w, "SourceId", m->source_id);
	writer_put_text(w, "Platform", m->platform);
	writer_put_text(w, "Entity", m->entity);
	writer_put_text(w, "Action", m->action);
	writer_put_time(w, "ReceivedAt", m->received_at);
	writer_put_time(w, "SettledAt", m->settled_at);
	writer_put_text(w, "Method", m->method);
	if (m->match != PERSON_MATCH_NONE) /* what others' messages say is not this person's */
		rc = write_content(x, m, err);
	writer_end(w);
	x->counts->messages++;
	x->counts->requests += strcmp(m->platform, "Shopify") == 0 &&
	    strcmp(m->entity, "Compliance") == 0;
	return rc < 0 ? rc : exporter_put(x, err);
}

static int
on_mail(void *arg, const struct person_trace_mail *m, struct err *err)
{
	struct exporter *x = arg;

	open_part(x, 2);
	write_mail(&x->w, m, 0);
	x->counts->mails++;
	return exporter_put(x, err);
}

static int
on_run(void *arg, const struct person_trace_run *r, struct err *err)
{
	struct exporter *x = arg;

	open_part(x, 3);
	writer_object_flat(&x->w);
	writer_put_int(&x->w, "RunId", r->run_id);
	writer_put_text(&x->w, "Parameters", r->parameters);
	writer_put_text(&x->w, "Result", r->result);
	writer_put_text(&x->w, "Reason", r->reason);
	writer_put_text(&x->w, "Log", r->log_tail);
	writer_end(&x->w);
	x->counts->runs++;
	return exporter_put(x, err);
}

static void
on_progress(void *arg, const char *phase, int64_t done, int64_t total)
{
	struct exporter *x = arg;

	if (x->what->job->progress != NULL)
		x->what->job->progress(x->what->job->arg, phase, done, total);
}

int
export_trace(struct exporter *x, struct err *err)
{
	struct person_matcher matcher;
	const struct person_trace trace = { .registry = x->what->job->registry,
		.tenant_id = x->what->job->tenant_id,
		.matcher = &matcher,
		.until = USEC_NONE,
		.message = on_message,
		.mail = on_mail,
		.run = on_run,
		.progress = on_progress,
		.arg = x };
	const struct person_trace *one = &trace;
	int rc;

	person_matcher_init(&matcher, x->what->person);
	x->trace = &trace;
	rc = person_trace_walk(&one, 1, err);
	x->trace = NULL;
	open_part(x, 3);
	writer_end(&x->w);
	return rc;
}
