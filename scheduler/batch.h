/*
 * batch - the messages that one claim leased: their effects and outcomes, in one transaction when
 * the tenant's database is on the registry's server.
 */
#ifndef SCHEDULER_BATCH_H
#define SCHEDULER_BATCH_H

#include "lib/arena.h"
#include "store/entity/erased.h"
#include "store/registry/store_queue.h"

struct err;
struct platform_request;
struct queue;
struct tenant;

struct batch {
	struct queue *q;
	struct tenant *tenant; /* NULL = not known */
	struct arena arena; /* of messages and results */
	const unsigned char *lease;
	struct queue_message *messages;
	struct queue_result *results;
	size_t n;
	int stopped; /* told to stop: what is not settled is given back */
	struct entity_guard guard; /* against the return of erased persons */
	int guarded;
	const struct platform_request **asks; /* of each message: what it asks for, or NULL */
};

/* Loads the claimed messages and works them off. When the transaction of all fails, each message
 * gets its own. Negative: the registry failed; the lease then ends by itself. */
int batch_run(struct queue *q, const struct queue_claim *claim, struct err *err);

#endif
