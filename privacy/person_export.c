#include "config.h"

#include "privacy/person_export.h"

#include <inttypes.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/entity.h"
#include "model/state.h"
#include "privacy/person.h"
#include "privacy/person_rows.h"
#include "privacy/person_trace.h"
#include "store/db.h"
#include "store/entity/beside.h"
#include "store/entity/rows.h"

struct export {
	const struct person_job *job;
	struct person *person;
	struct person_trace trace;
	int (*write)(void *arg, const char *text, size_t n, struct err *err);
	void *arg;
	struct person_export_counts *counts;
	int part; /* "Messages", "Mails", "Runs": how many are open or behind us */
	int64_t items;			/* in the part */
};

static int
put(struct export *x, const struct buf *b, struct err *err)
{
	return x->write(x->arg, b->data, b->len, err);
}

/* ------------------------------------------------------------------ values */

static void
add_time(struct buf *b, usec_t t)
{
	char iso[32];

	if (t == USEC_NONE) {
		buf_adds(b, "null");
		return;
	}
	clock_iso8601(t, iso);
	buf_add_json(b, iso);
}

static void
add_value(struct buf *b, enum entity_type type, const struct val *v)
{
	if (v->kind == VAL_NULL)
		buf_adds(b, "null");
	else if (v->kind == VAL_TIME)
		add_time(b, v->i);
	else if (v->kind == VAL_INT && type == ENTITY_BOOLEAN)
		buf_adds(b, v->i != 0 ? "true" : "false");
	else if (v->kind == VAL_INT)
		buf_addf(b, "%" PRId64, v->i);
	else if (v->kind == VAL_BYTES && !text_is_utf8(v->s, v->n))
		buf_add_json(b, text_hex(b->arena, v->s, v->n));
	else
		buf_add_json_n(b, v->s, v->n);
}

static void
add_member(struct buf *b, const char *name, const char *text)
{
	buf_addf(b, "%s\"%s\": ", b->data[b->len - 1] == '{' ? "" : ", ", name);
	buf_add_json(b, text);
}

static void
add_number(struct buf *b, const char *name, int64_t n)
{
	buf_addf(b, "%s\"%s\": %" PRId64, b->data[b->len - 1] == '{' ? "" : ", ", name, n);
}

static void
add_instant(struct buf *b, const char *name, usec_t t)
{
	buf_addf(b, ", \"%s\": ", name);
	add_time(b, t);
}

/* JSON as it is, other text as text, other bytes as base64. */
static void
add_body(struct buf *b, const char *name, const char *p, size_t n)
{
	const size_t bom = json_bom(p, n);

	if (n > 0 && json_check(p, n, NULL) == 0) {
		buf_addf(b, ", \"%s\": ", name);
		buf_add(b, p + bom, n - bom);
	} else if (text_is_utf8(p, n)) {
		buf_addf(b, ", \"%sText\": ", name);
		buf_add_json_n(b, p, n);
	} else {
		buf_addf(b, ", \"%sBase64\": ", name);
		buf_add_json(b, text_base64(b->arena, p, n));
	}
}

/* ------------------------------------------------------------------ entities */

static int
put_rows(struct export *x, const struct entity_keys *k, size_t from, size_t n, struct err *err)
{
	size_t columns = entity_export_columns(k->e);
	struct arena a = { 0 };
	struct rows r;
	struct buf b;
	int rc = entity_rows_read(k, x->job->tenant, from, n, &a, &r, err);

	for (size_t i = 0; rc == 0 && i < r.n; i++) {
		buf_init(&b, &a);
		buf_addf(&b, "%s\n\t\t\t{", x->items++ > 0 ? "," : "");
		for (size_t c = 0; c < columns; c++) {
			int own = c + 2 < columns;

			buf_addf(&b, "%s\"%s\": ", c == 0 ? "" : ", ",
			    own                  ? k->e->columns[c].name :
				c + 2 == columns ? "CreationDate" :
						   "ModificationDate");
			add_value(
			    &b, own ? k->e->columns[c].type : ENTITY_DATETIME, rows_at(&r, i, c));
		}
		buf_addc(&b, '}');
		rc = put(x, &b, err);
		x->counts->rows++;
	}
	arena_done(&a);
	return rc;
}

static int
put_entities(struct export *x, const struct entity_rows *rows, struct err *err)
{
	struct buf b;
	int rc = 0;

	for (size_t i = 0; i < rows->n && rc == 0; i++) {
		const struct entity_keys *k = &rows->of[i];
		struct arena a = { 0 };

		buf_init(&b, &a);
		buf_addf(&b, "%s\n\t\t\"%s\": [", i > 0 ? "]," : "", k->e->set);
		rc = put(x, &b, err);
		x->items = 0;
		for (size_t from = 0; from < k->n && rc == 0; from += ENTITY_CHUNK)
			rc = put_rows(x, k, from,
			    k->n - from > ENTITY_CHUNK ? ENTITY_CHUNK : k->n - from, err);
		arena_done(&a);
	}
	return rc < 0 ? rc : x->write(x->arg, "]\n\t}", 4, err);
}

/* ------------------------------------------------------------------ other tables */

static int
put_table(struct export *x, const struct entity_beside *t, struct err *err)
{
	struct arena a = { 0 };
	struct rows columns, r;
	struct buf b;
	int rc = entity_beside_columns(x->job->tenant, t->table, &a, &columns, err);

	for (size_t k = 0; k < x->person->ncontacts && rc == 0; k++) {
		rc = entity_beside_read(x->job->tenant, t, x->person->contacts[k], &a, &r, err);
		for (size_t i = 0; rc == 0 && i < r.n; i++) {
			buf_init(&b, &a);
			buf_adds(&b, x->items++ > 0 ? ",\n\t\t\t{" : "\n\t\t\t{");
			for (size_t c = 0; c < columns.n; c++) {
				buf_adds(&b, c > 0 ? ", " : "");
				buf_add_json(
				    &b, rows_text(&columns, c, C_person_table_columns_column_name));
				buf_adds(&b, ": ");
				add_value(&b, ENTITY_UNSET, rows_at(&r, i, c));
			}
			buf_addc(&b, '}');
			rc = put(x, &b, err);
			x->counts->rows++;
		}
	}
	arena_done(&a);
	return rc;
}

static int
put_tables(struct export *x, struct err *err)
{
	struct arena a = { 0 };
	struct entity_beside *tables;
	struct buf b;
	size_t n;
	int rc = entity_beside_tables(x->job->tenant, &a, &tables, &n, err);

	for (size_t i = 0; i < n && rc == 0; i++) {
		buf_init(&b, &a);
		buf_adds(&b, i > 0 ? "],\n\t\t" : "\n\t\t");
		buf_add_json(&b, tables[i].table);
		buf_adds(&b, ": [");
		rc = put(x, &b, err);
		x->items = 0;
		if (rc == 0)
			rc = put_table(x, &tables[i], err);
	}
	arena_done(&a);
	return rc < 0 ? rc :
	    n == 0    ? x->write(x->arg, "}", 1, err) :
			x->write(x->arg, "]\n\t}", 4, err);
}

/* ------------------------------------------------------------------ the registry's */

/* Of a mail that is not about the person, the other recipients are nobody's business. */
static void
add_mail(struct buf *b, const struct person_trace_mail *m, int everybody)
{
	int n = 0;

	buf_addc(b, '{');
	add_number(b, "MailId", m->mail_id);
	add_number(b, "Kind", m->kind);
	add_number(b, "State", m->state);
	add_instant(b, "CreatedAt", m->created_at);
	add_instant(b, "SentAt", m->sent_at);
	add_member(b, "Subject", m->subject);
	add_member(b, "Content", m->content);
	add_member(b, "Reason", m->reason);
	buf_adds(b, ", \"Recipients\": [");
	for (size_t i = 0; i < m->nrecipients; i++) {
		if (!everybody && !m->recipients[i].is_person)
			continue;
		buf_adds(b, n++ > 0 ? ", {" : "{");
		add_member(b, "Address", m->recipients[i].address);
		add_number(b, "State", m->recipients[i].state);
		add_number(b, "Code", m->recipients[i].code);
		add_member(b, "Reply", m->recipients[i].reply);
		add_instant(b, "ChangedAt", m->recipients[i].changed_at);
		buf_addc(b, '}');
	}
	buf_adds(b, "]}");
}

static int
add_attempts(struct export *x, struct buf *b, int64_t message_id, struct err *err)
{
	struct rows r;
	int rc = db_query(
	    x->job->registry, Q_trace_attempts, DB_ARGS(v_int(message_id)), b->arena, &r, err);

	buf_adds(b, ", \"Attempts\": [");
	for (size_t i = 0; rc == 0 && i < r.n; i++) {
		buf_adds(b, i > 0 ? ", {" : "{");
		add_number(b, "Attempt", rows_int(&r, i, C_trace_attempts_attempt));
		add_instant(b, "StartedAt", rows_time(&r, i, C_trace_attempts_started_at));
		add_instant(b, "EndedAt", rows_time(&r, i, C_trace_attempts_ended_at));
		add_member(b, "Outcome", rows_text(&r, i, C_trace_attempts_outcome));
		add_member(b, "ReasonClass", rows_text(&r, i, C_trace_attempts_reason_class));
		add_member(b, "Reason", rows_text(&r, i, C_trace_attempts_reason));
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
add_mails(struct export *x, struct buf *b, int64_t message_id, struct err *err)
{
	struct person_trace_mail *mails;
	size_t n;
	int rc = person_trace_mails_of(&x->trace, message_id, b->arena, &mails, &n, err);

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
open_part(struct export *x, struct buf *b, int part)
{
	static const char *const names[] = { "Messages", "Mails", "Runs" };

	for (; x->part < part; x->part++) {
		buf_addf(b, "%s,\n\t\"%s\": [", x->part == 0 ? "" : "]", names[x->part]);
		x->items = 0;
	}
}

static void
begin_item(struct export *x, struct buf *b, struct arena *a, int part)
{
	buf_init(b, a);
	open_part(x, b, part);
	buf_addf(b, "%s\n\t\t", x->items++ > 0 ? "," : "");
}

static int
add_content(struct export *x, struct buf *b, const struct person_trace_message *m, struct err *err)
{
	int rc;

	add_member(b, "Uri", m->uri);
	add_member(b, "Email", m->email);
	add_member(b, "EventId", m->event_id);
	add_member(b, "Reason", m->reason);
	add_body(b, "Headers", m->headers, strlen(m->headers));
	add_body(b, "Body", m->body, m->body_bytes);
	if ((rc = add_attempts(x, b, m->id, err)) < 0)
		return rc;
	return add_mails(x, b, m->id, err);
}

static int
on_message(void *arg, const struct person_trace_message *m, struct err *err)
{
	struct export *x = arg;
	struct arena a = { 0 };
	struct buf b;
	int rc;

	begin_item(x, &b, &a, 1);
	buf_addc(&b, '{');
	add_member(&b, "Receipt", text_hex(&a, m->receipt, 16));
	add_member(&b, "State", state_name(states_of_message, m->state));
	add_member(&b, "Match",
	    m->match == PERSON_MATCH_ABOUT       ? "About" :
		m->match == PERSON_MATCH_MENTION ? "Mention" :
						   "Recipient");
	add_number(&b, "SourceId", m->source_id);
	add_member(&b, "Platform", m->platform);
	add_member(&b, "Entity", m->entity);
	add_member(&b, "Action", m->action);
	add_instant(&b, "ReceivedAt", m->received_at);
	add_instant(&b, "SettledAt", m->settled_at);
	add_member(&b, "Method", m->method);
	rc = m->match == PERSON_MATCH_NONE ?
	    0 :
	    add_content(x, &b, m, err); /* what others' messages say is not this person's */
	buf_addc(&b, '}');
	if (rc == 0)
		rc = put(x, &b, err);
	x->counts->messages++;
	x->counts->requests += strcmp(m->platform, "Shopify") == 0 &&
	    strcmp(m->entity, "Compliance") == 0;
	arena_done(&a);
	return rc;
}

static int
on_mail(void *arg, const struct person_trace_mail *m, struct err *err)
{
	struct export *x = arg;
	struct arena a = { 0 };
	struct buf b;
	int rc;

	begin_item(x, &b, &a, 2);
	add_mail(&b, m, 0);
	rc = put(x, &b, err);
	x->counts->mails++;
	arena_done(&a);
	return rc;
}

static int
on_run(void *arg, const struct person_trace_run *r, struct err *err)
{
	struct export *x = arg;
	struct arena a = { 0 };
	struct buf b;
	int rc;

	begin_item(x, &b, &a, 3);
	buf_addc(&b, '{');
	add_number(&b, "RunId", r->run_id);
	add_member(&b, "Parameters", r->parameters);
	add_member(&b, "Result", r->result);
	add_member(&b, "Reason", r->reason);
	add_member(&b, "Log", r->log_tail);
	buf_addc(&b, '}');
	rc = put(x, &b, err);
	x->counts->runs++;
	arena_done(&a);
	return rc;
}

static void
on_progress(void *arg, const char *phase, int64_t done, int64_t total)
{
	struct export *x = arg;

	if (x->job->progress != NULL)
		x->job->progress(x->job->arg, phase, done, total);
}

/* ------------------------------------------------------------------ the document */

static int
put_head(struct export *x, const char *customer, const char *alias, struct err *err)
{
	struct arena a = { 0 };
	struct buf b;
	usec_t now;
	int rc = db_now(x->job->registry, &now, err);

	buf_init(&b, &a);
	buf_adds(&b, "{\n\t\"Export\": {");
	add_number(&b, "Format", 1);
	add_member(&b, "Customer", customer);
	add_member(&b, "Alias", alias);
	if (rc == 0)
		add_instant(&b, "ExportedAt", now);
	buf_adds(&b, ", \"Contacts\": [");
	for (size_t i = 0; i < x->person->ncontacts; i++)
		buf_addf(&b, "%s%" PRId64, i > 0 ? ", " : "", x->person->contacts[i]);
	buf_adds(&b, "]},\n\t\"Entities\": {");
	if (rc == 0)
		rc = put(x, &b, err);
	arena_done(&a);
	return rc;
}

int
person_export_held(const struct person_export_counts *c)
{
	return c->rows + c->messages - c->requests + c->mails + c->runs > 0;
}

static int
put_tail(struct export *x, struct err *err)
{
	const struct person_export_counts *c = x->counts;
	struct arena a = { 0 };
	struct buf b;
	int rc;

	buf_init(&b, &a);
	open_part(x, &b, 3);
	buf_adds(&b, "],\n\t\"Summary\": {");
	buf_addf(&b, "\"Held\": %s", person_export_held(c) ? "true" : "false");
	add_number(&b, "Rows", c->rows);
	add_number(&b, "Messages", c->messages);
	add_number(&b, "Requests", c->requests);
	add_number(&b, "Mails", c->mails);
	add_number(&b, "Runs", c->runs);
	add_member(&b, "Statement",
	    person_export_held(c) ? "All that is held of this person is in this document." :
		c->requests > 0   ? "Nothing is held of this person but the request itself." :
				    "Nothing is held of this person.");
	buf_adds(&b, "}\n}\n");
	rc = put(x, &b, err);
	arena_done(&a);
	return rc;
}

int
person_export(const struct person_job *j, const char *customer, const char *alias, struct person *p,
    int (*write)(void *arg, const char *text, size_t n, struct err *err), void *arg,
    struct person_export_counts *counts, struct err *err)
{
	struct export x = { .job = j, .person = p, .write = write, .arg = arg, .counts = counts };
	struct person_matcher matcher;
	struct arena a = { 0 };
	struct entity_rows rows;
	int rc;

	*counts = (struct person_export_counts){ 0 };
	if ((rc = person_collect(j->tenant, p, 0, 0, &rows, &a, err)) == 0 &&
	    (rc = put_head(&x, customer, alias, err)) == 0)
		rc = put_entities(&x, &rows, err);
	if (rc == 0 && (rc = write(arg, ",\n\t\"Tables\": {", 14, err)) == 0)
		rc = put_tables(&x, err);
	arena_done(&a);
	if (rc < 0)
		return rc;
	person_matcher_init(&matcher, p);
	x.trace = (struct person_trace){ .registry = j->registry,
		.tenant_id = j->tenant_id,
		.matcher = &matcher,
		.until = USEC_NONE,
		.message = on_message,
		.mail = on_mail,
		.run = on_run,
		.progress = on_progress,
		.arg = &x };
	if ((rc = person_trace_walk(&(const struct person_trace *){ &x.trace }, 1, err)) < 0)
		return rc;
	return put_tail(&x, err);
}
