/*
 * parked - the tenants that a worker leaves alone for a moment: their due messages wait for others,
 * or their database cannot be reached.
 */
#ifndef SCHEDULER_PARKED_H
#define SCHEDULER_PARKED_H

#include "lib/clock.h"
#include "store/registry/store_queue.h"

struct parked {
	struct parked_place {
		int64_t tenant_id; /* 0 = unused */
		usec_t until; /* monotonic clock */
		long pause_ms; /* the last pause for an unreachable database, 0 = none */
	} places[QUEUE_SKIP_MAX];
};

/* Leaves the tenant alone for so long. Returns 1, or 0 when all places are taken: it is then asked
 * again at once. */
int parked_put(struct parked *p, int64_t tenant_id, long ms);

/* There may be news: ends all pauses but those for unreachable databases. */
void parked_wake(struct parked *p);

/* Leaves the tenant alone because its database cannot be reached: each time for twice as long, from
 * a second to a minute. */
void parked_put_unreachable(struct parked *p, int64_t tenant_id);

/* The tenant's database answers: its next pause is short again. */
void parked_end(struct parked *p, int64_t tenant_id);

/* The tenants that are left alone now; 0 stands for a place that is free. */
void parked_list(const struct parked *p, int64_t skip[QUEUE_SKIP_MAX]);

#endif
