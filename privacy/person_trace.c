#include "config.h"

#include "privacy/person_trace.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/format/unpack.h"
#include "lib/text.h"
#include "model/state.h"
#include "privacy/person.h"
#include "store/db.h"
#include "store/registry/store_admin_mail.h"
#include "store/schedule/store_run.h"

enum { WINDOW = 500 };

/* Who is looked for. any: all persons at once, so that what is about nobody is seen by one look. */
struct search {
	const struct person_trace *const *traces;
	size_t n;
	const struct person_trace *any; /* NULL: there is but one, or one without a matcher */
};

/* A table to walk. */
struct walk {
	const char *phase;
	enum query next, max, read;
	int (*row)(const struct search *s, struct arena *a, const struct rows *r, size_t row,
	    struct err *err);
};

static int
names(const struct person_trace *t, const char *text)
{
	return t->matcher != NULL && text != NULL &&
	    person_match_word(t->matcher, text, strlen(text));
}

/* In an ended row without a message, a number alone is enough to erase it: nothing is lost. */
static int
names_past(const struct person_trace *t, int is_past, const char *text)
{
	return is_past && t->matcher != NULL && text != NULL ?
	    person_match_any(t->matcher, text, strlen(text)) :
	    names(t, text);
}

/* ------------------------------------------------------------------ messages */

/* A body that cannot be unpacked is read as it came, because it may not be packed at all. Bytes
 * that were unpacked before the fault are read, too. */
static int
read_body(
    const struct person_trace *t, struct arena *a, struct person_trace_message *m, struct err *err)
{
	const size_t most = CONF_BODY_MOST_BYTES;
	const char *text;
	struct rows r;
	size_t n;
	int rc = db_query(t->registry, Q_trace_body, DB_ARGS(v_int(m->id)), a, &r, err);

	m->body = "";
	if (rc < 0 || r.n == 0)
		return rc;
	m->body = rows_text(&r, 0, C_trace_body_body);
	m->body_bytes = rows_at(&r, 0, C_trace_body_body)->n;
	if (unpack_kept(a, m->headers, m->body, m->body_bytes, most, &text, &n, NULL) < 0) {
		m->head = text;
		m->head_bytes = n;
	} else {
		m->body = text;
		m->body_bytes = n;
	}
	return 0;
}

/* The stronger match of the body and, when it is damaged, of its head. */
static enum person_match
match_body(const struct person_trace *t, const struct person_trace_message *m,
    const struct person_text *text)
{
	enum person_match match = person_match(t->matcher, text), other;
	struct person_text head = *text;

	if (m->head_bytes == 0)
		return match;
	head.body = m->head;
	head.body_bytes = m->head_bytes;
	other = person_match(t->matcher, &head);
	return other > match ? other : match;
}

static void
match_message(
    const struct person_trace *t, struct person_trace_message *m, const struct val *ordering)
{
	const struct person_text text = { .tenant_id = t->tenant_id,
		.source_id = m->source_id,
		.platform = m->platform,
		.entity = m->entity,
		.method = m->method,
		.headers = m->headers,
		.uri = m->uri,
		.ordering_key = ordering->kind == VAL_NULL ? NULL :
							     (const unsigned char *)ordering->s,
		.body = m->body,
		.body_bytes = m->body_bytes };

	m->match = t->matcher == NULL ? PERSON_MATCH_ABOUT : match_body(t, m, &text);
	m->is_others = t->matcher != NULL && m->match != PERSON_MATCH_NONE &&
	    person_match_others(t->matcher, &text);
	m->is_recipient = names(t, m->email);
	/* Its address as the recipient of another's message stands in the URL, too. */
	if (m->is_recipient && m->match == PERSON_MATCH_ABOUT && m->body_bytes > 0) {
		struct person_text body = text;

		body.uri = "";
		m->match = match_body(t, m, &body);
	}
}

static int
wants_message(const struct person_trace *t, const struct person_trace_message *m)
{
	if (t->message == NULL || (t->until != USEC_NONE && m->received_at > t->until))
		return 0;
	return t->source_id == 0 || m->source_id == t->source_id;
}

static int
message_hit(
    const struct person_trace *t, struct person_trace_message *m, const struct val *ordering)
{
	match_message(t, m, ordering);
	return m->match != PERSON_MATCH_NONE || m->is_recipient;
}

/* Reads the body when somebody wants the message. *wanted = 0: nobody does, or it names nobody. */
static int
message_read(const struct search *s, struct arena *a, struct person_trace_message *m,
    const struct val *ordering, int has_body, int *wanted, struct err *err)
{
	int rc;

	*wanted = 0;
	for (size_t i = 0; i < s->n && !*wanted; i++)
		*wanted = wants_message(s->traces[i], m);
	m->body = "";
	if (!*wanted)
		return 0;
	if (has_body && (rc = read_body(s->traces[0], a, m, err)) < 0)
		return rc;
	*wanted = s->any == NULL || message_hit(s->any, m, ordering);
	return 0;
}

static int
message_row(
    const struct search *s, struct arena *a, const struct rows *r, size_t row, struct err *err)
{
	struct person_trace_message m = { .id = rows_int(r, row, C_trace_messages_id),
		.receipt = (const unsigned char *)rows_text(r, row, C_trace_messages_receipt),
		.state = (int)rows_int(r, row, C_trace_messages_state),
		.kind = (int)rows_int(r, row, C_trace_messages_kind),
		.source_id = (int16_t)rows_int(r, row, C_trace_messages_source_id),
		.platform = rows_text(r, row, C_trace_messages_platform),
		.entity = rows_text(r, row, C_trace_messages_entity),
		.action = rows_text(r, row, C_trace_messages_action),
		.email = rows_text(r, row, C_trace_messages_email),
		.event_id = rows_text(r, row, C_trace_messages_event_id),
		.method = rows_text(r, row, C_trace_messages_method),
		.uri = rows_text(r, row, C_trace_messages_uri),
		.headers = rows_text(r, row, C_trace_messages_headers),
		.received_at = rows_time(r, row, C_trace_messages_received_at),
		.settled_at = rows_time(r, row, C_trace_messages_settled_at),
		.reason = rows_text(r, row, C_trace_messages_reason) };
	int wanted,
	    rc = message_read(s, a, &m, rows_at(r, row, C_trace_messages_ordering_key),
		rows_int(r, row, C_trace_messages_body_bytes) > 0, &wanted, err);

	for (size_t i = 0; wanted && rc == 0 && i < s->n; i++)
		if (wants_message(s->traces[i], &m) &&
		    message_hit(s->traces[i], &m, rows_at(r, row, C_trace_messages_ordering_key)))
			rc = s->traces[i]->message(s->traces[i]->arg, &m, err);
	return rc < 0 ? rc : 0;
}

/* ------------------------------------------------------------------ mails */

static int
read_mail(const struct person_trace *t, struct arena *a, const struct rows *r, size_t row,
    struct person_trace_mail *m, struct err *err)
{
	struct person_trace_recipient *list;
	struct rows to;
	int rc;

	*m = (struct person_trace_mail){ .mail_id = rows_int(r, row, C_trace_mails_of_mail_id),
		.kind = (int)rows_int(r, row, C_trace_mails_of_kind),
		.state = (int)rows_int(r, row, C_trace_mails_of_state),
		.message_id = rows_int(r, row, C_trace_mails_of_message_id),
		.subject = rows_text(r, row, C_trace_mails_of_subject),
		.content = rows_text(r, row, C_trace_mails_of_content),
		.reason = rows_text(r, row, C_trace_mails_of_reason),
		.created_at = rows_time(r, row, C_trace_mails_of_created_at),
		.sent_at = rows_time(r, row, C_trace_mails_of_sent_at) };
	if ((rc = db_query(
		 t->registry, Q_trace_recipients, DB_ARGS(v_int(m->mail_id)), a, &to, err)) < 0)
		return rc;
	m->recipients = list = arena_new(a, struct person_trace_recipient, to.n);
	m->nrecipients = to.n;
	for (size_t i = 0; i < to.n; i++)
		list[i] = (struct person_trace_recipient){ .address = rows_text(
							       &to, i, C_trace_recipients_address),
			.state = (int)rows_int(&to, i, C_trace_recipients_state),
			.code = (int)rows_int(&to, i, C_trace_recipients_code),
			.reply = rows_text(&to, i, C_trace_recipients_reply),
			.changed_at = rows_time(&to, i, C_trace_recipients_changed_at) };
	return 0;
}

/* Notes where it names the person; 1 when it does. */
static int
mail_hit(const struct person_trace *t, struct person_trace_mail *m)
{
	const int is_past = m->message_id == 0 && m->state != STATE_MAIL_READY &&
	    m->state != STATE_MAIL_LEASED;
	int hit = names(t, m->reason);

	m->in_text = names_past(t, is_past, m->subject) || names_past(t, is_past, m->content);
	for (size_t i = 0; i < m->nrecipients; i++) {
		struct person_trace_recipient *to = &m->recipients[i];

		to->is_person = names(t, to->address);
		to->in_reply = names(t, to->reply);
		hit |= to->is_person || to->in_reply;
	}
	return hit || m->in_text;
}

static int
wants_mail(const struct person_trace *t, int16_t source_id)
{
	if (t->mail == NULL)
		return 0;
	if (t->source_id == 0 || source_id == t->source_id)
		return 1;
	return source_id == 0 && t->of_none;
}

static int
mail_row(const struct search *s, struct arena *a, const struct rows *r, size_t row, struct err *err)
{
	const int16_t source_id = (int16_t)rows_int(r, row, C_trace_mails_source_id); /* NULL: 0 */
	struct person_trace_mail m;
	int rc = 0, wanted = 0;

	for (size_t i = 0; i < s->n && !wanted; i++)
		wanted = wants_mail(s->traces[i], source_id);
	if (!wanted || (rc = read_mail(s->traces[0], a, r, row, &m, err)) < 0)
		return rc;
	m.source_id = source_id;
	wanted = s->any == NULL || mail_hit(s->any, &m);
	for (size_t i = 0; wanted && rc == 0 && i < s->n; i++)
		if (wants_mail(s->traces[i], source_id) && mail_hit(s->traces[i], &m))
			rc = s->traces[i]->mail(s->traces[i]->arg, &m, err);
	return rc < 0 ? rc : 0;
}

int
person_trace_mails_of(const struct person_trace *t, int64_t message_id, struct arena *a,
    struct person_trace_mail **out, size_t *n, struct err *err)
{
	struct rows r;
	int rc = db_query(t->registry, Q_trace_mails_of, DB_ARGS(v_int(message_id)), a, &r, err);

	*n = rc < 0 ? 0 : r.n;
	*out = arena_new(a, struct person_trace_mail, *n);
	for (size_t i = 0; i < *n && rc == 0; i++)
		if ((rc = read_mail(t, a, &r, i, &(*out)[i], err)) == 0)
			mail_hit(t, &(*out)[i]);
	return rc;
}

/* ------------------------------------------------------------------ runs */

static int
run_hit(const struct person_trace *t, int is_past, const struct person_trace_run *run)
{
	const char *const texts[] = { run->parameters, run->result, run->reason, run->log_tail };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (names_past(t, is_past, texts[i]))
			return 1;
	return 0;
}

static int
run_row(const struct search *s, struct arena *a, const struct rows *r, size_t row, struct err *err)
{
	const int64_t state = rows_int(r, row, C_trace_runs_state);
	const int is_past = state != STATE_RUN_WAITING && state != STATE_RUN_RUNNING;
	const struct person_trace_run run = { .run_id = rows_int(r, row, C_trace_runs_run_id),
		.parameters = rows_text(r, row, C_trace_runs_parameters),
		.result = rows_text(r, row, C_trace_runs_result),
		.reason = rows_text(r, row, C_trace_runs_reason),
		.log_tail = rows_text(r, row, C_trace_runs_log_tail) };
	const int wanted = s->any == NULL || run_hit(s->any, is_past, &run);
	int rc = 0;

	(void)a;
	for (size_t i = 0; wanted && rc == 0 && i < s->n; i++)
		if (s->traces[i]->run != NULL && run_hit(s->traces[i], is_past, &run))
			rc = s->traces[i]->run(s->traces[i]->arg, &run, err);
	return rc < 0 ? rc : 0;
}

/* ------------------------------------------------------------------ walking */

static int
one_id(
    struct db *db, enum query q, const struct val *args, size_t nargs, int64_t *id, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(db, q, args, nargs, &a, &r, err);

	*id = rc < 0 || r.n == 0 ? 0 : rows_int(&r, 0, ROWS_ONLY);	/* NULL: nothing there */
	arena_done(&a);
	return rc;
}

static int
walk_window(
    const struct search *s, const struct walk *w, int64_t first, int64_t last, struct err *err)
{
	const struct person_trace *t = s->traces[0];
	struct arena a = { 0 }, scratch = { 0 };
	struct rows r;
	int rc = db_query(t->registry, w->read,
	    DB_ARGS(v_int(first - 1), v_int(last), v_int(t->tenant_id)), &a, &r, err);

	for (size_t i = 0; rc == 0 && i < r.n; i++) {
		arena_reset(&scratch);
		rc = w->row(s, &scratch, &r, i, err);
	}
	arena_done(&scratch);
	arena_done(&a);
	return rc;
}

static int
walk_table(const struct search *s, const struct walk *w, struct err *err)
{
	const struct person_trace *t = s->traces[0];
	int64_t max, at = 0;
	int rc = one_id(t->registry, w->max, DB_NONE, &max, err);

	while (rc == 0 && at < max) {
		int64_t first;

		if (t->progress != NULL)
			t->progress(t->arg, w->phase, at, max);
		if ((rc = one_id(t->registry, w->next, DB_ARGS(v_int(at)), &first, err)) < 0 ||
		    first == 0)
			break;
		at = first + WINDOW - 1 > max ? max : first + WINDOW - 1;
		if (first <= at)
			rc = walk_window(s, w, first, at, err);
	}
	if (rc == 0 && t->progress != NULL)
		t->progress(t->arg, w->phase, max, max);
	return rc;
}

static int
walk_tables(const struct search *s, struct err *err)
{
	static const struct walk messages = { "messages", Q_trace_message_next, Q_trace_message_max,
		Q_trace_messages, message_row };
	static const struct walk mails = { "mails", Q_trace_mail_next, Q_trace_mail_max,
		Q_trace_mails, mail_row };
	static const struct walk runs = { "runs", Q_trace_run_next, Q_trace_run_max, Q_trace_runs,
		run_row };
	int message = 0, mail = 0, run = 0, rc = 0;

	for (size_t i = 0; i < s->n; i++) {
		message |= s->traces[i]->message != NULL;
		mail |= s->traces[i]->mail != NULL;
		run |= s->traces[i]->run != NULL;
	}
	if (message)
		rc = walk_table(s, &messages, err);
	if (rc == 0 && mail)
		rc = walk_table(s, &mails, err);
	return rc < 0 || !run ? rc : walk_table(s, &runs, err);
}

int
person_trace_walk(const struct person_trace *const *traces, size_t n, struct err *err)
{
	struct search s = { .traces = traces, .n = n };
	struct person_matcher matcher;
	struct person_trace any = { .matcher = &matcher };
	struct arena a = { 0 };
	struct person all;
	int rc, apart = n > 1;

	person_init(&all, &a);
	for (size_t i = 0; i < n; i++)
		apart &= traces[i]->matcher != NULL;
	if (apart) {
		for (size_t i = 0; i < n; i++)
			person_add_all(&all, traces[i]->matcher->person);
		person_matcher_init(&matcher, &all);
		any.tenant_id = traces[0]->tenant_id;
		s.any = &any;
	}
	rc = walk_tables(&s, err);
	arena_done(&a);
	return rc;
}
