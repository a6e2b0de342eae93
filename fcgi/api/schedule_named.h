/*
 * schedule_named - actions whose body names the form of a schedule: by the schedule's name, and a
 * preview that saves nothing.
 */
#ifndef FCGI_API_SCHEDULE_NAMED_H
#define FCGI_API_SCHEDULE_NAMED_H

#include <stdint.h>

#include "lib/param.h"
#include "model/schedule.h"

struct db;
struct err;
struct reply;
struct request;
struct store_schedule;

enum { SCHEDULE_NAMED_PARAMS_MAX = 50 };

struct schedule_named_args {
	struct schedule_args fields;	/* bound again by the form's own rows; but name */
	struct param_text process, form, cron;
	struct param_int count;
};

/* The name alone; and, made before main(), with the fields of all forms. */
extern const struct param schedule_named_params[];
extern struct param schedule_named_set_params[], schedule_named_preview_params[];

/* The tenant's schedule of a number, and the registry's connection. ERR_NOT_FOUND. */
int schedule_named_find(struct request *r, int64_t id, struct db **db,
    struct store_schedule **row, struct err *err);

/* Of actions: args are struct schedule_named_args. */
int schedule_named_show(struct request *r, const void *args, struct reply *reply, struct err *err);
int schedule_named_set(struct request *r, const void *args, struct reply *reply, struct err *err);
int schedule_named_preview(struct request *r, const void *args, struct reply *reply,
    struct err *err);

#endif
