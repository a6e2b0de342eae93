#include "config.h"

#include "privacy/export_trace.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/state.h"
#include "privacy/export_value.h"
#include "privacy/exporter.h"
#include "store/db.h"

/* A mail that is not about the person is exported without its other recipients. */
static void
add_mail(struct buf *b, const struct person_trace_mail *m, int everybody)
{
	int n = 0;

	buf_addc(b, '{');
	export_add_int(b, "MailId", m->mail_id);
	export_add_int(b, "Kind", m->kind);
	export_add_int(b, "State", m->state);
	export_add_instant(b, "CreatedAt", m->created_at);
	export_add_instant(b, "SentAt", m->sent_at);
	export_add_text(b, "Subject", m->subject);
	export_add_text(b, "Content", m->content);
	export_add_text(b, "Reason", m->reason);
	buf_adds(b, ", \"Recipients\": [");
	for (size_t i = 0; i < m->nrecipients; i++) {
		if (!everybody && !m->recipients[i].is_person)
			continue;
		buf_adds(b, n++ > 0 ? ", {" : "{");
		export_add_text(b, "Address", m->recipients[i].address);
		export_add_int(b, "State", m->recipients[i].state);
		export_add_int(b, "Code", m->recipients[i].code);
		export_add_text(b, "Reply", m->recipients[i].reply);
		export_add_instant(b, "ChangedAt", m->recipients[i].changed_at);
		buf_addc(b, '}');
	}
	buf_adds(b, "]}");
}

static int
add_attempts(struct exporter *x, struct buf *b, int64_t message_id, struct err *err)
{
	struct rows r;
	int rc = db_query(x->what->job->registry, Q_trace_attempts, DB_ARGS(v_int(message_id)),
	    b->arena, &r, err);

	buf_adds(b, ", \"Attempts\": [");
	for (size_t i = 0; rc == 0 && i < r.n; i++) {
		buf_adds(b, i > 0 ? ", {" : "{");
		export_add_int(b, "Attempt", rows_int(&r, i, C_trace_attempts_attempt));
		export_add_instant(b, "StartedAt", rows_time(&r, i, C_trace_attempts_started_at));
		export_add_instant(b, "EndedAt", rows_time(&r, i, C_trace_attempts_ended_at));
		export_add_text(b, "Outcome", rows_text(&r, i, C_trace_attempts_outcome));
		export_add_text(b, "ReasonClass", rows_text(&r, i, C_trace_attempts_reason_class));
		export_add_text(b, "Reason", rows_text(&r, i, C_trace_attempts_reason));
		buf_addf(b, ", \"Remarks\": %s",
		    *rows_text(&r, i, C_trace_attempts_remarks) == '\0' ?
			"[]" :
			rows_text(&r, i, C_trace_attempts_remarks));
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
	return rc;
}

static int
add_mails(struct exporter *x, struct buf *b, int64_t message_id, struct err *err)
{
	struct person_trace_mail *mails;
	size_t n;
	int rc = person_trace_mails_of(x->trace, message_id, b->arena, &mails, &n, err);

	buf_adds(b, ", \"Mails\": [");
	for (size_t i = 0; rc == 0 && i < n; i++) {
		buf_adds(b, i > 0 ? ", " : "");
		add_mail(b, &mails[i], 1);
	}
	buf_addc(b, ']');
	return rc;
}

/* Closes the parts before this one, and opens it. */
static void
open_part(struct exporter *x, struct buf *b, int part)
{
	static const char *const names[] = { "Messages", "Mails", "Runs" };

	for (; x->part < part; x->part++) {
		buf_addf(b, "%s,\n\t\"%s\": [", x->part == 0 ? "" : "]", names[x->part]);
		x->items = 0;
	}
}

static void
begin_item(struct exporter *x, struct buf *b, struct arena *a, int part)
{
	buf_init(b, a);
	open_part(x, b, part);
	buf_addf(b, "%s\n\t\t", x->items++ > 0 ? "," : "");
}

static int
add_content(
    struct exporter *x, struct buf *b, const struct person_trace_message *m, struct err *err)
{
	int rc;

	export_add_text(b, "Uri", m->uri);
	export_add_text(b, "Email", m->email);
	export_add_text(b, "EventId", m->event_id);
	export_add_text(b, "Reason", m->reason);
	export_add_body(b, "Headers", m->headers, strlen(m->headers));
	export_add_body(b, "Body", m->body, m->body_bytes);
	if ((rc = add_attempts(x, b, m->id, err)) < 0)
		return rc;
	return add_mails(x, b, m->id, err);
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
	struct arena a = { 0 };
	struct buf b;
	int rc = 0;

	begin_item(x, &b, &a, 1);
	buf_addc(&b, '{');
	export_add_text(&b, "Receipt", text_hex(&a, m->receipt, 16));
	export_add_text(&b, "State", state_name(states_of_message, m->state));
	export_add_text(&b, "Match", match_name(m->match));
	export_add_int(&b, "SourceId", m->source_id);
	export_add_text(&b, "Platform", m->platform);
	export_add_text(&b, "Entity", m->entity);
	export_add_text(&b, "Action", m->action);
	export_add_instant(&b, "ReceivedAt", m->received_at);
	export_add_instant(&b, "SettledAt", m->settled_at);
	export_add_text(&b, "Method", m->method);
	if (m->match != PERSON_MATCH_NONE) /* what others' messages say is not this person's */
		rc = add_content(x, &b, m, err);
	buf_addc(&b, '}');
	if (rc == 0)
		rc = exporter_put(x, &b, err);
	x->counts->messages++;
	x->counts->requests += strcmp(m->platform, "Shopify") == 0 &&
	    strcmp(m->entity, "Compliance") == 0;
	arena_done(&a);
	return rc;
}

static int
on_mail(void *arg, const struct person_trace_mail *m, struct err *err)
{
	struct exporter *x = arg;
	struct arena a = { 0 };
	struct buf b;
	int rc;

	begin_item(x, &b, &a, 2);
	add_mail(&b, m, 0);
	rc = exporter_put(x, &b, err);
	x->counts->mails++;
	arena_done(&a);
	return rc;
}

static int
on_run(void *arg, const struct person_trace_run *r, struct err *err)
{
	struct exporter *x = arg;
	struct arena a = { 0 };
	struct buf b;
	int rc;

	begin_item(x, &b, &a, 3);
	buf_addc(&b, '{');
	export_add_int(&b, "RunId", r->run_id);
	export_add_text(&b, "Parameters", r->parameters);
	export_add_text(&b, "Result", r->result);
	export_add_text(&b, "Reason", r->reason);
	export_add_text(&b, "Log", r->log_tail);
	buf_addc(&b, '}');
	rc = exporter_put(x, &b, err);
	x->counts->runs++;
	arena_done(&a);
	return rc;
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
	struct arena a = { 0 };
	struct buf b;
	int rc;

	person_matcher_init(&matcher, x->what->person);
	x->trace = &trace;
	if ((rc = person_trace_walk(&one, 1, err)) == 0) {
		buf_init(&b, &a);
		open_part(x, &b, 3);
		buf_addc(&b, ']');
		rc = exporter_put(x, &b, err);
	}
	x->trace = NULL;
	arena_done(&a);
	return rc;
}
