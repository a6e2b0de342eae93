#include "config.h"

#include "process/decisional_ddl.h"

#include "lib/err.h"

enum { TRIES = 60, PAUSE_MS = 350 };

static int
ddl_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const enum query *q = arg;

	(void)a;
	return db_exec(db, *q, DB_NONE, err) < 0 ? err->code : 0;
}

int
decisional_ddl(struct run *run, enum query q, struct err *err)
{
	static const struct db_manner manner = {
		.tries = TRIES, .pause_ms = PAUSE_MS, .each_alone = 1
	};
	int rc = db_transact_as(run->db, &manner, ddl_work, &q, err);

	return !db_is_conflict(rc) ? rc :
				     err_set(err, ERR_TRANSIENT,
					 "A reader holds the decision tables for minutes; those of "
					 "the last run stay as they are.");
}
