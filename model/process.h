/*
 * process - the kinds of processes that can be scheduled, and their parameters: the one table for
 * API, command line, daemon and help.
 *
 * What a kind does is process/<kind>.c; the test of the daemon holds both lists together.
 */
#ifndef MODEL_PROCESS_H
#define MODEL_PROCESS_H

#include <stddef.h>

#include "lib/param.h"

struct arena;
struct err;

struct process_kind {
	const char *name; /* in paths: "RefreshDecisionalData", "Connector/Prestashop" */
	const char *doc;
	int built;			/* 0 = its schedules are answered 501 */
	const struct param *params; /* of PARAM_BODY; ends with name NULL. NULL when not built */
	size_t args_bytes;		/* sizeof the args struct that params fill */
	int time_limit_s;		/* a run beyond it is stopped: state TimedOut */
	int memory_mb;			/* resident memory; beyond it the run is stopped */
	int retries, retry_after_s; /* after the run was lost (its process or host died): how often,
				       and when, it is tried again */
	int hidden;			/* of tests; in no help page */
	const char *exclusive; /* runs of one tenant that share this word never run at the same
				  time; NULL = no such rule */
	int copies_contacts; /* it writes rows about contacts without holding these: an erasure
				waits for its end */
};

/* What is said of a kind that is not built, wherever it is listed. */
#define PROCESS_NOT_BUILT "not in this version"

extern const struct process_kind process_kinds[];	/* ends with name NULL */

/* By name, in any case; NULL when there is none. */
const struct process_kind *process_find(const char *name);

/* A name that may be NULL: 0, or ERR_BAD_REQUEST with a fault of field that names the nearest
 * process. */
int process_check(struct arena *a, const char *field, const char *name, struct err *err);

/* The args of the built kinds. Every one starts with what all have. */
struct process_common { struct param_flag dry_run; };

struct process_compute_ref_amounts_args {
	struct process_common common;
	struct param_text mode;		/* "Incremental" or "Full" */
	struct param_int chunk_rows;
};

struct process_refresh_decisional_data_args {
	struct process_common common;
	struct param_int chunk_rows;
	struct param_int cohort_months;
};

/* Of EarnPoints and ExpirePoints. */
struct process_points_args {
	struct process_common common;
	struct param_int chunk_rows;
};

struct process_erase_args { struct process_common common; };

/* Of tests, in check builds only. */
struct process_test_args {
	struct process_common common;
	struct param_int steps, step_ms, memory_mb;
	struct param_text note, end;
};

#endif
