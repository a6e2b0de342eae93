/*
 * schedule - what the commands about schedules share.
 */
#ifndef ADMIN_CMD_SCHEDULE_SCHEDULE_H
#define ADMIN_CMD_SCHEDULE_SCHEDULE_H

#include <stdint.h>

#include "lib/clock.h"
#include "store/schedule/schedule_ops.h"

struct context;
struct json_object;
struct store_alias;

enum { SCHEDULE_NEXT_RUNS = 5 };
#define SCHEDULE_BY "command line"	/* who makes and changes them */

/* The schedule that a command is about. */
struct schedule_target {
	struct store_alias *tenant;
	struct store_schedule *row;
	usec_t now;
	struct json_object *parameters;	/* run */
	int64_t run_id, running;	/* out: run, delete */
	const char *remark;		/* out: pause, resume; NULL = none */
};

/* Finds it by the arguments CUSTOMER, ALIAS and SCHEDULEID; fills tenant, row and now. */
int schedule_target_find(struct context *x, struct schedule_target *t);

/* Whose schedules they are that the command line makes. */
struct schedule_owner schedule_owner_of(const struct store_alias *tenant, usec_t now);

/* Print count of its next runs, and all of it with them. */
void schedule_print_next(
    struct context *x, const struct store_schedule *row, usec_t now, int count);
void schedule_print(struct context *x, const struct store_schedule *row, usec_t now, int count);

#define SCHEDULE_ARGUMENT \
	{ .name = "SCHEDULEID", .type = CMD_INT, .required = 1, .min = 1, .max = INT64_MAX, \
	  .doc = "Number of the schedule, as in schedule list." }
#define SCHEDULE_ROW(word, function, ...) \
	{ .group = "schedule", .verb = word, .needs = CMD_NEEDS_REGISTRY, .run = function, __VA_ARGS__ }

#endif
