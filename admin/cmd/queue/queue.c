#include "config.h"

#include <string.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/progress.h"
#include "admin/value.h"
#include "admin/when.h"
#include "lib/conf.h"
#include "lib/format/json.h"
#include "lib/format/unpack.h"
#include "lib/limits.h"
#include "lib/text.h"
#include "model/state.h"
#include "store/db.h"
#include "store/registry/store_admin_queue.h"
#include "store/registry/store_quota.h"

enum { LIST_MAX = 1000, MIB = 1048576 };

/* ------------------------------------------------------------------ what is meant */

static unsigned
states_read(struct context *x)
{
	const char *list = cmd_choices(&x->line, &x->arena, "state"), *part;
	unsigned states = 0;

	if (*list == '\0')
		return 0;
	while ((part = value_part(&x->arena, &list)) != NULL)
		states |= 1U << state_find(states_of_message, part);
	return states;
}

static int
filter_read(struct context *x, usec_t now, struct store_admin_queue_filter *f)
{
	struct store_alias *t;
	int rc;

	*f = (struct store_admin_queue_filter){
		.states = states_read(x),
		.source_id = cmd_int(&x->line, "source", 0),
		.platform = cmd_text(&x->line, "platform"),
		.entity = cmd_text(&x->line, "entity"),
		.action = cmd_text(&x->line, "action"),
		.reason_class = cmd_text(&x->line, "reason"),
	};
	if ((rc = context_tenant_option(x, &t)) < 0 ||
	    (rc = when_read_range(x, t, now, &f->from, &f->until)) < 0)
		return rc;
	f->tenant_id = t == NULL ? 0 : t->alias_id;
	return 0;
}

static int
receipt_read(struct context *x, unsigned char receipt[STORE_RECEIPT_BYTES])
{
	if (text_unhex(cmd_text(&x->line, "RECEIPT"), receipt, STORE_RECEIPT_BYTES) == 0)
		return 0;
	err_fault(&x->err, &x->arena, "RECEIPT",
	    "must be the 32 hexadecimal digits that the sender was given");
	return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
}

/* ------------------------------------------------------------------ list, summary */

static struct val
state_cell(const struct rows *r, size_t row, size_t column)
{
	return v_text(state_name(states_of_message, rows_int(r, row, column)));
}

static struct val
joined(struct context *x, const struct rows *r, size_t row, size_t first, size_t n)
{
	struct buf b;

	buf_init(&b, &x->arena);
	for (size_t i = first; i < first + n; i++)
		buf_addf(&b, "%s%s", i == first ? "" : "/",
		    rows_text(r, row, i) == NULL ? "?" : rows_text(r, row, i));
	return v_text(b.data);
}

static void
list_json(struct context *x, const struct rows *r)
{
	static const struct output_column columns[] = {
		{ "Receipt", OUTPUT_TEXT }, { "Customer", OUTPUT_TEXT }, { "Alias", OUTPUT_TEXT }, { "State", OUTPUT_TEXT }, { "Kind", OUTPUT_TEXT },
		{ "SourceId", OUTPUT_INT }, { "Platform", OUTPUT_TEXT }, { "Entity", OUTPUT_TEXT }, { "Action", OUTPUT_TEXT }, { "ReceivedAt", OUTPUT_TIME },
		{ "VisibleAt", OUTPUT_TIME }, { "Attempts", OUTPUT_INT }, { "ReasonClass", OUTPUT_TEXT }, { "Reason", OUTPUT_TEXT }, { NULL, OUTPUT_UNSET },
	};
	enum { N = sizeof columns / sizeof columns[0] - 1 };
	struct val *cells = arena_new(&x->arena, struct val, r->n * N + 1);

	for (size_t i = 0; i < r->n; i++) {
		for (size_t c = 0; c < N; c++)
			cells[i * N + c] = *rows_at(r, i, c + C_queued_receipt);
		cells[i * N + C_queued_state - C_queued_receipt] = state_cell(r, i, C_queued_state);
		cells[i * N + C_queued_kind - C_queued_receipt] = v_text(
		    state_name(kinds_of_message, rows_int(r, i, C_queued_kind)));
	}
	output_table(&x->out, "Messages", columns, cells, r->n);
}

static void
list_text(struct context *x, const struct rows *r)
{
	static const struct output_column columns[] = {
		{ "Receipt", OUTPUT_TEXT }, { "State", OUTPUT_TEXT },
		{ "Reason", OUTPUT_TEXT | OUTPUT_PROSE }, { "Message", OUTPUT_TEXT | OUTPUT_LATER },
		{ "Received", OUTPUT_TIME | OUTPUT_LATER }, { "Tries", OUTPUT_INT | OUTPUT_LAST },
		{ "Tenant", OUTPUT_TEXT | OUTPUT_LAST }, { "Source", OUTPUT_INT | OUTPUT_LAST },
		{ NULL, OUTPUT_UNSET },
	};
	struct val *cells = arena_new(&x->arena, struct val, r->n * 8 + 1), *c = cells;

	for (size_t i = 0; i < r->n; i++) {
		*c++ = *rows_at(r, i, C_queued_receipt);
		*c++ = state_cell(r, i, C_queued_state);
		*c++ = *rows_at(r, i, C_queued_reason);
		*c++ = joined(x, r, i, C_queued_platform, 3);
		*c++ = *rows_at(r, i, C_queued_received_at);
		*c++ = *rows_at(r, i, C_queued_attempts);
		*c++ = joined(x, r, i, C_queued_customer, 2);
		*c++ = *rows_at(r, i, C_queued_source_id);
	}
	output_table(&x->out, "Messages", columns, cells, r->n);
}

static int
list_run(struct context *x)
{
	int64_t limit = cmd_int(&x->line, "limit", 50);
	struct store_admin_queue_filter f;
	struct rows r;
	usec_t now;
	size_t more;
	int rc;

	if ((rc = db_now(x->db, &now, &x->err)) < 0 || (rc = filter_read(x, now, &f)) < 0 ||
	    (rc = store_admin_queue_list(x->db, &x->arena, &f, limit + 1, &r, &x->err)) < 0)
		return rc;
	more = r.n > (size_t)limit;
	r.n -= more;
	x->out.json ? list_json(x, &r) : list_text(x, &r);
	output_more(&x->out, more > 0, limit);
	return 0;
}

static long
waiting_limit_mb(const struct conf *c, int64_t source_id)
{
	return source_id == 0 ? c->quota_tenant_waiting_mb : c->quota_source_waiting_mb;
}

/* Bytes that wait beside what may, and what was refused of late. */
static int
summary_quotas(struct context *x, int64_t tenant_id)
{
	static const struct output_column columns[] = {
		{ "Customer", OUTPUT_TEXT }, { "Alias", OUTPUT_TEXT }, { "SourceId", OUTPUT_INT }, { "Quota", OUTPUT_TEXT },
		{ "WaitingBytes", OUTPUT_BYTES }, { "LimitBytes", OUTPUT_BYTES }, { "Refused", OUTPUT_INT },
		{ "RefusedSince", OUTPUT_TIME | OUTPUT_LATER }, { "RefusedLast", OUTPUT_TIME }, { NULL, OUTPUT_UNSET },
	};
	enum { N = sizeof columns / sizeof columns[0] - 1 };
	struct val *c;
	struct rows r;
	int rc = store_quota_list(x->db, &x->arena, tenant_id, &r, &x->err);

	if (rc < 0)
		return rc;
	c = arena_new(&x->arena, struct val, r.n * N + 1);
	for (size_t i = 0; i < r.n; i++) {
		const int64_t source_id = rows_int(&r, i, C_quota_list_source_id),
			      quota = rows_int(&r, i, C_quota_list_quota);
		const int is_bytes = quota == STORE_QUOTA_WAITING;
		int64_t mib;
		struct val *v = &c[i * N];

		v[0] = *rows_at(&r, i, C_quota_list_customer);
		v[1] = *rows_at(&r, i, C_quota_list_alias);
		v[2] = v_int_or_null(source_id, source_id != 0);
		v[3] = v_text(store_quota_name(quota));
		v[4] = v_int_or_null(rows_int(&r, i, C_quota_list_waiting), is_bytes);
		mib = rows_null(&r, i, C_quota_list_waiting_mb) ?
		    waiting_limit_mb(&x->conf, source_id) :
		    rows_int(&r, i, C_quota_list_waiting_mb);
		v[5] = v_int_or_null(mib * MIB, is_bytes);
		v[6] = *rows_at(&r, i, C_quota_list_refused);
		v[7] = *rows_at(&r, i, C_quota_list_since_at);
		v[8] = *rows_at(&r, i, C_quota_list_last_at);
	}
	output_gap(&x->out);
	output_table(&x->out, "Quotas", columns, c, r.n);
	return 0;
}

static int
summary_run(struct context *x)
{
	static const struct output_column columns[] = {
		{ "Customer", OUTPUT_TEXT }, { "Alias", OUTPUT_TEXT }, { "State", OUTPUT_TEXT }, { "Messages", OUTPUT_INT }, { "Due", OUTPUT_INT },
		{ "OldestAt", OUTPUT_TIME }, { NULL, OUTPUT_UNSET },
	};
	struct store_alias *t;
	struct val *cells;
	struct rows r;
	usec_t now;
	int rc;

	if ((rc = context_tenant_option(x, &t)) < 0 || (rc = db_now(x->db, &now, &x->err)) < 0 ||
	    (rc = store_admin_queue_summary(
		 x->db, &x->arena, t == NULL ? 0 : t->alias_id, now, &r, &x->err)) < 0)
		return rc;
	cells = arena_new(&x->arena, struct val, r.n * 6 + 1);
	for (size_t i = 0; i < r.n; i++) {
		int64_t state = rows_int(&r, i, C_admin_queue_summary_state);

		for (size_t c = 0; c < 6; c++)
			cells[i * 6 + c] = *rows_at(&r, i, c);
		cells[i * 6 + 2] = state_cell(&r, i, C_admin_queue_summary_state);
		if (state != STATE_MESSAGE_READY)
			cells[i * 6 + 4] = v_null();
	}
	output_table(&x->out, "Queue", columns, cells, r.n);
	return summary_quotas(x, t == NULL ? 0 : t->alias_id);
}

/* ------------------------------------------------------------------ show */

/* Intake keeps no header with a secret; should one ever slip in, it is not shown. */
static int
header_is_secret(struct arena *a, const char *name)
{
	static const char *const words[] = { "authorization", "cookie", "token", "hmac",
		"signature", "secret", "password", "api-key", "apikey" };
	const char *lower = text_lower(arena_strdup(a, name));

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strstr(lower, words[i]) != NULL)
			return 1;
	return 0;
}

static void
show_headers(struct context *x, const char *text, size_t n)
{
	static const struct output_column columns[] = { { "Header", OUTPUT_TEXT },
		{ "Value", OUTPUT_TEXT | OUTPUT_PROSE }, { NULL, OUTPUT_UNSET } };
	struct json_object *all;
	struct err err = { 0 };
	struct val *cells;
	size_t count = 0;

	if (json_parse(text, n, &all, &err) < 0)
		return;
	cells = arena_new(&x->arena, struct val, 2 * (size_t)json_object_object_length(all) + 1);
	json_object_object_foreach(all, name, value) {
		cells[2 * count] = v_text(arena_strdup(&x->arena, name));
		cells[2 * count++ + 1] = v_text(header_is_secret(&x->arena, name) ?
			"***" :
			arena_strdup(&x->arena, json_object_get_string(value)));
	}
	json_object_put(all);
	output_table(&x->out, "Headers", columns, cells, count);
}

static void
show_mail(struct context *x, const struct rows *r)
{
	static const struct output_column columns[] = {
		{ "Recipient", OUTPUT_TEXT }, { "Mail", OUTPUT_TEXT }, { "State", OUTPUT_TEXT },
		{ "Reply", OUTPUT_TEXT | OUTPUT_PROSE }, { "Tries", OUTPUT_INT | OUTPUT_LATER },
		{ "Code", OUTPUT_INT | OUTPUT_LATER }, { "ChangedAt", OUTPUT_TIME | OUTPUT_LATER },
		{ NULL, OUTPUT_UNSET },
	};
	struct val *cells = arena_new(&x->arena, struct val, r->n * 7 + 1), *c = cells;

	for (size_t i = 0; i < r->n; i++) {
		int64_t mail = rows_int(r, i, C_admin_queue_mail_mail_state),
			recipient = rows_int(r, i, C_admin_queue_mail_state);
		const char *reply = rows_text(r, i, C_admin_queue_mail_reply),
			   *reason = rows_text(r, i, C_admin_queue_mail_reason);

		*c++ = *rows_at(r, i, C_admin_queue_mail_address);
		*c++ = v_text(arena_printf(&x->arena, "%s%s",
		    rows_int(r, i, C_admin_queue_mail_in_digest) ? "Digest" : "",
		    state_name(states_of_mail, mail)));
		*c++ = v_text(state_name(states_of_recipient, recipient));
		*c++ = v_text(reply == NULL || *reply == '\0' ? reason : reply);
		*c++ = *rows_at(r, i, C_admin_queue_mail_attempts);
		*c++ = rows_int(r, i, C_admin_queue_mail_code) == 0 ?
		    v_null() :
		    *rows_at(r, i, C_admin_queue_mail_code);
		*c++ = *rows_at(r, i, C_admin_queue_mail_changed_at);
	}
	output_table(&x->out, "Mails", columns, cells, r->n);
}

/* What was cut, left out or not understood. */
static void
show_remarks(struct context *x, const char *json)
{
	struct json_object *list = NULL;

	if (*json == '\0' || json_parse(json, strlen(json), &list, NULL) < 0)
		return;
	output_gap(&x->out);
	for (size_t i = 0; i < json_count(list); i++)
		output_remark(
		    &x->out, "%s", json_object_get_string(json_object_array_get_idx(list, i)));
	json_object_put(list);
}

/* Zones and brands under which it came; NULL when that is all. */
static const char *
limits_text(struct context *x, const struct rows *r)
{
	struct err ignored = { 0 };
	struct limits l;

	if (rows_null(r, 0, C_admin_queue_get_limits))
		return NULL;
	if (limits_read(&x->arena, rows_text(r, 0, C_admin_queue_get_limits), &l, &ignored) < 0)
		return "cannot be read";
	return limits_words(&x->arena, &l);
}

static void
show_facts(struct context *x, const struct rows *r)
{
	static const struct {
		const char *name;
		enum output_kind kind;
		size_t column;
	} facts[] = {
		{ "SourceId", OUTPUT_INT, C_admin_queue_get_source_id },
		{ "ZoneId", OUTPUT_INT, C_admin_queue_get_zone_id },
		{ "BrandId", OUTPUT_INT, C_admin_queue_get_brand_id },
		{ "Platform", OUTPUT_TEXT, C_admin_queue_get_platform },
		{ "Entity", OUTPUT_TEXT, C_admin_queue_get_entity },
		{ "Action", OUTPUT_TEXT, C_admin_queue_get_action },
		{ "Email", OUTPUT_TEXT, C_admin_queue_get_email },
		{ "EventId", OUTPUT_TEXT, C_admin_queue_get_event_id },
		{ "Method", OUTPUT_TEXT, C_admin_queue_get_method },
		{ "Uri", OUTPUT_TEXT, C_admin_queue_get_uri },
		{ "ReceivedAt", OUTPUT_TIME, C_admin_queue_get_received_at },
		{ "VisibleAt", OUTPUT_TIME, C_admin_queue_get_visible_at },
		{ "SettledAt", OUTPUT_TIME, C_admin_queue_get_settled_at },
		{ "Attempts", OUTPUT_INT, C_admin_queue_get_attempts },
		{ "LeasedBy", OUTPUT_TEXT, C_admin_queue_get_leased_by },
		{ "WorkerDeaths", OUTPUT_INT, C_admin_queue_get_deaths },
		{ "Alone", OUTPUT_FLAG, C_admin_queue_get_alone },
		{ "ReasonClass", OUTPUT_TEXT, C_admin_queue_get_reason_class },
		{ "Reason", OUTPUT_TEXT, C_admin_queue_get_reason },
		{ "BodyBytes", OUTPUT_INT, C_admin_queue_get_body_bytes },
	};

	output_value(&x->out, "Receipt", OUTPUT_TEXT, *rows_at(r, 0, C_admin_queue_get_receipt));
	output_value(&x->out, "Customer", OUTPUT_TEXT, *rows_at(r, 0, C_admin_queue_get_customer));
	output_value(&x->out, "Alias", OUTPUT_TEXT, *rows_at(r, 0, C_admin_queue_get_alias));
	output_value(&x->out, "State", OUTPUT_TEXT, state_cell(r, 0, C_admin_queue_get_state));
	output_value(&x->out, "Kind", OUTPUT_TEXT,
	    v_text(state_name(kinds_of_message, rows_int(r, 0, C_admin_queue_get_kind))));
	output_value(&x->out, "Auth", OUTPUT_TEXT,
	    v_text(store_message_auth_name(rows_int(r, 0, C_admin_queue_get_auth))));
	output_value(&x->out, "Limits", OUTPUT_TEXT, v_text(limits_text(x, r)));
	for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
		output_value(
		    &x->out, facts[i].name, facts[i].kind, *rows_at(r, 0, facts[i].column));
	show_remarks(x, rows_text(r, 0, C_admin_queue_get_remarks));
}

/* Unpacked; of what cannot be unpacked what came, and why. */
static void
show_body(struct context *x, const struct rows *r)
{
	const struct val *body = rows_at(r, 0, C_admin_queue_get_body);
	const char *headers = rows_text(r, 0, C_admin_queue_get_headers), *text;
	const size_t most = CONF_BODY_MOST_BYTES;
	struct err why = { 0 };
	size_t n;

	output_gap(&x->out);
	if (unpack_kept(&x->arena, headers, body->s, body->n, most, &text, &n, &why) < 0) {
		output_value(&x->out, "BodyFault", OUTPUT_TEXT, v_text(why.detail));
		text = body->s;
		n = body->n;
	}
	output_block(&x->out, "Body", text, n);
}

static void
show_history(struct context *x, const struct rows *r)
{
	static const struct output_column columns[] = {
		{ "Round", OUTPUT_INT }, { "Attempt", OUTPUT_INT }, { "Outcome", OUTPUT_TEXT },
		{ "Reason", OUTPUT_TEXT | OUTPUT_PROSE }, { "StartedAt", OUTPUT_TIME },
		{ "EndedAt", OUTPUT_TIME | OUTPUT_LATER },
		{ "ReasonClass", OUTPUT_TEXT | OUTPUT_LATER },
		{ "Worker", OUTPUT_TEXT | OUTPUT_LAST }, { NULL, OUTPUT_UNSET },
	};
	enum { N = sizeof columns / sizeof columns[0] - 1 };
	static const size_t from[N] = { C_admin_queue_attempts_round,
		C_admin_queue_attempts_attempt, C_admin_queue_attempts_outcome,
		C_admin_queue_attempts_reason, C_admin_queue_attempts_started_at,
		C_admin_queue_attempts_ended_at, C_admin_queue_attempts_reason_class,
		C_admin_queue_attempts_worker };
	struct val *cells = arena_new(&x->arena, struct val, r->n * N + 1);

	for (size_t i = 0; i < r->n * N; i++)
		cells[i] = *rows_at(r, i / N, from[i % N]);
	output_table(&x->out, "History", columns, cells, r->n);
}

static int
show_run(struct context *x)
{
	int with_body = cmd_given(&x->line, "body");
	unsigned char receipt[STORE_RECEIPT_BYTES];
	struct rows message, history, mails;
	int64_t id;
	int rc;

	if ((rc = receipt_read(x, receipt)) < 0 ||
	    (rc = store_admin_queue_find(x->db, &x->arena, receipt, &id, &x->err)) < 0)
		return rc;
	if (id == 0)
		return err_set(&x->err, ERR_NOT_FOUND, "There is no message with this receipt.");
	if ((rc = store_admin_queue_get(x->db, &x->arena, id, with_body ? CONF_BODY_MOST_BYTES : 0,
		 &message, &x->err)) < 0 ||
	    (rc = store_admin_queue_attempts(x->db, &x->arena, id, &history, &x->err)) < 0 ||
	    (rc = store_admin_queue_mail(x->db, &x->arena, id, &mails, &x->err)) < 0)
		return rc;
	if (message.n == 0)
		return err_set(&x->err, ERR_NOT_FOUND, "The message was deleted at this moment.");
	show_facts(x, &message);
	output_gap(&x->out);
	show_history(x, &history);
	output_gap(&x->out);
	show_headers(x, rows_text(&message, 0, C_admin_queue_get_headers),
	    rows_at(&message, 0, C_admin_queue_get_headers)->n);
	if (mails.n > 0 || x->out.json) {
		output_gap(&x->out);
		show_mail(x, &mails);
	}
	if (with_body)
		show_body(x, &message);
	return 0;
}

/* ------------------------------------------------------------------ retry, purge */

/* The work on one tenant's messages in one state. */
struct sweep {
	struct arena scratch;
	const struct store_admin_queue_filter *filter;
	enum state_of_message state;
	usec_t before;
	int64_t (*chunk)(struct context *x, struct sweep *s);
	int64_t (*count)(struct context *x, struct sweep *s);
	const char *verb;
	struct progress progress;
};

static int64_t
retry_chunk(struct context *x, struct sweep *s)
{
	return store_admin_queue_retry_chunk(
	    x->db, s->filter, s->state, s->before, &x->err);
}

static int64_t
retry_count(struct context *x, struct sweep *s)
{
	return store_admin_queue_retry_count(
	    x->db, &s->scratch, s->filter, s->state, s->before, &x->err);
}

static int64_t
purge_chunk(struct context *x, struct sweep *s)
{
	return store_admin_queue_purge_chunk(
	    x->db, s->filter->tenant_id, s->state, s->before, &x->err);
}

static int64_t
purge_count(struct context *x, struct sweep *s)
{
	return store_admin_queue_purge_count(
	    x->db, &s->scratch, s->filter->tenant_id, s->state, s->before, &x->err);
}

static int
sweep_count(struct context *x, struct sweep *s, int64_t *done)
{
	int64_t n = s->count(x, s);

	*done += n > 0 ? n : 0;
	return n < 0 ? (int)n : 0;
}

/* Chunks until nothing is left. *done counts on, so that a failure can say how far it came. */
static int
sweep_one(struct context *x, struct sweep *s, int64_t *done)
{
	int64_t n;

	while ((n = s->chunk(x, s)) > 0) {
		*done += n;
		progress_add(&s->progress, n);
	}
	return (int)n;
}

static int
sweep_states(struct context *x, struct sweep *s, struct store_admin_queue_filter *f,
    const struct rows *tenants, int (*work)(struct context *x, struct sweep *s, int64_t *done),
    int64_t *done)
{
	int rc = 0;

	for (size_t i = 0; i < tenants->n && rc == 0; i++)
		for (int state = 1; state < STATE_MESSAGE_END && rc == 0; state++) {
			if ((f->states & (1U << state)) == 0)
				continue;
			f->tenant_id = rows_int(tenants, i, C_admin_queue_tenants_tenant_id);
			s->state = (enum state_of_message)state;
			rc = work(x, s, done);
		}
	return rc;
}

static int
sweep_all(struct context *x, struct sweep *s, struct store_admin_queue_filter *f, int dry_run)
{
	struct rows tenants;
	int64_t done = 0, total = 0;
	int rc = store_admin_queue_tenants(x->db, &x->arena, f->tenant_id, &tenants, &x->err);

	s->filter = f;
	if (rc == 0 && (dry_run || progress_shown(&x->out)))
		rc = sweep_states(x, s, f, &tenants, sweep_count, &total);
	if (rc == 0 && !dry_run) {
		progress_start(&s->progress, &x->out, s->verb, total);
		rc = sweep_states(x, s, f, &tenants, sweep_one, &done);
		progress_end(&s->progress);
	}
	if (dry_run)
		done = total;
	arena_done(&s->scratch);
	output_value(&x->out, dry_run ? arena_printf(&x->arena, "WouldBe%s", s->verb) : s->verb,
	    OUTPUT_INT, v_int(done));
	if (dry_run)
		output_remark(&x->out, "This was a dry run: nothing has changed.");
	return rc;
}

struct retrying {
	unsigned char receipt[STORE_RECEIPT_BYTES];
	int64_t state;
	int done;
};

static int
retry_one_work(struct context *x, void *arg)
{
	struct retrying *r = arg;

	r->done = store_admin_queue_retry_one(x->db, &x->arena, r->receipt, &r->state, &x->err);
	return r->done < 0 ? r->done : 0;
}

static int
retry_one(struct context *x)
{
	struct retrying r = { .state = 0 };
	int rc;

	if ((rc = receipt_read(x, r.receipt)) < 0 ||
	    (rc = context_transaction(x, retry_one_work, &r)) < 0)
		return rc;
	if (r.done == 0 && r.state >= STATE_MESSAGE_SUPERSEDED)
		return err_set(&x->err, ERR_CONFLICT,
		    "The message is %s and its body was emptied by retention: there is nothing "
		    "left to process.",
		    state_name(states_of_message, r.state));
	if (r.done == 0)
		return err_set(&x->err, ERR_CONFLICT,
		    "The message is %s; only one that is dead, unrouted, superseded, cancelled or "
		    "ignored can be retried.",
		    state_name(states_of_message, r.state));
	output_value(&x->out, "Retried", OUTPUT_INT, v_int(1));
	output_remark(&x->out,
	    "It was %s and is Ready now; customerapi queue show tells what becomes of it.",
	    state_name(states_of_message, r.state));
	return 0;
}

static int
retry_run(struct context *x)
{
	static const char *const filters[] = { "state", "tenant", "source", "platform", "entity",
		"action", "reason", "after", "before", "dry-run" };
	struct sweep s = { .chunk = retry_chunk, .count = retry_count, .verb = "Retried" };
	struct store_admin_queue_filter f;
	usec_t now;
	int rc;

	if (cmd_given(&x->line, "RECEIPT")) {
		for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++)
			if (cmd_given(&x->line, filters[i]))
				err_fault(&x->err, &x->arena,
				    arena_printf(&x->arena, "--%s", filters[i]),
				    "cannot be given together with a receipt");
		return x->err.faults == NULL ?
		    retry_one(x) :
		    err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	}
	if (!cmd_given(&x->line, "state")) {
		err_fault(&x->err, &x->arena, "RECEIPT",
		    "is missing; to retry many, say which: --state dead, --state dead,unrouted");
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	}
	if ((rc = db_now(x->db, &now, &x->err)) < 0 || (rc = filter_read(x, now, &f)) < 0)
		return rc;
	s.before = now;
	return sweep_all(x, &s, &f, cmd_given(&x->line, "dry-run"));
}

static int
purge_run(struct context *x)
{
	struct sweep s = { .chunk = purge_chunk, .count = purge_count, .verb = "Purged" };
	int64_t days = cmd_int(&x->line, "days", 0);
	struct store_admin_queue_filter f = { .states = states_read(x) };
	struct store_alias *t;
	usec_t now;
	int rc;

	if (days < x->conf.queue_keep_days && !cmd_given(&x->line, "force")) {
		err_fault(&x->err, &x->arena, "--days",
		    "must be at least %ld (the setting queue_keep_days): until then a message's "
		    "row is what tells a repeated "
		    "delivery from a new one; --force deletes it all the same",
		    x->conf.queue_keep_days);
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	}
	if ((rc = context_tenant_option(x, &t)) < 0 || (rc = db_now(x->db, &now, &x->err)) < 0)
		return rc;
	f.tenant_id = t == NULL ? 0 : t->alias_id;
	f.states = f.states == 0 ? 1U << STATE_MESSAGE_DONE : f.states;
	s.before = now - days * 86400 * USEC_SEC;
	return sweep_all(x, &s, &f, cmd_given(&x->line, "dry-run"));
}

/* ------------------------------------------------------------------ table */

#define TENANT_OPTION { .name = "tenant", .type = CMD_TENANT, .doc = "Only this tenant's messages." }
#define FILTER_OPTIONS \
	TENANT_OPTION, \
	{ .name = "source", .type = CMD_INT, .min = 1, .max = INT16_MAX, .value = "SOURCEID", .doc = "Only this Source's." }, \
	{ .name = "platform", .type = CMD_TEXT, .max = 64, .value = "NAME", .doc = "Only this platform's, for example Shopify." }, \
	{ .name = "entity", .type = CMD_TEXT, .max = 64, .value = "NAME", .doc = "Only about this entity, for example Order." }, \
	{ .name = "action", .type = CMD_TEXT, .max = 64, .value = "NAME", .doc = "Only with this action, for example Insert." }, \
	{ .name = "reason", .type = CMD_TEXT, .max = 32, .value = "CLASS", .doc = "Only with this class of reason, as queue show prints it (ReasonClass)." }, \
	{ .name = "after", .type = CMD_WHEN, .doc = "Only received then or later: an age such as " \
	  "30m, 12h or 7d, or a date. " WHEN_ZONE_OF_ALL }, \
	{ .name = "before", .type = CMD_WHEN, \
	  .doc = "Only received before then: an age or a date. " WHEN_ZONE_OF_ALL }

#define DRY_RUN { .name = "dry-run", .type = CMD_FLAG, .doc = "Only count; change nothing." }

static const struct cmd_param list_options[] = {
	{ .name = "state", .type = CMD_CHOICES, .repeat = 1, .choices = STATE_WORDS(STATES_OF_MESSAGE),
	  .doc = "Only in these states." STATE_SENTENCES(STATES_OF_MESSAGE) },
	FILTER_OPTIONS,
	{ .name = "limit", .type = CMD_INT, .min = 1, .max = LIST_MAX, .doc = "How many at most; 50 unless given." },
	{ .name = NULL },
};

static const struct cmd_param summary_options[] = { TENANT_OPTION, { .name = NULL } };

static const struct cmd_param show_arguments[] = {
	{ .name = "RECEIPT", .type = CMD_TEXT, .max = 64, .required = 1, .doc = "The receipt that the sender was given: 32 hexadecimal digits." },
	{ .name = NULL },
};

static const struct cmd_param show_options[] = {
	{ .name = "body", .type = CMD_FLAG,
	  .doc = "Show the body too, unpacked when it came packed. It holds personal data." },
	{ .name = NULL },
};

static const struct cmd_param retry_arguments[] = {
	{ .name = "RECEIPT", .type = CMD_TEXT, .max = 64, .doc = "Retry this one message." },
	{ .name = NULL },
};

static const struct cmd_param retry_options[] = {
	{ .name = "state", .type = CMD_CHOICES, .repeat = 1, .choices = STATE_WORDS(STATES_OF_MESSAGE_RETRIABLE),
	  .doc = "Retry all that are in these states and match the other options." },
	FILTER_OPTIONS,
	DRY_RUN,
	{ .name = NULL },
};

static const struct cmd_param purge_options[] = {
	{ .name = "days", .type = CMD_INT, .required = 1, .min = 0, .max = 36500, .doc = "Delete what was settled more than so many days ago." },
	{ .name = "state", .type = CMD_CHOICES, .repeat = 1, .choices = STATE_WORDS(STATES_OF_MESSAGE_SETTLED),
	  .doc = "Delete messages in these states; done unless given." },
	TENANT_OPTION,
	{ .name = "force", .type = CMD_FLAG, .doc = "Also below the setting queue_keep_days: a repeat of a deleted delivery is then taken for a new one." },
	DRY_RUN,
	{ .name = NULL },
};

const struct cmd cmd_queue_rows[] = {
	{ .group = "queue",
	    .verb = "list",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = list_run,
	    .options = list_options,
	    .example = "queue list --state dead,unrouted --after 7d",
	    .doc = "Lists messages, newest first." },
	{ .group = "queue",
	    .verb = "summary",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = summary_run,
	    .options = summary_options,
	    .example = "queue summary",
	    .doc = "Counts the messages of each tenant by state. Due: ready messages whose time "
		   "has come. Below that: how many bytes "
		   "wait to be processed, of a tenant and of each of its Sources, beside the "
		   "quota; and how many requests a quota refused, "
		   "until none is for a day. What is in flight at this moment /metrics tells." },
	{ .group = "queue",
	    .verb = "show",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = show_run,
	    .arguments = show_arguments,
	    .options = show_options,
	    .example = "queue show 5b0c6e0f9d2a4c7b8e1f3a5d7c9b0e2f --body",
	    .doc = "Shows one message: its state and the reason, every attempt, the headers that "
		   "were kept, and its mails. "
		   "Attempts before a retry by hand belong to an earlier round." },
	{ .group = "queue",
	    .verb = "retry",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = retry_run,
	    .arguments = retry_arguments,
	    .options = retry_options,
	    .example = "queue retry --state unrouted --tenant Demo/Main --platform Shopify",
	    .doc = "Makes messages ready again that were given up or set aside: one by its "
		   "receipt, or all of a state. "
		   "They get all their attempts anew and keep their history. What waits, is being "
		   "processed or is done is left alone." },
	{ .group = "queue",
	    .verb = "purge",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = purge_run,
	    .options = purge_options,
	    .example = "queue purge --days 90 --state done,dead --dry-run",
	    .doc = "Deletes old settled messages with their attempts and mails, a hundred at a "
		   "time, so that intake and workers are not held up. "
		   "A message whose mail is still to be sent stays." },
	{ .group = NULL },
};
