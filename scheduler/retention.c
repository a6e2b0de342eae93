#include "config.h"

#include "scheduler/retention.h"

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "scheduler/queue.h"
#include "store/db.h"
#include "store/exchange/import_place.h"
#include "store/registry/store_clock.h"
#include "store/registry/store_idempotency.h"
#include "store/registry/store_refusal.h"
#include "store/registry/store_retention.h"

enum { LOOK_S = 60, FILES_LOOK_S = 3600, CHUNKS_MAX = 20 };

/* What is kept in the tenant's own database. One that cannot be reached now has another chance in
 * an hour. */
static void
forget_in_tenant(struct queue *q, const struct store_retention_rules *rules,
    const struct store_retention_done *done)
{
	usec_t keys_before = done->as_of - q->conf->idempotency_keep_hours * 3600 * USEC_SEC;
	struct err ignored = { 0 };
	struct tenant *tenant;
	int full = 1;

	if (tenants_get(&q->tenants, q->registry, done->tenant_id, &tenant, &ignored) < 0)
		return;
	for (int i = 0; i < CHUNKS_MAX && full; i++)
		if (store_idempotency_forget(
			tenant->db, STORE_IDEMPOTENCY_TENANT, keys_before, &full, &ignored) < 0)
			return;
	full = done->has_receipts;
	for (int i = 0; i < CHUNKS_MAX && full; i++)
		if (store_retention_receipts(tenant->db, rules, done->as_of, &full, &ignored) < 0)
			return;
}

static int
believe(struct queue *q, usec_t *believed, struct err *err)
{
	struct arena a = { 0 };
	usec_t now;
	int rc = db_now(q->registry, &now, err);

	if (rc == 0)
		rc = store_clock_believe(q->registry, &a, now, believed, err);
	arena_done(&a);
	return rc;
}

/* The origin of a refused request may be the address of a person. */
static void
forget_refusals(struct queue *q, usec_t as_of)
{
	const usec_t before = as_of - STORE_REFUSAL_KEEP_DAYS * 86400 * USEC_SEC;
	struct err ignored = { 0 };
	int full = 1;

	for (int i = 0; i < CHUNKS_MAX && full; i++)
		if (store_refusal_forget(q->registry, before, &full, &ignored) < 0)
			return;
}

/* Result files of imports hold persons' rows. Each machine has its own. */
static void
forget_files(struct retention *r, const struct queue *q, usec_t as_of)
{
	if (clock_monotonic_us() < r->files_not_before)
		return;
	r->files_not_before = clock_monotonic_us() + FILES_LOOK_S * USEC_SEC;
	import_place_forget(q->conf, as_of - q->conf->import_keep_days * 86400 * USEC_SEC);
}

int
retention_step(struct retention *r, struct queue *q, int *more, struct err *err)
{
	struct store_retention_rules rules = { .keep_body_days = q->conf->queue_keep_body_days,
		.keep_days = q->conf->queue_keep_days,
		.keep_dead_days = q->conf->queue_keep_dead_days };
	struct store_retention_done done;
	int rc;

	*more = 0;
	if (clock_monotonic_us() < r->not_before)
		return 0;
	if ((rc = queue_connect(q, err)) < 0)
		return rc;
	if ((rc = believe(q, &rules.believed, err)) < 0)
		return db_left(rc);
	rc = store_retention_step(q->registry, &rules, &done, err);
	*more = rc == 0 && done.tenant_id != 0;
	if (!*more)
		r->not_before = clock_monotonic_us() + LOOK_S * USEC_SEC;
	if (rc == 0 && !*more) {
		forget_refusals(q, rules.believed);
		forget_files(r, q, rules.believed);
	}
	if (*more && done.is_last)
		forget_in_tenant(q, &rules, &done);
	return db_left(rc);
}
