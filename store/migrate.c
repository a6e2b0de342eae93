#include "config.h"

#include "store/migrate.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "store/db.h"
#include "store/migrate_address.h"
#include "store/registry/store_owner.h"

enum { NO_SUCH_TABLE = 1146, LOCK_WAIT_S = 25 };

static const struct { enum migrate_scope scope; int version; migrate_step *run; } steps[] = {
	{ MIGRATE_TENANT, 12, migrate_address },
};

static const char *
scope_name(enum migrate_scope scope)
{
	return scope == MIGRATE_REGISTRY ? "registry" : "tenant";
}

int
migrate_newest(enum migrate_scope scope)
{
	int newest = 0;

	for (const struct migration *m = migrations; m->scope != MIGRATE_UNSET; m++)
		if (m->scope == scope && m->version > newest)
			newest = m->version;
	return newest;
}

int
migrate_version(struct db *db, enum migrate_scope scope, int *version, struct err *err)
{
	struct err own = { 0 };
	struct arena a;
	struct rows r;
	int rc;

	*version = 0;
	arena_init(&a);
	rc = db_query(db, Q_migrate_version, DB_ARGS(v_text(scope_name(scope))), &a, &r, &own);
	if (rc == 0)
		*version = (int)rows_int(&r, 0, C_migrate_version_version);
	arena_done(&a);
	if (rc < 0 && own.native == NO_SUCH_TABLE)
		return 0;
	if (rc < 0) {
		*err = own;
		return rc;
	}
	if (*version > migrate_newest(scope))
		return err_set(err, ERR_CONFIG,
		    "The %s schema is at version %d, newer than the %d this program knows: install "
		    "the newer program.",
		    scope_name(scope), *version, migrate_newest(scope));
	return 0;
}

/* Runs the statements of one file; each ends with ";" at the end of a line. */
static int
run_statements(struct db *db, const char *sql, struct err *err)
{
	const char *end;
	int rc;

	while ((end = strstr(sql, ";\n")) != NULL) {
		if ((rc = db_run_sql(db, sql, (size_t)(end - sql), err)) < 0)
			return rc;
		sql = end + 2;
	}
	return 0;
}

void
migrate_tell(const struct migrate_work *w, int64_t done, int64_t total)
{
	if (w->each != NULL && total > 0)
		w->each(w->migration, done, total, w->arg);
}

static int
run_step(struct db *db, const struct migrate_work *w, struct err *err)
{
	const struct migration *m = w->migration;
	int rc = 0;

	for (size_t i = 0; i < sizeof steps / sizeof steps[0] && rc == 0; i++)
		if (steps[i].scope == m->scope && steps[i].version == m->version)
			rc = steps[i].run(db, w, err);
	return rc;
}

static int
apply(struct db *db, const struct migrate_work *w, struct err *err)
{
	const struct migration *m = w->migration;
	usec_t now;
	int rc;
	int64_t n;

	if ((rc = run_statements(db, m->sql, err)) < 0 || (rc = run_step(db, w, err)) < 0 ||
	    (rc = db_now(db, &now, err)) < 0)
		return rc;
	n = db_exec(db, Q_migrate_mark,
	    DB_ARGS(v_text(scope_name(m->scope)), v_int(m->version), v_text(m->title), v_time(now)),
	    err);
	return n < 0 ? (int)n : 0;
}

static int
apply_all(struct db *db, enum migrate_scope scope, int dry_run, migrate_each *each, void *arg,
    struct err *err)
{
	int have, rc, count = 0;

	if ((rc = migrate_version(db, scope, &have, err)) < 0)
		return rc;
	for (const struct migration *m = migrations; m->scope != MIGRATE_UNSET; m++) {
		if (m->scope != scope || m->version <= have)
			continue;
		if (each != NULL)
			each(m, 0, 0, arg);
		if (!dry_run && (rc = apply(db, &(struct migrate_work){ m, each, arg }, err)) < 0)
			return rc;
		count++;
	}
	return count;
}

int
migrate_run(struct db *db, enum migrate_scope scope, int dry_run, migrate_each *each, void *arg,
    struct err *err)
{
	struct arena a;
	struct rows r;
	int rc;
	int64_t n;

	if (dry_run)
		return apply_all(db, scope, 1, each, arg, err);
	if ((n = db_exec(db, Q_migrate_create, DB_NONE, err)) < 0)
		return (int)n;
	if (scope == MIGRATE_TENANT && (rc = store_owner_create(db, err)) < 0)
		return rc;
	arena_init(&a);
	rc = db_query(db, Q_migrate_lock, DB_ARGS(v_int(LOCK_WAIT_S)), &a, &r, err);
	if (rc == 0 && rows_int(&r, 0, C_migrate_lock_got) != 1)
		rc = err_set(
		    err, ERR_UNAVAILABLE, "Another migration of this database is under way.");
	if (rc == 0) {
		rc = apply_all(db, scope, 0, each, arg, err);
		db_query(db, Q_migrate_unlock, DB_NONE, &a, &r, NULL);
	}
	arena_done(&a);
	return rc;
}
