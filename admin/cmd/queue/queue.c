#include "config.h"

#include "admin/cmd/queue/queue.h"

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/value.h"
#include "lib/conf.h"
#include "lib/text.h"
#include "model/state.h"
#include "store/registry/store_admin_queue.h"
#include "store/registry/store_quota.h"

enum { LIST_MAX = 1000, MIB = 1048576 };

/* ------------------------------------------------------------------ what is meant */

unsigned
queue_states_read(struct context *x)
{
	const char *list = cmd_choices(&x->line, &x->arena, "state"), *part;
	unsigned states = 0;

	if (*list == '\0')
		return 0;
	while ((part = value_part(&x->arena, &list)) != NULL)
		states |= 1U << state_find(states_of_message, part);
	return states;
}

int
queue_filter_read(struct context *x, usec_t now, struct store_admin_queue_filter *f)
{
	struct store_alias *t;
	int rc;

	*f = (struct store_admin_queue_filter){
		.states = queue_states_read(x),
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

int
queue_receipt_read(struct context *x, unsigned char receipt[])
{
	if (text_unhex(cmd_text(&x->line, "RECEIPT"), receipt, STORE_RECEIPT_BYTES) == 0)
		return 0;
	err_fault(&x->err, &x->arena, "RECEIPT",
	    "must be the 32 hexadecimal digits that the sender was given");
	return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
}

/* ------------------------------------------------------------------ list, summary */

struct val
queue_state_cell(const struct rows *r, size_t row, size_t column)
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
queue_list_json(struct context *x, const struct rows *r)
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
		cells[i * N + C_queued_state - C_queued_receipt] = queue_state_cell(
		    r, i, C_queued_state);
		cells[i * N + C_queued_kind - C_queued_receipt] = v_text(
		    state_name(kinds_of_message, rows_int(r, i, C_queued_kind)));
	}
	output_table(&x->out, "Messages", columns, cells, r->n);
}

static void
queue_list_text(struct context *x, const struct rows *r)
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
		*c++ = queue_state_cell(r, i, C_queued_state);
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
queue_list(struct context *x)
{
	int64_t limit = cmd_int(&x->line, "limit", 50);
	struct store_admin_queue_filter f;
	struct rows r;
	usec_t now;
	size_t more;
	int rc;

	if ((rc = db_now(x->db, &now, &x->err)) < 0 || (rc = queue_filter_read(x, now, &f)) < 0 ||
	    (rc = store_admin_queue_list(x->db, &x->arena, &f, limit + 1, &r, &x->err)) < 0)
		return rc;
	more = r.n > (size_t)limit;
	r.n -= more;
	x->out.json ? queue_list_json(x, &r) : queue_list_text(x, &r);
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
queue_summary(struct context *x)
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
		cells[i * 6 + 2] = queue_state_cell(&r, i, C_admin_queue_summary_state);
		if (state != STATE_MESSAGE_READY)
			cells[i * 6 + 4] = v_null();
	}
	output_table(&x->out, "Queue", columns, cells, r.n);
	return summary_quotas(x, t == NULL ? 0 : t->alias_id);
}

/* ------------------------------------------------------------------ table */

static const struct cmd_param list_options[] = {
	{ .name = "state", .type = CMD_CHOICES, .repeat = 1, .choices = STATE_WORDS(STATES_OF_MESSAGE),
	  .doc = "Only in these states." STATE_SENTENCES(STATES_OF_MESSAGE) },
	QUEUE_FILTER_OPTIONS,
	{ .name = "limit", .type = CMD_INT, .min = 1, .max = LIST_MAX, .doc = "How many at most; 50 unless given." },
	{ .name = NULL },
};

static const struct cmd_param summary_options[] = { QUEUE_TENANT_OPTION, { .name = NULL } };

const struct cmd cmd_queue_rows[] = {
	{ .group = "queue",
	    .verb = "list",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = queue_list,
	    .options = list_options,
	    .example = "queue list --state dead,unrouted --after 7d",
	    .doc = "Lists messages, newest first." },
	{ .group = "queue",
	    .verb = "summary",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = queue_summary,
	    .options = summary_options,
	    .example = "queue summary",
	    .doc = "Counts the messages of each tenant by state. Due: ready messages whose time "
		   "has come. Below that: how many bytes wait to be processed, of a tenant and of "
		   "each of its Sources, beside the quota; and how many requests a quota refused, "
		   "until a day passes without one. /metrics shows the requests in flight." },
	{ .group = NULL },
};
