#include "config.h"

#include <string.h>

#include "admin/alias_place.h"
#include "admin/claim.h"
#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/input.h"
#include "admin/progress.h"
#include "admin/removal.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/migrate.h"
#include "store/store_admin.h"
#include "store/store_admin_queue.h"
#include "store/store_removal.h"

enum { TRIES = 3 };

/* 9999-01-01: later than anything was settled. */
#define FOREVER (INT64_C(253370764800) * USEC_SEC)

static const char *
subject_of(struct context *x, const struct store_alias *t)
{
	return arena_printf(&x->arena, "alias %s/%s", t->customer, t->alias);
}

/* No request is under way any more: running programs have noticed that it is disabled, and what
 * they had begun is over. */
static void
require_rest(struct context *x, const struct store_alias *t, const struct store_admin_alias *now,
    const char *what, usec_t at)
{
	usec_t rest = (STORE_ACCESS_KEEP_S + x->conf.fcgi_deadline_s) * USEC_SEC;
	const char *subject = subject_of(x, t);

	if (now->enabled)
		removal_fault(x, subject, what, "requests",
		    arena_printf(&x->arena,
		    "it is enabled and takes them; customerapi alias set %s %s --no-enabled",
		    t->customer, t->alias));
	else if (now->disabled_at != USEC_NONE && at < now->disabled_at)
		removal_fault(x, subject, what, "requests",
		    arena_printf(&x->arena,
		    "some may still be under way, for the database's clock was put back; "
		    "customerapi alias set %s %s "
		    "--no-enabled begins to count anew", t->customer, t->alias));
	else if (now->disabled_at != USEC_NONE && at < now->disabled_at + rest)
		removal_fault(x, subject, what, "requests",
		    arena_printf(&x->arena, "some may still be under way; try again in %lld s",
		    (long long)((now->disabled_at + rest - at) / USEC_SEC + 1)));
}

/* ------------------------------------------------------------------ set: what is said */

struct setting {
	struct store_alias *tenant;
	struct store_admin_alias now, next;	/* as it is, as it is to be */
	const char *password;			/* of the other server; NULL: none */
	int new_password;			/* it is to be stored */
	struct claim claim;			/* db: open when the database was looked at */
};

static void
take_text(struct context *x, const char *option, const char **field)
{
	if (cmd_given(&x->line, option))
		*field = cmd_text(&x->line, option);
}

static void
take_flag(struct context *x, const char *option, int *field)
{
	if (cmd_given(&x->line, option))
		*field = 1;
	else if (cmd_given(&x->line, arena_printf(&x->arena, "no-%s", option)))
		*field = 0;
}

/* A host is instead of a socket, and the other way round. */
static void
take_server(struct context *x, struct store_admin_alias *t)
{
	if (cmd_given(&x->line, "no-host")) {
		t->host = t->socket = t->db_user = "";
		t->port = 3306;
	}
	if (cmd_given(&x->line, "host") || cmd_given(&x->line, "socket"))
		t->host = t->socket = "";
	take_text(x, "host", &t->host);
	take_text(x, "socket", &t->socket);
	take_text(x, "user", &t->db_user);
	t->port = (unsigned)cmd_int(&x->line, "port", t->port);
}

static void
take_options(struct context *x, struct setting *s, usec_t at)
{
	struct store_admin_alias *t = &s->next;

	*t = s->now;
	take_server(x, t);
	take_text(x, "database", &t->database_name);
	take_text(x, "currency", &t->reference_currency);
	take_text(x, "time-zone", &t->time_zone);
	take_text(x, "admin-email", &t->admin_email);
	if (cmd_given(&x->line, "no-admin-email"))
		t->admin_email = NULL;
	t->zone_id = cmd_int(&x->line, "zone", t->zone_id);
	t->brand_id = cmd_int(&x->line, "brand", t->brand_id);
	t->address_type_id = cmd_int(&x->line, "address-type", t->address_type_id);
	take_flag(x, "shared", &t->shared);
	take_flag(x, "enabled", &t->enabled);
	if (t->enabled)
		t->disabled_at = USEC_NONE;
	else if (s->now.enabled || s->now.disabled_at > at)	/* the clock was put back */
		t->disabled_at = at;
}

/* --x and --no-x together say nothing that could be done; nor does nothing. */
static int
check_options(struct context *x)
{
	static const char *const options[][2] = {
		{ "admin-email", "no-admin-email" }, { "enabled", "no-enabled" },
		{ "shared", "no-shared" }, { "host", "no-host" }, { "socket", "no-host" },
		{ "user", "no-host" }, { "port", "no-host" }, { "password-file", "no-host" },
	};

	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		if (cmd_given(&x->line, options[i][0]) && cmd_given(&x->line, options[i][1]))
			err_fault(&x->err, &x->arena,
			    arena_printf(&x->arena, "--%s", options[i][1]),
			    "cannot be given with --%s", options[i][0]);
	if (x->line.nvalues == 2)
		err_fault(&x->err, &x->arena, "options", "are missing: nothing is to be changed");
	return x->err.faults == NULL ? 0 :
	    err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
}

static int
is_elsewhere(const struct store_admin_alias *t)
{
	return t->socket[0] != '\0' || t->host[0] != '\0';
}

static int
is_moved(const struct setting *s)
{
	const struct store_admin_alias *x = &s->now, *y = &s->next;

	return strcmp(x->database_name, y->database_name) != 0 ||
	    strcmp(x->socket, y->socket) != 0 || strcmp(x->host, y->host) != 0 ||
	    (y->host[0] != '\0' && x->port != y->port);
}

/* Whatever may lead to another database, or may make it another's, has the database looked at. */
static int
needs_database(struct context *x, const struct setting *s)
{
	return is_moved(s) || strcmp(s->now.db_user, s->next.db_user) != 0 || s->new_password ||
	    cmd_given(&x->line, "database") || cmd_given(&x->line, "shared") ||
	    cmd_given(&x->line, "no-shared") || cmd_given(&x->line, "take-over");
}

/* ------------------------------------------------------------------ set: doing it */

static int
check_guards(struct context *x, const struct setting *s, usec_t at)
{
	const char *subject = subject_of(x, s->tenant);
	struct rows r;
	int rc;

	if (is_moved(s)) {
		require_rest(x, s->tenant, &s->now, "cannot be moved", at);
		if ((rc = store_removal_at_work(x->db, &x->arena, s->now.alias_id, &r,
		    &x->err)) < 0)
			return rc;
		removal_depends(x, subject, "cannot be moved", &r);
	}
	if (strcmp(s->now.reference_currency, s->next.reference_currency) != 0) {
		if ((rc = store_removal_of_currency(s->claim.db, &x->arena, &r, &x->err)) < 0)
			return rc;
		removal_depends(x, subject, "cannot get another reference currency", &r);
	}
	if (s->now.admin_email != NULL && s->next.admin_email == NULL) {
		if ((rc = store_removal_of_admin_email(x->db, &x->arena, s->now.alias_id, &r,
		    &x->err)) < 0)
			return rc;
		removal_depends(x, subject, "cannot lose its admin address", &r);
	}
	return removal_allowed(x);
}

static int
store_password(struct context *x, const struct setting *s)
{
	char *where = arena_printf(&x->arena, "alias:%lld", (long long)s->next.alias_id);
	unsigned char *sealed;
	size_t n;

	if (!is_elsewhere(&s->next))
		return store_admin_alias_password(x->db, s->next.alias_id, NULL, 0, &x->err);
	if (!s->new_password)
		return 0;
	sealed = secret_seal(&x->arena, &x->box, where, s->password, strlen(s->password), &n,
	    &x->err);
	return sealed == NULL ? x->err.code :
	    store_admin_alias_password(x->db, s->next.alias_id, sealed, n, &x->err);
}

static int
set_work(struct context *x, void *arg)
{
	struct setting *s = arg;
	usec_t at;
	int rc;

	if ((rc = store_owner_hold(x->db, &x->err)) < 0 || (rc = db_now(x->db, &at, &x->err)) < 0 ||
	    (rc = store_admin_alias_lock(x->db, &x->arena, s->tenant->alias_id, &s->now,
	    &x->err)) < 0)
		return rc;
	take_options(x, s, at);
	if ((rc = check_guards(x, s, at)) < 0)
		return rc;
	if (needs_database(x, s)) {
		if ((rc = claim_take(x, &s->claim)) < 0)
			return rc;
		s->next.database_name = s->claim.database;
		s->next.has_uid = 1;
		memcpy(s->next.database_uid, s->claim.uid, sizeof s->claim.uid);
	}
	rc = store_admin_alias_set(x->db, &s->next, &x->err);
	return rc < 0 ? rc : store_password(x, s);
}

static int
read_password(struct context *x, struct setting *s)
{
	const char *file = cmd_text(&x->line, "password-file");
	char *password;
	int rc;

	if (file == NULL)
		return is_elsewhere(&s->next) ?
		    context_tenant_password(x, s->tenant, &s->password, &x->err) : 0;
	if ((rc = context_box(x)) < 0 ||
	    (rc = input_password(&x->arena, file, 1, &password, &x->err)) < 0)
		return rc;
	s->password = password;
	s->new_password = 1;
	return 0;
}

/* It must be reachable, nobody else's and migrated before the alias leads to it. */
static int
look_at_database(struct context *x, struct setting *s)
{
	int rc;

	if (!needs_database(x, s) &&
	    strcmp(s->now.reference_currency, s->next.reference_currency) == 0)
		return 0;
	s->claim = (struct claim){ .alias_id = s->now.alias_id, .customer_id = s->now.customer_id,
	    .customer = s->tenant->customer, .alias = s->tenant->alias,
		.shared = s->next.shared, .take_over = cmd_given(&x->line, "take-over") };
	if ((rc = alias_open(x, &s->next, s->password, 0, &s->claim.db)) < 0 ||
	    (needs_database(x, s) && (rc = claim_check(x, &s->claim)) < 0))
		return rc;
	if (!needs_database(x, s))
		return 0;
	rc = migrate_run(s->claim.db, MIGRATE_TENANT, 0, NULL, NULL, &x->err);
	return rc < 0 ? rc : 0;
}

static int
set_run(struct context *x)
{
	struct setting s = { 0 };
	usec_t at;
	int rc;

	if ((rc = check_options(x)) < 0 || (rc = context_tenant(x, &s.tenant)) < 0 ||
	    (rc = db_now(x->db, &at, &x->err)) < 0 ||
	    (rc = store_admin_alias_lock(x->db, &x->arena, s.tenant->alias_id, &s.now,
	    &x->err)) < 0)
		return rc;
	take_options(x, &s, at);
	alias_check(x, &s.next, cmd_given(&x->line, "password-file"));
	if (x->err.faults != NULL)
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	if ((rc = read_password(x, &s)) == 0 && (rc = look_at_database(x, &s)) == 0)
		rc = context_transaction(x, set_work, &s);
	db_close(&s.claim.db);
	if (rc < 0)
		return rc;
	if (s.claim.remark != NULL)
		output_remark(&x->out, "%s", s.claim.remark);
	output_remark(&x->out, "Changed the alias %s/%s.", s.tenant->customer, s.tenant->alias);
	return 0;
}

/* ------------------------------------------------------------------ remove */

struct removing {
	struct store_alias *tenant;
	struct rows history;
};

/* What must not be there; history is counted on the way. */
static int
look(struct context *x, struct removing *r, int with_history)
{
	const char *subject = subject_of(x, r->tenant);
	struct store_admin_alias now;
	struct rows dependents;
	usec_t at;
	int rc;

	if ((rc = db_now(x->db, &at, &x->err)) < 0 ||
	    (rc = store_admin_alias_lock(x->db, &x->arena, r->tenant->alias_id, &now,
	    &x->err)) < 0 ||
	    (rc = store_removal_of_alias(x->db, &x->arena, r->tenant->alias_id, &dependents,
	    &x->err)) < 0 ||
	    (rc = store_removal_history(x->db, &x->arena, r->tenant->alias_id, &r->history,
	    &x->err)) < 0)
		return rc;
	removal_depends(x, subject, "cannot be removed", &dependents);
	require_rest(x, r->tenant, &now, "cannot be removed", at);
	for (size_t i = 0; i < r->history.n && !with_history; i++)
		removal_fault(x, subject, "cannot be removed",
		    arena_printf(&x->arena, "history of %s", rows_text(&r->history, i, 0)),
		    arena_printf(&x->arena, "%lld; --with-history deletes it, too",
		    (long long)rows_int(&r->history, i, 1)));
	return removal_allowed(x);
}

static int64_t
chunk(struct context *x, struct arena *scratch, const struct removing *r, int state)
{
	int64_t id = r->tenant->alias_id;

	if (state < STORE_ADMIN_QUEUE_STATES)
		return store_admin_queue_purge_chunk(x->db, scratch, id,
		    (enum store_admin_queue_state)state, FOREVER, &x->err);
	return store_removal_runs(x->db, id, &x->err);
}

/* All of one state, a bounded piece at a time; of the last "state" the runs. */
static int
sweep(struct context *x, const struct removing *r, int state, struct progress *progress)
{
	struct arena scratch = { 0 };
	int64_t n;
	int tries = 0;

	while ((n = chunk(x, &scratch, r, state)) > 0 || (n == ERR_DB_RETRY && tries < TRIES)) {
		tries = n > 0 ? 0 : tries + 1;
		progress_add(progress, n > 0 ? n : 0);
		arena_reset(&scratch);
	}
	arena_done(&scratch);
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
		total += rows_int(&r->history, i, 1);
	progress_start(&progress, &x->out, "History", total);
	for (int i = STORE_ADMIN_QUEUE_DONE; i <= STORE_ADMIN_QUEUE_STATES && rc == 0; i++)
		rc = sweep(x, r, i, &progress);
	progress_end(&progress);
	return rc < 0 ? rc : (int)store_removal_mails(x->db, r->tenant->alias_id, &x->err);
}

static int
remove_work(struct context *x, void *arg)
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
		*who = arena_printf(&x->arena, "%s/%s", rows_text(&r, 0, 2), rows_text(&r, 0, 3));
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
		holds = arena_printf(&x->arena, ", with %lld contacts and %lld purchases",
		    (long long)contacts, (long long)purchases);
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
remove_run(struct context *x)
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
		output_value(&x->out, arena_printf(&x->arena, "History%c%s",
		    rows_text(&r.history, i, 0)[0] & ~0x20, rows_text(&r.history, i, 0) + 1),
		    OUTPUT_INT,
		    v_int(rows_int(&r.history, i, 1)));
	if (!dry_run && (rc = context_transaction(x, remove_work, &r)) < 0)
		return rc;
	removal_tell(x, subject_of(x, r.tenant));
	tell_left(x, r.tenant, &row);
	return 0;
}

/* ------------------------------------------------------------------ table */

static const struct cmd_param arguments[] = { CONTEXT_TENANT, { .name = NULL } };

static const struct cmd_param set_options[] = {
	{ .name = "database", .type = CMD_TEXT, .max = 64, .value = "NAME",
	  .doc = "Another database, where the tenant's tables have been copied to. As for every "
	  "other place, the alias must be disabled and nothing of it at work; stop "
	  "customerapi-scheduler before you copy." },
	ALIAS_OPTIONS,
	{ .name = "no-host", .type = CMD_FLAG,
	    .doc = "The database is on the registry's server again." },
	{ .name = "no-shared", .type = CMD_FLAG,
	    .doc = "The database must be the alias's own again." },
	{ .name = "no-admin-email", .type = CMD_FLAG,
	    .doc = "Notices about this tenant go nowhere; refused while schedules have "
	    "SilenceHours." },
	{ .name = "enabled", .type = CMD_FLAG, .doc = "Let requests in again." },
	{ .name = "no-enabled", .type = CMD_FLAG,
	    .doc = "Refuse all requests, as if there were no such alias. What waits is still "
	    "worked on, and schedules run." },
	{ .name = NULL },
};

static const struct cmd_param remove_options[] = {
	{ .name = "with-history", .type = CMD_FLAG,
	  .doc = "Also delete its history: messages that are done or given up with their bodies, "
	  "mails, runs. Requests about persons that are done stay in the registry as proof." },
	REMOVAL_DRY_RUN,
	{ .name = NULL },
};

const struct cmd cmd_alias_change_rows[] = {
	{ .group = "alias", .verb = "set", .needs = CMD_NEEDS_REGISTRY, .run = set_run,
	    .arguments = arguments, .options = set_options,
	  .example = "alias set Demo Main --admin-email admin@demo.example",
	  .doc = "Changes what is given and leaves the rest. Another reference currency is refused "
	  "while there are currency rates, for these are in the old one. "
	  "Running programs notice within two seconds." },
	{ .group = "alias", .verb = "remove", .needs = CMD_NEEDS_REGISTRY, .run = remove_run,
	    .arguments = arguments, .options = remove_options,
	  .example = "alias remove Demo Main --with-history --dry-run",
	  .doc = "Removes an alias from the registry; its database is never touched, and keeps the "
	  "mark of its customer. Refused while it is enabled, while users, tokens, Sources, mail "
	  "addresses or schedules belong to it, while messages, mails or runs wait, and while "
	  "requests about persons are open." },
	{ .group = NULL },
};
