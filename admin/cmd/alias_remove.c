#include "config.h"

#include <string.h>

#include "admin/alias_place.h"
#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/progress.h"
#include "admin/removal.h"
#include "lib/text.h"
#include "model/state.h"
#include "store/db.h"
#include "store/registry/store_admin.h"
#include "store/registry/store_admin_queue.h"
#include "store/registry/store_owner.h"
#include "store/registry/store_removal.h"

/* 9999-01-01: later than anything was settled. */
#define FOREVER (INT64_C(253370764800) * USEC_SEC)

struct removing {
	struct store_alias *tenant;
	struct rows history;
};

/* What must not be there; history is counted on the way. */
static int
look(struct context *x, struct removing *r, int with_history)
{
	const char *subject = alias_subject(x, r->tenant);
	struct store_admin_alias now;
	struct rows dependents;
	usec_t at;
	int rc;

	if ((rc = db_now(x->db, &at, &x->err)) < 0 ||
	    (rc = store_admin_alias_lock(x->db, &x->arena, r->tenant->alias_id, &now,
	    &x->err)) < 0)
		return rc;
	if ((rc = store_removal_of_alias(x->db, &x->arena, r->tenant->alias_id, &dependents,
	    &x->err)) < 0 ||
	    (rc = store_removal_history(x->db, &x->arena, r->tenant->alias_id, &r->history,
	    &x->err)) < 0)
		return rc;
	removal_depends(x, subject, "cannot be removed", &dependents);
	alias_require_rest(x, r->tenant, &now, "cannot be removed", at);
	for (size_t i = 0; i < r->history.n && !with_history; i++)
		removal_fault(x, subject, "cannot be removed",
		    arena_printf(&x->arena, "history of %s",
			rows_text(&r->history, i, C_removal_history_kind)),
		    arena_printf(&x->arena, "%lld; --with-history deletes it, too",
			(long long)rows_int(&r->history, i, C_removal_history_n)));
	return removal_allowed(x);
}

static int64_t
chunk(struct context *x, const struct removing *r, int state)
{
	int64_t id = r->tenant->alias_id;

	if (state < STATE_MESSAGE_END)
		return store_admin_queue_purge_chunk(
		    x->db, id, (enum state_of_message)state, FOREVER, &x->err);
	return store_removal_runs(x->db, id, &x->err);
}

/* All of one state, a bounded piece at a time; of the last "state" the runs. */
static int
sweep(struct context *x, const struct removing *r, int state, struct progress *progress)
{
	int64_t n;

	while ((n = chunk(x, r, state)) > 0)
		progress_add(progress, n);
	return (int)n;
}

/* What a command that was broken off has done needs not be done again. */
static int
delete_history(struct context *x, const struct removing *r)
{
	struct progress progress;
	int64_t total = 0;
	int rc = 0;

	for (size_t i = 0; i < r->history.n; i++)
		total += rows_int(&r->history, i, C_removal_history_n);
	progress_start(&progress, &x->out, "History", total);
	for (int i = STATE_MESSAGE_DONE; i <= STATE_MESSAGE_END && rc == 0; i++)
		rc = sweep(x, r, i, &progress);
	progress_end(&progress);
	return rc < 0 ? rc : (int)store_removal_mails(x->db, r->tenant->alias_id, &x->err);
}

static int
alias_remove_work(struct context *x, void *arg)
{
	struct removing *r = arg;
	int rc;

	if ((rc = store_owner_hold(x->db, &x->err)) < 0 || (rc = look(x, r, 0)) < 0)
		return rc;
	return store_removal_alias(x->db, r->tenant->alias_id, &x->err);
}

static int
is_others(struct context *x, const struct store_alias *t, const unsigned char uid[STORE_UID_BYTES],
    const char **who)
{
	struct err ignored = { 0 };
	struct rows r;

	*who = NULL;
	if (t->socket[0] == '\0' && t->host[0] == '\0' &&
	    strcmp(t->database_name, x->conf.db_registry) == 0)
		*who = "the registry";
	else if (store_owner_bearers(x->db, &x->arena, uid, t->alias_id, &r, &ignored) == 0 &&
	    r.n > 0)
		*who = arena_printf(&x->arena, "%s/%s", rows_text(&r, 0, C_bearer_customer),
		    rows_text(&r, 0, C_bearer_alias));
	return *who != NULL;
}

/* The database is nobody's to drop but its administrator's. */
static void
tell_left(struct context *x, const struct store_alias *t, const struct store_admin_alias *row)
{
	const char *verb = cmd_given(&x->line, "dry-run") ? "would stay" : "stays";
	const char *holds = "", *who;
	int64_t contacts, purchases;
	struct err err = { 0 };
	struct db *db = NULL;

	output_value(&x->out, "Database", OUTPUT_TEXT, v_text(t->database_name));
	if (context_tenant_open(x, t, &db, &err) == 0 &&
	    store_removal_left(db, &x->arena, &contacts, &purchases, &err) == 0) {
		output_value(&x->out, "ContactsLeft", OUTPUT_INT, v_int(contacts));
		output_value(&x->out, "PurchasesLeft", OUTPUT_INT, v_int(purchases));
		holds = arena_printf(&x->arena, ", with %lld %s and %lld %s",
		    (long long)contacts, text_form(contacts, "contact", "contacts"),
		    (long long)purchases, text_form(purchases, "purchase", "purchases"));
	}
	db_close(&db);
	if (is_others(x, t, row->database_uid, &who))
		output_remark(&x->out, "The database %s %s%s; %s uses it, too.", t->database_name,
		    verb, holds, who);
	else
		output_remark(&x->out, "The database %s %s%s: alias add for the same customer "
		    "takes it up again. To delete it, as its administrator: DROP DATABASE `%s`;",
		    t->database_name, verb, holds, t->database_name);
}

static int
alias_remove(struct context *x)
{
	int with_history = cmd_given(&x->line, "with-history"),
	    dry_run = cmd_given(&x->line, "dry-run"), rc;
	struct store_admin_alias row;
	struct removing r = { 0 };

	if ((rc = context_tenant(x, &r.tenant)) < 0 || (rc = look(x, &r, with_history)) < 0 ||
	    (rc = store_admin_alias_lock(x->db, &x->arena, r.tenant->alias_id, &row, &x->err)) < 0)
		return rc;
	if (!dry_run && with_history && (rc = delete_history(x, &r)) < 0)
		return rc;
	for (size_t i = 0; i < r.history.n; i++)
		output_value(&x->out,
		    arena_printf(&x->arena, "History%c%s",
			rows_text(&r.history, i, C_removal_history_kind)[0] & ~0x20,
			rows_text(&r.history, i, C_removal_history_kind) + 1),
		    OUTPUT_INT, v_int(rows_int(&r.history, i, C_removal_history_n)));
	if (!dry_run && (rc = context_transaction(x, alias_remove_work, &r)) < 0)
		return rc;
	removal_tell(x, alias_subject(x, r.tenant));
	tell_left(x, r.tenant, &row);
	return 0;
}

/* ------------------------------------------------------------------ table */

static const struct cmd_param arguments[] = { CONTEXT_TENANT, { .name = NULL } };

static const struct cmd_param remove_options[] = {
	{ .name = "with-history", .type = CMD_FLAG,
	  .doc = "Also delete its history: messages that are done or given up with their bodies, "
	  "mails, runs. Requests about persons that are done stay in the registry as proof." },
	REMOVAL_DRY_RUN,
	{ .name = NULL },
};

const struct cmd cmd_alias_remove_rows[] = {
	{ .group = "alias", .verb = "remove", .needs = CMD_NEEDS_REGISTRY, .run = alias_remove,
	    .arguments = arguments, .options = remove_options,
	  .example = "alias remove Demo Main --with-history --dry-run",
	  .doc = "Removes an alias from the registry. Its database is not changed and keeps the "
	  "mark of its customer. Refused while it is enabled, while users, tokens, Sources, mail "
	  "addresses or schedules belong to it, while messages, mails or runs wait, and while "
	  "requests about persons are open." },
	{ .group = NULL },
};
