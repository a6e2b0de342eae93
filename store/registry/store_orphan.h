/*
 * store_orphan - messages of the queue that are leased and that no lease holds. Nothing is known to
 * make one, but a hand in the registry, or tables that were restored one by one. Without help they
 * would stay leased for ever, and hold up what has their ordering key.
 */
#ifndef STORE_REGISTRY_STORE_ORPHAN_H
#define STORE_REGISTRY_STORE_ORPHAN_H

#include <stdint.h>

#include "lib/clock.h"

struct arena;
struct db;
struct err;
struct rows;

/* Of one tenant, at most limit of them: the columns of queue_orphans. Reads only, and not what lies
 * deep in a long queue. */
int store_orphans(struct db *db, struct arena *a, int64_t tenant_id, int64_t limit,
    struct rows *out, struct err *err);

/* Makes the message ready, in its old place; its history says that its lease was gone. It is
 * claimed alone then. Returns 1, or 0 when it is not leased or a lease holds it. In the caller's
 * transaction. */
int store_orphan_return(struct db *db, struct arena *a, int64_t message_id, usec_t now,
    struct err *err);

#endif
