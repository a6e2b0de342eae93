#include "config.h"

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/progress.h"
#include "admin/when.h"
#include "lib/text.h"
#include "model/state.h"
#include "store/db.h"
#include "store/registry/store_admin_mail.h"

enum { LIST_MAX = 1000 };

static int
mail_filter_read(struct context *x, usec_t now, struct store_admin_mail_filter *f)
{
	const char *state = cmd_text(&x->line, "state");
	struct store_alias *t;
	int rc;

	*f = (struct store_admin_mail_filter){ .state = state == NULL ? STATE_MAIL_UNSET :
	    (enum state_of_mail)state_find(states_of_mail, state) };
	if ((rc = context_tenant_option(x, &t)) < 0 ||
	    (rc = when_read_range(x, t, now, &f->from, &f->until)) < 0)
		return rc;
	f->tenant_id = t == NULL ? 0 : t->alias_id;
	return 0;
}

/* ------------------------------------------------------------------ list */

static struct val
tenant_name(struct context *x, const struct rows *r, size_t row)
{
	return rows_null(r, row, C_mailed_customer) ?
	    v_text("(deleted)") :
	    v_text(arena_printf(&x->arena, "%s/%s", rows_text(r, row, C_mailed_customer),
		rows_text(r, row, C_mailed_alias)));
}

static int
mail_list(struct context *x)
{
	static const struct output_column columns[] = {
		{ "MailId", OUTPUT_INT }, { "State", OUTPUT_TEXT },
		{ "Reason", OUTPUT_TEXT | OUTPUT_PROSE }, { "Recipients", OUTPUT_TEXT },
		{ "CreatedAt", OUTPUT_TIME | OUTPUT_LATER },
		{ "Attempts", OUTPUT_INT | OUTPUT_LATER }, { "Kind", OUTPUT_TEXT | OUTPUT_LATER },
		{ "SentAt", OUTPUT_TIME | OUTPUT_LATER }, { "Tenant", OUTPUT_TEXT | OUTPUT_LAST },
		{ "Receipt", OUTPUT_TEXT | OUTPUT_LAST },
		{ "VisibleAt", OUTPUT_TIME | OUTPUT_LAST }, { NULL, OUTPUT_UNSET },
	};
	struct store_admin_mail_filter f;
	struct val *cells, *c;
	struct rows r;
	usec_t now;
	int rc;

	if ((rc = db_now(x->db, &now, &x->err)) < 0 || (rc = mail_filter_read(x, now, &f)) < 0 ||
	    (rc = store_admin_mail_list(
		 x->db, &x->arena, &f, cmd_int(&x->line, "limit", 50), &r, &x->err)) < 0)
		return rc;
	c = cells = arena_new(&x->arena, struct val, r.n * 11 + 1);
	for (size_t i = 0; i < r.n; i++) {
		int64_t kind = rows_int(&r, i, C_mailed_kind);

		*c++ = *rows_at(&r, i, C_mailed_mail_id);
		*c++ = v_text(state_name(states_of_mail, rows_int(&r, i, C_mailed_state)));
		*c++ = *rows_at(&r, i, C_mailed_reason);
		*c++ = *rows_at(&r, i, C_mailed_recipients);
		*c++ = *rows_at(&r, i, C_mailed_created_at);
		*c++ = *rows_at(&r, i, C_mailed_attempts);
		*c++ = v_text(state_name(kinds_of_mail, kind));
		*c++ = *rows_at(&r, i, C_mailed_sent_at);
		*c++ = tenant_name(x, &r, i);
		*c++ = *rows_at(&r, i, C_mailed_receipt);
		*c++ = *rows_at(&r, i, C_mailed_visible_at);
	}
	output_table(&x->out, "Mails", columns, cells, r.n);
	return 0;
}

/* ------------------------------------------------------------------ retry */

struct retrying {
	struct store_admin_mail_again again;
	int64_t mail_id, state;
	int done;
};

static int
again_read(struct context *x, struct store_admin_mail_again *again)
{
	usec_t now;
	int rc = db_now(x->db, &now, &x->err);

	*again = (struct store_admin_mail_again){ .now = now,
		.give_up_at = now + x->conf.mail_give_up_days * 86400 * USEC_SEC,
		.bodies_from = now - x->conf.queue_keep_body_days * 86400 * USEC_SEC };
	return rc;
}

static int
mail_retry_one_work(struct context *x, void *arg)
{
	struct retrying *r = arg;

	r->done = store_admin_mail_retry_one(
	    x->db, &x->arena, r->mail_id, &r->again, &r->state, &x->err);
	return r->done < 0 ? r->done : 0;
}

static int
mail_retry_one(struct context *x)
{
	struct retrying r = { .mail_id = cmd_int(&x->line, "MAILID", 0) };
	int rc;

	if ((rc = again_read(x, &r.again)) < 0 ||
	    (rc = context_transaction(x, mail_retry_one_work, &r)) < 0)
		return rc;
	if (r.done == 0)
		return err_set(&x->err, ERR_CONFLICT,
		    "The mail is %s. Only a mail that is dead, or that some recipient did not get, "
		    "can be retried.",
		    state_name(states_of_mail, r.state));
	output_value(&x->out, "Retried", OUTPUT_INT, v_int(1));
	output_remark(&x->out, "It was %s and is Ready now, for those who have not got it.",
	    state_name(states_of_mail, r.state));
	return 0;
}

/* Chunks until nothing is left. */
static int
retry_all(struct context *x, const struct store_admin_mail_filter *f,
    const struct store_admin_mail_again *again, int64_t total)
{
	struct progress progress;
	int64_t n, done = 0;

	progress_start(&progress, &x->out, "Retried", total);
	while ((n = store_admin_mail_retry_chunk(x->db, f, again, &x->err)) > 0) {
		done += n;
		progress_add(&progress, n);
	}
	progress_end(&progress);
	output_value(&x->out, "Retried", OUTPUT_INT, v_int(done));
	return n < 0 ? (int)n : 0;
}

static int
mail_retry(struct context *x)
{
	static const char *const filters[] = { "state", "tenant", "after", "before", "dry-run" };
	struct store_admin_mail_filter f;
	struct store_admin_mail_again again;
	int dry_run = cmd_given(&x->line, "dry-run"), rc;
	int64_t n = 0;

	if (cmd_given(&x->line, "MAILID")) {
		for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++)
			if (cmd_given(&x->line, filters[i]))
				err_fault(&x->err, &x->arena,
				    arena_printf(&x->arena, "--%s", filters[i]),
				    "cannot be given together with a mail");
		return x->err.faults == NULL ?
		    mail_retry_one(x) :
		    err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	}
	if (!cmd_given(&x->line, "state")) {
		err_fault(&x->err, &x->arena, "MAILID",
		    "is missing; to retry all that are dead, say --state dead");
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	}
	if ((rc = again_read(x, &again)) < 0 || (rc = mail_filter_read(x, again.now, &f)) < 0)
		return rc;
	if ((dry_run || progress_shown(&x->out)) &&
	    (n = store_admin_mail_retry_count(x->db, &x->arena, &f, &again, &x->err)) < 0)
		return (int)n;
	if (!dry_run)
		return retry_all(x, &f, &again, n);
	output_value(&x->out, "WouldBeRetried", OUTPUT_INT, v_int(n));
	output_remark(&x->out, "This was a dry run: nothing has changed.");
	return 0;
}

/* ------------------------------------------------------------------ table */

#define FILTER_OPTIONS \
	{ .name = "tenant", .type = CMD_TENANT, .doc = "Only this tenant's mails." }, \
	{ .name = "after", .type = CMD_WHEN, .doc = "Only made then or later: an age such as " \
	  "30m, 12h or 7d, or a date. " WHEN_ZONE_OF_ALL }, \
	{ .name = "before", .type = CMD_WHEN, \
	  .doc = "Only made before then: an age or a date. " WHEN_ZONE_OF_ALL }

static const struct cmd_param list_options[] = {
	{ .name = "state", .type = CMD_CHOICE, .choices = STATE_WORDS(STATES_OF_MAIL),
	  .doc = "Only in this state." STATE_SENTENCES(STATES_OF_MAIL) },
	FILTER_OPTIONS,
	{ .name = "limit", .type = CMD_INT, .min = 1, .max = LIST_MAX, .doc = "How many at most; 50 unless given." },
	{ .name = NULL },
};

static const struct cmd_param retry_arguments[] = {
	{ .name = "MAILID", .type = CMD_INT, .min = 1, .max = INT64_MAX, .doc = "Retry this one mail, as mail list shows it." },
	{ .name = NULL },
};

static const struct cmd_param retry_options[] = {
	{ .name = "state", .type = CMD_CHOICE, .choices = "dead", .doc = "Retry all that are dead and match the other options." },
	FILTER_OPTIONS,
	{ .name = "dry-run", .type = CMD_FLAG, .doc = "Only count; change nothing." },
	{ .name = NULL },
};

const struct cmd cmd_mail_rows[] = {
	{ .group = "mail",
	    .verb = "list",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = mail_list,
	    .options = list_options,
	    .example = "mail list --state dead --after 7d",
	    .doc =
		"Lists mails, newest first, with their recipients and the mail server's words." },
	{ .group = "mail",
	    .verb = "retry",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = mail_retry,
	    .arguments = retry_arguments,
	    .options = retry_options,
	    .example = "mail retry --state dead --tenant Demo/Main",
	    .doc = "Makes dead mails ready again: one by its number, or all. Recipients who have "
		   "the mail do not get it again. One mail by its number is also sent again to "
		   "recipients that were refused while others got it." },
	{ .group = NULL },
};
