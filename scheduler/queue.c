#include "config.h"

#include "scheduler/queue.h"

#include "lib/conf.h"
#include "lib/crash.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "scheduler/batch.h"
#include "scheduler/memory.h"
#include "store/db.h"
#include "store/registry_db.h"

enum { BATCH_BYTES = 32 << 20 };

int
queue_connect(struct queue *q, struct err *err)
{
	return registry_db_open(&q->registry, q->conf, 0, err);
}

/* Another slot as long as something may be leased in the last one. */
static void
take_slot(struct queue *q)
{
	if (!q->is_settled)
		secret_random(q->holder.slot, sizeof q->holder.slot);
	q->is_settled = 0;
}

int
queue_step(struct queue *q, int *count, struct err *err)
{
	const struct queue_bounds most = { .messages = (int)q->conf->queue_batch,
		.bytes = (int64_t)memory_share(q->conf, BATCH_BYTES) };
	int64_t skip[QUEUE_SKIP_MAX];
	struct queue_claim claim;
	int rc;

	*count = 0;
	if ((rc = queue_connect(q, err)) < 0)
		return rc;
	parked_list(&q->parked, skip);
	take_slot(q);
	rc = store_queue_claim(q->registry, &q->holder, &most, skip, &claim, err);
	if (rc < 0)
		return db_left(rc);
	*count = (int)claim.n + claim.lapsed;
	if (*count == 0 && claim.tenant_id != 0)
		*count = parked_put(&q->parked, claim.tenant_id, q->conf->queue_poll_ms);
	q->is_settled = claim.n == 0;
	crash_point("after-claim");
	return claim.n > 0 ? batch_run(q, &claim, err) : 0;
}
