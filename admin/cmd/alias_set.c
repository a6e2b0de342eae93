#include "config.h"

#include <string.h>

#include "admin/alias_place.h"
#include "admin/claim.h"
#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/input.h"
#include "admin/removal.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/registry/store_admin.h"
#include "store/registry/store_removal.h"

/* ------------------------------------------------------------------ what is said */

struct setting {
	struct store_alias *tenant;
	struct store_admin_alias now, next;	/* as it is, as it is to be */
	const char *password;			/* of the other server; NULL: none */
	int new_password;			/* it is to be stored */
	struct store_admin_alias looked; /* as it was to be when the database was looked at */
	struct claim claim;			/* db: open when the database was looked at */
};

static void
alias_take_text(struct context *x, const char *option, const char **field)
{
	if (cmd_given(&x->line, option))
		*field = cmd_text(&x->line, option);
}

static void
alias_take_flag(struct context *x, const char *option, int *field)
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
	alias_take_text(x, "host", &t->host);
	alias_take_text(x, "socket", &t->socket);
	alias_take_text(x, "user", &t->db_user);
	t->port = (unsigned)cmd_int(&x->line, "port", t->port);
}

static void
alias_take_options(struct context *x, struct setting *s, usec_t at)
{
	struct store_admin_alias *t = &s->next;

	*t = s->now;
	take_server(x, t);
	alias_take_text(x, "database", &t->database_name);
	alias_take_text(x, "currency", &t->reference_currency);
	alias_take_text(x, "time-zone", &t->time_zone);
	alias_take_text(x, "admin-email", &t->admin_email);
	if (cmd_given(&x->line, "no-admin-email"))
		t->admin_email = NULL;
	t->zone_id = cmd_int(&x->line, "zone", t->zone_id);
	t->brand_id = cmd_int(&x->line, "brand", t->brand_id);
	t->address_type_id = cmd_int(&x->line, "address-type", t->address_type_id);
	alias_take_flag(x, "shared", &t->shared);
	alias_take_flag(x, "reply-to", &t->reply_to);
	alias_take_flag(x, "enabled", &t->enabled);
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
		{ "reply-to", "no-reply-to" },
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
same_place(const struct store_admin_alias *x, const struct store_admin_alias *y)
{
	if (strcmp(x->database_name, y->database_name) != 0 || strcmp(x->socket, y->socket) != 0)
		return 0;
	return strcmp(x->host, y->host) == 0 && (y->host[0] == '\0' || x->port == y->port);
}

static int
is_moved(const struct setting *s)
{
	return !same_place(&s->now, &s->next);
}

/* Whatever may lead to another database, or may make it another's, has the database looked at. */
static int
needs_database(struct context *x, const struct setting *s)
{
	static const char *const options[] = { "database", "shared", "no-shared", "take-over" };

	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		if (cmd_given(&x->line, options[i]))
			return 1;
	return is_moved(s) || strcmp(s->now.db_user, s->next.db_user) != 0 || s->new_password;
}

/* ------------------------------------------------------------------ doing it */

static int
check_guards(struct context *x, const struct setting *s, usec_t at)
{
	const char *subject = alias_subject(x, s->tenant);
	struct rows r;
	int rc;

	if (is_moved(s)) {
		alias_require_rest(x, s->tenant, &s->now, "cannot be moved", at);
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
alias_set_work(struct context *x, void *arg)
{
	struct setting *s = arg;
	usec_t at;
	int rc;

	if ((rc = store_owner_hold(x->db, &x->err)) < 0 || (rc = db_now(x->db, &at, &x->err)) < 0 ||
	    (rc = store_admin_alias_lock(x->db, &x->arena, s->tenant->alias_id, &s->now,
	    &x->err)) < 0)
		return rc;
	alias_take_options(x, s, at);
	if ((rc = check_guards(x, s, at)) < 0)
		return rc;
	if (needs_database(x, s)) {
		if (!same_place(&s->looked, &s->next))
			return err_set(&x->err, ERR_CONFLICT,
			    "The alias was changed by another command at this moment; try again.");
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
	s->looked = s->next;
	s->claim = (struct claim){ .alias_id = s->now.alias_id, .customer_id = s->now.customer_id,
	    .customer = s->tenant->customer, .alias = s->tenant->alias,
		.shared = s->next.shared, .take_over = cmd_given(&x->line, "take-over") };
	if ((rc = alias_open(x, &s->next, s->password, 0, &s->claim.db)) < 0 ||
	    (needs_database(x, s) && (rc = claim_check(x, &s->claim)) < 0))
		return rc;
	if (!needs_database(x, s))
		return 0;
	rc = alias_migrate(x, s->now.alias_id, s->claim.db);
	return rc < 0 ? rc : 0;
}

static int
alias_set(struct context *x)
{
	struct setting s = { 0 };
	usec_t at;
	int rc;

	if ((rc = check_options(x)) < 0 || (rc = context_tenant(x, &s.tenant)) < 0)
		return rc;
	if ((rc = db_now(x->db, &at, &x->err)) < 0 ||
	    (rc = store_admin_alias_lock(x->db, &x->arena, s.tenant->alias_id, &s.now,
	    &x->err)) < 0)
		return rc;
	alias_take_options(x, &s, at);
	alias_check(x, &s.next, cmd_given(&x->line, "password-file"));
	if (x->err.faults != NULL)
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	if ((rc = read_password(x, &s)) == 0 && (rc = look_at_database(x, &s)) == 0)
		rc = context_transaction(x, alias_set_work, &s);
	db_close(&s.claim.db);
	if (rc < 0)
		return rc;
	if (s.claim.remark != NULL)
		output_remark(&x->out, "%s", s.claim.remark);
	output_remark(&x->out, "Changed the alias %s/%s.", s.tenant->customer, s.tenant->alias);
	return 0;
}

/* ------------------------------------------------------------------ table */

static const struct cmd_param arguments[] = { CONTEXT_TENANT, { .name = NULL } };

static const struct cmd_param set_options[] = {
	{ .name = "database", .type = CMD_TEXT, .max = 64, .value = "NAME",
	  .doc = "Another database, which the tenant's tables were copied to. As for every other "
	  "place, the alias must be disabled, and none of its messages, mails and runs may be in "
	  "progress. Stop customerapi-scheduler before you copy." },
	ALIAS_OPTIONS,
	{ .name = "no-host", .type = CMD_FLAG,
	    .doc = "The database is on the registry's server again." },
	{ .name = "no-shared", .type = CMD_FLAG,
	    .doc = "The database must be the alias's own again." },
	{ .name = "no-admin-email", .type = CMD_FLAG,
	    .doc = "Notices about this tenant go nowhere; refused while schedules have "
	    "SilenceHours." },
	{ .name = "no-reply-to", .type = CMD_FLAG,
	    .doc = "Answers to mails with a webhook's content go to their sender, as they do "
	    "unless --reply-to was given." },
	{ .name = "enabled", .type = CMD_FLAG, .doc = "Let requests in again." },
	{ .name = "no-enabled", .type = CMD_FLAG,
	    .doc = "Refuse all requests, as if there were no such alias. Waiting messages are "
	    "still processed, and schedules run." },
	{ .name = NULL },
};

const struct cmd cmd_alias_set_rows[] = {
	{ .group = "alias", .verb = "set", .needs = CMD_NEEDS_REGISTRY, .run = alias_set,
	    .arguments = arguments, .options = set_options,
	  .example = "alias set Demo Main --admin-email admin@demo.example",
	  .doc = "Changes what is given and leaves the rest. The reference currency cannot change "
	  "while there are currency rates, because they are in the old one. Running programs "
	  "notice within two seconds." },
	{ .group = NULL },
};
