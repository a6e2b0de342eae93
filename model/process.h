/*
 * process - the kinds of processes that can be scheduled, and their parameters: the one table for
 * API, command line, daemon and help.
 *
 * The rows of a kind stand with its function at the end of its file in process/:
 *
 *	const struct process_row process_erase_rows[] = {
 *		PROCESS(erase, "Erase", function, .memory_mb = 512, …)
 *		PROCESS_PARAM(erase, int, steps, "Steps", .min = 1, …)
 *		PROCESS_END(erase)
 *		{ .name = NULL },
 *	};
 *
 * What follows in PROCESS() are members of struct process_kind. The parameter above is the member
 * "steps" of the args, a struct param_int; what follows in it are members of struct param.
 *
 * model/rows.awk copies them into model/process_rows_gen.h, in the order of
 * process/Makemodule.am. Here they are the args of each kind, its parameters and its description;
 * there they are functions, for the daemon (process/process.h).
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
	/* What is wrong with bound args beyond what params say: ERR_BAD_REQUEST with faults whose
	 * fields begin with "Parameters.", or 0. NULL = nothing. */
	int (*check)(struct arena *a, const void *args, struct err *err);
	int time_limit_s;		/* a run beyond it is stopped: state TimedOut */
	int memory_mb;			/* resident memory; beyond it the run is stopped */
	int retries, retry_after_s; /* after the run was lost (its process or host died): how often,
				       and when, it is tried again */
	int hidden;			/* of tests; in no help page */
	const char *exclusive; /* runs of one tenant that share this word never run at the same
				  time; NULL = no such rule */
	int tells_all; /* results, reasons and logs of its runs name things of all zones and brands:
			* a token that is limited to some does not see them */
	int copies_contacts; /* it writes rows about contacts without locking them, so an erasure
			      * waits for its end */
};

/* What is said of a kind that is not built, wherever it is listed. */
#define PROCESS_NOT_BUILT "not in this version"

extern const struct process_kind process_kinds[];	/* ends with name NULL */

/* By name, in any case; NULL when there is none. */
const struct process_kind *process_find(const char *name);

/* Checks a name, which may be NULL. Returns 0, or ERR_BAD_REQUEST with a fault of field that names
 * the nearest process. */
int process_check(struct arena *a, const char *field, const char *name, struct err *err);

/* The args of the built kinds. Each starts with the members of process_common. */
struct process_common { struct param_flag dry_run; };

/* struct process_erase_args and the like. */
#define PROCESS(symbol_, ...) \
	struct process_##symbol_##_args { \
		struct process_common common;
#define PROCESS_PARAM(symbol_, type_, member_, ...) \
		struct param_##type_ member_;
#define PROCESS_END(...) \
	};
#define PROCESS_PLANNED(...)
#include "model/process_rows_gen.h"
#undef PROCESS
#undef PROCESS_PARAM
#undef PROCESS_END
#undef PROCESS_PLANNED

#endif
