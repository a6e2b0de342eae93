#include "config.h"

#include "fcgi/ctl_health.h"

#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/err.h"
#include "store/db.h"
#include "store/migrate.h"

static int
healthz(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	(void)r;
	(void)args;
	(void)err;
	buf_adds(&reply->body, "{\"Status\":\"Alive\"}\n");
	return 0;
}

static int
readyz(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	struct db *db;
	int rc, have, want = migrate_newest(MIGRATE_REGISTRY);

	(void)args;
	if ((rc = request_db(r, &db, err)) < 0 || (rc = migrate_version(db, MIGRATE_REGISTRY, &have, err)) < 0)
		return rc;
	if (have < want)
		return err_set(err, ERR_UNAVAILABLE, "The registry schema is at version %d, this program needs %d: run customerapi migrate.", have, want);
	buf_addf(&reply->body, "{\"Status\":\"Ready\",\"SchemaVersion\":%d}\n", have);
	return 0;
}

const struct action ctl_health_actions[] = {
	{ .controller = "Health", .name = "healthz", .methods = REQUEST_GET, .path = "healthz", .access = ACCESS_PUBLIC, .tx = ACTION_TX_NONE,
	  .area = "every", .doc = "Says that the program is alive.", .reply_doc = "200 with Status Alive.", .run = healthz },
	{ .controller = "Health", .name = "readyz", .methods = REQUEST_GET, .path = "readyz", .access = ACCESS_PUBLIC, .tx = ACTION_TX_NONE,
	  .area = "every", .doc = "Says whether the program can do its work: the database answers and its schema is the one this program needs.",
	  .reply_doc = "200 with Status Ready, or 503 with the reason.", .run = readyz },
	{ .name = NULL },
};
