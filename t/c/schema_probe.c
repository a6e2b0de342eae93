/*
 * schema_probe - for t/10-schema.t: connects by the settings, migrates the registry and, into the
 * same database, the tenant schema, then checks every statement of sql/queries.sql against its
 * typed comments. Prints one line per fault; exit 0 when there is none.
 */
#include "config.h"

#include <stdio.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "store/db.h"
#include "store/migrate.h"
#include "store/registry_db.h"

static int
fault(const char *what, const struct err *err)
{
	printf("%s: %s\n", what, err->detail);
	return 1;
}

int
main(void)
{
	struct arena a = { 0 };
	struct conf conf;
	struct err err = { 0 };
	struct db *db = NULL;
	int faults = 0, n;

	db_library_init();
	if (conf_load(&conf, &a, NULL, &err) < 0)
		return fault("settings", &err);
	if (registry_db_open(&db, &conf, 0, &err) < 0)
		return fault("connect", &err);
	if ((n = migrate_run(db, MIGRATE_REGISTRY, 0, NULL, NULL, &err)) < 0)
		faults += fault("migrate registry", &err);
	printf("# registry: %d migrations\n", n);
	if ((n = migrate_run(db, MIGRATE_TENANT, 0, NULL, NULL, &err)) < 0)
		faults += fault("migrate tenant", &err);
	printf("# tenant: %d migrations\n", n);
	for (int q = Q_UNSET + 1; q < Q_COUNT; q++)
		if (db_check_statement(db, (enum query)q, &err) < 0)
			faults += fault(query_rows[q].name, &err);
	printf("# %d statements checked\n", Q_COUNT - 1);
	db_close(&db);
	arena_done(&a);
	return faults > 0;
}
