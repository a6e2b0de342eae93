/*
 * process - the work of each process kind. model/process.h says how the rows of a kind are written.
 */
#ifndef PROCESS_PROCESS_H
#define PROCESS_PROCESS_H

#include "model/process.h"
#include "process/run.h"

struct process_row {
	const char *name;		/* as in process_kinds */
	run_fn *run;
};

/* The rows as functions: what the web needs is left out. */
#define PROCESS(symbol_, name_, run_, ...) { .name = name_, .run = run_ },
#define PROCESS_PARAM(...)
#define PROCESS_END(...)
#define PROCESS_PLANNED(...)

/* The tables of all files, generated from process/Makemodule.am; ends with NULL. */
extern const struct process_row *const process_tables[];

/* The work of a kind by name (case ignored); NULL when it has none. */
const struct process_row *process_work_find(const char *name);

#endif
