#include "config.h"

#include "admin/alias_place.h"

#include <string.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/removal.h"
#include "lib/calendar.h"
#include "lib/format/mail_address.h"
#include "store/correct_amounts.h"
#include "store/db.h"
#include "store/migrate.h"
#include "store/registry/store_admin.h"
#include "store/registry/store_rights.h"
#include "store/tenant.h"

static int
is_elsewhere(const struct store_admin_alias *t)
{
	return t->socket[0] != '\0' || t->host[0] != '\0';
}

static void
check_server(struct context *x, const struct store_admin_alias *t, int has_password)
{
	const int says_how =
	    t->db_user[0] != '\0' || has_password || cmd_given(&x->line, "port");
	struct err *err = &x->err;

	if (t->socket[0] != '\0' && t->host[0] != '\0')
		err_fault(err, &x->arena, "--host", "cannot be given together with --socket");
	if (!is_elsewhere(t) && says_how)
		err_fault(err, &x->arena, "--user",
		    "--user, --password-file and --port are for another server: --host or --socket "
		    "is missing");
	if (is_elsewhere(t) && t->db_user[0] == '\0')
		err_fault(err, &x->arena, "--user",
		    "is missing: another server needs a user of its own");
}

void
alias_check(struct context *x, const struct store_admin_alias *t, int has_password)
{
	struct err *err = &x->err;
	char ascii[MAIL_ADDRESS_SIZE];

	if (strlen(t->reference_currency) != 3 ||
	    strspn(t->reference_currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
		err_fault(err, &x->arena, "--currency",
		    "must be an ISO 4217 code of three capitals, for example EUR");
	if (!calendar_zone_exists(t->time_zone))
		err_fault(err, &x->arena, "--time-zone",
		    "must be a zone of the IANA database, for example Europe/Paris");
	check_server(x, t, has_password);
	if (t->admin_email != NULL && mail_address_ascii(t->admin_email, ascii) < 0)
		err_fault(err, &x->arena, "--admin-email",
		    "must be one mail address, for example anna@example.org");
}

static int
create_database(struct context *x, const struct tenant_opener *opener,
    const struct tenant_place *place)
{
	const char *user = tenant_is_remote(place) ? place->user : x->conf.db_user,
		   *name = place->database;
	struct db *db;
	int rc;

	if ((rc = tenant_open_server(&db, opener, place, &x->err)) < 0)
		return rc;
	rc = store_admin_database_create(db, name, &x->err);
	db_close(&db);
	if (rc < 0)
		return err_set(&x->err, rc,
		    "The user %s may not create the database %s; as the database's administrator "
		    "run: CREATE DATABASE `%s`; "
		    "GRANT %s ON %s.* TO '%s'@'localhost';", user, name, name,
		    store_rights_text(&x->arena, store_rights_find("admin")->tenant),
		    store_rights_pattern(&x->arena, name, ""), user);
	return 0;
}

int
alias_open(struct context *x, const struct store_admin_alias *t, const char *password, int create,
    struct db **out)
{
	const struct tenant_opener opener = { .conf = &x->conf };
	const struct tenant_place place = { .database = t->database_name,
		.socket = t->socket,
		.host = t->host,
		.port = t->port,
		.user = t->db_user,
		.password = password };
	int rc;

	*out = NULL;
	if (create && (rc = create_database(x, &opener, &place)) < 0)
		return rc;
	if ((rc = tenant_open(out, &opener, &place, &x->err)) < 0 &&
	    x->err.native == CONTEXT_UNKNOWN_DATABASE)
		rc = err_set(&x->err, ERR_CONFIG, "There is no database %s.", t->database_name);
	return rc;
}

int
alias_migrate(struct context *x, int64_t alias_id, struct db *db)
{
	struct correct_amounts c = { 0 };
	int rc, n = migrate_run(db, MIGRATE_TENANT, 0, NULL, NULL, &x->err);

	if (n >= 0 && (rc = correct_amounts_all(x->db, alias_id, db, &c, &x->err)) < 0)
		n = rc;
	return n;
}

const char *
alias_subject(struct context *x, const struct store_alias *t)
{
	return arena_printf(&x->arena, "alias %s/%s", t->customer, t->alias);
}

void
alias_require_rest(struct context *x, const struct store_alias *t,
    const struct store_admin_alias *now, const char *what, usec_t at)
{
	usec_t rest = (STORE_ACCESS_KEEP_S + x->conf.fcgi_deadline_s) * USEC_SEC;
	const char *subject = alias_subject(x, t);

	if (now->enabled)
		removal_fault(x, subject, what, "requests",
		    arena_printf(&x->arena,
		    "it is enabled and takes them; customerapi alias set %s %s --no-enabled",
		    t->customer, t->alias));
	else if (now->disabled_at != USEC_NONE && at < now->disabled_at)
		removal_fault(x, subject, what, "requests",
		    arena_printf(&x->arena,
		    "some may still be under way, for the database's clock was put back; "
		    "customerapi alias set %s %s --no-enabled begins to count anew", t->customer,
		    t->alias));
	else if (now->disabled_at != USEC_NONE && at < now->disabled_at + rest)
		removal_fault(x, subject, what, "requests",
		    arena_printf(&x->arena, "some may still be under way; try again in %lld s",
		    (long long)((now->disabled_at + rest - at) / USEC_SEC + 1)));
}
