/*
 * schedule_ops - what one does with a schedule, whoever asks (API, command line): make one, resume it, run it now.
 */
#ifndef STORE_SCHEDULE_OPS_H
#define STORE_SCHEDULE_OPS_H

#include <stdint.h>

#include "lib/clock.h"
#include "lib/schedule.h"
#include "store/store_schedule.h"

struct json_object;
struct process_kind;

struct schedule_owner {
	int64_t tenant_id;
	const char *time_zone;		/* for schedules that name none */
	const char *by;			/* "API", "command line": kept with what is made */
	usec_t now;			/* the database's clock */
};

/* In the open transaction. Checks and adds a schedule. An alarm (SilenceHours) needs the tenant's
 * admin address. body: the form's fields, bound into in; both outlive the call. Faults by field;
 * ERR_NOT_BUILT for a process that is not. *row lives in a. */
int schedule_ops_add(struct db *db, struct arena *a, const struct schedule_owner *owner, const struct process_kind *kind, const struct schedule_form *form,
    struct json_object *body, const struct schedule_args *in, struct store_schedule *row, struct err *err);

/*
 * All in the open transaction. row: one that was found; it comes back as it is then. *remark: a sentence or two about what was done besides, or NULL.
 *
 * Pause: what was due and has not begun goes into the history as missed. Resume: so does what fell into the pause, whatever Misfire says, and the next occurrence after now is
 * waited for; of a faulty one that can be computed again likewise, ERR_CONFLICT when it cannot. A one-time one within its grace is left for Resume, and due then.
 * What is paused already, not paused, or has ended stays as it is.
 */
int schedule_ops_pause(struct db *db, struct arena *a, struct store_schedule *row, usec_t now, const char **remark, struct err *err);
int schedule_ops_resume(struct db *db, struct arena *a, struct store_schedule *row, usec_t now, const char **remark, struct err *err);

/* Deletes it and cancels its runs: *running of them are at work and end within seconds. Its history stays; what was due and had not begun is in it as missed. */
int schedule_ops_delete(struct db *db, struct arena *a, struct store_schedule *row, usec_t now, const char *by, int64_t *running, struct err *err);

/* A run outside of its occurrences, in the open transaction. parameters NULL: the schedule's own. ERR_CONFLICT when a hundred of them wait already. */
int schedule_ops_run(struct db *db, struct arena *a, const struct schedule_owner *owner, const struct store_schedule *row, struct json_object *parameters,
    int64_t *run_id, struct err *err);

/* "Active", "Paused", "Ended" or "Faulty". */
const char *schedule_ops_state(const struct store_schedule *row);

/* The moment behind which the occurrences lie that are still to come. */
usec_t schedule_ops_open_after(const struct store_schedule *row, usec_t now);

#endif
