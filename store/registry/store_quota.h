/*
 * store_quota - quotas in the registry: the bytes that wait, and the requests that were refused.
 */
#ifndef STORE_REGISTRY_STORE_QUOTA_H
#define STORE_REGISTRY_STORE_QUOTA_H

#include <stdint.h>

#include "lib/clock.h"
#include "store/db.h"

struct arena;
struct err;

enum { STORE_QUOTA_OWN_MAX = 4096 };

/* As in api_quota.quota. */
enum store_quota { STORE_QUOTA_UNSET, STORE_QUOTA_IN_FLIGHT, STORE_QUOTA_RATE, STORE_QUOTA_WAITING,
	STORE_QUOTA_SHARE, STORE_QUOTAS };

/* "requests in flight", "requests a second", "bytes waiting", "threads of the pool". */
const char *store_quota_name(int64_t quota);

/* Bytes of bodies that are not processed yet: of the tenant, of one of its Sources, and separately
 * of what came to an open Source without a credential. */
struct store_quota_waiting { int64_t of_tenant, of_source, of_strangers; };
int store_quota_waiting(struct db *db, int64_t tenant_id, int16_t source_id,
    struct store_quota_waiting *out, struct err *err);

/* Adds n refusals at now. After a day without refusals the count starts again. source_id 0: by a
 * quota of the tenant. In the caller's transaction. */
int store_quota_add(struct db *db, int64_t tenant_id, int16_t source_id, enum store_quota quota,
    int64_t n, usec_t now, struct err *err);

/* Quotas of their own; NULL keeps what there is, 0 is no limit. remove: how many rows, or a
 * code. */
int store_quota_set(struct db *db, int64_t tenant_id, int16_t source_id, struct val in_flight,
    struct val per_second, struct val waiting_mb, struct err *err);
int64_t store_quota_remove(struct db *db, int64_t tenant_id, int16_t source_id, struct err *err);

/* quota_own: of a tenant, 0 = of all; STORE_QUOTA_OWN_MAX rows at most. */
int store_quota_own(struct db *db, struct arena *a, int64_t tenant_id, struct rows *out,
    struct err *err);

/* quota_list: bytes that wait, and what was refused; tenant_id 0 = of all. */
int store_quota_list(struct db *db, struct arena *a, int64_t tenant_id, struct rows *out,
    struct err *err);

#endif
