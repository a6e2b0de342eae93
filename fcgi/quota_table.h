/*
 * quota_table - the shared memory in which the workers of a pool count; see quota.h.
 */
#ifndef FCGI_QUOTA_TABLE_H
#define FCGI_QUOTA_TABLE_H

#include <stdatomic.h>
#include <stdint.h>

#include "fcgi/quota.h"
#include "store/registry/store_access.h"

/* Of a tenant as a whole; a Source's is its number, 0 = requests that name none; and what came to
 * an open Source without credentials has that number and STRANGERS. */
enum { WHOLE_TENANT = -1, STRANGERS = 1 << 16 };

enum { NOT_OWN = -1 };

/* What one tenant, or one sender of it, uses. */
struct quota_entry {
	_Atomic int64_t key;			/* key_of(); 0 = free */
	_Atomic int named;			/* what follows is set */
	char customer[STORE_ACCESS_NAME_MAX + 1], alias[STORE_ACCESS_NAME_MAX + 1];
	_Atomic int64_t full_at;		/* of its bucket */
	_Atomic int64_t seen_at;		/* microseconds */
	_Atomic int64_t over_since,
	    over_at; /* wanted more than half of the threads, from then, last */
	_Atomic int64_t waiting;		/* bytes */
	_Atomic int64_t look_at; /* when the database may be asked again; 0 = it never was */
	_Atomic int own_in_flight, own_per_second,
	    own_waiting_mb; /* NOT_OWN: as the settings say */
	_Atomic int64_t own_round;		/* the reading that found them */
	_Atomic uint64_t refused[STORE_QUOTAS];
	_Atomic uint32_t unwritten[STORE_QUOTAS];
	_Atomic int32_t in_flight[QUOTA_WORKERS];
};

struct quota_shared {
	struct quota_entry entries[QUOTA_SENDERS];
	_Atomic int32_t busy[QUOTA_WORKERS];	/* threads */
	_Atomic int unwritten, is_full;
	_Atomic int64_t write_at;
	_Atomic int64_t own_at,
	    own_round; /* when own quotas are read again; the last whole reading */
};

extern struct quota_shared *quota_table;	/* NULL: nothing is counted */
extern int quota_slot;				/* of this worker */
extern long quota_pool_threads;

/* The entry, made when there is none; NULL when there is no room. source: see above. */
struct quota_entry *quota_entry_of(const struct quota_who *who, int source);

static inline int64_t
quota_sum(_Atomic int32_t counts[QUOTA_WORKERS])
{
	int64_t sum = 0;

	for (size_t i = 0; i < QUOTA_WORKERS; i++)
		sum += counts[i];
	return sum;
}

static inline int
quota_source(const struct quota_entry *e)
{
	return (int)(e->key % (1 << 17)) - 2;
}

static inline int
quota_is_strangers(const struct quota_entry *e)
{
	return quota_source(e) >= STRANGERS;
}

/* 0 = none. */
static inline int16_t
quota_source_id(const struct quota_entry *e)
{
	return quota_source(e) == WHOLE_TENANT ? 0 : (int16_t)(quota_source(e) & INT16_MAX);
}

static inline int64_t
quota_alias_id(const struct quota_entry *e)
{
	return e->key / (1 << 17);
}

#endif
