/*
 * store_run - occurrences of schedules and runs of processes, in the registry.
 */
#ifndef STORE_SCHEDULE_STORE_RUN_H
#define STORE_SCHEDULE_STORE_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "model/state.h"

struct arena;
struct db;
struct err;

enum { STORE_RUN_LEASE_BYTES = 16, STORE_RUN_LOG_MAX = 16384 };

#define STORE_RUN_ORIGIN(origin, number, name, word, meaning) STORE_RUN_##origin = number,
enum store_run_origin { STORE_RUN_BY_UNSET, ORIGINS_OF_RUN(STORE_RUN_ORIGIN) };

struct store_run {
	int64_t run_id, tenant_id, schedule_id;	/* schedule_id 0 = none */
	const char *process, *parameters;	/* parameters: JSON text, "" = none */
	enum store_run_origin origin;
	int64_t retry_of, tries;		/* retry_of 0 = no retry; tries from 1 */
	usec_t due_at, last_due_at; /* USEC_NONE: a manual run or retry; last_due_at: the last one,
				     * in a row for several occurrences */
	int64_t occurrences, several;	/* several: out; the number of occurrences when more than
					 * one, else 0 */
	enum state_of_run state;
	usec_t not_before;			/* in */
	int allow_overlap;			/* in */
	const char *exclusive;			/* in; NULL = none */
	usec_t started_at, ended_at, cancel_at;
	const char *cancel_by, *phase;
	int64_t done, total, rate;		/* total 0 = unknown; rate a second */
	const char *result;			/* JSON object, "" = none */
	const char *reason_class, *reason, *worker, *log_tail;
	const char
	    *created_by; /* who requested it, or the run that it repeats; "" = its schedule */
	usec_t created_at;
};

/* A run of the process that waits: one try, no occurrence, no reason. The rest is the caller's. */
struct store_run store_run_new(int64_t tenant_id, const char *process);

/* Adds a run or a settled occurrence at now. *run_id 0: that occurrence exists already. */
int store_run_put(
    struct db *db, const struct store_run *r, usec_t now, int64_t *run_id, struct err *err);

/* The waiting and running runs of a schedule's occurrences: without those that somebody requested
 * (created_by), their retries, and runs whose lease is over at now. */
struct store_run_open { int64_t waiting, running; usec_t since; };
int store_run_open(
    struct db *db, int64_t schedule_id, usec_t now, struct store_run_open *out, struct err *err);

/* How many requested runs of a schedule wait. */
int store_run_asked(struct db *db, int64_t schedule_id, int64_t *out, struct err *err);

/* The same for a tenant's runs of a process that have no schedule. */
int store_run_asked_of_process(struct db *db, int64_t tenant_id, const char *process, int64_t *out,
    struct err *err);

/* Claims one run that may begin now, of the tenant with the fewest runs at work; among such
 * tenants, of the one that has waited longest for its turn. *run_id 0: none. Opens a transaction of
 * its own. */
int store_run_claim(struct db *db, const unsigned char lease[STORE_RUN_LEASE_BYTES],
    const char *worker, usec_t lease_us, int64_t *run_id, struct err *err);

/* *out NULL when there is none. tenant_id 0: for the daemon, fewer columns. */
int store_run_load(
    struct db *db, struct arena *a, int64_t run_id, struct store_run **out, struct err *err);
int store_run_find(struct db *db, struct arena *a, int64_t run_id, int64_t tenant_id,
    struct store_run **out, struct err *err);

/* STATE_RUN_UNSET: there is none. */
int store_run_state(struct db *db, int64_t run_id, enum state_of_run *out, struct err *err);

struct store_run_filter {
	int64_t tenant_id, schedule_id;
	const char *process;
	enum state_of_run state;
	int64_t before_id;
	int limit;
}; /* 0, NULL = any */
int store_run_list(struct db *db, struct arena *a, const struct store_run_filter *f,
    struct store_run **out, size_t *n, struct err *err);

/* Under its lease. *kept 0: the lease is lost. */
int store_run_keep(struct db *db, const struct store_run *r,
    const unsigned char lease[STORE_RUN_LEASE_BYTES], usec_t lease_us, int *kept, struct err *err);
int store_run_settle(struct db *db, const struct store_run *r,
    const unsigned char lease[STORE_RUN_LEASE_BYTES], int *kept, struct err *err);
int store_run_give_back(struct db *db, int64_t run_id,
    const unsigned char lease[STORE_RUN_LEASE_BYTES], const char *reason, struct err *err);

/* Who cancelled it, or NULL. */
int store_run_cancelled(
    struct db *db, struct arena *a, int64_t run_id, const char **by, struct err *err);

/* *state: its previous state. STATE_RUN_WAITING: it is now cancelled; STATE_RUN_RUNNING: it was
 * asked to end; else nothing was done. */
int store_run_cancel(struct db *db, int64_t run_id, int64_t tenant_id, const char *by,
    enum state_of_run *state, struct err *err);

/* Cancels all runs of a schedule, in the open transaction: *running of them are at work and asked
 * to end. */
int store_run_cancel_of(struct db *db, int64_t schedule_id, const char *by, usec_t now,
    int64_t *running, struct err *err);

/* Runs whose lease ended, locked in the open transaction, and settling one. */
int store_run_lapsed(struct db *db, struct arena *a, usec_t now, int limit, struct store_run **out,
    size_t *n, struct err *err);
int store_run_lose(struct db *db, int64_t run_id, enum state_of_run state, const char *class,
    const char *reason, usec_t now, struct err *err);

/* Deletes up to limit runs that ended before; returns how many, or a negative error. */
int64_t store_run_forget(struct db *db, usec_t before, int limit, struct err *err);

#endif
