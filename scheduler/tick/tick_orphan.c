#include "config.h"

#include "scheduler/tick/tick_orphan.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/log.h"
#include "scheduler/tick/tick.h"
#include "store/db.h"
#include "store/registry/store_admin_queue.h"
#include "store/registry/store_orphan.h"

enum { ORPHANS_MAX = 100 };

static int
take_back(struct tick *t, struct arena *a, int64_t tenant_id, usec_t now, int *count,
    struct err *err)
{
	struct rows r;
	int rc = store_orphans(t->registry, a, tenant_id, ORPHANS_MAX, &r, err);

	for (size_t i = 0; i < r.n && rc >= 0; i++) {
		rc = store_orphan_return(
		    t->registry, a, rows_int(&r, i, C_queue_orphans_id), now, err);
		if (rc > 0)
			log_event(LOG_LEVEL_WARNING, "message-unheld", "receipt",
			    rows_text(&r, i, C_queue_orphans_receipt), NULL);
	}
	*count += rc >= 0 && r.n == ORPHANS_MAX;
	return rc < 0 ? rc : 0;
}

int
tick_orphan(struct tick *t, struct arena *a, usec_t now, int *count, struct err *err)
{
	struct rows tenants;
	int rc = store_admin_queue_tenants(t->registry, a, 0, &tenants, err);

	for (size_t i = 0; i < tenants.n && rc == 0; i++)
		rc = take_back(
		    t, a, rows_int(&tenants, i, C_admin_queue_tenants_tenant_id), now, count, err);
	return rc;
}
