/*
 * quota - how much a tenant and a Source may use of this pool: requests in flight, requests a
 * second, bytes waiting in the queue, threads of the pool. Settings: quota_… in conf.c, and what
 * one has of its own instead (api_quota_own); 0 = no limit.
 *
 * Only authenticated requests are counted, so a stranger uses up nobody's quota. The web server
 * limits strangers. Requests to an open Source without a credential are counted apart. They have
 * the quotas of a Source and use none of the tenant's. A refused request gets 429 with Retry-After
 * and a sentence that names the quota.
 *
 * The counts are in memory that the master makes before it forks, so they hold for all workers of
 * its pool on this machine. There are no locks. Each worker has its own count of requests in
 * flight, and their sum is compared with the quota. The master clears the count of a dead worker,
 * so a killed worker leaves nothing behind. A count is raised before the sum is compared: two
 * requests that come at once for one free place may both be refused, but never both accepted. The
 * table has room for QUOTA_SENDERS. Further senders are not counted, and under plain CGI none is.
 * Times are those of the monotonic clock.
 *
 * Threads: libfcgi gives a request to a thread before its sender is known, so senders cannot be
 * queued apart. Instead, a sender that already holds half of the threads, while at most a quarter
 * of them is idle, gets 429 at once. Its thread then takes the next request. This starts when the
 * sender has wanted more than half for QUOTA_SPELL_S and ends when it has not for as long. So short
 * bursts, which shops send, are accepted. It applies only if another sender was there in the last
 * QUOTA_OTHERS_S; a single sender may use all threads.
 *
 * Waiting bytes are added up as messages are stored. The pool does not see what the daemon has
 * processed. So it asks the database for the true sum, at first and when the count reaches the
 * limit; at most once a second, and less often if the answer takes long.
 */
#ifndef FCGI_QUOTA_H
#define FCGI_QUOTA_H

#include <stddef.h>
#include <stdint.h>

#include "store/registry/store_quota.h"

struct buf;
struct conf;
struct err;
struct request;
struct request_thread;

enum { QUOTA_WORKERS = 128, QUOTA_SENDERS = 4096, QUOTA_OTHERS_S = 10, QUOTA_SPELL_S = 3 };

/* ------------------------------------------------------------------ the bucket */

/* Takes one of a bucket that holds per_second * burst_s and gets per_second each second. full_at,
 * now: nanoseconds; full_at is when it will be full again, 0 at first. Returns the new full_at;
 * *wait_ns is 0, or how long until there is one, and nothing was taken. */
int64_t quota_bucket_take(int64_t full_at, int64_t now, long per_second, long burst_s,
    int64_t *wait_ns);

/* ------------------------------------------------------------------ master and workers */

/* Makes the shared memory; in the master, before its first worker. 0, or -1. */
int quota_create(void);

/* This process is the worker of a slot, below QUOTA_WORKERS. threads: those of the whole pool. */
void quota_be_worker(int slot, long threads);

/* Forgets what the worker of a slot had in flight; the worker is dead. */
void quota_worker_died(int slot);

/* A thread of this worker begins (1) or ends (-1) to be busy with a request. */
void quota_thread_busy(int change);

/* ------------------------------------------------------------------ a request */

struct quota_who {
	int64_t alias_id;
	int16_t source_id;		/* 0 = none */
	int is_stranger;		/* let in without a credential, for the Source is open */
	const char *customer, *alias;
};

/* What a request holds; zeroed at first. */
struct quota_seat {
	struct quota_entry *tenant, *sender;
};

/* Reads the own quotas of tenants and Sources (customerapi quota set). One thread of the pool does
 * so every STORE_ACCESS_KEEP_S. If they cannot be read, the known ones stay. */
void quota_read_own(struct request *r);

/* Takes a seat for an authenticated sender. 0, or ERR_QUOTA with retry_after_s and nothing held.
 * now_us: clock_monotonic_us(). */
int quota_enter(struct quota_seat *seat, const struct conf *conf, const struct quota_who *who,
    int64_t now_us, struct err *err);

/* Gives the seat back. It may be one that was never taken. */
void quota_leave(struct quota_seat *seat);

/* The same for the Source of a request, when it becomes known only later. It is given back with the
 * seat. */
int quota_enter_source(struct request *r, int16_t source_id, struct err *err);

/* 0 when the request's sender may put one more message into the queue, else ERR_QUOTA. After it was
 * put, and is no duplicate, quota_put() follows. */
int quota_room(struct request *r, struct err *err);
void quota_put(struct request *r, size_t bytes);

/* ------------------------------------------------------------------ to be seen */

/* What this pool counts, for /metrics. */
void quota_metrics(struct buf *b);

/* 1 while there are refusals that quota_write() has not written yet. */
int quota_unwritten(void);

/* Adds the refusals to the registry's rows, for customerapi queue summary. One thread of the pool
 * does so at most once a second; the others return at once. What cannot be written is kept for the
 * next time. */
void quota_write(struct request_thread *thread);

#endif
