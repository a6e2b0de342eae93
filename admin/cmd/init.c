#include "config.h"

#include <errno.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>

#include "admin/claim.h"
#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/progress.h"
#include "lib/text.h"
#include "store/correct_amounts.h"
#include "store/db.h"
#include "store/migrate.h"
#include "store/registry/store_admin.h"
#include "store/registry/store_rights.h"
#include "store/registry_db.h"

/* How long a statement of a migration may take: it may copy a table of any size. */
enum { MIGRATION_S = 24 * 3600 };

/* ------------------------------------------------------------------ init */

static int
make_registry(struct context *x)
{
	int rc = registry_db_open(&x->db, &x->conf, x->statement_s, &x->err);

	if (rc == 0 || x->err.native != CONTEXT_UNKNOWN_DATABASE)
		return rc;
	err_clear(&x->err);
	if ((rc = registry_db_server(&x->db, &x->conf, &x->err)) < 0)
		return rc;
	rc = store_admin_database_create(x->db, x->conf.db_registry, &x->err);
	db_close(&x->db);
	if (rc < 0)
		return err_set(&x->err, rc,
		    "The user %s may not create the database %s; as the database's administrator "
		    "run: CREATE DATABASE `%s`; "
		    "GRANT %s ON %s.* TO '%s'@'localhost';",
		    x->conf.db_user, x->conf.db_registry, x->conf.db_registry,
		    store_rights_text(&x->arena, store_rights_find("admin")->registry),
		    store_rights_pattern(&x->arena, x->conf.db_registry, ""), x->conf.db_user);
	output_remark(&x->out, "Created the database %s.", x->conf.db_registry);
	return registry_db_open(&x->db, &x->conf, x->statement_s, &x->err);
}

static int
make_key(struct context *x)
{
	const char *path = x->conf.key_file, *folder = dirname(arena_strdup(&x->arena, path));
	int rc;

	if (!conf_is_absent(path)) {
		if ((rc = context_box(x)) == 0)
			output_remark(&x->out, "The key file %s is there.", path);
		return rc;
	}
	if (mkdir(folder, 0750) == 0)
		output_remark(&x->out, "Created the folder %s.", folder);
	else if (errno != EEXIST)
		return err_set(
		    &x->err, ERR_IO, "The folder %s cannot be made: %s.", folder, strerror(errno));
	if ((rc = secret_box_create(path, &x->err)) < 0)
		return rc;
	output_remark(&x->out,
	    "Created the key file %s: keep a copy apart from the database's; the services' user "
	    "must own it.",
	    path);
	return 0;
}

/* ------------------------------------------------------------------ migrate */

struct listing {
	struct context *x;
	const char *database, *verb;
	const struct migration *at_work;	/* whose rows are counted */
	struct progress rows;
};

static void
end_rows(struct listing *l)
{
	if (l->at_work != NULL)
		progress_end(&l->rows);
	l->at_work = NULL;
}

static void
tell_rows(struct listing *l, const struct migration *m, int64_t done, int64_t total)
{
	if (l->at_work != m)
		progress_start(&l->rows, &l->x->out, "Rows", total);
	l->at_work = m;
	progress_add(&l->rows, done - l->rows.done);
}

static void
init_tell(const struct migration *m, int64_t done, int64_t total, void *arg)
{
	struct listing *l = arg;

	if (total > 0) {
		tell_rows(l, m, done, total);
		return;
	}
	end_rows(l);
	output_remark(&l->x->out, "%s %s: %d %s", l->verb, l->database, m->version, m->title);
}

static int
migrate_one(struct context *x, struct db *db, enum migrate_scope scope, const char *database,
    int dry_run, struct err *err)
{
	struct listing l = {
		.x = x, .database = database, .verb = dry_run ? "Would apply to" : "Applying to"
	};
	int n = migrate_run(db, scope, dry_run, init_tell, &l, err);

	end_rows(&l);
	if (n == 0)
		output_remark(
		    &x->out, "%s is at version %d, the newest.", database, migrate_newest(scope));
	return n;
}

/* What an earlier version stored otherwise: mended where it is certain, else told by doctor. */
static int
correct_tenant(struct context *x, const struct store_alias *t, struct db *db, struct err *err)
{
	struct correct_amounts c = { 0 };
	struct rows waiting;
	int rc = correct_amounts_all(x->db, t->alias_id, db, &c, err);

	if (c.changed > 0)
		output_remark(&x->out,
		    "%s/%s: %lld %s from Magento held amounts before discount; %s net now.",
		    t->customer, t->alias, (long long)c.changed,
		    text_form(c.changed, "line of a purchase", "lines of purchases"),
		    text_form(c.changed, "it is", "they are"));
	if (rc == 0 && (rc = correct_amounts_open(db, &x->arena, 0, &waiting, err)) == 0 &&
	    waiting.n > 0)
		output_remark(&x->out,
		    "%s/%s: of %zu %s it is not certain whether the lines hold amounts before "
		    "discount; customerapi doctor names %s.",
		    t->customer, t->alias, waiting.n,
		    text_form((int64_t)waiting.n, "Source", "Sources"),
		    text_form((int64_t)waiting.n, "it", "them"));
	return rc;
}

/* A database that was a tenant's before there were marks gets its own. 1 when it bears that of
 * another, so that what the registry says of this tenant does not hold for it. */
static int
confirm_mark(struct context *x, const struct store_alias *t, struct db *db, struct err *err)
{
	struct err before = x->err;	/* that of a tenant before this one */
	const char *remark;
	int rc;

	err_clear(&x->err);
	if ((rc = claim_confirm(x, t, db, &remark)) < 0)
		*err = x->err;
	else if (remark != NULL)
		output_remark(&x->out, "Attention: the database of %s/%s %s. customerapi doctor "
		    "says what to do.", t->customer, t->alias, remark);
	x->err = before;
	return rc == 0 ? remark != NULL : rc;
}

static int
settle_tenant(struct context *x, const struct store_alias *t, struct db *db, struct err *err)
{
	int rc = confirm_mark(x, t, db, err);

	return rc == 0 ? correct_tenant(x, t, db, err) : rc;
}

static int
migrate_tenant(
    struct context *x, const char *customer, const char *alias, int dry_run, struct err *err)
{
	struct store_alias *t;
	struct db *db;
	int n, rc;

	if ((n = store_access_alias_find_any(x->db, &x->arena, customer, alias, &t, err)) < 0 ||
	    t == NULL)
		return n;
	if ((n = context_tenant_open(x, t, &db, err)) < 0)
		return n;
	n = migrate_one(x, db, MIGRATE_TENANT,
	    arena_printf(&x->arena, "%s/%s (%s)", customer, alias, t->database_name), dry_run, err);
	if (n >= 0 && !dry_run && (rc = settle_tenant(x, t, db, err)) < 0)
		n = rc;
	db_close(&db);
	return n;
}

/* All tenants are tried, so that one that cannot be reached does not keep the others back. */
static int
migrate_tenants(struct context *x, int dry_run, int64_t *applied)
{
	struct progress progress;
	struct rows r;
	int rc, failed = 0;

	if ((rc = store_admin_aliases(x->db, &x->arena, NULL, &r, &x->err)) < 0)
		return rc;
	progress_start(&progress, &x->out, "Tenants", (int64_t)r.n);
	for (size_t i = 0; i < r.n; i++) {
		struct err err = { 0 };

		rc = migrate_tenant(x, rows_text(&r, i, C_admin_aliases_customer),
		    rows_text(&r, i, C_admin_aliases_alias), dry_run, &err);
		*applied += rc > 0 ? rc : 0;
		if (rc < 0 && rows_int(&r, i, C_admin_aliases_enabled) == 0)
			output_remark(&x->out, "%s/%s, which is disabled: %s",
			    rows_text(&r, i, C_admin_aliases_customer),
			    rows_text(&r, i, C_admin_aliases_alias), err_whole(&x->arena, &err));
		else if (rc < 0 && !failed)
			failed = err_set(&x->err, rc, "%s/%s: %s",
			    rows_text(&r, i, C_admin_aliases_customer),
			    rows_text(&r, i, C_admin_aliases_alias), err_whole(&x->arena, &err));
		else if (rc < 0)
			output_remark(&x->out, "%s/%s: %s",
			    rows_text(&r, i, C_admin_aliases_customer),
			    rows_text(&r, i, C_admin_aliases_alias), err_whole(&x->arena, &err));
		progress_add(&progress, 1);
	}
	progress_end(&progress);
	return failed;
}

static int
migrate_all(struct context *x, int dry_run)
{
	int64_t applied;
	int rc, have;

	if ((rc = migrate_one(x, x->db, MIGRATE_REGISTRY, x->conf.db_registry, dry_run, &x->err)) <
	    0)
		return rc;
	applied = rc;
	if ((rc = migrate_version(x->db, MIGRATE_REGISTRY, &have, &x->err)) < 0)
		return rc;
	rc = have == 0 ? 0 : migrate_tenants(x, dry_run, &applied);
	output_value(&x->out, "Migrations", OUTPUT_INT, v_int(applied));
	return rc;
}

static int
init_run(struct context *x)
{
	int rc;

	x->statement_s = MIGRATION_S;
	if ((rc = make_key(x)) < 0 || (rc = make_registry(x)) < 0)
		return rc;
	return migrate_all(x, 0);
}

static int
migrate_command(struct context *x)
{
	int rc;

	x->statement_s = MIGRATION_S;
	if ((rc = registry_db_open(&x->db, &x->conf, x->statement_s, &x->err)) < 0)
		return rc;
	return migrate_all(x, cmd_given(&x->line, "dry-run"));
}

static const struct cmd_param migrate_options[] = {
	{ .name = "dry-run", .type = CMD_FLAG, .doc = "Only say what would be applied." },
	{ .name = NULL },
};

const struct cmd cmd_init_rows[] = {
	{ .group = "init",
	    .needs = CMD_NEEDS_SETTINGS,
	    .run = init_run,
	    .example = "init --config /etc/customerapi/customerapi.conf",
	    .doc = "Makes the registry database, the key file and the tables. What is there "
		   "already stays, so it can be run again; it ends with what migrate does." },
	{ .group = "migrate",
	    .needs = CMD_NEEDS_SETTINGS,
	    .run = migrate_command,
	    .options = migrate_options,
	    .example = "migrate --dry-run",
	    .doc =
		"Brings the registry and every tenant database to this program's schema version. "
		"A database that is newer than the program is refused. A tenant that cannot be "
		"reached does not keep the others back. "
		"What was broken off goes on when it is run again. "
		"Stop the services of older versions before." },
	{ .group = NULL },
};
