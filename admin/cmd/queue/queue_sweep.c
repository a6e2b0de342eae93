#include "config.h"

#include "admin/cmd.h"
#include "admin/cmd/queue/queue.h"
#include "admin/context.h"
#include "admin/progress.h"
#include "lib/conf.h"
#include "model/state.h"
#include "store/registry/store_admin_queue.h"

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
queue_retry_one_work(struct context *x, void *arg)
{
	struct retrying *r = arg;

	r->done = store_admin_queue_retry_one(x->db, &x->arena, r->receipt, &r->state, &x->err);
	return r->done < 0 ? r->done : 0;
}

static int
queue_retry_one(struct context *x)
{
	struct retrying r = { .state = 0 };
	int rc;

	if ((rc = queue_receipt_read(x, r.receipt)) < 0 ||
	    (rc = context_transaction(x, queue_retry_one_work, &r)) < 0)
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
queue_retry(struct context *x)
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
		    queue_retry_one(x) :
		    err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	}
	if (!cmd_given(&x->line, "state")) {
		err_fault(&x->err, &x->arena, "RECEIPT",
		    "is missing; to retry many, say which: --state dead, --state dead,unrouted");
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	}
	if ((rc = db_now(x->db, &now, &x->err)) < 0 || (rc = queue_filter_read(x, now, &f)) < 0)
		return rc;
	s.before = now;
	return sweep_all(x, &s, &f, cmd_given(&x->line, "dry-run"));
}

static int
queue_purge(struct context *x)
{
	struct sweep s = { .chunk = purge_chunk, .count = purge_count, .verb = "Purged" };
	int64_t days = cmd_int(&x->line, "days", 0);
	struct store_admin_queue_filter f = { .states = queue_states_read(x) };
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

#define DRY_RUN { .name = "dry-run", .type = CMD_FLAG, .doc = "Only count; change nothing." }

static const struct cmd_param retry_arguments[] = {
	{ .name = "RECEIPT", .type = CMD_TEXT, .max = 64, .doc = "Retry this one message." },
	{ .name = NULL },
};

static const struct cmd_param retry_options[] = {
	{ .name = "state", .type = CMD_CHOICES, .repeat = 1, .choices = STATE_WORDS(STATES_OF_MESSAGE_RETRIABLE),
	  .doc = "Retry all that are in these states and match the other options." },
	QUEUE_FILTER_OPTIONS,
	DRY_RUN,
	{ .name = NULL },
};

static const struct cmd_param purge_options[] = {
	{ .name = "days", .type = CMD_INT, .required = 1, .min = 0, .max = 36500, .doc = "Delete what was settled more than so many days ago." },
	{ .name = "state", .type = CMD_CHOICES, .repeat = 1, .choices = STATE_WORDS(STATES_OF_MESSAGE_SETTLED),
	  .doc = "Delete messages in these states; done unless given." },
	QUEUE_TENANT_OPTION,
	{ .name = "force", .type = CMD_FLAG, .doc = "Also below the setting queue_keep_days. A "
	    "repeated delivery is then processed as a new one." },
	DRY_RUN,
	{ .name = NULL },
};

const struct cmd cmd_queue_sweep_rows[] = {
	{ .group = "queue",
	    .verb = "retry",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = queue_retry,
	    .arguments = retry_arguments,
	    .options = retry_options,
	    .example = "queue retry --state unrouted --tenant Demo/Main --platform Shopify",
	    .doc = "Makes messages ready again that were given up or set aside: one by its "
		   "receipt, or all of a state. They get all their attempts anew and keep their "
		   "history. Messages that wait, are being processed or are done do not "
		   "change; one whose lease is gone (customerapi doctor names it) can be retried "
		   "by its receipt." },
	{ .group = "queue",
	    .verb = "purge",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = queue_purge,
	    .options = purge_options,
	    .example = "queue purge --days 90 --state done,dead --dry-run",
	    .doc = "Deletes old settled messages with their attempts and mails, a hundred at a "
		   "time, so that intake and workers are not held up. "
		   "A message whose mail is still to be sent stays." },
	{ .group = NULL },
};
