/*
 * schedule_run - actions on runs: list, show, cancel.
 */
#ifndef FCGI_API_SCHEDULE_RUN_H
#define FCGI_API_SCHEDULE_RUN_H

#include "lib/param.h"

struct err;
struct reply;
struct request;

struct schedule_run_args { struct param_int run_id; };

struct schedule_run_list_args {
	struct param_text process, state;
	struct param_int before, limit, schedule_id;
};

/* Of all runs, of the runs of a schedule, and of one run. */
extern const struct param schedule_run_list_params[], schedule_run_of_one_params[],
    schedule_run_params[];

/* Of actions: args are struct schedule_run_list_args, of the others struct schedule_run_args. */
int schedule_run_list(struct request *r, const void *args, struct reply *reply, struct err *err);
int schedule_run_show(struct request *r, const void *args, struct reply *reply, struct err *err);
int schedule_run_cancel(struct request *r, const void *args, struct reply *reply, struct err *err);

#endif
