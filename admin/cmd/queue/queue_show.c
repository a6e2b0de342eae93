#include "config.h"

#include <string.h>

#include "admin/cmd.h"
#include "admin/cmd/queue/queue.h"
#include "admin/context.h"
#include "lib/conf.h"
#include "lib/format/json.h"
#include "lib/format/unpack.h"
#include "lib/limits.h"
#include "lib/text.h"
#include "model/state.h"
#include "store/registry/store_admin_queue.h"

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
	output_value(
	    &x->out, "State", OUTPUT_TEXT, queue_state_cell(r, 0, C_admin_queue_get_state));
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
queue_show(struct context *x)
{
	int with_body = cmd_given(&x->line, "body");
	unsigned char receipt[STORE_RECEIPT_BYTES];
	struct rows message, history, mails;
	int64_t id;
	int rc;

	if ((rc = queue_receipt_read(x, receipt)) < 0 ||
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

/* ------------------------------------------------------------------ table */

static const struct cmd_param show_arguments[] = {
	{ .name = "RECEIPT", .type = CMD_TEXT, .max = 64, .required = 1, .doc = "The receipt that the sender was given: 32 hexadecimal digits." },
	{ .name = NULL },
};

static const struct cmd_param show_options[] = {
	{ .name = "body", .type = CMD_FLAG,
	  .doc = "Show the body too, unpacked when it came packed. It holds personal data." },
	{ .name = NULL },
};

const struct cmd cmd_queue_show_rows[] = {
	{ .group = "queue",
	    .verb = "show",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = queue_show,
	    .arguments = show_arguments,
	    .options = show_options,
	    .example = "queue show 5b0c6e0f9d2a4c7b8e1f3a5d7c9b0e2f --body",
	    .doc = "Shows one message: its state and the reason, every attempt, the headers that "
		   "were kept, and its mails. "
		   "Attempts before a retry by hand belong to an earlier round." },
	{ .group = NULL },
};
