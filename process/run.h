/*
 * run - what a process works with while it runs: its tenant's connection, its arguments, progress,
 * log and result.
 *
 * A run has an operating-system process of its own, so it may keep memory until it ends. A keeper
 * thread extends its lease, writes progress, and ends the whole process when the run was cancelled,
 * lost its lease, or passed its limits: open transactions then roll back. So a process must be
 * restartable at any commit.
 */
#ifndef PROCESS_RUN_H
#define PROCESS_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/format/writer.h"

struct conf;
struct db;
struct err;
struct process_kind;
struct run_keeper;

struct run {
	int64_t run_id, tenant_id;
	const struct process_kind *kind;
	const void *args;			/* the kind's args, bound */
	int dry_run;				/* say what would be done, write nothing */
	struct db *db; /* connection to the tenant's database; {registry} statements work on it for
			  tenants on the registry's server only */
	struct arena arena;			/* lives as long as the run */
	const struct conf *conf;
	const char *customer, *alias, *time_zone, *reference_currency;
	usec_t now;				/* the database's clock when the run started */
	usec_t believed; /* no later than now: the instant by which irreversible steps are decided
			  * (store/registry/store_clock.h) */
	usec_t due;				/* USEC_NONE for a manual run */
	const char *warning;			/* what run_warn() was told; NULL = nothing */
	struct buf result;
	struct writer out;			/* writes into the result's open JSON object */
	struct run_keeper *keeper;
};

/* Progress: phase is a few words ("purchase headers"), total 0 when unknown. Cheap: call it once
 * per chunk; it is written to the database at most once per second. */
void run_progress(struct run *run, const char *phase, int64_t done, int64_t total);

/* A line of the run's log, without newline; the last 16 kB are kept and shown by the API. No
 * secrets, no personal data. */
void run_log(struct run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same, and the run ends in the state "Warning" with that line, and those of other calls, as
 * its reason. */
void run_warn(struct run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Adds a member to the result; for anything else write to run->out. */
void run_result_int(struct run *run, const char *name, int64_t value);
void run_result_text(struct run *run, const char *name, const char *value);

/* One process kind's work: 0, or a negative ERR_ whose detail becomes the run's reason. No
 * transaction is open at entry nor may be left open. */
typedef int run_fn(struct run *run, struct err *err);

#endif
