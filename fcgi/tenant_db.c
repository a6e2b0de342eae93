#include "config.h"

#include "fcgi/tenant_db.h"

#include "fcgi/access/auth.h"
#include "fcgi/connections.h"
#include "fcgi/request.h"
#include "lib/err.h"
#include "store/tenant.h"

enum { RETRY_AFTER_S = 30 };

int
tenant_db_get(struct request *r, struct db **out, struct err *err)
{
	const struct tenant_opener opener = { .conf = r->thread->conf, .box = r->thread->box };
	const struct tenant_place place = tenant_place_of(r->access->alias);
	int rc;

	*out = NULL;
	if ((rc = connections_take(r->thread, err)) == 0)
		rc = tenant_pool_get(&r->thread->own->tenants, &opener, &place, out, err);
	if (rc < 0 && err_status(rc) == 503)
		err->retry_after_s = RETRY_AFTER_S;
	return rc;
}
