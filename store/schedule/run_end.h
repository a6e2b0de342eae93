/*
 * run_end - the consequences of a run's end, in the transaction that records it: its schedule's
 * last success, runs of the schedules that follow it (After), the mail about a failure (OnFailure).
 *
 * A run ends once, under its lease, so each of these happens once, too.
 */
#ifndef STORE_SCHEDULE_RUN_END_H
#define STORE_SCHEDULE_RUN_END_H

#include <stdint.h>

#include "lib/clock.h"
#include "model/state.h"
#include "store/schedule/store_run.h"

struct arena;
struct db;
struct err;

struct run_end {
	int64_t run_id, schedule_id, tenant_id;	/* schedule_id 0: nothing follows */
	const char *process, *reason;
	enum state_of_run state;		/* as it is recorded */
	int dry_run;				/* a dry run is no success of its schedule */
	int again;				/* lost and to be tried again: not a failure yet */
	usec_t now;
	long give_up_days;			/* how long the mail is tried */
};

int run_end(struct db *db, struct arena *a, const struct run_end *e, struct err *err);

#endif
