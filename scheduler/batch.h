/*
 * batch - the messages that one claim leased: their effects and outcomes, in one transaction when
 * the tenant's database is on the registry's server.
 */
#ifndef SCHEDULER_BATCH_H
#define SCHEDULER_BATCH_H

#include "lib/arena.h"
#include "store/entity/erased.h"
#include "store/registry/store_queue_settle.h"

struct err;
struct mapping;
struct platform_request;
struct platform_seen;
struct queue;
struct tenant;

struct batch {
	struct queue *q;
	struct tenant *tenant; /* NULL = not known */
	struct arena arena; /* of messages and results */
	const unsigned char *lease;
	struct queue_message *messages;
	struct queue_result *results;
	size_t n, settled;
	int stopped; /* told to stop: what is not settled is given back */
	struct entity_guard guard; /* against the return of erased persons */
	int guarded;
	const struct platform_request **asks; /* of each message: what it asks for, or NULL */
	const struct platform_seen **seen; /* of each: the first with the same bytes, or NULL */
	struct mapping **mappings;	/* of each: NULL before its first run */
	size_t kept;			/* the cost of what was read of messages */
};

/* How much memory its messages may take on their way, in bytes. */
size_t batch_memory(const struct batch *b);

/* Loads the claimed messages and works them off. When the transaction of all fails, they run again
 * in halves, in the end each by itself. Negative: the registry failed; the lease then ends by
 * itself. */
int batch_run(struct queue *q, const struct queue_claim *claim, struct err *err);

#endif
