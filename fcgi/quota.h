/*
 * quota - how much a tenant and a Source may ask of this pool: requests in flight, requests a
 * second, bytes waiting in the queue, threads of the pool. Settings: quota_… in conf.c, and what
 * one has of its own instead (api_quota_own); 0 = no limit.
 *
 * Only who has shown who it is is counted, so a stranger uses up nobody's quota; floods of
 * strangers are the web server's matter. What an open Source takes without a credential is counted
 * apart: it has the quotas of a Source of its own, and none of the tenant's is used up by it. What
 * is refused gets 429 with Retry-After and a sentence that names the quota.
 *
 * The counts are in memory that the master makes before it forks, so they hold for all workers of
 * its pool on this machine. Nothing locks: each worker has its own count of requests in flight, of
 * which the sum is compared, and the master clears that of a dead worker. So a worker that is
 * killed anywhere leaves nothing behind. A count is raised before the sum is compared: two
 * requests that come at once for one free place may both be refused, never both be taken. The
 * table has room for QUOTA_SENDERS; who finds none is not counted. Under plain CGI nothing is.
 * Times are those of the monotonic clock.
 *
 * Threads: libfcgi gives a request to a thread before it is known who sends it, so no place in the
 * queue in front of the threads can be given to one sender or another. Instead who holds half of
 * the threads already, while at most a quarter of them is idle, is answered 429 at once, before
 * anything is written; its thread takes whoever waits next. That begins when the sender has wanted
 * more than half for QUOTA_SPELL_S and lasts until it has not for as long: a short burst is over
 * before it does harm, and shops send bursts. And it holds only while another sender was there in
 * the last QUOTA_OTHERS_S: one that is alone may use all threads.
 *
 * Bytes waiting are counted up as messages are taken. What the daemon has dealt with is not seen
 * here, so the database is asked for the true sum, at first and when the count reaches the limit;
 * at most once a second, less often where the answer takes long.
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

/* Reads what tenants and Sources have of their own (customerapi quota set): one thread of the pool,
 * every STORE_ACCESS_KEEP_S. When it cannot be read, what was known holds. */
void quota_read_own(struct request *r);

/* Takes a seat for who has been let in. 0, or ERR_QUOTA with retry_after_s and nothing held.
 * now_us: clock_monotonic_us(). */
int quota_enter(struct quota_seat *seat, const struct conf *conf, const struct quota_who *who,
    int64_t now_us, struct err *err);

/* Gives it back; also one that was never taken. */
void quota_leave(struct quota_seat *seat);

/* The same for the Source of a request of which it is known only afterwards; what it holds goes
 * with its seat. */
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

/* Adds them to the registry's rows, for customerapi queue summary: one thread of the pool at most
 * once a second, the others return at once. What cannot be written stays to be written. */
void quota_write(struct request_thread *thread);

#endif
