#include "config.h"

#include "scheduler/queue.h"

#include "lib/conf.h"
#include "lib/crash.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "scheduler/batch.h"
#include "store/db.h"
#include "store/registry_db.h"

enum { BATCH_BYTES = 32 << 20 };

int
queue_connect(struct queue *q, struct err *err)
{
	return registry_db_open(&q->registry, q->conf, 0, err);
}

/* A message takes its body, what it is parsed into, and its rows. */
static int64_t
batch_bytes(const struct conf *conf)
{
	int64_t share = (int64_t)(conf->queue_worker_memory_mb << 20) / 8;

	return share < BATCH_BYTES ? share : BATCH_BYTES;
}

static void
hold(struct queue *q)
{
	if (!q->is_settled)
		secret_random(q->holder.slot, sizeof q->holder.slot);
	q->is_settled = 0;
	q->holder.name = q->worker;
	q->holder.lease_us = q->conf->queue_lease_s * USEC_SEC;
}

int
queue_step(struct queue *q, int *count, struct err *err)
{
	const struct queue_bounds most = { .messages = (int)q->conf->queue_batch,
		.bytes = batch_bytes(q->conf) };
	int64_t skip[QUEUE_SKIP_MAX];
	struct queue_claim claim;
	int rc;

	*count = 0;
	if ((rc = queue_connect(q, err)) < 0)
		return rc;
	parked_list(&q->parked, skip);
	hold(q);
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
