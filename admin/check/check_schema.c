#include "config.h"

#include "admin/check/check.h"

#include <string.h>

#include "admin/context.h"
#include "lib/text.h"
#include "store/correct_amounts.h"
#include "store/db.h"
#include "store/migrate.h"
#include "store/registry/store_admin.h"
#include "store/registry/store_doctor.h"
#include "store/registry/store_owner.h"
#include "store/registry/store_rights.h"

/* 1 when the database is at this program's version. */
static int
say_version(struct examination *e, struct db *db, enum migrate_scope scope, const char *what)
{
	struct err *err = &e->x->err;
	int have, want = migrate_newest(scope), good = 0;

	if (migrate_version(db, scope, &have, err) < 0)
		check_say(e, CHECK_ERROR,
		    err->code == ERR_CONFIG ? "Install the newer programs." :
					      "Check the rights of the database user.",
		    "%s: %s", what, err_whole(&e->x->arena, err));
	else if (have < want)
		check_say(e, CHECK_ERROR, "customerapi migrate",
		    "%s is at schema version %d, this program needs %d.", what, have, want);
	else
		good = 1;
	err_clear(err);
	return good;
}

static void
check_registry_schema(struct examination *e)
{
	e->have_schema = say_version(e, e->x->db, MIGRATE_REGISTRY, "The registry");
	if (e->have_schema)
		check_say(e, CHECK_OK, NULL, "The registry is at version %d.",
		    migrate_newest(MIGRATE_REGISTRY));
}

static int
is_there(struct arena *a, const struct store_doctor_rights *have, const char *right)
{
	return have->all || strstr(have->privileges, arena_printf(a, ",%s,", right)) != NULL;
}

/* Of those wanted, those that are not there: of the daily ones, or of the others. NULL = none. */
static const char *
missing_rights(struct arena *a, const char *const *wanted, const struct store_doctor_rights *have,
    int daily)
{
	struct buf b;

	buf_init(&b, a);
	for (; *wanted != NULL; wanted++)
		if (store_rights_is_daily(*wanted) == daily && !is_there(a, have, *wanted))
			buf_addf(&b, "%s%s", b.len == 0 ? "" : ", ", *wanted);
	return b.len == 0 ? NULL : b.data;
}

static int
is_wanted(const char *const *wanted, const char *right)
{
	for (; *wanted != NULL; wanted++)
		if (strcmp(*wanted, right) == 0)
			return 1;
	return 0;
}

/* What an admin may and this program need not. NULL = nothing. */
static const char *
surplus_rights(struct arena *a, const char *const *wanted, const struct store_doctor_rights *have)
{
	const struct store_rights *most = store_rights_find("admin");
	struct buf b;

	buf_init(&b, a);
	for (const char *const *r = most->tenant; *r != NULL; r++)
		if (!is_wanted(wanted, *r) && is_there(a, have, *r))
			buf_addf(&b, "%s%s", b.len == 0 ? "" : ", ", *r);
	return b.len == 0 ? NULL : b.data;
}

/* For what the rights beyond rows are, where they are missing. */
static const char *
needed_for(const struct examination *e, int is_registry)
{
	if (strcmp(e->rights->program, "daemon") == 0)
		return "the process RefreshDecisionalData needs";
	if (is_registry)
		return "customerapi migrate needs";
	return "customerapi migrate, and the daemon's process RefreshDecisionalData, need";
}

static void
say_grants(
    struct examination *e, struct db *db, const char *database, const char *user, const char *what)
{
	const int is_registry = db == e->x->db, is_admin = strcmp(e->rights->program, "admin") == 0;
	const int is_own = strcmp(user, e->x->conf.db_user) == 0;
	const char *const *wanted = is_registry ? e->rights->registry : e->rights->tenant;
	struct arena *a = &e->x->arena;
	const char *missing, *role, *on = store_rights_pattern(a, database, "");
	struct store_doctor_rights have;

	if (store_doctor_rights(db, a, database, &have, &e->x->err) < 0) {
		check_say_err(e, "Check the rights of the database user by hand: SHOW GRANTS.");
		return;
	}
	role = have.role == NULL ? "" :
				   arena_printf(a,
				       " If the role %s gives it: SET DEFAULT ROLE "
				       "`%s` FOR '%s'@...;",
				       have.role, have.role, user);
	if ((missing = missing_rights(a, wanted, &have, 1)) != NULL)
		check_say(e, CHECK_ERROR,
		    arena_printf(a,
			"As the database's administrator: GRANT %s ON "
			"%s.* TO '%s'@...;%s",
			missing, on, user, role),
		    "%s: %s lacks %s.", what, user, missing);
	else if ((missing = missing_rights(a, wanted, &have, 0)) != NULL)
		check_say(e, is_admin ? CHECK_WARNING : CHECK_ERROR,
		    arena_printf(a,
			"As the database's "
			"administrator, before that: GRANT %s ON %s.* TO '%s'@...;%s",
			missing, on, user, role),
		    "%s: %s lacks %s, which %s.", what, user, missing, needed_for(e, is_registry));
	else if (is_own && !is_admin && (missing = surplus_rights(a, wanted, &have)) != NULL)
		check_say(e, CHECK_WARNING,
		    "customerapi config grants prints what each program needs; "
		    "REVOKE the rest.",
		    "%s: %s has %s, which this program does not need.", what, user, missing);
	else
		check_say(e, CHECK_OK, NULL, "%s: %s has the rights it needs.", what, user);
}

static void
check_grants(struct examination *e)
{
	say_grants(e, e->x->db, e->x->conf.db_registry, e->x->conf.db_user, "The registry");
}

/* Lines of purchases of which only an admin knows whether an earlier version stored them before
 * discount. */
static void
say_corrections(struct examination *e, struct db *db, const struct store_alias *t)
{
	struct context *x = e->x;
	struct rows waiting, broken_off;

	if (correct_amounts_open(db, &x->arena, 0, &waiting, &x->err) < 0 ||
	    correct_amounts_open(db, &x->arena, 1, &broken_off, &x->err) < 0) {
		check_say_err(e, NULL);
		return;
	}
	for (size_t i = 0; i < waiting.n; i++)
		check_say(e, CHECK_WARNING,
		    arena_printf(&x->arena,
			"customerapi purchase correct %s %s --source %lld --platform Magento when "
			"they came from Magento; with "
			"--platform other when they did not.",
			t->customer, t->alias,
			(long long)rows_int(&waiting, i, C_correction_list_source_id)),
		    "%s/%s Source %lld: lines of purchases from an earlier version may hold "
		    "amounts before discount.",
		    t->customer, t->alias,
		    (long long)rows_int(&waiting, i, C_correction_list_source_id));
	for (size_t i = 0; i < broken_off.n; i++)
		check_say(e, CHECK_WARNING, "customerapi migrate goes on with it.",
		    "%s/%s Source %lld: making amounts of lines net was broken off, or is under "
		    "way.",
		    t->customer, t->alias,
		    (long long)rows_int(&broken_off, i, C_correction_list_source_id));
}

/* Always 1: what cannot be read is a finding. */
static int
note_place(struct examination *e, const struct store_alias *t, struct db *db, const char *what)
{
	struct check_place *p = &e->places[e->nplaces];
	struct arena *a = &e->x->arena;
	struct err *err = &e->x->err;

	*p = (struct check_place){ .what = what, .customer = t->customer, .alias = t->alias,
		.alias_id = t->alias_id };
	if (store_owner_place(db, a, &p->database, &p->server, err) < 0 ||
	    store_owner_get(db, a, &p->owner, err) < 0)
		check_say(e, CHECK_ERROR, "Check the rights of the database user.", "%s: %s", what,
		    err->detail);
	else
		e->nplaces++;
	err_clear(err);
	return 1;
}

static void
check_tenant(struct examination *e, const char *customer, const char *alias)
{
	struct context *x = e->x;
	const char *what = arena_printf(&x->arena, "%s/%s", customer, alias);
	struct store_alias *t;
	struct db *db = NULL;

	if (store_access_alias_find(x->db, &x->arena, customer, alias, &t, &x->err) < 0 ||
	    (t != NULL && context_tenant_open(x, t, &db, &x->err) < 0))
		check_say(e, CHECK_ERROR,
		    "Check that its database server answers and what customerapi alias show says.",
		    "%s: %s", what, err_whole(&x->arena, &x->err));
	else if (t != NULL && note_place(e, t, db, what) &&
	    say_version(e, db, MIGRATE_TENANT, what)) {
		say_grants(e, db, t->database_name,
		    t->db_user[0] == '\0' ? x->conf.db_user : t->db_user,
		    arena_printf(
			&x->arena, "%s is at version %d", what, migrate_newest(MIGRATE_TENANT)));
		say_corrections(e, db, t);
	}
	err_clear(&x->err);
	db_close(&db);
}

static void
check_tenants(struct examination *e)
{
	if (check_each_tenant(e, check_tenant) == 0)
		check_say(e, CHECK_WARNING, "customerapi customer add, then customerapi alias add.",
		    "There is no tenant yet.");
}

/* ------------------------------------------------------------------ table */

const struct check check_schema_rows[] = {
	{ "schema", "The registry is at this program's schema version.", 0, CHECK_ON_DATABASE, check_registry_schema },
	{ "grants", "The database user has the rights it needs on the registry.", 0, CHECK_ON_DATABASE, check_grants },
	{ "tenants", "Every enabled tenant's database answers, is at this program's version and lets us in.", 0, CHECK_ON_SCHEMA, check_tenants },
	{ NULL, NULL, 0, CHECK_GROUND_UNSET, NULL },
};
