/*
 * run_keeper - a thread beside a run: it extends the run's lease, writes its progress, and ends the
 * whole process when the run was cancelled, lost its lease, passed a limit, or is told to stop.
 */
#ifndef SCHEDULER_RUN_KEEPER_H
#define SCHEDULER_RUN_KEEPER_H

#include <pthread.h>

#include "store/schedule/store_run.h"

struct arena;
struct db;
struct err;
struct process_kind;
struct runner;

enum {
	RUN_LEASE_S = 30,
	RUN_REASON_MAX = 300, /* characters */
	RUN_PHASE_MAX = 100 /* characters */
};

/* What the run's thread says and the keeper writes; under the mutex. */
struct run_keeper {
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	pthread_t thread;
	int over; /* the run's thread has settled it, or is about to */
	struct runner *runner;
	const struct process_kind *kind;
	unsigned char lease[STORE_RUN_LEASE_BYTES];
	int64_t run_id, schedule_id, tenant_id;
	usec_t begun; /* monotonic clock */
	char phase[RUN_PHASE_MAX * 4 + 1];
	int64_t done, total;
	usec_t phase_begun;
	char log[STORE_RUN_LOG_MAX + 1];
	size_t log_bytes;
};

/* Starts the thread. The caller calls run_keeper_stop(), then run_keeper_free(). Aborts when there
 * is no memory or no thread: the lease then ends by itself. */
struct run_keeper *run_keeper_start(struct runner *r, const struct store_run *row,
    const unsigned char lease[STORE_RUN_LEASE_BYTES]);

/* Ends the thread and waits for it. From now on only the caller settles the run. */
void run_keeper_stop(struct run_keeper *k);
void run_keeper_free(struct run_keeper *k);

/* What was said so far, as the columns of the run that show it. */
struct run_said {
	char phase[RUN_PHASE_MAX * 4 + 1], log[STORE_RUN_LOG_MAX + 1];
};
struct store_run run_keeper_snapshot(struct run_keeper *k, struct run_said *said);

/* Records an end, and what follows from it, in a transaction of db. *kept 0: the lease is lost, and
 * nothing was recorded. */
int run_keeper_record(struct run_keeper *k, struct db *db, struct store_run *end, int dry_run,
    int *kept, struct err *err);

#endif
